"""A workspace with all that a neuron's page shows: labelled photos, a survey of known activations, two runs of LINE, pictures."""

import io
from pathlib import Path

import msgspec
import numpy as np
import small_inputs
from fakes import WIDTH, FakeSource, number
from PIL import Image
from study_bench import Bench

from line_desktop.methods.line import Settings
from line_desktop.store.desk import Desk
from line_desktop.survey import ProbeFolder, probe_rows, read_probe_set, statistics
from models.types.pictures import Picture, PicturePrompt
from models.types.shared import FloatArray

CLASSES = ("name a", "polar bear", "brown bear", "name b fox")
EACH = 5  # photos of a class
UNREADABLE = 3  # row of a photo without activations


class PngSource(FakeSource):
    """Small pictures of one colour, which follows from the prompt."""

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        self.drawn += prompts
        return [Picture(png(f"{prompt.text} {prompt.seed}"), ".png") for prompt in prompts]


class NeuronStudy(msgspec.Struct):
    """Where the workspace is, and what was put into it."""

    folder: Path
    photos: list[Path]
    classes: list[str]
    activations: FloatArray  # (photos, neurons)
    runs: list[int]

    def desk(self) -> Desk:
        return Desk.open(self.folder)


def png(text: str) -> bytes:
    colour = number(text.encode()).to_bytes(4, "big")
    stream = io.BytesIO()
    Image.new("RGB", (16, 12), (colour[0], colour[1], colour[2])).save(stream, "PNG")
    return stream.getvalue()


def neuron_study(folder: Path) -> NeuronStudy:
    """Neurons 0 to 2 of four are labelled twice, with different seeds; neuron 3 is surveyed only."""
    probe = read_probe_set(small_inputs.labelled_photos(folder / "probe", EACH, CLASSES))
    activations = np.random.default_rng(7).gamma(1.0, 1.0, (len(probe.photos), WIDTH)).astype(np.float32)
    activations[UNREADABLE] = np.nan
    runs: list[int] = []
    for seed in (1, 2):
        bench = Bench(folder / "workspace", Settings(seed=seed, steps=3), PngSource())
        layer_id = bench.workspace.run(bench.run_id).layer_id
        survey_id = surveyed(bench, layer_id, probe, activations)
        settings = {"line": msgspec.to_builtins(bench.settings), "fresh_bank": bench.fresh.settings_id}  # as a job keeps them
        bench.run_id = bench.workspace.begin_run(
            layer_id, survey_id, bench.bank.settings_id, "line", [0, 1, 2], settings, {}, "fake", "no way out, says a test"
        )
        bench.run([0, 1, 2])
        bench.workspace.end_run(bench.run_id, "finished")
        runs.append(bench.run_id)
        bench.workspace.close()
    return NeuronStudy(folder / "workspace", list(probe.photos), [str(name) for name in probe.classes], activations, runs)


def surveyed(bench: Bench, layer_id: int, probe: ProbeFolder, activations: FloatArray) -> int:
    probe_id = bench.workspace.save_probe_set(str(probe.folder), probe.digest, probe_rows(probe))
    survey = bench.workspace.begin_survey(layer_id, probe_id, *activations.shape)
    if not survey.complete:
        bench.workspace.save_survey_rows(survey.id, 0, activations, {UNREADABLE: "it is damaged"})
        bench.workspace.finish_survey(survey.id, statistics(activations, {UNREADABLE}))
    return survey.id
