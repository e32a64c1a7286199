"""Methods side by side: the same neurons for all, means and shares re-derived, and every case without numbers in a sentence."""

import json
import math
from contextlib import closing

import msgspec
import numpy as np
import pytest
from fakes import WIDTH
from PIL import Image
from sentence_folders import random_sentences

from line_desktop.compare import Comparison, compare, is_name
from line_desktop.comparison_plot import plot
from line_desktop.errors import CannotWrite, UserError
from line_desktop.provisional import PROVISIONAL
from line_desktop.statistics import wilson
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Evidence, Interval, PhotoEvidence, ResultRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings
from models.types.vision import Checkpoint, Layer, Preprocess

NEURONS = 12
NAMES = ("cat", "dog", "car", "tench, Tinca tinca", *(f"class {number}" for number in range(4, NEURONS)))
LAYERS = (
    Layer("pool", "Pool", WIDTH, (None, WIDTH), "pool", "none", "pooled"),
    Layer("head", "Gemm", NEURONS, (None, NEURONS), "head", "none", "head"),
)
CHECKPOINT = Checkpoint(
    "net", "onnx", "onnx", "a net", "Net", "f" * 64, 1, Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "assumed"), NAMES, LAYERS
)
PICTOGRAMS = PictureSettings("pictograms", "1", {})
NOTHING = PictureSettings("none", "", {})


class Study:
    """A workspace with labels by several methods, and evidence of known numbers."""

    def __init__(self, folder):
        self.folder = folder
        with Workspace.open(folder) as workspace:
            workspace.save_target(CHECKPOINT)

    def label(self, method, labels, origin="start", settings=None, layer="head", reason=""):
        with Workspace.open(self.folder) as workspace:
            bank = workspace.settings_id(PICTOGRAMS if method == "line" else NOTHING, 0, 5 if method == "line" else 0)
            run = workspace.begin_run(workspace.layer_id(1, layer), None, bank, method, list(labels), settings or {}, {}, "fake")
            workspace.save_answers(
                run, [], [ResultRow(neuron, "labelled", label, None, origin, reason) for neuron, label in labels.items()]
            )

    def verify(self, numbers, layer="head", source=PICTOGRAMS, photos=True):
        """`numbers`: (neuron, label) -> the AUC, from which all others follow."""
        ids = {neuron: self.id_of(neuron, layer) for neuron, _ in numbers}
        with Workspace.open(self.folder) as workspace:
            workspace.save_evidence([evidence(ids[neuron], label, float(auc), source, photos) for (neuron, label), auc in numbers.items()])

    def id_of(self, neuron, layer="head"):
        with closing(Desk.open(self.folder)) as desk:
            return desk.neuron_id(desk.layer_id(1, layer), neuron)

    def compare(self, methods=(), ids=None, embedders=None) -> Comparison:
        with closing(Desk.open(self.folder)) as desk:
            found = compare(desk, ids, methods, embedders)
        assert all(map(math.isfinite, numbers_in(msgspec.to_builtins(found))))
        return found


def numbers_in(value):
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers_in(part)]
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers_in(part)]
    return [value] if isinstance(value, float) else []


def evidence(neuron_id, label, auc, source, photos):
    def interval(value):
        return Interval(value, value - 0.1, value + 0.1)

    on_photos = PhotoEvidence(("x",), 5, 50, interval(auc - 0.2), interval(auc - 0.3), interval(auc - 0.4)) if photos else None
    return Evidence(
        neuron_id, label, "weak", "So.", "A rule.", interval(auc), auc - 0.01, interval(4 * auc - 2), 12.0, 0.01, interval(auc / 2), 2.5,
        on_photos, ("a" * 64,), (1.0,), 7, 1, source, 0, "2026-01-01T00:00:00Z",
    )  # fmt: skip


LINE = {neuron: f"line {neuron}" for neuron in range(NEURONS)} | {0: "kitty", 1: "dog", 3: "tinca tinca"}
SIEVE = {neuron: f"sieve {neuron}" for neuron in range(2, NEURONS)} | {2: "car"}
AUC = np.random.default_rng(1).uniform(0.6, 0.9, (2, NEURONS))


@pytest.fixture
def study(tmp_path):
    made = Study(tmp_path / "workspace")
    made.label("line", LINE)
    made.label("sieve", SIEVE, "list")
    made.verify({(neuron, label): AUC[0, neuron] + 0.1 for neuron, label in LINE.items()})
    made.verify({(neuron, label): AUC[1, neuron] for neuron, label in SIEVE.items() if neuron != 5})
    return made


