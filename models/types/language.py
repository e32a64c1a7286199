"""What a language model is asked, what it proposes, and the interface of one."""

from typing import Literal, Protocol

import msgspec

Profile = Literal["paper", "compact"]
PromptFormat = Literal["llama3", "chatml", "mistral", "gemma", "phi", "phi4", "plain"]


class ProposalRequest(msgspec.Struct, frozen=True):
    """One prompt; every seed asks for one independent answer."""

    instructions: str  # constant over a study: evaluated once and reused
    task: str  # what differs from request to request
    profile: Profile
    seeds: tuple[int, ...]


class Proposal(msgspec.Struct, frozen=True):
    """One answer of the language model."""

    concept: str  # empty if nothing usable came
    reasoning: str
    raw: str
    seed: int


class LanguageUsage(msgspec.Struct, frozen=True):
    """Counters of a language engine since it was opened."""

    prompt_tokens: int  # tokens of all prompts as asked
    evaluated_tokens: int  # of those, evaluated rather than reused
    generated_tokens: int


class LanguageInfo(msgspec.Struct, frozen=True):
    """What a GGUF is, as read from its header, and where it runs once it is opened."""

    path: str
    sha256: str
    architecture: str
    name: str
    parameters: int
    quantization: str
    context: int  # tokens
    bytes: int
    format: PromptFormat
    profile: Profile
    layers: int = 0
    on_gpu: int = 0  # of the layers, as llama.cpp says after loading

    @property
    def device(self) -> str:
        """Where it runs, such as "CPU" or "GPU (33 of 33 layers)"."""
        return f"GPU ({self.on_gpu} of {self.layers} layers)" if self.on_gpu else "CPU"


class Proposer(Protocol):
    """A language model."""

    def info(self) -> LanguageInfo:
        """What the opened file is."""
        ...

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """For each request one proposal for each of its seeds, in order."""
        ...

    def usage(self) -> LanguageUsage:
        """Counters since the model was opened."""
        ...
