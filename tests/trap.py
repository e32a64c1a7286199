"""A trap: a namespace without the outside world where every name that is asked for and every connection that is tried is written down.

`python trap.py LOG COMMAND…` inside `unshare --map-root-user --net --mount` runs the command there and ends with its exit code.
Every address is the machine itself, so an attempt to reach any of them passes the recorder; a small DNS server answers every name, so that
an attempt goes on to its connection. The kernel permits no further network namespace in here: the program's own children, which
would leave the network by themselves, stay in the trap with nothing but their switches.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

UNSHARE = ["unshare", "--map-root-user", "--net", "--mount"]
ALL_PROTOCOLS = 3  # ETH_P_ALL
TCP, UDP, DNS_PORT = 6, 17, 53
ANSWER = bytes([192, 0, 2, 1])  # TEST-NET-1, RFC 5737
LAST = ("192.0.2.2", 9)  # where only we send something, when all is over
QUIET = ("CI", "ORT_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")

_all_seen = threading.Event()


def permitted() -> bool:
    """Whether this system lets us set the trap."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    limit = "echo 0 > /proc/sys/user/max_net_namespaces"
    return subprocess.run([*UNSHARE, "sh", "-c", limit], capture_output=True, check=False).returncode == 0


def run(
    command: Sequence[str], folder: Path, timeout: float, extra: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a command in the trap, with nothing set that keeps libraries quiet; returns how it ended and what was recorded."""
    log = folder / "trap.log"
    environment = {name: value for name, value in os.environ.items() if name not in QUIET} | dict(extra)
    whole = [*UNSHARE, sys.executable, __file__, str(log), *command]
    done = subprocess.run(whole, env=environment, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    return done, log.read_text().splitlines()


def set_trap(log: Path) -> None:
    """Turn this namespace into the trap; `all_is_recorded` waits for what was seen to be written down."""
    for line in ("link set lo up", "route add local default dev lo", "-6 route add local default dev lo"):
        subprocess.run(["ip", *line.split()], check=True)
    for place, content in (("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1\n"), ("/etc/nsswitch.conf", "hosts: files dns\n")):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(content)
            file.flush()
            subprocess.run(["mount", "--bind", file.name, place], check=True)
    Path("/proc/sys/user/max_net_namespaces").write_text("0")
    recorder = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
    recorder.bind(("lo", ALL_PROTOCOLS))
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", DNS_PORT))
    log.write_text("")
    threading.Thread(target=record, args=(recorder, log), daemon=True).start()
    threading.Thread(target=answer, args=(server,), daemon=True).start()


def record(recorder: socket.socket, log: Path) -> None:
    """Write down every attempt, once."""
    with log.open("w", buffering=1) as file:
        while True:
            packet, (_, _, direction, *_) = recorder.recvfrom(65536)
            text = attempt(packet) if direction == socket.PACKET_OUTGOING else None
            if text == f"UDP {LAST[0]} {LAST[1]}":
                _all_seen.set()
                return
            if text:
                file.write(text + "\n")


def all_is_recorded() -> None:
    """Wait until everything up to now is written down: packets come in order, and the last is our own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        while not _all_seen.wait(0.05):
            own.sendto(b"the end", LAST)


def attempt(packet: bytes) -> str | None:
    """What an IP packet tries: a name asked for, a connection begun, a datagram sent; None for answers and what follows."""
    if packet[0] >> 4 == 4:
        protocol, target, body = packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[(packet[0] & 15) * 4 :]
    else:
        protocol, target, body = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[40:]
    if protocol not in (TCP, UDP):
        return None
    source_port, port = struct.unpack_from(">HH", body)
    if protocol == TCP:
        return f"TCP {target} {port}" if body[13] & 0x12 == 0x02 else None  # SYN without ACK
    if port == DNS_PORT:
        return f"DNS {name(body[8:])[0]}"
    return None if source_port == DNS_PORT else f"UDP {target} {port}"


def name(query: bytes) -> tuple[str, int]:
    """The name a DNS query asks for (RFC 1035, 4.1.2), and where it ends."""
    labels, position = [], 12
    while length := query[position]:
        labels.append(query[position + 1 : position + 1 + length].decode(errors="replace"))
        position += 1 + length
    return ".".join(labels), position + 1


def answer(server: socket.socket) -> None:
    """Tell everybody who asks for an IPv4 address ANSWER, and nothing else."""
    while True:
        query, asker = server.recvfrom(4096)
        end = name(query)[1] + 4
        found = query[end - 4 : end] == b"\0\1\0\1"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + ANSWER if found else b""
        server.sendto(query[:2] + b"\x81\x80\0\1" + bytes([0, found]) + b"\0\0\0\0" + query[12:end] + record, asker)


if __name__ == "__main__":
    set_trap(Path(sys.argv[1]))
    ended = subprocess.run(sys.argv[2:], check=False).returncode
    all_is_recorded()
    sys.exit(ended)
