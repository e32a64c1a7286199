"""LINE: name one neuron by proposing, drawing and scoring concepts, guided by a scoreboard (LINE paper, algorithm 1).

Its random choices come from a generator seeded by study and neuron, so sending the stored answers into a fresh generator
(see `asking`) replays a run exactly.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np

from line_desktop import concepts, scoreboard
from line_desktop.methods.asking import (
    Depict,
    Depicted,
    Gather,
    Labelled,
    LookUp,
    Method,
    NotLabelled,
    Part,
    Propose,
    Proposed,
    Provisional,
    Status,
    StepDone,
)
from line_desktop.methods.confirmation import Confirmation, confirm
from line_desktop.scoreboard import Board, Origin
from models.types.language import Profile
from models.types.shared import FloatArray

Preset = Literal["line", "sparing", "paper"]
NOVELTY = 5  # best of a board, among which something new must come now and then if its neuron is to go on


class Settings(msgspec.Struct, frozen=True):
    """What a run of LINE depends on besides its models. The numbers are the paper's (section 4)."""

    preset: Preset = "line"
    profile: Profile = "paper"
    steps: int = 10
    board_size: int = 10
    start_best: int = 5
    pictures: int = 5
    attempts: int = 4  # a proposal, and at most three more with new seeds
    shortlist: int = 5  # the best of board and bank; those of them that its pictures tell best from the photos are the finalists
    finalists: int = 5  # scored again at the end on pictures no step has seen
    fresh_pictures: int = 6  # of each finalist
    level: float = 0.02  # AUC that a label may lack against the best finalist
    broader: bool = True  # of labels that may be, that of fewest words is taken, else that of the highest mean
    shared: bool = True  # boards take in what the concept bank knows, but not those of a facet, to which it need not belong
    patience: int = 0  # steps that brought nothing among its five best, after which the others are passed over; 0: all are made
    seed: int = 0

    @property
    def last_step(self) -> int:
        """The number of the last step: the summary, or the confirmation after it."""
        return self.steps + (2 if self.confirm else 1)

    @property
    def candidates(self) -> int:
        """Answers asked for at once: a small model mostly repeats itself, so the first new one of several is taken."""
        return 4 if self.profile == "compact" else 1

    @property
    def bank(self) -> bool:
        """Whether boards take in what the concept bank knows."""
        return self.shared and self.preset != "paper"

    @property
    def fresh_seed(self) -> int:
        """The study seed of the pictures that confirm labels."""
        return concepts.seed(self.seed, "fresh")

    @property
    def confirm(self) -> bool:
        """Whether the best of board and bank are scored again before one becomes the label."""
        return self.preset != "paper"


SPARING: Final[dict[str, Any]] = {"steps": 1, "pictures": 4, "shortlist": 10, "finalists": 2, "fresh_pictures": 3, "broader": False}
"""For whole layers: what one neuron does not try, another does, and all find it in the bank. See docs/benchmarks.md, "Sparing"."""


def preset_settings(preset: Preset) -> Settings:
    """What a preset does."""
    return Settings(preset=preset, **(SPARING if preset == "sparing" else {}))


def line(ranked: Sequence[str], photos: FloatArray, neuron: str, settings: Settings, forbidden: Sequence[str] = ()) -> Method:
    """Label one neuron.

    `ranked`: the start vocabulary, depictable names only, by falling mean activation of the neuron on the photos of each. `photos`:
    (photos,), its activations on the probe set. `neuron`: a text that names it in the study ("layer index"), for the seeds. `forbidden`:
    concepts that may not become its label.
    """
    random = np.random.default_rng(concepts.seed(settings.seed, neuron, "choices"))
    known = {concepts.key(name): name for name in forbidden}
    names = start_names([name for name in ranked if concepts.key(name) not in known], settings, random)
    if not names:
        yield NotLabelled("failed", f"No start concept is left: all of the {len(ranked)} are forbidden.")
        return
    known |= {concepts.key(name): name for name in names}
    scored: Depicted = yield Depict(names)
    board = scoreboard.best_first(entries(scored, 0, "start"))
    if not board:
        yield NotLabelled("failed", f"None of the {len(names)} start concepts could be scored: {next(iter(scored.lost.values()))}.")
        return
    yield StepDone(0, board[0].concept, board[0].score, "start", "scored", "", (), "", board)

    answered, step = False, 0
    while step <= settings.steps:
        step += 1
        if settings.bank:
            board = yield from take_in_bank(board, known, step)
        passed = settings.steps + 1 - step if settled(board, step, settings) else 0
        step += passed
        summary = step == settings.steps + 1
        done = yield from propose(board, known, step, summary, neuron, settings)
        if done.status == "scored":
            done = yield from draw(done, random)
        answered = answered or done.status in ("scored", "skipped: duplicate")
        board = scoreboard.best_first(done.board)
        yield msgspec.structs.replace(done, board=board, passed=passed)

    if not answered:
        yield NotLabelled("no usable proposal", f"No answer of the language model in {step} steps was a concept that can be depicted.")
        return
    if settings.confirm:
        yield from confirmed(board, photos, forbidden, step + 1, settings)
    else:
        yield Labelled(board[0], board)


