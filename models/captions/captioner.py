"""The captioner: pictures in, a short description of each out, through torch and transformers.

Nothing is left to chance: of the beams the likeliest wins, so that a picture has the same caption whenever it is described.
"""

import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import transformers
from transformers import StoppingCriteria, StoppingCriteriaList

from models.captions.folder import CaptionerFolder, read_captioner
from models.captions.memory import TOGETHER, single_bytes, writing_bytes
from models.captions.vocabulary import Vocabulary, read_vocabulary
from models.cores import spare_cores
from models.errors import BadFile, DoesNotFit, EngineFailed
from models.plural import count
from models.progress import heed
from models.types.meaning import CaptionerInfo, Captions
from models.types.shared import FloatArray
from models.types.vision import Rectangle
from models.vision.graph import first_line
from models.vision.huggingface import load_as
from models.vision.preprocess import Region, prepare
from models.vision.torch_export import TORCH_ERRORS

BEAMS, TOKENS = 3, 20  # as BLIP's authors caption (Li et al., 2022)
WHOLE: Final[Rectangle] = (0.0, 0.0, 1.0, 1.0)
MARKS: Final = ("decoder_start_token_id", "bos_token_id", "sep_token_id", "eos_token_id", "pad_token_id")


class _Heeding(StoppingCriteria):
    """Ends the writing where the caller wants it to stop."""

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **others: Any) -> torch.BoolTensor:
        heed()
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)  # type: ignore[return-value]


class TorchCaptioner:
    """A captioner's folder, opened on the GPU where it fits there; implements models.types.meaning.Captioner. Raises BadFile."""

    def __init__(self, folder: Path) -> None:
        captioner = read_captioner(folder)
        torch.set_num_threads(spare_cores())
        network = load_as(captioner.network, getattr(transformers, captioner.network.architecture))
        _check_weights(network, folder)
        writing = writing_config(network)
        vocabulary = read_vocabulary(captioner.vocabulary)
        self._marks = marks_of(captioner, writing)
        _check_vocabulary(vocabulary, self._marks, writing.vocab_size, folder)
        self._vocabulary = vocabulary._replace(marks=vocabulary.marks | set(self._marks.values()))
        self._folder = captioner
        self._device = _device(captioner)
        self._network = network.to(self._device)
        self._together = TOGETHER

    def info(self) -> CaptionerInfo:
        """What was opened."""
        found = self._folder
        path = found.network.path
        return CaptionerInfo(str(path), found.sha256(), path.name, found.name, found.network.bytes, self._device.upper())

    def describe_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Captions:
        """A description of each file, or of its region. Raises Cancelled, DoesNotFit and EngineFailed."""
        texts = [""] * len(files)
        rows: list[int] = []
        inputs: list[FloatArray] = []
        unreadable: dict[int, str] = {}
        for row, (file, region) in enumerate(zip(files, regions or [None] * len(files), strict=True)):
            heed()
            try:
                inputs.append(prepare(Region(file, region or WHOLE), self._folder.recipe))
                rows.append(row)
            except BadFile as error:
                unreadable[row] = str(error)
            if len(inputs) == TOGETHER or row == len(files) - 1:
                for done, text in zip(rows, self._described(inputs), strict=True):
                    texts[done] = text
                rows, inputs = [], []
        return Captions(tuple(texts), unreadable)

    def _described(self, inputs: list[FloatArray]) -> Iterator[str]:
        """Their captions, fewer at once where memory has run out."""
        start = 0
        while start < len(inputs):
            part = inputs[start : start + self._together]
            try:
                tokens = self._written(torch.from_numpy(np.stack(part)))
            except torch.OutOfMemoryError as error:
                self._fewer(error)
                continue
            yield from map(self._vocabulary.text, tokens)
            start += len(part)

    def _fewer(self, error: Exception) -> None:
        """Half as many pictures at once from now on. Raises DoesNotFit where it is one already."""
        gc.collect()
        torch.cuda.empty_cache()
        if self._together == 1:
            raise DoesNotFit(
                f"The GPU's memory does not suffice for one picture in {self._folder.network.path.name}; close other programs."
            ) from error
        self._together //= 2

    def _written(self, pictures: torch.Tensor) -> list[list[int]]:
        """The tokens of each picture of (N, 3, H, W), what comes after the end mark included."""
        marks = {} if self._folder.name == "BLIP" else {name: number for name, number in self._marks.items() if name != "sep_token_id"}
        try:
            with torch.inference_mode():
                found = self._network.generate(
                    pixel_values=pictures.to(self._device), do_sample=False, num_beams=BEAMS, max_new_tokens=TOKENS,
                    stopping_criteria=StoppingCriteriaList([_Heeding()]), **marks,
                )  # fmt: skip
        except torch.OutOfMemoryError:
            raise
        except TORCH_ERRORS as error:
            raise EngineFailed(
                f"{self._folder.network.path.name} failed on {count(len(pictures), 'picture')} ({first_line(error)})."
            ) from error
        tokens: list[list[int]] = found.tolist()
        return tokens


def writing_config(network: Any) -> Any:
    """The configuration of the part that writes."""
    config = network.config
    return getattr(config, "text_config", None) or getattr(config, "decoder", None) or config


def marks_of(folder: CaptionerFolder, writing: Any) -> dict[str, int]:
    """The marks of beginning, end and filling: as generation_config.json says, else config.json, else the network's own."""
    found = {}
    for name in MARKS:
        stated = (folder.generation.get(name), folder.network.config.get(name), getattr(writing, name, None))
        number = next((one for one in stated if isinstance(one, int)), None)
        if number is not None:
            found[name] = number
    end = found.get("eos_token_id", found.get("sep_token_id"))
    if end is not None:
        found.setdefault("pad_token_id", end)
    if folder.network.model_type == "vision-encoder-decoder" and "bos_token_id" in found:
        found.setdefault("decoder_start_token_id", found["bos_token_id"])
    return found


def _check_weights(network: Any, folder: Path) -> None:
    if not all(bool(torch.isfinite(values).all()) for values in network.parameters()):
        raise BadFile(f"The weights in {folder} are not all finite numbers; fetch them again.")


def _check_vocabulary(vocabulary: Vocabulary, marks: Mapping[str, int], size: int, folder: Path) -> None:
    last = max((*vocabulary.pieces, *marks.values()), default=-1)
    if not vocabulary.pieces or last >= size or min(marks.values(), default=0) < 0:
        raise BadFile(
            f"The vocabulary of {folder} has {len(vocabulary.pieces):,} pieces and marks up to number {last:,}, and its network writes "
            f"{size:,}; they do not belong together, so fetch the folder again."
        )


def _device(folder: CaptionerFolder) -> str:
    """ "cuda" where the network and its work fit into the GPU's free memory."""
    if not torch.cuda.is_available():
        return "cpu"
    free, _ = torch.cuda.mem_get_info()
    return "cuda" if single_bytes(folder.network.weights) + writing_bytes(folder.recipe) <= free else "cpu"
