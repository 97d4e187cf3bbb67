"""One client, or one source, that asks for so much that others might wait for it."""

import os
import socket
import time

from netkit_testing import PATIENCE, connect, receive_exactly, reset, sanitized
from ordeal import Ordeal, at_least, at_most, exactly, told

LONGEST = 1.0  # seconds that an honest client waits


def longest_answer(address, request, answer, count):
    """The longest time that one of `count` new clients has waited, and how many were answered wrongly."""
    longest, wrong = 0.0, 0
    for _ in range(count):
        begin = time.monotonic()
        with connect(address) as client:
            client.sendall(request)
            wrong += receive_exactly(client, len(answer)) != answer
        longest = max(longest, time.monotonic() - begin)
    return longest, wrong


def slow_readers(field):
    """Each asks for ten outputs of 900 kB and reads next to nothing of them."""
    clients = field.scaled(64, short=16)
    yield told("clients that read next to nothing", clients)
    for output in ("stderr-or-stdout", "stdout", "merged", "json"):
        handler = {"type": "exec", "shell": True, "output": output, "timeout": "2s"}
        server = field.serve({"name": "shell", "framing": "line", "handler": handler, "timeouts": {"drain": "0s"}})
        address = server.address("shell")
        greedy = [field.connect(address) for _ in range(clients)]
        for client in greedy:
            client.sendall(b"head -c 900000 /dev/zero | tr '\\0' x\n" * 10)
        for client in greedy:
            receive_exactly(client, 1000)
        with connect(address) as probe:  # the size of the answer differs by output
            probe.sendall(b"echo mine\n")
            answer = probe.recv(1000)
        longest, wrong = longest_answer(address, b"echo mine\n", answer, field.scaled(200, short=20))
        yield exactly(f"{output}: wrong answers", wrong, 0)
        yield at_most(f"{output}: longest an honest client waited", longest, LONGEST, "s")
        for client in greedy:
            reset(client)


def two_sources(field):
    """One address has many commands that take long, each of them in a connection of its own."""
    count = field.scaled(200, short=50)
    shell = {"type": "exec", "shell": True, "concurrency": 8, "queue": 1000}
    limits = {"per_source": {"connections": 0, "connection_rate": "0/s", "loopback": True}}
    server = field.serve(
        {"name": "shell", "framing": "line", "handler": shell, "limits": limits, "timeouts": {"drain": "0s"}}
    )
    for _ in range(count):
        client = socket.create_connection(server.address("shell"), timeout=PATIENCE, source_address=("127.0.0.2", 0))
        field.addCleanup(client.close)
        client.sendall(b"exec sleep 30\n")
    longest, wrong = longest_answer(server.address("shell"), b"echo mine\n", b"mine\n", field.scaled(200, short=20))
    yield told("commands of one source that take long", count)
    yield exactly("wrong answers of another source", wrong, 0)
    yield at_most("longest another source waited", longest, LONGEST, "s")


def hash_crowd(field):
    """Each asks for one of a few files that take long to hash."""
    folder = field.folder()
    files = [f"huge{number}" for number in range(4)]
    for name in files:
        with open(os.path.join(folder, name), "wb") as file:
            file.truncate(40 << 30)
    with open(os.path.join(folder, "short"), "wb") as file:
        file.write(b"s" * 100_000)
    count = field.scaled(500, short=70)
    server = field.serve(
        {
            "name": "files",
            "framing": {"in": "line", "out": "raw"},
            "handler": {"type": "file-send", "root": folder},
            "timeouts": {"drain": "0s"},
        },
        {"name": "shell", "framing": "line", "handler": {"type": "exec", "shell": True}},
    )
    crowd = [field.connect(server.address("files")) for _ in range(count)]
    for number, client in enumerate(crowd):
        client.sendall(files[number % len(files)].encode() + b"\n")
    answers = field.scaled(200, short=20)
    longest, wrong = longest_answer(server.address("shell"), b"echo mine\n", b"mine\n", answers)
    yield told("clients that wait for hashes of 40 GiB", count)
    yield exactly("wrong answers of commands", wrong, 0)
    yield at_most("longest a command's client waited", longest, LONGEST, "s")
    longest, wrong = longest_answer(server.address("files"), b"short\n", b"s" * 100_000, answers)
    yield exactly("wrong short files", wrong, 0)
    yield at_most("longest a short file's client waited", longest, LONGEST, "s")
    for client in crowd:
        reset(client)


def full_memory(field):
    """Many that send and do not read, against a small budget."""
    count = field.scaled(1000, short=100)
    server = field.serve(
        {
            "name": "echo",
            "framing": "line",
            "handler": "echo",
            "limits": {"per_source": {"connections": 0, "connection_rate": "0/s"}},
            "timeouts": {"drain": "0s"},
        },
        limits={"memory": "16MiB"},
    )
    address = server.address("echo")
    line = b"x" * 60_000 + b"\n"
    longest = wrong = sent = 0
    greedy = []
    for _ in range(count):
        client = field.connect(address)
        client.setblocking(False)
        greedy.append(client)
    for _ in range(50):
        for client in greedy:
            try:
                sent += client.send(line)
            except (BlockingIOError, ConnectionError):
                continue
        one, bad = longest_answer(address, b"mine\n", b"mine\n", 1)
        longest, wrong = max(longest, one), wrong + bad
    yield told("clients that send and do not read", count)
    yield told("bytes they have sent", sent)
    yield at_least("of these ended, over-memory", server.log().count("over-memory"), 1)
    yield exactly("wrong answers of an honest one", wrong, 0)
    yield at_most("longest an honest client waited", longest, LONGEST, "s")
    if not sanitized():
        yield at_most("resident memory", server.process.resident() >> 20, 64, "MiB")
    for client in greedy:
        reset(client)


ORDEALS = [
    Ordeal("connections: memory budget full", full_memory),
    Ordeal("exec: slow readers", slow_readers),
    Ordeal("exec: two sources", two_sources),
    Ordeal("file-send: hash crowd", hash_crowd),
]
