"""Migrations: in order, each whole or not at all, the database copied first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from line_desktop.errors import BadWorkspace, WorkspaceTooNew
from line_desktop.store.database import bring_up_to_date, connect, shipped_migrations

FIRST = "CREATE TABLE birds (name TEXT); INSERT INTO birds VALUES ('hen');"
SECOND = "ALTER TABLE birds ADD COLUMN legs INTEGER; UPDATE birds SET legs = 2;"


@contextmanager
def opened(file: Path, write: bool = True) -> Iterator[apsw.Connection]:
    """A connection that is closed again."""
    connection = connect(file, write)
    try:
        yield connection
    finally:
        connection.close()


def test_from_an_empty_file_through_every_migration(tmp_path):
    with opened(tmp_path / "line.db") as connection:
        bring_up_to_date(connection, tmp_path / "line.db", [FIRST, SECOND], write=True)
        assert connection.execute("SELECT name, legs FROM birds").fetchall() == [("hen", 2)]
        assert connection.pragma("user_version") == 2
    assert [file.name for file in tmp_path.iterdir()] == ["line.db"]  # nothing to lose, nothing copied


def test_a_database_with_content_is_copied_first(tmp_path):
    with opened(tmp_path / "line.db") as connection:
        bring_up_to_date(connection, tmp_path / "line.db", [FIRST], write=True)
        bring_up_to_date(connection, tmp_path / "line.db", [FIRST, SECOND], write=True)
    with opened(tmp_path / "line-version-1.db", write=False) as copy:
        assert copy.execute("SELECT * FROM birds").fetchall() == [("hen",)]
        assert copy.pragma("user_version") == 1


def test_a_failing_migration_leaves_the_version_before_it(tmp_path):
    broken = "CREATE TABLE fish (name TEXT); INSERT INTO no_such_table VALUES (1);"
    with opened(tmp_path / "line.db") as connection:
        with pytest.raises(apsw.SQLError):
            bring_up_to_date(connection, tmp_path / "line.db", [FIRST, SECOND, broken], write=True)
        assert connection.pragma("user_version") == 2
        assert not connection.table_exists(None, "fish")


def test_a_damaged_database_is_not_copied_over_a_good_copy(tmp_path):
    file = tmp_path / "line.db"
    with opened(file) as connection:
        bring_up_to_date(
            connection, file, [FIRST + "INSERT INTO birds SELECT hex(zeroblob(3000)) FROM json_each('[1,2,3,4]');"], write=True
        )
    content = bytearray(file.read_bytes())
    content[4096:4196] = b"\xff" * 100
    file.write_bytes(content)
    with opened(file) as connection, pytest.raises(BadWorkspace, match="damaged"):
        bring_up_to_date(connection, file, [FIRST, SECOND], write=True)
    assert not (tmp_path / "line-version-1.db").exists()


def test_a_reader_neither_migrates_nor_opens_what_is_newer(tmp_path):
    file = tmp_path / "line.db"
    with opened(file) as connection:
        bring_up_to_date(connection, file, [FIRST], write=True)
    with opened(file, write=False) as connection:
        with pytest.raises(BadWorkspace, match="version 1 of 2"):
            bring_up_to_date(connection, file, [FIRST, SECOND], write=False)
        with pytest.raises(WorkspaceTooNew):
            bring_up_to_date(connection, file, [], write=False)


def test_shipped_migrations_are_numbered_without_gaps():
    folder = Path(__file__).parents[3] / "line_desktop" / "store" / "migrations"
    numbers = sorted(int(file.name[:4]) for file in folder.glob("*.sql"))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(shipped_migrations()) == len(numbers)
