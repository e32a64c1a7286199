"""Language models of random weights as GGUF files: tiny ones of each family, and the full shape of Llama 3.1 8B as Q4_K_M.

The vocabulary is made up but works like the real one: bytes, pairs and fours of letters in the order of how common they are, merged by rank
(byte-level BPE) or by score (SentencePiece), and the family's own control tokens under their real names.
"""

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

from gguf_files import ARRAY, BOOL, F32, FLOAT32, INT32, Q4_K, Q6_K, STRING, UINT32, Shapes, write_gguf

from models.types.language import PromptFormat

LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # of English, the commonest first
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # kinds of tokens
Q4_K_M = 15  # as a file type

LLAMA_3 = (
    "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>",
    "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
    *(f"<|reserved_special_token_{number}|>" for number in range(3, 248)),
)  # fmt: skip


class Family(NamedTuple):
    """What differs between families; `start` and `end` name control tokens, an empty `start`: the text begins without one."""

    architecture: str
    form: PromptFormat  # in which we talk to it
    template: str  # as much of the file's chat template as tells it apart
    tokenizer: Literal["gpt2", "llama"]
    splitter: str  # of a byte-level BPE
    control: tuple[str, ...]
    start: str
    end: str


FAMILIES = {
    "Llama 3": Family("llama", "llama3", "<|start_header_id|>", "gpt2", "llama-bpe", LLAMA_3, "<|begin_of_text|>", "<|eot_id|>"),
    "Mistral": Family("llama", "mistral", "[INST]", "llama", "", ("<unk>", "<s>", "</s>", "[INST]", "[/INST]"), "<s>", "</s>"),
    "Qwen 2": Family("qwen2", "chatml", "<|im_start|>", "gpt2", "qwen2", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), "", "<|im_end|>"),
    "Qwen 3": Family("qwen3", "chatml", "<|im_start|>", "gpt2", "qwen2", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), "", "<|im_end|>"),
    "Gemma 2": Family(
        "gemma2", "gemma", "<start_of_turn>", "llama", "",
        ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"), "<bos>", "<end_of_turn>",
    ),
    "Gemma 3": Family(
        "gemma3", "gemma", "<start_of_turn>", "llama", "",
        ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"), "<bos>", "<end_of_turn>",
    ),
    "Phi 3": Family(
        "phi3", "phi", "<|user|><|assistant|>", "llama", "",
        ("<unk>", "<s>", "</s>", "<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"), "<s>", "<|end|>",
    ),
    "Phi 4": Family(
        "phi3", "phi4", "<|im_start|><|im_sep|>", "gpt2", "dbrx",
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>"), "", "<|im_end|>",
    ),
}  # fmt: skip


class Size(NamedTuple):
    """Lengths in tokens and numbers."""

    blocks: int
    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int

    @property
    def head(self) -> int:
        return self.embedding // self.heads

    @property
    def kv(self) -> int:
        return self.head * self.kv_heads


TINY = Size(2, 256, 512, 4, 2, 2048, 4096)
LLAMA_3_1_8B = Size(32, 4096, 14_336, 32, 8, 128_256, 131_072)


def write_model(file: Path, name: str = "Llama 3", size: Size = TINY, seed: int = 0) -> Path:
    """A model of the family `name`, quantized like Q4_K_M."""
    family = FAMILIES[name]
    return write_gguf(file, _settings(name, family, size) | _tokenizer(family, size.vocabulary), _tensors(family.architecture, size), seed)


def _settings(name: str, family: Family, size: Size) -> dict[str, tuple[int, Any]]:
    own = {
        "block_count": (UINT32, size.blocks),
        "context_length": (UINT32, size.context),
        "embedding_length": (UINT32, size.embedding),
        "feed_forward_length": (UINT32, size.feed_forward),
        "attention.head_count": (UINT32, size.heads),
        "attention.head_count_kv": (UINT32, size.kv_heads),
        "attention.key_length": (UINT32, size.head),
        "attention.value_length": (UINT32, size.head),
        "attention.layer_norm_rms_epsilon": (FLOAT32, 1e-5),
        "rope.dimension_count": (UINT32, size.head),
        "rope.freq_base": (FLOAT32, 500_000.0),
    }
    if family.architecture.startswith("gemma"):
        own["attention.sliding_window"] = (UINT32, 1024)
    if family.architecture == "gemma2":
        own |= {"attn_logit_softcapping": (FLOAT32, 50.0), "final_logit_softcapping": (FLOAT32, 30.0)}
    return {
        "general.architecture": (STRING, family.architecture),
        "general.name": (STRING, f"Random {name}"),
        "general.file_type": (UINT32, Q4_K_M),
        **{f"{family.architecture}.{key}": value for key, value in own.items()},
    }


def _tensors(architecture: str, size: Size) -> Shapes:
    width, tied = size.embedding, architecture.startswith("gemma")
    shapes: dict[str, tuple[tuple[int, ...], int]] = {"token_embd.weight": ((width, size.vocabulary), Q6_K if tied else Q4_K)}
    for block in range(size.blocks):
        shapes |= {f"blk.{block}.{name}": value for name, value in _block(architecture, size, _more_bits(block, size.blocks)).items()}
    shapes["output_norm.weight"] = ((width,), F32)
    if not tied:
        shapes["output.weight"] = ((width, size.vocabulary), Q6_K)
    return shapes