def test_metrics_are_of_the_neurons_that_all_labelled_and_that_were_verified(study):
    found = study.compare()
    assert [(one.method, one.labelled, one.verified) for one in found.methods] == [("line", 12, 12), ("sieve", 10, 9)]
    assert [row.neuron for row in found.rows] == list(range(2, NEURONS))
    assert found.verified == 9
    left = [neuron for neuron in range(2, NEURONS) if neuron != 5]
    auc = found.metrics[0]
    assert [metric.name for metric in found.metrics] == ["AUC", "AUC strict", "MAD", "activation rate", "AUPRC", "F1", "correlation"]
    assert auc.values == {"line": tuple(AUC[0, left] + 0.1), "sieve": tuple(AUC[1, left])}
    assert auc.means["line"].value == pytest.approx(np.mean(AUC[0, left] + 0.1))
    assert auc.means["line"].low < auc.means["line"].value < auc.means["line"].high
    assert found.metrics[4].means["sieve"].value == pytest.approx(np.mean(AUC[1, left]) - 0.2)
    (pair,) = auc.pairs
    assert (pair.first, pair.second) == ("line", "sieve")
    assert pair.difference.value == pytest.approx(np.mean(AUC[0, left] + 0.1 - AUC[1, left]))
    assert found.notes == ("1 of 10 neurons left out of the metrics: a label was not verified.",)


def test_neurons_without_labelled_photos_are_left_out_of_the_photos_metrics_only(study):
    study.verify({(7, SIEVE[7]): 0.8}, photos=False)
    found = {metric.name: len(metric.neurons) for metric in study.compare().metrics}
    assert (found["AUC"], found["AUPRC"], found["correlation"]) == (9, 8, 8)


def test_origins_are_of_the_labels_of_the_same_neurons(study):
    study.label("line", {4: "made up"}, "generated", {"second": True})
    found = {one.method: one.origins for one in study.compare().methods}
    assert found == {"line": {"start": 9, "generated": 1}, "sieve": {"list": 10}}


def test_right_names_need_no_evidence_and_synonyms_count(study):
    study.label("sieve", {0: "cats", 1: "cat"}, "list", {"more": True})
    found = study.compare().truth
    assert found is not None
    assert found.neurons == 12
    assert found.exact == {"line": 1, "sieve": 2}
    assert found.hits == {"line": wilson(3, 12), "sieve": wilson(2, 12)}
    (pair,) = found.pairs
    assert (pair.wins, pair.ties, pair.losses) == (2, 9, 1)


@pytest.mark.parametrize(
    ("label", "name", "right"),
    [("Cats", "cat", True), ("kitty", "cat", True), ("tench", "tench, Tinca tinca", True), ("tinca-tinca", "tench, Tinca tinca", True),
     ("tench, Tinca tinca", "tench, Tinca tinca", True), ("red cat", "cat", False), ("dog", "cat", False), ("", "cat", False)],
)  # fmt: skip
def test_what_a_right_name_is(label, name, right):
    assert is_name(label, name) == right


def test_lines_presets_are_two_methods(study):
    study.label("line", {2: "paper 2"}, settings={"line": {"preset": "paper"}})
    found = study.compare(["line", "line-paper"])
    assert [one.method for one in found.methods] == ["line", "line-paper"]
    assert found.rows[0].labels == {"line": "line 2", "line-paper": "paper 2"}


def test_the_same_labels_by_both_are_equal_and_said_so(study):
    study.label("milan", LINE)
    found = study.compare(["line", "milan"])
    assert found.verified == 12
    for metric in found.metrics:
        assert metric.pairs[0].sentence == "Equal on all 12 neurons: there is nothing to test."
        assert metric.pairs[0].ties == 12


def test_one_neuron_has_numbers_and_no_test(study):
    found = study.compare(ids=[study.id_of(6)])
    assert found.verified == 1
    assert {metric.pairs[0].sentence for metric in found.metrics} == {"1 of at least 3 neurons: too few for a test."}


def test_one_method_and_no_evidence_are_noted(study):
    assert study.compare(["line"]).notes == ("There are labels by line only: nothing is compared.",)
    study.label("milan", {4: "pond", 6: "pond"})
    found = study.compare(["milan", "line"])
    assert (found.verified, found.metrics) == (0, ())
    assert found.notes == ("Of 2 neurons none has evidence for all its labels: run verify with --method all first.",)


def test_evidence_by_two_picture_sources_is_noted(study):
    study.verify({(6, SIEVE[6]): 0.7}, source=PictureSettings("sdxl", "2", {}))
    assert study.compare().notes[-1].startswith("The evidence is from 2 picture sources (pictograms 1, sdxl 2) and 1 seed,")


def test_provisional_labels_of_the_neurons_compared_are_noted(study):
    study.label("line", {2: "car", 6: "line 6"}, settings={"again": 1}, reason=PROVISIONAL)
    study.label("line", {0: "kitty"}, settings={"again": 2}, reason=PROVISIONAL)  # only LINE labelled it
    assert study.compare().notes[-1].startswith("2 of 20 labels are provisional")
    assert not any("provisional" in note for note in study.compare(ids=[study.id_of(3)]).notes)


