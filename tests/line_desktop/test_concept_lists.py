"""Concept lists: what is read from files, what is left out and told, and what is refused."""

import re

import pytest

from line_desktop.concept_lists import BadConceptList, of_classes, of_pictograms, read
from models.embedded import COLOURS, TEXTURES


@pytest.fixture
def written(tmp_path):
    def write(data, name="words.txt"):
        file = tmp_path / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    return write


def test_one_concept_a_line_in_order_with_inner_spaces_and_cases_kept(written):
    assert read(written("Zebra\n  polka   dots \r\nice cream\tcone\n")) == read(written("Zebra\npolka dots\nice cream cone"))
    assert read(written("Zebra\ncat\nApple")).concepts == ("Zebra", "cat", "Apple")


def test_blanks_comments_and_repeated_names_are_left_out(written):
    found = read(written("# the animals\ncat\n\nCats\n   \nsea-lion\nsea lion\nＣＡＴ\ndog"))
    assert found.concepts == ("cat", "sea-lion", "dog")
    assert found.notes == ("2 blank lines are left out.", "3 lines repeat concepts and are left out.")


def test_lines_that_are_no_concept_are_named_by_their_number(written):
    lines = ["cat", "x" * 101, "---", "a\u202eb", "y" * 5000, "!!", "dog"]
    found = read(written("\n".join(lines)))
    assert found.concepts == ("cat", "dog")
    assert found.notes[0] == "Line 2 has 101 characters, more than 100, so it is left out."
    assert found.notes[1] == "Line 3 has no letter, so it is left out."
    assert found.notes[2].startswith("Line 4 has characters that cannot be printed")
    assert found.notes[3] == "2 further lines are left out for such reasons."


def test_a_byte_order_mark_and_other_alphabets_are_fine(written):
    assert read(written(b"\xef\xbb\xbfcat\n\xe7\x8c\xab\n")).concepts == ("cat", "猫")


def test_a_hundred_thousand_lines(written):
    found = read(written("\n".join(f"concept {number}" for number in range(100_000)) + "\nconcept 7"))
    assert len(found.concepts) == 100_000
    assert found.notes == ("1 line repeats a concept and is left out.",)


@pytest.mark.parametrize(
    "table",
    [
        'cat\n"dog, wet"\n',
        'Concept\ncat\n"dog, wet"\n',
        'id,Concept,note\n1,cat,\n2,"dog, wet",x\n',
        '\nname\ncat\n"dog, wet"\ncat\n',
        '\ufeffid,label\n1,cat\n2,"dog, wet"\n3\n',
    ],
)
def test_a_csv_file_gives_its_concept_column(written, table):
    assert read(written(table, "words.CSV")).concepts == ("cat", "dog, wet")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "words.txt", "is empty"),
        (b" \n\n ", "words.txt", "is empty"),
        ("---\n# nothing\n", "words.txt", r"has no concept: .* Line 1 has no letter"),
        ("concept\n", "words.csv", "has no concept"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "words.txt", r"not UTF-8 text \(byte 1 is none\)"),
        ("cat\ndog".encode("utf-16"), "words.txt", "save it as UTF-8"),
        (b"cat\0dog", "words.txt", "zero bytes"),
        ("1,cat\n2,dog\n", "words.csv", "more than one column, and none is called concept"),
        ('"cat\ndog\n', "words.csv", "cannot be read as a CSV table at line"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(written, data, name, words):
    file = written(data, name)
    with pytest.raises(BadConceptList, match=words) as refused:
        read(file)
    assert str(refused.value).startswith(str(file))
    assert re.search(r"[.)]$", str(refused.value))


def test_a_missing_file_and_a_folder_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(BadConceptList, match="No such file"):
        read(tmp_path / "none.txt")
    with pytest.raises(BadConceptList, match="is a folder"):
        read(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(BadConceptList, match="more than 64 MB"):
        read(tmp_path / "huge.txt")


def test_classes_are_sorted_and_distinct():
    assert of_classes(["tench", "cats", "cat"]).concepts == ("cat", "tench")
    assert of_classes([]).concepts == ()


def test_the_pictograms_words_hold_colours_textures_and_objects():
    concepts = of_pictograms().concepts
    assert {*COLOURS, *TEXTURES, "ladybug", "ice cream"} <= set(concepts)
