"""Embeddings in the workspace: paid once, made again where a file is damaged, stopped between calls; and a CLIP folder imported once."""

from pathlib import Path

import numpy as np
import pytest
import small_inputs
from clip_folders import FakeEmbedder, random_clip

from line_desktop.embeddings import PHOTOS, TEXTS, Embeddings, import_clip
from line_desktop.engines import Engines
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, read_probe_set
from models.errors import BadFile, Cancelled
from models.types.shared import Progress


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def probe(tmp_path) -> ProbeFolder:
    """A chunk and a few photos more, the third unreadable."""
    folder = small_inputs.plain_photos(tmp_path / "photos", PHOTOS + 6)
    (folder / "002.png").write_bytes(b"no photo")
    return read_probe_set(folder)


def test_photos_are_embedded_once_for_all_runs(workspace, probe):
    first = FakeEmbedder()
    found = Embeddings(workspace, first.info(), first).photos(probe)
    assert first.asked == [file.name for file in probe.photos]
    slow = FakeEmbedder().embed_files(list(probe.photos))
    np.testing.assert_array_equal(found.values, slow.values)
    assert found.unreadable == slow.unreadable == {2: "002.png is not a PNG, JPEG, WebP, BMP or TIFF picture."}

    again = FakeEmbedder()
    kept = Embeddings(workspace, again.info(), again).photos(probe)
    assert again.asked == []
    np.testing.assert_array_equal(kept.values, found.values)
    assert kept.unreadable == found.unreadable


def test_another_clip_and_another_probe_set_are_embedded_anew(workspace, probe, tmp_path):
    first, other = FakeEmbedder(), FakeEmbedder(sha256="e" * 64)
    Embeddings(workspace, first.info(), first).photos(probe)
    Embeddings(workspace, other.info(), other).photos(probe)
    assert len(other.asked) == len(probe.photos)
    few = read_probe_set(small_inputs.plain_photos(tmp_path / "few", 2))
    assert Embeddings(workspace, first.info(), first).photos(few).values.shape == (2, 3)


def test_texts_are_embedded_once_and_in_order(workspace):
    texts = [f"concept {number}" for number in range(TEXTS + 3)]
    first, again = FakeEmbedder(), FakeEmbedder()
    found = Embeddings(workspace, first.info(), first).texts(texts)
    assert first.asked == texts
    np.testing.assert_array_equal(found, FakeEmbedder().embed_texts(texts))
    embeddings = Embeddings(workspace, again.info(), again)
    np.testing.assert_array_equal(embeddings.texts(texts), found)
    assert again.asked == []
    np.testing.assert_array_equal(embeddings.texts(texts[::-1]), found[::-1])
    assert embeddings.texts([]).shape == (0, 3)


@pytest.mark.parametrize("damage", [b"", b"no zip archive", "cut short"])
def test_a_damaged_file_is_made_again(workspace, probe, damage):
    embedder = FakeEmbedder()
    embeddings = Embeddings(workspace, embedder.info(), embedder)
    found = embeddings.photos(probe)
    (file,) = (workspace.folder / "embeddings").iterdir()
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage == "cut short" else damage)
    np.testing.assert_array_equal(embeddings.photos(probe).values, found.values)
    assert len(embedder.asked) == 2 * len(probe.photos)


def test_it_stops_between_calls_and_keeps_nothing_by_halves(workspace, probe):
    embedder, told = FakeEmbedder(), []
    embeddings = Embeddings(workspace, embedder.info(), embedder, stop=lambda: len(embedder.asked) >= PHOTOS, tell=told.append)
    with pytest.raises(Cancelled):
        embeddings.photos(probe)
    assert len(embedder.asked) == PHOTOS
    assert told == [Progress("embedding photos", 0, PHOTOS + 6, "photos")]
    assert not list(workspace.folder.glob("embeddings/*"))


def test_a_clip_is_imported_once_and_opened_by_engines(workspace, tmp_path):
    random_clip(tmp_path / "tiny")
    imported = import_clip(workspace, tmp_path / "tiny")
    assert imported.folder.parent == workspace.folder / "targets"
    written = {file: file.stat().st_mtime_ns for file in imported.folder.rglob("*")}
    moved = (tmp_path / "tiny").rename(tmp_path / "moved")
    again = import_clip(workspace, moved)
    assert again.folder == imported.folder
    assert again.info.path == str(moved)
    assert {file: file.stat().st_mtime_ns for file in imported.folder.rglob("*")} == written
    assert workspace.check() == []
    with Engines() as engines:
        embedder = engines.embedder(imported.folder)
        assert "CLIP 0." in engines.plan()
        assert embedder.embed_texts(["red cat"]).shape == (1, imported.info.width)
        assert engines.network


def test_a_folder_that_is_no_clip_is_one_sentence(workspace, tmp_path):
    with pytest.raises(
        BadFile, match=r"no whole CLIP folder: it has no config\.json; give a folder that transformers saved from CLIPModel\.$"
    ):
        import_clip(workspace, Path(tmp_path))
    assert list((workspace.folder / "targets").iterdir()) == []
