"""The cards: complete, distinct, and true of the one file that is here."""

import hashlib
import re
from pathlib import Path

from models.catalog import card_of, cards, namesake


def test_every_card_is_complete() -> None:
    for card in cards():
        assert re.fullmatch(r"[0-9a-f]{64}", card.sha256), card.title
        assert card.bytes > 0
        assert card.conditions, card.title
        assert all(text.rstrip('"').endswith(".") for text in (*card.conditions, card.advice)), card.title
    assert len({card.sha256 for card in cards()}) == len({card.file for card in cards()}) == len(cards())


def test_the_conditions_that_bind_are_said() -> None:
    llama = namesake("meta-llama-3.1-8b-instruct-q4_k_m.gguf")
    sdxl = namesake("sd_xl_base_1.0.safetensors")
    assert llama is not None
    assert sdxl is not None
    assert any("Built with Llama" in text for text in llama.conditions)
    assert any("Attachment A" in text for text in sdxl.conditions)


def test_the_demo_models_card_is_true(demo_llm: Path) -> None:
    card = card_of(hashlib.sha256(demo_llm.read_bytes()).hexdigest())
    assert card is not None
    assert (card.file, card.bytes) == (demo_llm.name, demo_llm.stat().st_size)
    assert card_of("0" * 64) is None
