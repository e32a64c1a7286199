"""What each study varies: the picture source, the preset, or the share of the start vocabulary; and what to know when reading it."""

from collections.abc import Sequence
from typing import Final, get_args

import msgspec
import numpy as np

from line_desktop.concepts import seed
from line_desktop.errors import UserError
from line_desktop.label_job import LabelJob
from line_desktop.methods.line import Preset, Settings
from line_desktop.survey import read_probe_set

PRESETS: Final = (
    "The score of presets line and sparing is of fresh pictures, that of paper of the few pictures it won on, which flatters it: "
    "compare AUC and MAD, with --verify. Sparing is meant for many neurons of a layer."
)
PICTURES: Final = "Each source's score is of its own pictures, as in the paper."


def pictures(job: LabelJob, sources: Sequence[str]) -> dict[str, LabelJob]:
    """The same neurons with other pictures (LINE section 4.5). Raises UserError for fewer than two sources."""
    if len(set(sources)) < 2:
        raise UserError(f"A study of pictures needs two sources to compare, got {len(set(sources))}: give --pictures twice.")
    return {source: msgspec.structs.replace(job, pictures=source) for source in sources}


def presets(job: LabelJob) -> dict[str, LabelJob]:
    """The paper to the letter against the default, and against what is sparing with steps as well as with pictures."""
    steps = {"sparing": None}
    return {preset: msgspec.structs.replace(job, preset=preset, steps=steps.get(preset, job.steps)) for preset in get_args(Preset)}


def vocabulary(job: LabelJob, shares: Sequence[int]) -> dict[str, LabelJob]:
    """Only a share of the class names to start from, in percent; a smaller share is part of each larger one.

    Raises UserError for a share that is none, or gives too few names for a scoreboard.
    """
    names = read_probe_set(job.probe).class_names
    order = np.random.default_rng(seed(job.seed, "start vocabulary")).permutation(len(names))
    found = {}
    for share in sorted(set(shares)):
        count = round(len(names) * share / 100)
        least = Settings().board_size
        if not 1 <= share <= 100 or count < least:
            raise UserError(
                f"{share} % of {len(names)} class names are {max(count, 0)}; a scoreboard needs {least}, so give shares from "
                f"{min(100, -(-100 * least // max(len(names), 1)))} to 100."
            )
        withheld = tuple(names[place] for place in sorted(order[count:]))
        found[f"{share} %"] = msgspec.structs.replace(job, withheld=(*job.withheld, *withheld))
    return found


def percent(text: str) -> list[int]:
    """Shares as typed: "10,25,100". Raises UserError."""
    parts = [part.strip().removesuffix("%").strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UserError(f"--shares takes whole percents separated by commas, such as 10,25,50,100; got '{text}'.")
    return list(map(int, parts))
