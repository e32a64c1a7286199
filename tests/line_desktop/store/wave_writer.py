"""Writes waves into a workspace until it is killed: pictures, concepts, activations, survey rows, answers; says "wave" after each."""

import sys
from pathlib import Path

import numpy as np

from line_desktop.scoreboard import Entry
from line_desktop.store.rows import Answer, BankEntry, PictureRow, ProbePhoto, ResultRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings
from models.types.vision import Checkpoint, Layer, Preprocess

NEURONS = 8
ROWS = 4000
PREPROCESS = Preprocess(8, 8, None, "bilinear", (0.0,), (1.0,), "file")
LAYER = Layer("head", "Gemm", NEURONS, (None, NEURONS), "out", "none")
CHECKPOINT = Checkpoint("/net.onnx", "onnx", "onnx", "A network.", "net", "ab" * 32, 1, PREPROCESS, (), (LAYER,))


def main() -> None:
    """Open (or reopen), resume, and write on."""
    with Workspace.open(Path(sys.argv[1])) as workspace:
        layer = workspace.layer_id(workspace.save_target(CHECKPOINT), "head")
        bank = workspace.settings_id(PictureSettings("noise", "1", {}), 0, 2)
        probe = workspace.save_probe_set("/photos", "digest", [ProbePhoto(f"{row}.jpg", None) for row in range(ROWS)])
        survey = workspace.begin_survey(layer, probe, ROWS, NEURONS).id
        key = (layer, survey, bank, "line")
        run = workspace.find_run(*key, {"seed": 0}) or workspace.begin_run(*key, range(NEURONS), {"seed": 0}, {}, "CPU")
        workspace.resume_run(run, {}, "CPU")
        print("open", flush=True)
        while True:
            write_wave(workspace, layer, bank, survey, run)
            print("wave", flush=True)


def write_wave(workspace: Workspace, layer: int, bank: int, survey: int, run: int) -> None:
    """One wave of all neurons, after those that are kept."""
    done = len(workspace.answers(run, 0))
    concepts = [f"concept {done} {neuron}" for neuron in range(NEURONS)]
    entries = []
    for concept in concepts:
        keys = workspace.put_objects([Picture(f"{concept} {number}".encode() * 100, ".png") for number in range(2)])
        entries.append(BankEntry(concept, concept, tuple(PictureRow(number, "", "", "", 0, sha256) for number, sha256 in enumerate(keys))))
    workspace.save_concepts(bank, entries)
    workspace.save_activations(bank, layer, {concept: np.full((2, NEURONS), done, np.float32) for concept in concepts})
    start = workspace.survey(survey).rows_done
    workspace.save_survey_rows(survey, start, np.full((min(3, ROWS - start), NEURONS), 1 + start, np.float32), {})
    prompts = workspace.save_prompts([f"prompt of {concept}" for concept in concepts])
    answers, results = [], []
    for neuron, (concept, prompt) in enumerate(zip(concepts, prompts, strict=True)):
        board = (Entry(concept, float(done), 0.0, done, "generated"),)
        step = StepRow(neuron, done, concept, float(done), "generated", "scored", "", (), prompt, board, {})
        answers.append(Answer(neuron, done, "Proposed", concept.encode(), (step,)))
        results.append(ResultRow(neuron, "labelled", concept, float(done), "generated"))
    workspace.save_answers(run, answers, results)


if __name__ == "__main__":
    main()
