"""Both towers of a CLIP as ONNX networks that give embeddings of unit length, compared with torch; loads torch."""

import logging
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from onnx.inliner import inline_local_functions
from transformers import CLIPModel

from models.clip.card import PICTURES, TEXTS, TOKENIZER
from models.clip.folder import ClipFolder
from models.errors import BadFile, ModelError
from models.inspect.onnx_file import read_onnx
from models.pictures.sdxl_tokenizers import END, clip_tokenizer
from models.types.meaning import ClipInfo
from models.vision.graph import first_line, save
from models.vision.huggingface import load_as
from models.vision.torch_export import OPSET, TORCH_ERRORS, compare, export

TRIED: Final = ("red cat", "a photo of a dog", "A steam locomotive, seen from above!", "")
ALIKE: Final = 1e-4
"""Difference below which two embeddings are the same."""


class _Pictures(torch.nn.Module):
    """float32 (N, C, H, W) -> (N, width)."""

    def __init__(self, clip: Any) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return _unit(self.clip.get_image_features(pixel_values=pixel_values).pooler_output)


class _Texts(torch.nn.Module):
    """int64 (N, tokens) -> (N, width). What comes after the end mark is not seen, for each token looks back only."""

    def __init__(self, clip: Any) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return _unit(self.clip.get_text_features(input_ids=tokens).pooler_output)


def _unit(values: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(values, dim=1)


def export_clip(clip: ClipFolder, folder: Path) -> ClipInfo:
    """Write the towers and the tokenizer into the new `folder`. Raises BadFile, or ModelError if an export fails or differs."""
    path = clip.network.path
    network = load_as(clip.network, CLIPModel)
    tokenizer = _tokenizer(clip, network.config.text_config)
    folder.mkdir()
    tokenizer.save(str(folder / TOKENIZER))
    for tower in (PICTURES, TEXTS):
        exported, place = folder / f"{tower}.onnx", folder / tower
        if tower == PICTURES:
            export(_Pictures(network).eval(), clip.recipe, exported, path)
        else:
            _export_texts(_Texts(network).eval(), tokenizer, exported, path)
        keep(exported, place)
    return ClipInfo(
        str(path),
        clip.sha256(),
        path.name,
        int(network.config.projection_dim),
        int(network.config.text_config.max_position_embeddings),
        clip.network.bytes,
        clip.recipe,
    )


def _tokenizer(clip: ClipFolder, config: Any) -> Any:
    """The folder's vocabulary in a tokenizer of our own making, which cuts and pads. Raises BadFile where it does not fit the network."""
    longest = int(config.max_position_embeddings)
    made = clip_tokenizer(clip.network.path, longest)
    vocabulary = made.get_vocab()
    if longest < 2 or max(vocabulary.values()) >= config.vocab_size or min(vocabulary.values()) < 0:
        raise BadFile(
            f"The vocabulary of {clip.network.path} has {len(vocabulary)} entries up to number {max(vocabulary.values())}, and its network "
            f"takes {config.vocab_size} in texts of {longest}; they do not belong together, so fetch the folder again."
        )
    tokenizer = made.backend_tokenizer
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(pad_id=vocabulary[END], pad_token=END)
    return tokenizer


def _export_texts(network: torch.nn.Module, tokenizer: Any, file: Path, source: Path) -> None:
    """Write `file` for texts of any number and length. Raises BadFile, or ModelError."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    tokens = torch.tensor([one.ids for one in tokenizer.encode_batch(list(TRIED))])
    try:
        with warnings.catch_warnings(), torch.inference_mode():  # the exporter's own use of deprecated calls
            warnings.simplefilter("ignore")
            expected = network(tokens).numpy()
            shapes = ({0: "batch", 1: "tokens"},)
            torch.onnx.export(
                network, (tokens[:2],), file, input_names=["tokens"], dynamo=True, dynamic_shapes=shapes, external_data=True,
                opset_version=OPSET, verbose=False,
            )  # fmt: skip
    except (torch.onnx.OnnxExporterError, *TORCH_ERRORS) as error:
        raise ModelError(f"Export failed for {source}: torch.onnx cannot write its texts' tower ({first_line(error)}).") from error
    compare(file, tokens.numpy(), [expected], source)
    if np.abs(expected[0] - expected[1]).max() < ALIKE:
        raise BadFile(f"The CLIP in {source} embeds all texts alike: its configuration misses the end mark; fetch it again.")


def keep(exported: Path, place: Path) -> None:
    """Store an exported network as the session reads it, its functions written out."""
    model = read_onnx(exported).model
    if model.functions:
        model.CopyFrom(inline_local_functions(model))
    place.mkdir()
    save(model, place)
    for file in (exported, exported.with_name(f"{exported.name}.data")):
        file.unlink(missing_ok=True)
