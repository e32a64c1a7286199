"""A CLIP folder as transformers saves it: read within bounds, none of it run."""

from pathlib import Path
from typing import Final, NamedTuple

from models.errors import BadFile
from models.inspect.digest import remembered_sha256
from models.inspect.huggingface_folder import HuggingFaceFolder, read_folder
from models.inspect.paths import existing
from models.types.vision import Preprocess
from models.vision.huggingface import input_size
from models.vision.processor import read_recipe

KIND: Final = ("clip", "CLIPModel")
"""Model type and class; other networks of pictures and text embed in other ways."""
WEIGHTS: Final = ("model.safetensors", "model.safetensors.index.json")
VOCABULARIES: Final = (("vocab.json", "merges.txt"), ("tokenizer.json",))
HOW: Final = "give a folder that transformers saved from CLIPModel"


class ClipFolder(NamedTuple):
    """A checked folder, how its pictures are prepared, and the files of its vocabulary."""

    network: HuggingFaceFolder
    recipe: Preprocess
    vocabulary: tuple[Path, ...]

    def sha256(self) -> str:
        """SHA-256 over all files that have a say in the embeddings; remembered until one of them changes."""
        return remembered_sha256((*self.network.files, *self.vocabulary))


def read_clip(path: Path) -> ClipFolder:
    """Read and check the folder at `path`; raises BadFile in one sentence."""
    path = existing(path)
    if not path.is_dir():
        raise BadFile(f"{path} is a file and no CLIP folder; {HOW}.")
    _check_files(path)
    folder = read_folder(path)
    if (folder.model_type, folder.architecture) != KIND:
        found = ascii(folder.architecture or folder.model_type or "nameless")[:60]
        raise BadFile(f"{path} holds a {found} network and no CLIP with both towers, for pictures and for texts; {HOW}.")
    vocabulary = next(tuple(path / name for name in names) for names in VOCABULARIES if _all_in(path, names))
    return ClipFolder(folder, read_recipe(folder.processor, input_size(folder)), vocabulary)


def _check_files(path: Path) -> None:
    """Raises BadFile that names the first missing file."""
    missing = [name for name in ("config.json", "preprocessor_config.json") if not (path / name).is_file()]
    if not any((path / name).is_file() for name in WEIGHTS):
        pickled = (path / "pytorch_model.bin").is_file()
        missing.append("model.safetensors, only pytorch_model.bin: save it again as safetensors" if pickled else WEIGHTS[0])
    if not any(_all_in(path, names) for names in VOCABULARIES):
        missing.append("tokenizer.json")
    if missing:
        raise BadFile(f"{path} is no whole CLIP folder: it has no {missing[0]}; {HOW}.")


def _all_in(path: Path, names: tuple[str, ...]) -> bool:
    return all((path / name).is_file() for name in names)