def test_no_neuron_in_common_and_no_labels_are_refused_in_a_sentence(study, tmp_path):
    study.label("milan", {0: "pond"}, layer="pool")
    with pytest.raises(UserError, match=r"No neuron has a label by each of these methods \(neurons labelled: line 12, milan 1, sieve 10\)"):
        study.compare()
    with pytest.raises(UserError, match=r"no labels by invert; there are labels by line, milan, sieve"):
        study.compare(["line", "invert"])
    with pytest.raises(UserError, match=r"None of the neurons has a label; there are labels by no method yet"):
        Study(tmp_path / "empty").compare()


def test_a_similarity_is_the_cosine_of_label_and_name_on_class_neurons(study):
    asked = []

    def embed(texts):
        asked.append(texts)
        vectors = np.array([[len(text), 1.0] for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    found = study.compare(embedders={"CLIP cosine": embed}).metrics[-1]
    assert found.name == "CLIP cosine"
    assert len(asked) == 1
    assert len(set(asked[0])) == len(asked[0])
    one, other = np.array([len("car"), 1.0]), np.array([len("line 2"), 1.0])
    assert found.values["line"][0] == pytest.approx(one @ other / np.linalg.norm(one) / np.linalg.norm(other), abs=1e-6)
    assert found.values["sieve"][0] == pytest.approx(1.0)
    assert len(found.neurons) == 10


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_plot_is_the_same_file_twice(study, tmp_path, ending):
    study.label("$x_2^{odd}$ method\u202e", LINE, settings={"imported": True})
    found = study.compare(["line", "sieve", "$x_2^{odd}$ method\u202e"])
    for name in ("one", "two"):
        plot(found, tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    if ending == "png":
        with Image.open(tmp_path / "one.png") as image:
            assert len(image.convert("RGB").getcolors(1 << 24)) > 50
    if ending == "svg":
        assert "$x_2^{odd}$" in (tmp_path / "one.svg").read_text()


def test_a_plot_of_nothing_or_to_nowhere_is_said(study, tmp_path):
    found = study.compare()
    with pytest.raises(UserError, match=r"end the name in \.png, \.svg, \.pdf"):
        plot(found, tmp_path / "plot.docx")
    with pytest.raises(CannotWrite):
        plot(found, tmp_path / "nowhere" / "plot.png")
    with pytest.raises(UserError, match="nothing to plot"):
        plot(msgspec.structs.replace(found, metrics=()), tmp_path / "plot.png")
    assert not list(tmp_path.glob("*.png"))


def test_the_command_prints_tables_or_a_document_and_draws(study, line, tmp_path):
    said = line("compare", study.folder, "--layer", "head", "--plot", tmp_path / "plot.png")
    assert said.code == 0, said.err
    for text in ("AUC strict", "right names", "line", "sieve", "McNemar", "1 of 10 neurons left out"):
        assert text in said.out
    assert (tmp_path / "plot.png").stat().st_size > 10_000
    document = json.loads(line("compare", study.folder, "--methods", "sieve, line", "--neurons", "2-4", "--json").out)
    assert [one["method"] for one in document["methods"]] == ["sieve", "line"]
    assert [row["neuron"] for row in document["rows"]] == [2, 3, 4]
    assert "end the name in" in line("compare", study.folder, "--plot", "x.gif").error
    assert "nowhere does not exist" in line("compare", study.folder, "--clip", tmp_path / "nowhere").error
    refused = line("compare", study.folder, "--sentence-model", study.folder)
    assert "is no whole sentence model: it has no modules.json" in refused.error
    assert "no labels by invert" in line("compare", study.folder, "--methods", "invert").error


def test_a_sentence_model_tells_how_near_labels_are_to_the_names(study, line, tmp_path):
    network = random_sentences(tmp_path / "model")
    said = line("compare", study.folder, "--layer", "head", "--sentence-model", tmp_path / "model", "--json")
    assert said.code == 0, said.err
    document = json.loads(said.out)
    (found,) = (one for one in document["metrics"] if one["name"] == "sentence cosine")
    slow = [embedded_slowly(network, tmp_path / "model", row["labels"]["line"], row["truth"]) for row in document["rows"] if row["truth"]]
    np.testing.assert_allclose(found["values"]["line"], slow, atol=1e-5)
    assert found["pairs"]


def embedded_slowly(network, folder, *texts):
    """The cosine of two texts by transformers alone."""
    from transformers import MPNetTokenizer

    tokenizer = MPNetTokenizer.from_pretrained(folder, local_files_only=True)
    one, other = (network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).detach().numpy() for text in texts)
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)
