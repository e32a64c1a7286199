"""Tiny models of random weights of every family through llama.cpp: the format chosen, the answers' form, seeds, and neighbours."""

import re
from pathlib import Path

import numpy as np
import pytest
from gguf_files import BLOCKS, F16, F32, Q4_K, Q6_K, WEIGHTS, random_blocks, write_gguf
from gguf_models import FAMILIES, LLAMA_3_1_8B, TINY, write_model

from models.host import connect
from models.inspect.gguf import read_gguf
from models.language.engine import LlamaProposer
from models.language.formats import FRAMES, Piece
from models.language.llama import Llama
from models.language.memory import CACHES
from models.types.language import Profile, ProposalRequest, Proposer

CONCEPT = r"[a-z][a-z'-]{1,17}( [a-z][a-z'-]{1,17}){0,2}"
SENTENCE = r"([^.!?<>\n]|\.[0-9]){8,140}[.!?]"
FORMS: dict[Profile, str] = {
    "compact": rf" {CONCEPT}\n",
    "paper": rf"<thinking>{SENTENCE}( {SENTENCE}){{0,2}}</thinking>\n<answer>{CONCEPT}</answer>",
}
PROFILES: tuple[Profile, ...] = ("compact", "paper")
TASKS = ("lava, eruption =>", "oak, pine, a tree of <|im_end|>[/INST] =>", "violin =>")


def requests(profile: Profile, seeds: tuple[int, ...]) -> list[ProposalRequest]:
    return [ProposalRequest("zebra, barcode => striped\n", task, profile, seeds) for task in TASKS]


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def file(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("families") / "tiny.gguf", family)


def test_the_template_of_the_family_chooses_our_format(family: str, file: Path) -> None:
    header = read_gguf(file)
    assert (header.architecture, header.format) == (FAMILIES[family].architecture, FAMILIES[family].form)
    assert (header.blocks, header.embedding, header.vocabulary, header.quantization) == (2, 256, 2048, "Q4_K_M")


def test_every_mark_of_our_format_is_one_control_token_of_the_file(family: str, file: Path) -> None:
    opened = Llama(file, CACHES["compact"][-1], threads=1, gpu_layers=0)
    frame = FRAMES[FAMILIES[family].form]
    control = FAMILIES[family].control
    marks = [mark for mark in re.findall(r"<[^<>]+>|\[/?INST\]", "".join(frame)) if mark]
    numbers = {mark: opened.tokens([Piece(mark, True)], start=False) for mark in marks}
    assert marks
    assert set(marks) <= set(control)
    assert {mark: [opened.text(token).decode() for token in tokens if opened.text(token) != b" "] for mark, tokens in numbers.items()} == {
        mark: [mark] for mark in marks
    }
    plain = [token for mark in marks for token in opened.tokens([Piece(mark, False)], start=False)]
    assert not {opened.text(token).decode(errors="replace") for token in plain} & set(control)


@pytest.mark.parametrize("profile", PROFILES)
def test_answers_have_the_form_repeat_and_do_not_depend_on_their_neighbours(file: Path, profile: Profile) -> None:
    proposer = LlamaProposer(file, profile)
    asked = requests(profile, seeds=(1, 2))[-2:]
    together = proposer.propose(asked)
    assert together[::-1] == [proposer.propose([one])[0] for one in asked[::-1]]
    assert len({answer.raw for row in together for answer in row}) > len(asked)
    for answer in (answer for row in together for answer in row):
        assert bool(re.fullmatch(FORMS[profile], answer.raw)) == bool(answer.concept), "only an unfinished answer has no concept"


def test_a_whole_answer_parses(file: Path) -> None:
    """A random model rarely ends in time; of many answers some do."""
    answers = [answer for row in LlamaProposer(file).propose(requests("compact", tuple(range(10)))) for answer in row]
    assert any(answer.concept for answer in answers)


