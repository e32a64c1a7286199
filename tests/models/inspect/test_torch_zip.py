"""Torch's zip files are looked at before torch unpacks them: hostile archives are refused in one sentence."""

import zipfile
from pathlib import Path

import pytest

from models.errors import BadFile
from models.inspect.torch_zip import read_torch_zip


def archive(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        read_torch_zip(path)
    return str(caught.value)


def test_weights_that_unpack_to_more_are_refused(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "net.pth", {"net/data.pkl": b"x", "net/data/0": bytes(10_000_000)}, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 20_000
    assert "net.pth is compressed, and would grow from" in refusal(bomb)
    with zipfile.ZipFile(tmp_path / "net.pth", "a", zipfile.ZIP_STORED) as file:
        file.writestr("net/version", b"3")
    assert "net.pth is compressed" in refusal(bomb)


def test_code_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.inspect.torch_zip.MAX_CODE", 1000)
    entries = {"net/constants.pkl": b"x", "net/code/a.py": bytes(900)}
    assert read_torch_zip(archive(tmp_path / "net.pt", entries, zipfile.ZIP_DEFLATED)) == "torchscript"
    assert "1801 of code" in refusal(archive(tmp_path / "net.pt", entries | {"net/code/b.py": bytes(900)}, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("name", ["/etc/passwd", "net/../../x", "net\\x", "C:/x"])
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    assert f"an entry is named {name!r}" in refusal(archive(tmp_path / "net.pth", {"net/data.pkl": b"x", name: b"x"}))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as file:
        file.writestr("net/data.pkl", b"x")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("net/data.pkl", b"x")
    assert "2 entries, 1 of them twice" in refusal(tmp_path / "net.pth")


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    """Every entry of the directory points to the same megabyte."""
    path = archive(tmp_path / "net.pth", {"net/data.pkl": b"x", "net/data/0": bytes(1_000_000), "net/data/1": b"", "net/data/2": b""})
    with zipfile.ZipFile(path, "a") as file:
        first = file.getinfo("net/data/0")
        for number in (1, 2):
            entry = file.getinfo(f"net/data/{number}")
            entry.header_offset, entry.file_size, entry.compress_size, entry.CRC = (
                first.header_offset, first.file_size, first.compress_size, first.CRC
            )  # fmt: skip
        file.writestr("net/version", b"3")
    assert "it states 3000002 bytes of tensors" in refusal(path)


def test_a_cut_archive_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "net.pth", {"net/data.pkl": bytes(1000)})
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refusal(path) == "net.pth is a truncated or damaged zip archive; fetch it again."
