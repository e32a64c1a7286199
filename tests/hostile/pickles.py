"""Pickles with code in every wrapping, archives that grow, and files that are not what their names say."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from hostile.case import Case, file, payload

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch.save before 1.6
MANY = 30_000
BOMB = 300 << 20


class _Runs:
    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return exec, (self.code,)


def evil(folder: Path, protocol: int = 2) -> bytes:
    return pickle.dumps({"state_dict": _Runs(payload(folder))}, protocol=protocol)


def raw(name: str, protocol: int) -> Callable[[Path], Path]:
    return lambda folder: file(folder, name, evil(folder, protocol))


def zipped(name: str, entries: Callable[[Path], dict[str, bytes]], method: int = zipfile.ZIP_STORED) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", method, compresslevel=1) as archive:
            for entry, content in entries(folder).items():
                archive.writestr(entry, content)
        return folder / name

    return build


def torch_zip(folder: Path) -> dict[str, bytes]:
    return {"archive/data.pkl": evil(folder), "archive/version": b"3\n", "archive/data/0": b"\0" * 16}


def torchscript(folder: Path) -> dict[str, bytes]:
    pickled = {"net/constants.pkl": evil(folder), "net/data.pkl": evil(folder)}
    return {**pickled, "net/code/__torch__.py": payload(folder).encode(), "net/version": b"3"}


def bomb(_: Path) -> dict[str, bytes]:
    return {"archive/data.pkl": b"\x80\x02}q\0.", "archive/data/0": bytes(BOMB), "archive/version": b"3\n"}


def tensor(stored: int, size: int, stride: int) -> bytes:
    """A state dict of one tensor, as torch.save writes it: a storage that claims `stored` numbers, seen as `size` of them."""

    def number(value: int) -> bytes:
        return b"\x8a\x09" + value.to_bytes(9, "little", signed=True)

    def text(value: bytes) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value

    storage = b"(" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(b"0") + text(b"cpu") + number(stored) + b"tQ"
    arguments = b"(" + storage + b"K\0" + number(size) + b"\x85" + number(stride) + b"\x85" + b"\x89" + b"ccollections\nOrderedDict\n)Rt"
    return b"\x80\x02}" + text(b"w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


def claiming(stored: int, size: int, stride: int) -> Callable[[Path], Path]:
    """A sound archive whose one tensor claims more than there is."""
    data = tensor(stored, size, stride)
    return zipped("claims.pt", lambda _: {"archive/data.pkl": data, "archive/version": b"3\n", "archive/data/0": bytes(16)})


def grown_code(folder: Path) -> dict[str, bytes]:
    return {**torchscript(folder), "net/code/grown.py": bytes(BOMB)}


def exported(folder: Path) -> dict[str, bytes]:
    """A torch.export program."""
    names = ("archive_format", "version", "models/model.json", "data/weights/model_weights_config.json", "data/constants/evil.pt")
    return {f"net/{name}": evil(folder) for name in names}


def escaping(folder: Path) -> dict[str, bytes]:
    return {"archive/data.pkl": evil(folder), "../../escaped": b"x", "/tmp/escaped": b"x", "archive/version": b"3\n"}


def crowd(_: Path) -> dict[str, bytes]:
    return {"archive/data.pkl": b"\x80\x02}q\0.", **{f"archive/data/{number}": b"" for number in range(MANY)}}


def lying_sizes(folder: Path) -> Path:
    """A directory that claims 2⁶² bytes for its entry."""
    whole = bytearray(zipped("lying.pt", torch_zip)(folder).read_bytes())
    start = whole.rindex(b"PK\1\2")
    struct.pack_into("<II", whole, start + 20, 0xFFFFFFFE, 0xFFFFFFFE)
    return file(folder, "lying.pt", bytes(whole))


def cut_zip(folder: Path) -> Path:
    whole = zipped("cut.pt", torch_zip)(folder).read_bytes()
    return file(folder, "cut.pt", whole[: len(whole) // 2])


def legacy(folder: Path) -> Path:
    stream = io.BytesIO()
    parts: list[object] = [LEGACY_MAGIC, 1001, {"little_endian": True}, {"w": _Runs(payload(folder))}, []]
    for part in parts:
        pickle.dump(part, stream, protocol=2)
    return file(folder, "legacy.pth", stream.getvalue())


def old_tar(folder: Path) -> Path:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            entry, content = tarfile.TarInfo(name), evil(folder)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file(folder, "old.pth.tar", stream.getvalue())


def deep(folder: Path) -> Path:
    """Lists within lists: whoever follows them by recursion overflows the stack."""
    return file(folder, "deep.pth", b"\x80\x02" + b"(" * 100_000 + b"l" * 100_000 + b".")


def memo(folder: Path) -> Path:
    """A pickle that asks for the largest memo entry there is, and a string of 2⁶² bytes."""
    return file(folder, "memo.pth", b"\x80\x04N" + b"r\xff\xff\xff\xff" + b"\x8d" + struct.pack("<Q", 2**62) + b".")


def pipe(folder: Path) -> Path:
    """A named pipe blocks whoever opens it to read."""
    os.mkfifo(folder / "pipe.onnx")
    return folder / "pipe.onnx"


def device(folder: Path) -> Path:
    (folder / "endless.onnx").symlink_to("/dev/zero")
    return folder / "endless.onnx"


def loop(folder: Path) -> Path:
    (folder / "a.onnx").symlink_to(folder / "b.onnx")
    (folder / "b.onnx").symlink_to(folder / "a.onnx")
    return folder / "a.onnx"


CASES = [
    *(Case(f"a pickle with code, protocol {number}", "importer", raw("net.pth", number)) for number in range(6)),
    Case("a pickle with code that is called model.onnx", "importer", raw("model.onnx", 2)),
    Case("a pickle with code that is called model.safetensors", "importer", raw("model.safetensors", 4)),
    Case("a torch zip with code", "importer", zipped("net.pt", torch_zip)),
    Case("a torch zip with code that is called net.safetensors", "importer", zipped("net.safetensors", torch_zip)),
    Case("a torch zip with code, deflated", "importer", zipped("net.pt", torch_zip, zipfile.ZIP_DEFLATED)),
    Case("a legacy torch file with code", "importer", legacy),
    Case("a torch tar with code", "importer", old_tar),
    Case("a TorchScript program", "importer", zipped("net.pt", torchscript)),
    Case("a TorchScript program whose code grows to 300 MB", "importer", zipped("net.pt", grown_code, zipfile.ZIP_DEFLATED)),
    Case("a torch.export program", "importer", zipped("net.pt2", exported)),
    Case("a torch zip that claims 2^60 numbers", "importer", claiming(2**60, 2**60, 1)),
    Case("a tensor that looks behind its storage", "importer", claiming(4, 2**40, 1)),
    Case("a tensor of 2^40 numbers in one", "importer", claiming(4, 2**40, 0)),
    Case("a tensor with a negative stride", "importer", claiming(4, 4, -(2**40))),
    Case("a deflate bomb of 300 MB", "importer", zipped("bomb.pt", bomb, zipfile.ZIP_DEFLATED)),
    Case("a zip whose names escape", "importer", zipped("escape.pt", escaping)),
    Case("a zip of 30,000 entries", "importer", zipped("crowd.pt", crowd)),
    Case("a zip with lying sizes", "importer", lying_sizes),
    Case("a truncated zip", "importer", cut_zip),
    Case("a gzip bomb", "importer", lambda folder: file(folder, "net.onnx.gz", gzip.compress(bytes(64 << 20), 1))),
    Case("a pickle 100,000 levels deep", "importer", deep),
    Case("a pickle with absurd lengths", "importer", memo),
    Case("a named pipe", "importer", pipe),
    Case("a link to an endless device", "importer", device),
    Case("links that go round in a circle", "importer", loop),
    Case("a pickle given as a picture model", "pictures", raw("sdxl.ckpt", 2)),
    Case("a torch zip given as a picture model", "pictures", zipped("sdxl.safetensors", torch_zip)),
    Case("a pickle given as a language model", "language", raw("llama.gguf", 2)),
]
