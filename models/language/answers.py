"""The form of an answer: the grammar that enforces it, and the reading of what came.

The paper profile reasons in at most three sentences and then names a concept; the compact profile completes one line.
"""

import re
from typing import NamedTuple

from models.concept_words import tidy
from models.types.language import Profile, Proposal

_CONCEPT = r"""
concept ::= word (" " word){0,2}
word ::= [a-z] [a-z'-]{1,17}
"""


class AnswerForm(NamedTuple):
    """A grammar in GBNF and what belongs to it; `limit` in tokens."""

    grammar: str
    opening: str  # of the answer, put into the prompt
    ending: str  # nothing follows it
    limit: int
    temperature: float


FORMS: dict[Profile, AnswerForm] = {
    "paper": AnswerForm(
        r"""root ::= sentence (" " sentence){0,2} "</thinking>\n<answer>" concept "</answer>"
sentence ::= ([^.!?<>\n] | "." [0-9]){8,140} [.!?]"""
        + _CONCEPT,
        opening="<thinking>",
        ending="</answer>",
        limit=160,
        temperature=0.5,
    ),
    # A small model repeats itself: on 29 boards, 1.0 gave 2.2 new concepts in four answers, 0.5 gave 1.5, all usable.
    "compact": AnswerForm('root ::= " " concept "\\n"' + _CONCEPT, opening="", ending="\n", limit=16, temperature=1.0),
}
_PAPER = re.compile(r"<thinking>(.*?)</thinking>\s*<answer>(.*?)</answer>", re.DOTALL)


def read_answer(profile: Profile, task: str, raw: str, seed: int) -> Proposal:
    """Take an answer apart; `concept` stays empty where the answer is unfinished or has another form.

    A compact model writes no reasoning: the line it completed stands for it.
    """
    if profile == "compact":
        concept = tidy(raw) if raw.endswith("\n") else ""
        line = task.rstrip().rpartition("\n")[2]
        return Proposal(concept=concept, reasoning=f"{line} {concept}" if concept else "", raw=raw, seed=seed)
    if found := _PAPER.search(raw):
        return Proposal(concept=tidy(found[2]), reasoning=found[1].strip(), raw=raw, seed=seed)
    return Proposal(concept="", reasoning="", raw=raw, seed=seed)