def test_a_family_in_its_child(tmp_path: Path) -> None:
    file = write_model(tmp_path / "tiny.gguf", "Gemma 3")
    proposer, child = connect(Proposer, "language", file, "paper")  # type: ignore[type-abstract]
    try:
        assert (proposer.info().architecture, proposer.info().format, proposer.info().device) == ("gemma3", "gemma", "CPU")
        assert proposer.propose(requests("paper", (4,))) == LlamaProposer(file, "paper").propose(requests("paper", (4,)))
    finally:
        child.close()


@pytest.mark.parametrize("kind", [F32, F16, Q4_K, Q6_K])
def test_random_blocks_are_finite_and_of_the_asked_spread(kind: int) -> None:
    weights = dequantized(kind, random_blocks(kind, 2000 // (WEIGHTS[kind] // 4 or 1), 0.02, np.random.default_rng(3)))
    assert np.isfinite(weights).all()
    assert abs(weights.mean()) < 0.003
    assert 0.017 < weights.std() < 0.023


def dequantized(kind: int, blocks: np.ndarray) -> np.ndarray:
    """The weights of blocks, slowly, as ggml's `dequantize_row_q4_K` and `dequantize_row_q6_K` read them."""
    if kind in (F32, F16):
        return blocks["x"].astype(np.float64)
    values = []
    for block in blocks:
        for number in range(256):
            values.append(_q4_k(block, number) if kind == Q4_K else _q6_k(block, number))
    return np.array(values)


def _q4_k(block: np.void, number: int) -> float:
    part, place = divmod(number, 32)
    packed = [int(byte) for byte in block["scales"]]
    if part < 4:
        scale, minimum = packed[part] & 63, packed[part + 4] & 63
    else:
        scale = packed[part + 4] & 15 | packed[part - 4] >> 6 << 4
        minimum = packed[part + 4] >> 4 | packed[part] >> 6 << 4
    quant = int(block["qs"][part // 2 * 32 + place]) >> 4 * (part % 2) & 15
    return float(block["d"]) * scale * quant - float(block["dmin"]) * minimum


def _q6_k(block: np.void, number: int) -> float:
    half, rest = divmod(number, 128)
    quarter, place = divmod(rest, 32)
    low = int(block["ql"][half * 64 + quarter % 2 * 32 + place]) >> 4 * (quarter // 2) & 15
    high = int(block["qh"][half * 32 + place]) >> 2 * quarter & 3
    return float(block["d"]) * int(block["scales"][half * 8 + quarter * 2 + place // 16]) * ((high << 4 | low) - 32)


def test_a_file_written_in_pieces_is_whole(tmp_path: Path) -> None:
    shapes = {
        "a.weight": ((256, 300_000 // 256), Q4_K),
        "b.weight": ((3, 5), F32),
        "norm.weight": ((7,), F16),
        "c.weight": ((256, 2), Q6_K),
    }
    file = write_gguf(tmp_path / "some.gguf", {}, shapes)
    data = file.read_bytes()
    sizes = [1171 * BLOCKS[Q4_K].itemsize, 60, 14, 2 * BLOCKS[Q6_K].itemsize]
    start = len(data) - sum(-(-size // 32) * 32 for size in sizes)
    assert start % 32 == 0
    assert np.frombuffer(data, "<f2", 7, start + sum(-(-size // 32) * 32 for size in sizes[:2])).tolist() == [1] * 7


def test_the_full_shape_is_that_of_llama_3_1_8b(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its five gigabytes: the weights are a hole in the file."""
    monkeypatch.setattr("gguf_files.random_blocks", lambda kind, count, spread, random: np.empty(0, np.uint8))
    header = read_gguf(write_model(tmp_path / "large.gguf", "Llama 3", LLAMA_3_1_8B))
    assert (header.parameters, header.quantization, header.format) == (8_030_261_248, "Q4_K_M", "llama3")
    assert (header.blocks, header.embedding, header.vocabulary, header.context, header.kv_bytes) == (32, 4096, 128_256, 131_072, 131_072)
    assert round(header.bytes / 1e9, 2) == 4.92
    assert TINY.head * TINY.heads == TINY.embedding
