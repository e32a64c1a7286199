"""Concept lists: the names a method may choose from, of a text or CSV file, of the photos' classes, or the words of the pictograms."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from line_desktop.concepts import key
from line_desktop.errors import UserError
from models.embedded import COLOURS, GROUPS, OBJECTS, TEXTURES
from models.plural import count

LARGEST: Final = 1 << 26  # bytes of a file
LONGEST: Final = 100  # characters of a concept; nobody draws more
NAMED: Final = 3  # bad lines that are told one by one
HEADERS: Final = ("concept", "concepts", "name", "label", "word", "description")

Line = tuple[int, str]  # its number in the file, from 1, and its text


class BadConceptList(UserError):
    """A file that no concept list can be read from."""


class ConceptList(msgspec.Struct, frozen=True):
    """Concepts in order, no two the same, and in sentences what was left out of them."""

    concepts: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read(file: Path) -> ConceptList:
    """The concepts of a text file, one a line, or of a CSV file (`.csv`): of its only column, or of the one named as in HEADERS.

    UTF-8, with or without a byte order mark. Blank lines, lines that begin with "#" and repeated names are left out, and so, told by their
    numbers, are lines that are no concept. Raises BadConceptList for a file that is missing, too large, not text, or without a concept.
    """
    text = _text(file)
    lines = _cells(file, text) if file.suffix.lower() == ".csv" else list(enumerate(text.splitlines(), start=1))
    found = distinct(lines)
    if not found.concepts:
        said = " ".join(("", *found.notes))
        raise BadConceptList(f"{file} has no concept: write one into each line.{said}")
    return found


def of_classes(names: Iterable[str]) -> ConceptList:
    """The class names of labelled photos."""
    return distinct(enumerate(sorted(names), start=1))


def of_pictograms() -> ConceptList:
    """Every colour, texture, object and group that the pictograms have a word for."""
    return distinct(enumerate((*COLOURS, *TEXTURES, *OBJECTS, *GROUPS), start=1))


def distinct(lines: Iterable[Line]) -> ConceptList:
    """The concepts of lines; of those with the same key the first."""
    found: dict[str, str] = {}  # key -> as written
    wrong: list[str] = []
    blank = repeated = 0
    for number, line in lines:
        concept = " ".join(line.split())
        reason = _no_concept(concept)
        if not concept or concept.startswith("#"):
            blank += not concept
        elif reason:
            wrong.append(f"Line {number} {reason}, so it is left out.")
        else:
            before = len(found)
            found.setdefault(key(concept), concept)
            repeated += len(found) == before
    return ConceptList(tuple(found.values()), tuple(_notes(blank, repeated, wrong)))


def _no_concept(text: str) -> str:
    """Why a line is no concept; empty if it is one."""
    if len(text) > LONGEST:
        return f"has {len(text)} characters, more than {LONGEST}"
    if not text.isprintable():
        return "has characters that cannot be printed"
    if not any(letter.isalnum() for letter in text):
        return "has no letter"
    return ""


def _notes(blank: int, repeated: int, wrong: Sequence[str]) -> Iterator[str]:
    if blank:
        yield f"{count(blank, 'blank line is', 'blank lines are')} left out."
    if repeated:
        yield f"{count(repeated, 'line repeats a concept and is', 'lines repeat concepts and are')} left out."
    yield from wrong[:NAMED]
    if len(wrong) > NAMED:
        yield f"{count(len(wrong) - NAMED, 'further line is', 'further lines are')} left out for such reasons."


def _text(file: Path) -> str:
    try:
        if file.is_dir():
            raise BadConceptList(f"{file} is a folder: give a text file with one concept a line.")
        if file.stat().st_size > LARGEST:
            raise BadConceptList(f"{file} has more than {LARGEST >> 20} MB, too much for a concept list: split it.")
        data = file.read_bytes()
    except OSError as error:
        raise BadConceptList(f"{file} cannot be read ({error.strerror}): give the path of a text file with one concept a line.") from error
    if not data.strip():
        raise BadConceptList(f"{file} is empty: write one concept into each line.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadConceptList(f"{file} is not UTF-8 text (byte {error.start + 1} is none): save it as UTF-8, one concept a line.") from error
    if "\0" in text:
        raise BadConceptList(f"{file} is not a text file (it has zero bytes): give one with one concept a line, saved as UTF-8.")
    return text


def _cells(file: Path, text: str) -> list[Line]:
    """The cells of a table's concept column, with the numbers of their lines."""
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise BadConceptList(f"{file} cannot be read as a CSV table at line {reader.line_num} ({error}).") from error
    head = next(([cell.lower() for cell in row] for _, row in rows if any(row)), [])
    column = next((head.index(name) for name in HEADERS if name in head), None)
    if column is None and max(len(row) for _, row in rows) > 1:
        raise BadConceptList(f"{file} has more than one column, and none is called concept: name the column of the concepts so.")
    cells = [(number, row[column or 0] if len(row) > (column or 0) else "") for number, row in rows]
    first = next((place for place, (_, row) in enumerate(rows) if any(row)), 0)
    return cells if column is None else cells[first + 1 :]
