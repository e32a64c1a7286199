"""Who answers what methods ask: each answerer takes one kind of request, of many neurons at once, to the engine that knows."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from line_desktop.bank import Bank
from line_desktop.isolation import Isolation
from line_desktop.methods.asking import Answer, Depict, Depicted, LookUp, Proposed, Request
from line_desktop.store.workspace import Workspace
from models.types.language import Proposal, ProposalRequest, Proposer


class Answerer(Protocol):
    """Answers one kind of request."""

    @property
    def asked(self) -> type[Request]:
        """The kind of request it answers."""
        ...

    def answer(self, asking: Sequence[tuple[int, Any]]) -> Sequence[Answer]:
        """An answer for each neuron and its request, in order. Raises Cancelled where it was stopped."""
        ...


class LookingUp:
    """Answers `LookUp` from a concept bank."""

    asked = LookUp

    def __init__(self, bank: Bank, layer: str) -> None:
        self._bank = bank
        self._layer = layer

    def answer(self, asking: Sequence[tuple[int, LookUp]]) -> list[Depicted]:
        """The best concepts for each neuron, perhaps none."""
        answers = []
        for neuron, request in asking:
            best = self._bank.best(self._layer, neuron, request.known, request.floor, request.count)
            answers.append(depicted(self._bank, self._layer, neuron, best))
        return answers


class Depicting:
    """Answers `Depict` from a concept bank, which draws and scores what it has not yet."""

    asked = Depict

    def __init__(self, bank: Bank, fresh: Bank | None, layer: str) -> None:
        """`fresh`: the bank of pictures that no step has seen, for a method that asks for them."""
        self._banks = {False: bank} | ({True: fresh} if fresh else {})
        self._layer = layer

    def answer(self, asking: Sequence[tuple[int, Depict]]) -> list[Depicted]:
        """The activations of each neuron; every concept is drawn once for all of them."""
        for fresh, bank in self._banks.items():
            bank.activations([name for _, request in asking if request.fresh == fresh for name in request.concepts], self._layer)
        return [depicted(self._banks[request.fresh], self._layer, neuron, request.concepts) for neuron, request in asking]


def depicted(bank: Bank, layer: str, neuron: int, names: Sequence[str]) -> Depicted:
    """One neuron's activations on the pictures of concepts; those that are not finite are lost."""
    seen = {name: tuple(map(float, values[:, neuron])) for name, values in bank.activations(names, layer).items()}
    finite = {name: values for name, values in seen.items() if all(map(math.isfinite, values))}
    lost = {name: bank.isolation.lost.get(name, "not finite") for name in names if name not in finite}
    return Depicted(finite, lost)


class Proposing:
    """Answers requests for concepts by a language model."""

    def __init__(
        self,
        workspace: Workspace,
        proposer: Proposer,
        asked: type[Request],
        prompt: Callable[[Any], ProposalRequest],
        undepictable: Callable[[list[str]], dict[str, str]],
    ) -> None:
        """`prompt` makes a request of the kind `asked` a prompt; `undepictable` says which concepts cannot be drawn, and why."""
        self._workspace = workspace
        self._proposer = proposer
        self.asked = asked
        self._prompt = prompt
        self._undepictable = undepictable
        self._isolation = Isolation()

    def answer(self, asking: Sequence[tuple[int, Any]]) -> list[Proposed]:
        """The proposals for each neuron; the prompts are kept."""
        requests = [self._prompt(request) for _, request in asking]
        answered = self._ask(requests)
        refused = self._undepictable([one.concept for proposals in answered for one in proposals if one.concept])
        hashes = self._workspace.save_prompts([f"{request.instructions}\n{request.task}" for request in requests])
        answers = []
        for sha256, proposals in zip(hashes, answered, strict=True):
            mine = {one.concept: refused[one.concept] for one in proposals if one.concept in refused}
            answers.append(Proposed(tuple(proposals), mine, sha256))
        return answers

    def _ask(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """The proposals for each request; where the language model fails on one again and again, its reason instead of an answer."""
        answered: dict[int, list[Proposal]] = {}

        def ask(numbers: Sequence[int]) -> None:
            answered.update(zip(numbers, self._proposer.propose([requests[number] for number in numbers]), strict=True))

        self._isolation.work(range(len(requests)), ask, str)
        failed = [Proposal("", "", self._isolation.lost.get(str(number), ""), 0) for number in range(len(requests))]
        return [answered.get(number, [failed[number]]) for number in range(len(requests))]