def confirmed(board: Board, photos: FloatArray, forbidden: Sequence[str], step: int, settings: Settings) -> Method:
    """The end but in the preset `paper`: the label is chosen among the best of board and bank, scored again; see `confirmation`."""
    bank: Board = ()
    if settings.bank:
        yield Provisional(board[0])
        yield Gather()  # what the others come upon helps this one
        bank = yield from best_of_bank(board, forbidden, step, settings)
    shortlist = scoreboard.best_first((*board, *bank))[: settings.shortlist]
    end: Confirmation = yield from confirm(board, shortlist, settings.finalists, photos, forbidden, settings.level, settings.broader)
    label, board = end.label, end.board
    yield StepDone(step, label.concept, label.score, label.origin, end.status, "", (), "", board)
    yield Labelled(label, board)


def start_names(ranked: Sequence[str], settings: Settings, random: np.random.Generator) -> tuple[str, ...]:
    """The best names and others at random, all distinct (LINE section 3.2, "Initialization")."""
    best, rest = list(ranked[: settings.start_best]), list(ranked[settings.start_best :])
    others = random.permutation(len(rest))[: settings.board_size - len(best)]
    return (*best, *(rest[index] for index in others))


def settled(board: Board, step: int, settings: Settings) -> bool:
    """Whether the steps from this one to the summary can be passed over: nothing came among the best for long, by the model or the bank."""
    newest = max(one.step for one in scoreboard.best_first(board)[:NOVELTY])
    return 0 < settings.patience < step - newest


def entries(answer: Depicted, step: int, origin: Origin) -> Board:
    """The concepts of an answer that have a score."""
    return tuple(scoreboard.entry(name, activations, step, origin) for name, activations in answer.activations.items())


def take_in_bank(board: Board, known: dict[str, str], step: int) -> Part:
    """Replace the lowest entry by the best concept that the bank has pictures of already (METHOD section 7.2). Returns a Board.

    One a step, and only if it is better by more than its standard error: the best of a thousand free candidates is mostly luck,
    and ten of them would leave the language model nothing to learn from.
    """
    lowest = min(board, key=lambda one: one.score)
    answer: Depicted = yield LookUp(tuple(known), lowest.score)
    for concept, activations in answer.activations.items():
        new = scoreboard.entry(concept, activations, step, "bank")
        if new.score - new.error > lowest.score:
            known[concepts.key(concept)] = concept
            return scoreboard.best_first((*(one for one in board if one is not lowest), new))
    return board


def best_of_bank(board: Board, forbidden: Sequence[str], step: int, settings: Settings) -> Part:
    """The bank's best concepts besides the board's, enough for the shortlist. Returns a Board."""
    known = tuple(concepts.key(name) for name in (*forbidden, *(one.concept for one in board)))
    answer: Depicted = yield LookUp(known, -np.inf, settings.shortlist)
    return entries(answer, step, "bank")


def draw(done: StepDone, random: np.random.Generator) -> Part:
    """Have the concept of a step drawn, and let it onto the board. Returns the StepDone with its score, or why it has none."""
    scored: Depicted = yield Depict((done.concept,))
    new = entries(scored, done.step, done.origin)
    if not new:
        return msgspec.structs.replace(done, status=f"skipped: {scored.lost[done.concept]}")
    return msgspec.structs.replace(done, score=new[0].score, board=scoreboard.update(done.board, new[0], random))


def propose(board: Board, known: dict[str, str], step: int, summary: bool, neuron: str, settings: Settings) -> Part:
    """Ask until a new concept comes that can be depicted, at most `attempts` times. Returns a StepDone without score.

    `known` (key -> name) takes in what was proposed and what cannot be depicted, so neither is asked for again.
    """
    shown = board[:3] if summary else board
    origin: Origin = "summary" if summary else "generated"
    raw: list[str] = []
    status: Status = "skipped: no answer"
    concept = reasoning = prompt = ""
    for attempt in range(settings.attempts):
        seeds = tuple(concepts.seed(settings.seed, neuron, step, attempt, number) for number in range(settings.candidates))
        answer: Proposed = yield Propose(step, attempt, summary, shown, tuple(known.values()), seeds)
        prompt = answer.prompt_sha256
        for proposal in answer.proposals:
            raw.append(proposal.raw)
            if not proposal.concept:
                continue
            concept, reasoning = proposal.concept, proposal.reasoning
            new = concepts.key(concept) not in known
            known.setdefault(concepts.key(concept), concept)
            if concept in answer.undepictable:
                status = "skipped: cannot be depicted" if status == "skipped: no answer" else status
            elif new:
                return StepDone(step, concept, None, origin, "scored", reasoning, tuple(raw), prompt, board)
            else:
                status = "skipped: duplicate"
    return StepDone(step, concept, None, origin, status, reasoning, tuple(raw), prompt, board)
