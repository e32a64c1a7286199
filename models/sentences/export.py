"""A sentence model as an ONNX network that gives embeddings of unit length, compared with torch; loads torch."""

import logging
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from transformers import BertModel, MPNetModel

from models.clip.export import keep
from models.errors import ModelError
from models.sentences.card import TEXTS, TOKENIZER
from models.sentences.folder import SentenceFolder
from models.sentences.tokenizer import sentence_tokenizer
from models.types.meaning import SentencesInfo
from models.vision.graph import first_line
from models.vision.huggingface import load_as
from models.vision.torch_export import OPSET, TORCH_ERRORS, compare

TRIED: Final = ("red cat", "a striped dog", "A steam locomotive, seen from above!", "")


class _Bert(BertModel):  # type: ignore[no-untyped-call]  # transformers does not type it
    """Without the layer that follows the first token, which many folders leave out."""

    def __init__(self, config: Any) -> None:
        super().__init__(config, add_pooling_layer=False)


class _MPNet(MPNetModel):  # type: ignore[no-untyped-call]
    """Likewise."""

    def __init__(self, config: Any) -> None:
        super().__init__(config, add_pooling_layer=False)


CLASSES: Final[dict[str, Any]] = {"bert": _Bert, "mpnet": _MPNet}


class _Sentences(torch.nn.Module):
    """int64 (N, tokens) and where they are no padding, int64 (N, tokens) -> (N, width): the mean over the tokens, of length one."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        values = self.network(input_ids=tokens, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(values.dtype)
        return torch.nn.functional.normalize((values * weights).sum(1) / weights.sum(1), dim=1)


def export_sentences(sentences: SentenceFolder, folder: Path) -> SentencesInfo:
    """Write the network and the tokenizer into the new `folder`. Raises BadFile, or ModelError if the export fails or differs."""
    path = sentences.network.path
    network = load_as(sentences.network, CLASSES[sentences.network.model_type])
    tokenizer = sentence_tokenizer(sentences, int(network.config.vocab_size))
    folder.mkdir()
    tokenizer.save(str(folder / TOKENIZER))
    exported = folder / "texts.onnx"
    _export(_Sentences(network).eval(), tokenizer, exported, path)
    keep(exported, folder / TEXTS)
    width, size = int(network.config.hidden_size), sentences.network.bytes
    return SentencesInfo(str(path), sentences.sha256(), path.name, width, sentences.tokens, size)


def _export(network: torch.nn.Module, tokenizer: Any, file: Path, source: Path) -> None:
    """Write `file` for texts of any number and length. Raises ModelError."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    encoded = tokenizer.encode_batch(list(TRIED))
    tokens, mask = (torch.tensor(rows) for rows in ([one.ids for one in encoded], [one.attention_mask for one in encoded]))
    shape = {0: "batch", 1: "tokens"}
    try:
        with warnings.catch_warnings(), torch.inference_mode():  # the exporter's own use of deprecated calls
            warnings.simplefilter("ignore")
            expected = network(tokens, mask).numpy()
            torch.onnx.export(
                network, (tokens[:2], mask[:2]), file, input_names=["tokens", "mask"], dynamo=True, dynamic_shapes=(shape, shape),
                external_data=True, opset_version=OPSET, verbose=False,
            )  # fmt: skip
    except (torch.onnx.OnnxExporterError, *TORCH_ERRORS) as error:
        raise ModelError(f"Export failed for {source}: torch.onnx cannot write the sentence model ({first_line(error)}).") from error
    compare(file, {"tokens": tokens.numpy(), "mask": mask.numpy()}, [np.asarray(expected)], source)
