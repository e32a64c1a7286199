"""What the machine and its model files are, in tables for the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from line_desktop.console import plain
from line_desktop.doctor import Finding
from line_desktop.inspection import TRUST
from line_desktop.model_list import Check, Remembered
from line_desktop.store.disk import in_words
from models.catalog import Card
from models.plural import count

STYLES = {"works": "green", "limited": "yellow", "missing": "red"}
FITS = {
    "fits": "fits into the free memory",
    "tight": "tight: little memory would stay free, or a part stays outside the GPU and is slow",
    "does not fit": "does not fit into the free memory: close other programs, or take a smaller model",
    "unknown": "unknown before it runs",
}


def finding_table(findings: Sequence[Finding]) -> Table:
    """One row for each part of the machine."""
    table = Table(box=None, pad_edge=False)
    for column in ("part", "state", "what was found", "what to do"):
        table.add_column(column, overflow="fold")
    for one in findings:
        table.add_row(one.part, Text(one.state, style=STYLES[one.state]), Text(plain(one.found)), Text(plain(one.advice)))
    return table


def summary(findings: Sequence[Finding]) -> str:
    """All findings in one sentence."""
    works = sum(one.state == "works" for one in findings)
    missing = [one.part for one in findings if one.state == "missing"]
    return f"{works} of {len(findings)} parts work without limits; {'missing: ' + ', '.join(missing) if missing else 'none is missing'}."


def models_table(entries: Sequence[Remembered]) -> Table:
    """The remembered models."""
    table = Table(title=f"{count(len(entries), 'model')} remembered", title_justify="left", box=None)
    for column in ("name", "kind", "size", "file"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for one in entries:
        table.add_row(one.name, one.kind, in_words(one.bytes), Text(plain(one.path) + ("" if one.presence == "there" else " (missing)")))
    return table


def card_tables(cards: Sequence[Card]) -> list[Table]:
    """Files that are known to work, each with where it comes from and its licence's conditions."""
    return [facts(card.title, card_rows(card)) for card in cards]


def check_tables(found: Check) -> list[Table]:
    """A model file, its card where it has one, and what the user should know."""
    file = found.file
    rows = [
        ("file", file.path),
        ("remembered as", found.remembered or "not remembered"),
        ("kind", file.kind),
        ("what it is", file.summary),
        ("trust", TRUST[file.trust]),
        ("SHA-256", file.sha256),
        ("size", f"{file.bytes:,} bytes"),
        ("memory", FITS[file.fit] + (f"; at least {in_words(file.needed)} needed" if file.needed else "")),
        *(("look out", text) for text in found.warnings),
    ]
    if found.card is None:
        return [facts("Checked", [*rows, ("licence", "no card describes this file; ask where you got it")])]
    return [facts("Checked", rows), facts(f"Exactly the file of the card: {found.card.title}", card_rows(found.card))]


def card_rows(card: Card) -> list[tuple[str, str]]:
    """A card's facts."""
    facts = [("kind", card.kind), ("file", card.file), ("size", f"{card.bytes:,} bytes"), ("SHA-256", card.sha256), ("source", card.source)]
    return [*facts, ("licence", card.licence), *(("condition", text) for text in card.conditions), ("advice", card.advice)]


def facts(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    """Names and values, one below the other."""
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, text in rows:
        table.add_row(Text(name, style="bold"), Text(plain(text)))
    return table