def _more_bits(block: int, blocks: int) -> bool:
    """Whether llama.cpp's Q4_K_M keeps a block's values and last matrix in Q6_K."""
    return block < blocks // 8 or block >= 7 * blocks // 8 or (block - blocks // 8) % 3 == 2


def _block(architecture: str, size: Size, more_bits: bool) -> dict[str, tuple[tuple[int, ...], int]]:
    width, inner, better = size.embedding, size.feed_forward, Q6_K if more_bits else Q4_K
    queries = size.head * size.heads
    norms = ["attn_norm", "ffn_norm"]
    shapes: dict[str, tuple[tuple[int, ...], int]] = {
        "attn_output.weight": ((queries, width), Q4_K),
        "ffn_down.weight": ((inner, width), better),
    }
    if architecture == "phi3":
        shapes |= {"attn_qkv.weight": ((width, queries + 2 * size.kv), Q4_K), "ffn_up.weight": ((width, 2 * inner), Q4_K)}
    else:
        shapes |= {"attn_q.weight": ((width, queries), Q4_K), "attn_k.weight": ((width, size.kv), Q4_K)}
        shapes |= {"attn_v.weight": ((width, size.kv), better)}
        shapes |= {f"ffn_{name}.weight": ((width, inner), Q4_K) for name in ("gate", "up")}
    if architecture == "qwen2":
        shapes |= {f"attn_{name}.bias": ((length,), F32) for name, length in (("q", queries), ("k", size.kv), ("v", size.kv))}
    if architecture in ("qwen3", "gemma3"):
        shapes |= {f"attn_{name}_norm.weight": ((size.head,), F32) for name in "qk"}
    if architecture.startswith("gemma"):
        norms += ["post_attention_norm", "post_ffw_norm"]
    return shapes | {f"{name}.weight": ((width,), F32) for name in norms}


def _tokenizer(family: Family, vocabulary: int) -> dict[str, tuple[int, Any]]:
    words = _bytes_first(family, vocabulary) if family.tokenizer == "gpt2" else _control_first(family, vocabulary)
    numbers = {token: number for number, token in enumerate(words["tokens"][1][1])}
    words |= {
        "model": (STRING, family.tokenizer),
        "bos_token_id": (UINT32, numbers[family.start or family.end]),
        "eos_token_id": (UINT32, numbers[family.end]),
        "add_bos_token": (BOOL, bool(family.start)),
    }
    return {f"tokenizer.ggml.{key}": value for key, value in words.items()} | {"tokenizer.chat_template": (STRING, family.template)}


def _bytes_first(family: Family, vocabulary: int) -> dict[str, tuple[int, Any]]:
    """Byte-level BPE: 256 bytes, one token for each merge, the control tokens last."""
    count = vocabulary - 256 - len(family.control)
    merges = _merges("Ġ")[:count]
    tokens = [*_byte_letters(), *(one + other for one, other in merges), *family.control]
    return {
        "pre": (STRING, family.splitter),
        "tokens": (ARRAY, (STRING, tokens)),
        "token_type": (ARRAY, (INT32, [NORMAL] * (256 + count) + [CONTROL] * len(family.control))),
        "merges": (ARRAY, (STRING, [f"{one} {other}" for one, other in merges])),
    }


def _control_first(family: Family, vocabulary: int) -> dict[str, tuple[int, Any]]:
    """SentencePiece: control tokens, 256 bytes, letters, and what they merge into, of falling score."""
    letters = [*"\n▁.,!?:;'-<>/=0123456789", *LETTERS, *LETTERS.upper()]
    first = [*family.control, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    merged = [one + other for one, other in _merges("▁")[: vocabulary - len(first)]]
    kinds = [UNKNOWN if name == "<unk>" else CONTROL for name in family.control] + [BYTE] * 256 + [NORMAL] * (len(letters) + len(merged))
    return {
        "tokens": (ARRAY, (STRING, first + merged)),
        "scores": (
            ARRAY,
            (FLOAT32, [0.0] * (len(first) - len(letters)) + [-1e6] * len(letters) + [-float(rank) for rank in range(len(merged))]),
        ),
        "token_type": (ARRAY, (INT32, kinds)),
        "unknown_token_id": (UINT32, family.control.index("<unk>")),
    }


@cache
def _merges(space: str) -> list[tuple[str, str]]:
    """Pairs of letters, then pairs of pairs; each sorted by how common their letters are. A space only begins a word."""
    rank = {letter: number for number, letter in enumerate(LETTERS)} | {space: 0}
    singles = sorted(product(space + LETTERS, LETTERS), key=lambda pair: (rank[pair[0]] + rank[pair[1]], pair))
    pairs = [(one + other, rank[one] + rank[other]) for one, other in singles]
    inner = [pair for pair in pairs if not pair[0].startswith(space)]
    fours = sorted((one[1] + other[1], one[0], other[0]) for one, other in product(pairs, inner))
    return singles + [(one, other) for _, one, other in fours]


def _byte_letters() -> list[str]:
    """How a byte-level BPE writes the 256 bytes: printable ones as they are, the others from 256 up (GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [*map(chr, printable), *(chr(256 + number) for number in range(256 - len(printable)))]
