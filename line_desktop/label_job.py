"""What a labelling job is told: which neurons of which checkpoint, by which method, with what."""

from pathlib import Path

import msgspec

from line_desktop.methods.asking import MethodName
from line_desktop.methods.line import Preset
from line_desktop.target import Overrides
from models.types.language import Profile


class LabelJob(msgspec.Struct, frozen=True):
    """What to label, with what. A method asks only for what it needs; what that is its kit says (`line_desktop.kits`)."""

    checkpoint: Path
    layers: dict[str, str]  # layer name -> its neurons, written as in `neurons.select`
    probe: Path
    llm: Path | None = None
    pictures: str = ""  # picture source
    confirm_pictures: str = ""  # the source that draws LINE's finalists again; empty: the same one
    method: MethodName = "line"
    preset: Preset = "line"
    profile: Profile | None = None
    steps: int | None = None  # None: as many as the preset makes
    patience: int = 0  # steps that brought nothing among its five best, after which a neuron goes to its summary; 0: all
    seed: int = 0
    memory: int | None = None  # bytes that the engines may hold together; by default nine tenths of what is free
    overrides: Overrides = Overrides()
    withheld: tuple[str, ...] = ()  # names kept out of the start vocabulary and of concept lists
    try_anyway: bool = False  # load also what seems too large for the memory
    clip: Path | None = None  # folder of a CLIP
    concepts: str = "classes"  # concept list: "classes" of the probe set, "pictograms", or a file
    formula_length: int = 3  # concepts in a formula of INVERT, at most
    captioner: Path | None = None  # folder of a model that describes pictures
    crops: bool = False  # describe also the regions of the photos where the neuron fires most
    ray: str = ""  # where Ray is, to work on its machines: "auto", HOST:PORT, or "local" for a private one; empty: without
    gate: bool = True  # leave out neurons that are not worth labelling
