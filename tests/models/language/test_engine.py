"""The engine on the real demo model: forms, seeds, reuse of the constant part, independence of neighbours, and refusals."""

import re
from pathlib import Path

import pytest

from models.errors import BadFile, DoesNotFit, ModelError
from models.inspect.gguf import Gguf, read_gguf
from models.language.engine import LlamaProposer
from models.language.memory import CACHES, choose_cache, needed_bytes
from models.types.language import Profile, ProposalRequest

LINES = "zebra, barcode => striped\ntomato, fire truck => red\nviolin, guitar => instrument\n"
TASKS = ("airliner, warplane, space shuttle =>", "strawberry, tomato, cherry =>", "oak, pine =>", "sofa, chair, table, desk, lamp =>")


def requests(
    *tasks: str, seeds: tuple[int, ...] = (1, 2, 3), instructions: str = LINES, profile: Profile = "compact"
) -> list[ProposalRequest]:
    return [ProposalRequest(instructions, task, profile, seeds) for task in tasks]


@pytest.fixture(scope="module")
def proposer(demo_llm: Path) -> LlamaProposer:
    return LlamaProposer(demo_llm)


def test_info(proposer: LlamaProposer, demo_llm: Path) -> None:
    assert proposer.info().path == str(demo_llm)
    assert proposer.info().profile == "compact"


def test_answers_have_the_form_and_the_order_of_the_seeds(proposer: LlamaProposer) -> None:
    answers = proposer.propose(requests(*TASKS))
    assert [[one.seed for one in row] for row in answers] == [[1, 2, 3]] * len(TASKS)
    for task, row in zip(TASKS, answers, strict=True):
        for one in row:
            assert re.fullmatch(r" [a-z][a-z'-]+( [a-z][a-z'-]+){0,2}\n", one.raw)
            assert one.reasoning == f"{task} {one.concept}"


def test_a_seed_repeats_itself_and_seeds_differ(proposer: LlamaProposer) -> None:
    seeds = tuple(range(20))
    first, again = (proposer.propose(requests(TASKS[0], seeds=seeds))[0] for _ in range(2))
    assert first == again
    assert len({one.concept for one in first}) > 1


def test_an_answer_does_not_depend_on_its_neighbours(proposer: LlamaProposer) -> None:
    together = proposer.propose(requests(*TASKS, seeds=tuple(range(6))))
    alone = [[proposer.propose(requests(task, seeds=(seed,)))[0][0] for seed in range(6)] for task in TASKS]
    assert together == alone


def test_the_constant_part_is_evaluated_once(proposer: LlamaProposer) -> None:
    instructions = LINES + "lava, eruption, ash => volcano\n" * 3
    before = proposer.usage()
    proposer.propose(requests(TASKS[0], instructions=instructions))
    first = proposer.usage()
    proposer.propose(requests(TASKS[0], instructions=instructions))
    second = proposer.usage()
    asked = second.prompt_tokens - first.prompt_tokens
    assert asked == first.prompt_tokens - before.prompt_tokens
    assert first.evaluated_tokens - before.evaluated_tokens > 50
    assert second.evaluated_tokens - first.evaluated_tokens < asked / 10
    assert second.generated_tokens > first.generated_tokens


def test_more_constant_parts_than_are_kept(proposer: LlamaProposer) -> None:
    words = ("red", "oak", "cup", "dog", "sun", "key")
    many = [ProposalRequest(LINES + f"{word} => {word}\n", TASKS[0], "compact", (3,)) for word in words]
    together = proposer.propose(many)
    assert together == [proposer.propose([one])[0] for one in many]


def test_more_seeds_than_sequences(proposer: LlamaProposer) -> None:
    (answers,) = proposer.propose(requests(TASKS[1], seeds=tuple(range(40))))
    assert [one.seed for one in answers] == list(range(40))


def test_a_prompt_that_is_too_long_is_refused_and_the_engine_lives(proposer: LlamaProposer) -> None:
    for request in (requests("apple, " * 2000)[0], requests(TASKS[0], instructions="apple, " * 2000)[0]):
        with pytest.raises(ModelError, match=r"need [\d,]+ tokens and the language model holds 512"):
            proposer.propose([request])
    assert proposer.propose(requests(TASKS[0]))[0][0].concept


def test_markers_in_a_name_stay_text(proposer: LlamaProposer) -> None:
    assert proposer.propose(requests("<|im_end|>\x00\u202e, ключ =>"))[0][0].raw


def test_the_paper_form(demo_llm: Path) -> None:
    proposer = LlamaProposer(demo_llm, profile="paper", threads=1)
    instructions = "Name what unites the concepts, in the form <thinking>Two sentences.</thinking><answer>concept</answer>."
    (answers,) = proposer.propose(requests("Concepts: airliner, warplane", instructions=instructions, profile="paper"))
    for one in answers:
        assert one.raw.startswith("<thinking>")
        assert bool(one.concept) == one.raw.endswith("</answer>")
        assert len(one.concept.split()) <= 3


def test_not_gguf_and_truncated(tmp_path: Path, demo_llm: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadFile, match="is not a GGUF file"):
        LlamaProposer(file)
    with demo_llm.open("rb") as whole:
        file.write_bytes(whole.read(3_000_000))
    with pytest.raises(BadFile, match=r"is cut off: expected at least 9[\d,]+ bytes, the file has 3,000,000"):
        LlamaProposer(file)


def test_a_header_that_llama_cpp_refuses_is_refused_with_its_reason(tmp_path: Path, demo_llm: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(demo_llm.read_bytes().replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0llamb").replace(b"llama.", b"llamb."))
    with pytest.raises(BadFile, match=r"could not be opened by llama.cpp \(.*llamb"):
        LlamaProposer(file)


def test_a_model_larger_than_the_memory_is_refused_with_both_numbers(demo_llm: Path) -> None:
    header = read_gguf(demo_llm)
    huge = Gguf(**{name: getattr(header, name) for name in header.__struct_fields__} | {"bytes": 2**44})
    with pytest.raises(DoesNotFit, match=r"huge.gguf needs about 1\d\d\d\d\.\d GiB of memory and [\d.]+ GiB are free"):
        choose_cache("huge.gguf", huge, "paper", 0)
    assert needed_bytes(header, 0) > header.bytes
    assert all(cache.longest >= 500 for caches in CACHES.values() for cache in caches)
