"""What each method works with: its engines, its start material, its settings. `KITS` has one for each method."""

from typing import Final

from line_desktop.kits.clip_dissect import ClipDissectKit
from line_desktop.kits.describe_and_dissect import DescribeAndDissectKit
from line_desktop.kits.facets import FacetsKit
from line_desktop.kits.invert import InvertKit
from line_desktop.kits.kit import Kit
from line_desktop.kits.line import LineKit
from line_desktop.kits.sieve import SieveKit
from line_desktop.methods.asking import MethodName

KITS: Final[dict[MethodName, type[Kit]]] = {
    "line": LineKit,
    "facets": FacetsKit,
    "sieve": SieveKit,
    "clip-dissect": ClipDissectKit,
    "invert": InvertKit,
    "describe-and-dissect": DescribeAndDissectKit,
}
