"""A network by the name that torchvision or timm gives it, filled with weights that fit.

Both packages are optional and asked in this order. Neither is let near the network: it is built without weights of its own.
"""

import difflib
import importlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from models.errors import BadFile
from models.types.vision import Preprocess
from models.vision import timm_networks, torchvision_networks
from models.vision.graph import first_line
from models.vision.state_dict import misfits
from models.vision.torch_export import TORCH_ERRORS

if TYPE_CHECKING:
    from models.vision.state_dict import StateDict


class Shape(NamedTuple):
    """What differs between networks of one name; None: as the package has it."""

    classes: int | None = None
    channels: int | None = None
    size: int | None = None  # pixels a side


class Built(NamedTuple):
    """A network with its weights; `name` says the package too."""

    network: Any
    recipe: Preprocess
    name: str


class Package(Protocol):
    """How a package's networks are made; each is a module beside this one."""

    def names(self) -> list[str]:
        """Every network of the package."""
        ...

    def make(self, name: str, classes: int | None, channels: int | None, size: int | None, **options: Any) -> Any:
        """The network, untrained."""
        ...

    def recipe(self, network: Any, name: str, channels: int, size: int | None) -> Preprocess:
        """How the package prepares pictures for it."""
        ...

    def classes(self, network: Any) -> int:
        """How many classes it answers with."""
        ...


PACKAGES: Final[dict[str, Package]] = {"torchvision": torchvision_networks, "timm": timm_networks}


def build(architecture: str, weights: "StateDict", size: int | None, path: Path, options: dict[str, Any] | None = None) -> Built:
    """The network called `architecture` ("resnet50", "timm:resnet50") with `weights`.

    Classes and channels are taken from the weights. Raises BadFile if no package knows the name or the weights do not fit; it lists
    the first missing and unexpected names.
    """
    prefix, _, name = architecture.rpartition(":")
    packages = [package for package in PACKAGES if prefix in ("", package)]
    if not packages:
        raise BadFile(f"There is no package {prefix!r} of networks; --arch takes a name alone, or after timm: or torchvision:.")
    known = _that_know(name, packages)
    reasons = []
    for package in known:
        network, channels, wrong = _fitted(package, name, weights, size, options or {}, path)
        if not wrong:
            return Built(network, PACKAGES[package].recipe(network, name, channels, size), f"{package}:{name}")
        reasons.append(f"{package}'s {name}: {'; '.join(wrong)}")
    raise BadFile(f"The weights in {path.name} do not fit {', nor '.join(reasons)}. Give the --arch (and --size) they were made for.")


def _that_know(name: str, packages: list[str]) -> list[str]:
    known, absent, all_names = [], [], set()
    for package in packages:
        try:
            importlib.import_module(package)
        except (ImportError, RuntimeError, OSError) as error:  # not there, or built for another torch
            absent.append(f"the package {package} cannot be used here ({first_line(error)})")
            continue
        names = PACKAGES[package].names()
        all_names.update(names)
        if name in names:
            known.append(package)
    if known:
        return known
    if absent:
        raise BadFile(f"For --arch {name}, {' and '.join(absent)}; install timm and the torchvision that belongs to this torch.")
    near = ", ".join(difflib.get_close_matches(name, sorted(all_names), n=5, cutoff=0.0))
    raise BadFile(f"{' and '.join(packages)} know no network {name!r}; the nearest names are {near}.")


def _fitted(
    package: str, name: str, weights: "StateDict", size: int | None, options: dict[str, Any], path: Path
) -> tuple[Any, int, list[str]]:
    """The network with its weights, its channels, and what does not fit."""
    make, classes = PACKAGES[package].make, PACKAGES[package].classes
    with warnings.catch_warnings():  # the packages' own remarks on initialisation
        warnings.simplefilter("ignore")
        try:
            plain = make(name, None, None, size, **options)
            shape = _shape_of(classes(plain), plain.state_dict(), weights)
            network = make(name, shape.classes, shape.channels, size, **options) if any(shape) else plain
            wrong = misfits(network.state_dict(), weights)
            if not wrong:
                network.load_state_dict(weights, strict=False)
        except TORCH_ERRORS as error:
            raise BadFile(f"{package} cannot build {name} for {path.name} ({first_line(error)}).") from error
    return network.eval(), shape.channels or 3, wrong


def _shape_of(classes: int, wanted: "StateDict", given: "StateDict") -> Shape:
    """Classes where only the number of rows differs in the classifier, channels from the first convolution."""
    found = Shape()
    for name, value in wanted.items():
        other = given.get(name)
        if other is None or other.shape == value.shape or other.ndim != value.ndim or not other.ndim:
            continue
        if value.shape[0] == classes and other.shape[1:] == value.shape[1:]:
            found = found._replace(classes=int(other.shape[0]))
        elif value.ndim == 4 and value.shape[1] == 3 and other.shape[1] == 1:
            found = found._replace(channels=1)
    return found
