"""Small random sentence models, as sentence-transformers saves them."""

import json
from pathlib import Path
from typing import Any

WORDS = ("red", "cat", "a", "photo", "of", "striped", "dog", "##s", "##ful", ",", "!")
POOLING = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
MARKS = {
    "bert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    "mpnet": ("<s>", "<pad>", "</s>", "[UNK]", "<mask>"),
}


def random_sentences(folder: Path, kind: str = "mpnet") -> Any:
    """Write a random network of 32 numbers for texts of up to 12 tokens; returns the network."""
    import torch
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    vocabulary = (*MARKS[kind], *WORDS)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": len(vocabulary)}
    torch.manual_seed(0)
    network: Any
    if kind == "bert":
        network = BertModel(BertConfig(**sizes, max_position_embeddings=40), add_pooling_layer=False)
    else:
        network = MPNetModel(MPNetConfig(**sizes, max_position_embeddings=40))
    network.train(False)
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(network.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    kinds = ("Transformer", "Pooling", "Normalize")
    files = {
        "config.json": network.config.to_dict() | {"architectures": [type(network).__name__]},
        "modules.json": [{"idx": place, "type": f"sentence_transformers.models.{one}"} for place, one in enumerate(kinds)],
        "1_Pooling/config.json": POOLING,
        "sentence_bert_config.json": {"max_seq_length": 12, "do_lower_case": False},
        "tokenizer_config.json": {"do_lower_case": True},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    return network
