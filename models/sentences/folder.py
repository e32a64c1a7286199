"""A sentence model's folder as sentence-transformers saves it: read within bounds, none of it run.

It is a Hugging Face folder of BERT or MPNet beside a modules.json that says what follows the network: the mean over a text's tokens
(1_Pooling), and perhaps a normalisation. Whatever else a folder asks for is refused, for then the embeddings would be others.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from models.errors import BadFile
from models.inspect.digest import remembered_sha256
from models.inspect.huggingface_folder import MAX_JSON, HuggingFaceFolder, read_folder, read_json
from models.inspect.paths import existing

TYPES: Final = ("bert", "mpnet")
POOLING: Final = "1_Pooling"
OFFSET: Final = {"bert": 0, "mpnet": 2}
"""Positions that stand for no token."""
VOCABULARIES: Final = ("vocab.txt", "tokenizer.json")
HOW: Final = "give a folder that sentence-transformers saved, such as all-mpnet-base-v2"


class SentenceFolder(NamedTuple):
    """A checked folder, and the tokens of its longest text."""

    network: HuggingFaceFolder
    tokens: int

    @property
    def settings(self) -> tuple[Path, ...]:
        """The files besides the network's that have a say in the embeddings."""
        path = self.network.path
        names = ("modules.json", f"{POOLING}/config.json", "sentence_bert_config.json", "tokenizer_config.json", *VOCABULARIES)
        return tuple(file for name in names if (file := path / name).is_file())

    def sha256(self) -> str:
        """SHA-256 over all files that have a say in the embeddings; remembered until one of them changes."""
        return remembered_sha256((*self.network.files, *self.settings))


def read_sentences(path: Path) -> SentenceFolder:
    """Read and check the folder at `path`; raises BadFile in one sentence."""
    path = existing(path)
    if not path.is_dir():
        raise BadFile(f"{path} is a file and no folder of a sentence model; {HOW}.")
    _check_files(path)
    _check_modules(path)
    folder = read_folder(path)
    if folder.model_type not in TYPES:
        raise BadFile(f"{path} holds a {ascii(folder.model_type or 'nameless')[:60]} network and none of {', '.join(TYPES)}; {HOW}.")
    return SentenceFolder(folder, _longest(folder))


def _check_files(path: Path) -> None:
    """Raises BadFile that names the first missing file."""
    missing = [name for name in ("modules.json", f"{POOLING}/config.json", "config.json") if not (path / name).is_file()]
    if not any((path / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json")):
        pickled = (path / "pytorch_model.bin").is_file()
        missing.append("model.safetensors" + (", only pytorch_model.bin: save it again as safetensors" if pickled else ""))
    if not any((path / name).is_file() for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        raise BadFile(f"{path} is no whole sentence model: it has no {missing[0]}; {HOW}.")


def _check_modules(path: Path) -> None:
    """Raises BadFile where anything but the mean over the tokens, perhaps normalised, follows the network."""
    kinds = [str(one.get("type", "")).rsplit(".", 1)[-1] for one in _modules(path / "modules.json")]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        found = ascii(", ".join(kinds) or "nothing")[:80]
        raise BadFile(f"{path}/modules.json asks for {found}, and only Transformer, Pooling and Normalize are known; {HOW}.")
    settings = read_json(path / POOLING / "config.json")
    modes = [name.removeprefix("pooling_mode_") for name, value in settings.items() if name.startswith("pooling_mode_") and value is True]
    modes += [str(settings["pooling_mode"])] if "pooling_mode" in settings else []
    if modes not in (["mean_tokens"], ["mean"]):
        raise BadFile(
            f"{path}/{POOLING} asks for {ascii(', '.join(modes) or 'nothing')[:80]}, and only the mean of the tokens is known; {HOW}."
        )


def _modules(file: Path) -> list[dict[str, Any]]:
    if file.stat().st_size > MAX_JSON:
        raise BadFile(f"{file} has more than {MAX_JSON} bytes; it is refused.")
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFile(f"{file} cannot be read as a list of modules ({error}); fetch it again.") from error


def _longest(folder: HuggingFaceFolder) -> int:
    """As the folder states it, but no more than the network has positions for. Raises BadFile."""
    room = folder.config.get("max_position_embeddings", 512)
    most = (room if isinstance(room, int) else 0) - OFFSET[folder.model_type]
    file = folder.path / "sentence_bert_config.json"
    stated = read_json(file).get("max_seq_length") if file.is_file() else None
    tokens = min(stated, most) if isinstance(stated, int) else most
    if tokens < 3:
        raise BadFile(f"{folder.path} is for texts of {tokens} tokens; at least 3 are needed, so fetch it again.")
    return tokens
