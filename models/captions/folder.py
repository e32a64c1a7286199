"""A captioner's folder as transformers saves it: read within bounds, none of it run."""

from pathlib import Path
from typing import Any, Final, NamedTuple

from models.captions.vocabulary import vocabulary_file
from models.errors import BadFile
from models.inspect.digest import remembered_sha256
from models.inspect.huggingface_folder import HuggingFaceFolder, read_folder, read_json
from models.inspect.paths import existing
from models.types.vision import Preprocess
from models.vision.entry import DEFAULT_SIZE, LARGEST
from models.vision.processor import read_recipe

NAMES: Final = {
    ("blip", "BlipForConditionalGeneration"): "BLIP",
    ("git", "GitForCausalLM"): "GIT",
    ("vision-encoder-decoder", "VisionEncoderDecoderModel"): "an encoder with a decoder",
}
"""Model type and class of those that describe a picture when they are given nothing else."""
PARTS: Final = {"encoder": ("vit", "deit", "swin", "beit"), "decoder": ("gpt2", "bert", "roberta")}
"""What an encoder with a decoder may be made of."""
WEIGHTS: Final = ("model.safetensors", "model.safetensors.index.json")
GENERATION: Final = "generation_config.json"
HOW: Final = f"give a folder that transformers saved from {', '.join(name for _, name in list(NAMES)[:-1])} or {list(NAMES)[-1][1]}"


class CaptionerFolder(NamedTuple):
    """A checked folder, how its pictures are prepared, the file of its words, and what it says about writing."""

    network: HuggingFaceFolder
    recipe: Preprocess
    vocabulary: Path
    generation: dict[str, Any]  # generation_config.json, or empty

    @property
    def name(self) -> str:
        """Of its kind."""
        return NAMES[self.network.model_type, self.network.architecture]

    def sha256(self) -> str:
        """SHA-256 over all files that have a say in the captions; remembered until one of them changes."""
        generation = self.network.path / GENERATION
        return remembered_sha256((*self.network.files, self.vocabulary, *([generation] if generation.is_file() else [])))


def read_captioner(path: Path) -> CaptionerFolder:
    """Read and check the folder at `path`; raises BadFile in one sentence."""
    path = existing(path)
    if not path.is_dir():
        raise BadFile(f"{path} is a file and no captioner's folder; {HOW}.")
    _check_files(path)
    folder = read_folder(path)
    if (folder.model_type, folder.architecture) not in NAMES:
        found = ascii(folder.architecture or folder.model_type or "nameless")[:60]
        raise BadFile(f"{path} holds a {found} network, which describes no pictures by itself; {HOW}.")
    if folder.model_type == "vision-encoder-decoder":
        _check_parts(folder)
    generation = read_json(path / GENERATION) if (path / GENERATION).is_file() else {}
    return CaptionerFolder(folder, _recipe(folder), vocabulary_file(path), generation)


def _check_files(path: Path) -> None:
    """Raises BadFile that names the first missing file."""
    missing = [name for name in ("config.json", "preprocessor_config.json") if not (path / name).is_file()]
    if not any((path / name).is_file() for name in WEIGHTS):
        pickled = (path / "pytorch_model.bin").is_file()
        missing.append("model.safetensors, only pytorch_model.bin: save it again as safetensors" if pickled else WEIGHTS[0])
    if missing:
        raise BadFile(f"{path} is no whole captioner: it has no {missing[0]}; {HOW}.")


def _check_parts(folder: HuggingFaceFolder) -> None:
    """Raises BadFile for an encoder or a decoder of a kind that is not known."""
    for part, known in PARTS.items():
        config = folder.config.get(part)
        kind = config.get("model_type") if isinstance(config, dict) else None
        if kind not in known:
            raise BadFile(f"{folder.path} has {ascii(kind)[:60]} for its {part}; supported are {', '.join(known)}.")


def _recipe(folder: HuggingFaceFolder) -> Preprocess:
    """How pictures are prepared; they must have the size that the network states."""
    seeing = folder.config.get("encoder", folder.vision_config)
    size = seeing.get("image_size") if isinstance(seeing, dict) else None
    stated = size if isinstance(size, int) and 0 < size <= LARGEST else None
    recipe = read_recipe(folder.processor, stated or DEFAULT_SIZE)
    if recipe.channels != 3 or stated not in (None, recipe.height) or recipe.height != recipe.width:
        raise BadFile(
            f"preprocessor_config.json in {folder.path} makes pictures of {recipe.height} × {recipe.width} pixels in {recipe.channels} "
            f"channels, and its network takes {stated or recipe.height} × {stated or recipe.height} in 3; fetch the folder again."
        )
    return recipe
