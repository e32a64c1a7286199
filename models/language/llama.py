"""llama.cpp's low-level interface as one class: a model, its cache of sequences, and its log.

The high-level class of llama-cpp-python answers one prompt at a time; many sequences in one batch need this level.
"""

import ctypes
import re
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from llama_cpp import llama_cpp as api

from models.errors import BadFile, ModelError
from models.language.formats import Piece
from models.language.memory import Cache
from models.plural import count
from models.types.shared import FloatArray

BATCH = 2048  # tokens a call
ERROR_LEVEL = 4
OFFLOADED = re.compile(r"offloaded (\d+)/\d+ layers to GPU")
_log: deque[str] = deque(maxlen=20)
_offloaded: deque[int] = deque(maxlen=1)  # layers on the GPU, as the last load reported them


class Row(NamedTuple):
    """One token to evaluate at `position` of `sequence`; `wanted` if the logits after it are."""

    token: int
    position: int
    sequence: int
    wanted: bool


def _keep_line(level: int, text: bytes, _data: Any) -> None:
    line = text.decode("utf-8", "replace").strip()
    if level == ERROR_LEVEL:
        _log.append(line)
    elif found := OFFLOADED.search(line):
        _offloaded.append(int(found[1]))


_LISTENER = api.llama_log_callback(_keep_line)  # lives as long as llama.cpp may call it


def supports_gpu() -> bool:
    """Whether this build of llama.cpp can use a GPU."""
    return bool(api.llama_supports_gpu_offload())


class Llama:
    """An opened model with its cache."""

    def __init__(self, path: Path, cache: Cache, threads: int, gpu_layers: int) -> None:
        """Raises BadFile if llama.cpp refuses the file, with its reason."""
        api.llama_log_set(_LISTENER, None)
        _log.clear()
        _offloaded.clear()
        settings = api.llama_model_default_params()
        settings.n_gpu_layers = gpu_layers
        model = api.llama_model_load_from_file(str(path).encode(), settings)
        if not model:
            raise BadFile(f"{path.name} could not be opened by llama.cpp{_reason()}. Try another file of this model.")
        context = api.llama_init_from_model(model, _context_settings(cache, threads))
        if not context:
            api.llama_model_free(model)
            raise BadFile(f"{path.name} could not be set up for {cache.cells:,} tokens by llama.cpp{_reason()}. Try a smaller model.")
        self._model, self._context = model, context
        self.on_gpu = _offloaded[0] if _offloaded else 0
        self._memory = api.llama_get_memory(context)
        self._batch = api.llama_batch_init(BATCH, 0, 1)
        self.vocab = api.llama_model_get_vocab(model)
        self.vocabulary = int(api.llama_vocab_n_tokens(self.vocab))
        weakref.finalize(self, _free, self._batch, context, model)

    def tokens(self, pieces: Sequence[Piece], start: bool) -> list[int]:
        """Tokens of the pieces; with `start`, after the model's own start-of-text token if it wants one."""
        first = [int(api.llama_vocab_bos(self.vocab))] if start and api.llama_vocab_get_add_bos(self.vocab) else []
        return first + [token for piece in pieces for token in self._tokenise(piece)]

    def _tokenise(self, piece: Piece) -> list[int]:
        data = piece.text.encode()
        buffer = (api.llama_token * (len(data) + 8))()
        count = api.llama_tokenize(self.vocab, data, len(data), buffer, len(buffer), False, piece.control)
        if count < 0:
            raise ModelError(f"The language model could not split a text of {len(data):,} bytes into tokens; shorten it.")
        return list(buffer[:count])

    def text(self, token: int) -> bytes:
        """The bytes a token stands for; they may be a part of a character."""
        buffer = ctypes.create_string_buffer(256)
        length = api.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, True)
        return buffer.raw[: max(0, length)]

    def ends(self, token: int) -> bool:
        """Whether the token ends a text."""
        return bool(api.llama_vocab_is_eog(self.vocab, token))

    def evaluate(self, rows: Sequence[Row]) -> Iterator[tuple[int, FloatArray]]:
        """Evaluate the rows; yields index and logits, float32 (vocabulary), of each wanted one, valid until the next is asked for."""
        for start in range(0, len(rows), BATCH):
            chunk = rows[start : start + BATCH]
            self._decode(chunk)
            for index, row in enumerate(chunk):
                if row.wanted:
                    pointer = api.llama_get_logits_ith(self._context, index)
                    if not pointer:
                        raise ModelError(f"The language model returned no answer for a prompt{_reason()}. Try another file.")
                    yield start + index, np.ctypeslib.as_array(pointer, shape=(self.vocabulary,))

    def _decode(self, rows: Sequence[Row]) -> None:
        _log.clear()
        batch = self._batch
        batch.n_tokens = len(rows)
        for index, row in enumerate(rows):
            batch.token[index] = row.token
            batch.pos[index] = row.position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = row.sequence
            batch.logits[index] = row.wanted
        status = api.llama_decode(self._context, batch)
        if status:
            raise ModelError(f"The language model failed on {count(len(rows), 'token')}, code {status}{_reason()}. Try another file.")

    def copy(self, source: int, target: int) -> None:
        """Let `target` begin with everything `source` has evaluated; nothing is evaluated again."""
        api.llama_memory_seq_cp(self._memory, source, target, 0, -1)

    def forget(self, sequence: int) -> None:
        """Free a sequence's cells."""
        api.llama_memory_seq_rm(self._memory, sequence, -1, -1)


def _context_settings(cache: Cache, threads: int) -> Any:
    settings = api.llama_context_default_params()
    settings.n_ctx = cache.cells
    settings.n_batch = BATCH
    settings.n_seq_max = cache.sequences
    settings.n_threads = threads
    settings.n_threads_batch = threads
    settings.kv_unified = False
    return settings


def _reason() -> str:
    """What llama.cpp logged first: the later lines only say that it failed."""
    return f" ({_log[0][:200]})" if _log else ""


def _free(batch: Any, context: Any, model: Any) -> None:
    api.llama_batch_free(batch)
    api.llama_free(context)
    api.llama_model_free(model)
