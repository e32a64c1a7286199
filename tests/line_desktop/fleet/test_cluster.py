"""Addresses and machines, without Ray."""

import socket
import sys

import pytest

from line_desktop.errors import UserError
from line_desktop.fleet.cluster import Cluster, places, private_workers, reason
from line_desktop.fleet.engines import comparable, unlike


@pytest.mark.parametrize(("address", "workers"), [("local", 2), ("local:1", 1), ("local:12", 12), ("auto", None), ("host:6379", None)])
def test_addresses(address: str, workers: int | None) -> None:
    assert private_workers(address) == workers
    Cluster(address)


@pytest.mark.parametrize(
    "address", ["", "locale", "local:0", "local:x", "host", "host:", "host:port", "ray://host:10001", "host:1 --x", "a b:1"]
)
def test_what_is_no_address_is_refused_before_ray_is_asked(address: str) -> None:
    with pytest.raises(UserError, match=r"^--ray takes HOST:PORT, auto, local or local:3, got '"):
        Cluster(address)


def test_an_address_where_nothing_listens_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for address in (f"127.0.0.1:{port}", "127.0.0.1:99999"):
        with pytest.raises(UserError, match=rf"^No Ray answers at {address} .* docs/many-machines.md\.$"), Cluster(address):
            pass


def test_without_ray_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(UserError, match=r"^--ray needs Ray, which is not installed: pip install 'line-desktop\[ray\]'\.$"),
        Cluster("local"),
    ):
        pass


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ({"CPU": 16.0}, (False, 1)),
        ({"CPU": 16.0, "line-desktop": 3.0}, (False, 3)),
        ({"CPU": 16.0, "GPU": 4.0, "line-desktop": 3.0}, (True, 4)),
        ({"CPU": 16.0, "line-desktop": 0.0}, (False, 0)),
        ({"memory": 1.0}, (False, 0)),
    ],
)
def test_the_workers_a_machine_has_room_for(resources: dict[str, float], found: tuple[bool, int]) -> None:
    assert places(resources) == found


def test_versions_differ_where_results_may() -> None:
    laptop = {"torch": "2.13.0+cpu", "onnxruntime": "1.31.1", "numpy": "2.4.6"}
    assert comparable(laptop) == comparable({"torch": "2.13.0", "onnxruntime-gpu": "1.31.1", "numpy": "2.4.6"})
    assert unlike(comparable(laptop), comparable({"torch": "2.12.0", "numpy": "2.4.6"})) == (
        "onnxruntime none instead of 1.31.1, torch 2.12.0 instead of 2.13.0"
    )


KILLED = "The actor died unexpectedly before finishing this task.\n\tclass_name: Actor\n\tpid: 7"
NOT_INSTALLED = (
    "The actor died because of an error raised in its creation task, ray::Actor.__init__()\n  File ...\n"
    "ModuleNotFoundError: No module named 'apsw'"
)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (KILLED, "The actor died unexpectedly before finishing this task"),
        (NOT_INSTALLED, "ModuleNotFoundError: No module named 'apsw'"),
        ("", "OSError"),
    ],
)
def test_what_ray_says_becomes_part_of_a_sentence(told: str, words: str) -> None:
    assert reason(OSError(told)) == words
