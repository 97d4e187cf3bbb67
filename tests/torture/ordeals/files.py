"""Names that try to leave the folder of file-send, and files that change under its hands."""

import contextlib
import ctypes
import hashlib
import itertools
import json
import os
import random
import socket
import struct
import threading

from netkit_testing import PATIENCE, connect, receive_exactly
from ordeal import CannotRun, Ordeal, at_least, exactly, told

CANARY = b"canary-" + b"0123456789abcdef" * 4
HONEST = b"an honest file\n"


def serve(field, root, **options):
    return field.serve(
        {
            "name": "files",
            "framing": {"in": {"type": "length", "max": "64KiB"}, "out": "json-header"},
            "handler": {"type": "file-send", "root": root, **options},
        },
        arguments=(),
    )


def framed(request):
    return struct.pack(">I", len(request)) + request


def receive_answer(connection):
    (size,) = struct.unpack(">I", receive_exactly(connection, 4))
    header = json.loads(receive_exactly(connection, size))
    return header, receive_exactly(connection, header["size"])


def make_tree(field):
    """A folder with the canary, and in it the root with honest files and with links to the canary."""
    folder = os.path.realpath(field.folder())
    root = os.path.join(folder, "root")
    os.makedirs(os.path.join(root, "a", "b"))
    for path in ("honest", "a/honest", "a/b/honest"):
        with open(os.path.join(root, path), "wb") as file:
            file.write(HONEST)
    with open(os.path.join(folder, "canary"), "wb") as file:
        file.write(CANARY)
    os.symlink("../canary", os.path.join(root, "link"))
    os.symlink("..", os.path.join(root, "up"))
    os.symlink("/", os.path.join(root, "a", "slash"))
    os.link(os.path.join(folder, "canary"), os.path.join(folder, "canary2"))
    return folder, root


UPS = [
    b"..", b"%2e%2e", b"%252e%252e", b"..%00", b"..\x00", b"..\\", b"..;", b".. ", b" ..", b"...", b"....", b".%2e",
    b"\xc0\xae\xc0\xae", b"\xe0\x80\xae\xe0\x80\xae", b"\xef\xbc\x8e\xef\xbc\x8e", b"\xe2\x80\xa5", b"..\r", b"..\t",
    b"up", b"./..", b"a/../..", b"link/..", b"a/slash", b"%c0%ae%c0%ae", b"%uff0e%uff0e", b"..././", b"0x2e0x2e",
]  # fmt: skip
SLASHES = [b"/", b"//", b"/./", b"\\", b"%2f", b"%252f", b"\xc0\xaf", b"\xef\xbc\x8f", b"%5c", b"/\\", b"\\/", b":"]
HEADS = [b"", b"/", b"./", b"a/", b"a/b/", b"honest/", b"link/", b"~/", b"file://", b"\\\\?\\", b"C:\\", b"/proc/self/root/"]


def traversal_names(folder, count):
    """Different names, always the same for the same count: those that have worked somewhere, then their combinations."""
    outside = folder.encode()
    yield from (outside + b"/canary", b"/" + outside + b"/canary", b"link", b"up/canary", b"a/slash" + outside + b"/canary")
    yield from (b"/proc/self/cwd/canary", b"~root", b"honest\x00/../../canary", b"../" * 1000 + b"canary", b"..", b"/", b"")
    seen = set()
    for depth in range(1, 6):
        for head, up, slash in itertools.product(HEADS, UPS, SLASHES):
            for tail in (b"canary", b"root/../canary", outside.lstrip(b"/") + b"/canary"):
                name = head + (up + slash) * depth + tail
                if name not in seen and len(seen) < count - 12:
                    seen.add(name)
                    yield name


def as_json(name):
    return json.dumps({"filename": name.decode("utf-8", "replace")}, ensure_ascii=False).encode()


def as_escaped_json(name):
    units = struct.unpack(f">{len(name)}B", name)
    return b'{"filename": "' + b"".join(b"\\u%04x" % unit for unit in units) + b'"}'


ENCODINGS = {"plain": bytes, "JSON": as_json, "JSON, all escaped": as_escaped_json}


def traversal(field):
    folder, root = make_tree(field)
    server = serve(field, root)
    count = field.scaled(5_000, short=500)
    names = list(traversal_names(folder, count))
    leaked, sent, honest = 0, 0, 0
    for encode in ENCODINGS.values():
        connection = connect(server.address("files"))
        for name in names:
            connection.sendall(framed(encode(name)) + framed(b"a/honest"))
            header, body = receive_answer(connection)
            leaked += len(body) if b"canary-" in body else 0
            sent += "error" not in header and body != HONEST
            honest += receive_answer(connection)[1] == HONEST
        connection.close()
    yield told("names", len(names))
    yield told("encodings: " + ", ".join(ENCODINGS), len(ENCODINGS))
    yield exactly("bytes of the canary sent", leaked, 0)
    yield exactly("answers with any file but the honest ones", sent, 0)
    yield exactly("honest requests between them that failed", len(names) * len(ENCODINGS) - honest, 0)


class Swapper(threading.Thread):
    """Exchanges two names in one step, again and again, until told to stop."""

    EXCHANGE = 2
    LIBRARY = ctypes.CDLL(None, use_errno=True)

    def __init__(self, one, other):
        super().__init__()
        self.names = [one.encode(), other.encode()]
        self.rounds = 0
        self.goes_on = True
        if not self.swap():
            raise CannotRun("the file system cannot exchange names")

    def swap(self):
        here = -100  # AT_FDCWD
        return self.LIBRARY.renameat2(here, self.names[0], here, self.names[1], self.EXCHANGE) == 0

    def run(self):
        while self.goes_on:
            self.swap()
            self.rounds += 1


def races(field):
    """A folder and a file take turns with links that lead out, while both are asked for all the time."""
    folder, root = make_tree(field)
    os.mkdir(os.path.join(folder, "outside"))
    for path in ("outside/file", "target"):
        with open(os.path.join(folder, path), "wb") as file:
            file.write(CANARY)
    os.mkdir(os.path.join(root, "folder"))
    for path in ("folder/file", "plain"):
        with open(os.path.join(root, path), "wb") as file:
            file.write(HONEST)
    os.symlink("../outside", os.path.join(root, "folder-link"))
    os.symlink("../target", os.path.join(root, "plain-link"))
    server = serve(field, root)
    pairs = (("folder", "folder-link"), ("plain", "plain-link"))
    swappers = [Swapper(*(os.path.join(root, name) for name in pair)) for pair in pairs]
    wanted = field.scaled(100_000, short=3_000)
    batch = framed(b"folder/file") + framed(b"plain")
    connection = connect(server.address("files"))
    requests = escapes = honest = 0
    for swapper in swappers:
        swapper.start()
    try:
        while requests < wanted or min(swapper.rounds for swapper in swappers) < wanted:
            connection.sendall(batch * 32)
            for _ in range(64):
                header, body = receive_answer(connection)
                escapes += "error" not in header and body != HONEST
                honest += body == HONEST
            requests += 64
    finally:
        for swapper in swappers:
            swapper.goes_on = False
            swapper.join()
    connection.close()
    yield at_least("swaps of a link with a folder", swappers[0].rounds, wanted)
    yield at_least("swaps of a link with a file", swappers[1].rounds, wanted)
    yield at_least("requests meanwhile", requests, wanted)
    yield told("of these that met the honest file", honest)
    yield exactly("escapes", escapes, 0)


LARGE = 12 << 20  # more than the socket buffers of both sides hold


def rewrite(path):
    with open(path, "r+b") as file:
        file.seek(LARGE - 4096)
        file.write(b"changed")


def cut(path):
    os.truncate(path, LARGE - 1)


def cut_far(path):
    os.truncate(path, LARGE // 2)


def empty(path):
    os.truncate(path, 0)


def grow(path):
    with open(path, "ab") as file:
        file.write(b"more")


def cut_and_grow(path):
    os.truncate(path, LARGE // 2)
    os.truncate(path, LARGE)


CHANGES = [rewrite, cut, cut_far, empty, grow, cut_and_grow]


def fetch(address, change):
    """Asks for the file and has it changed when the first bytes are here. True if header and body fit all the same."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        connection.settimeout(PATIENCE)
        connection.connect(address)
        connection.sendall(framed(b"large"))
        (size,) = struct.unpack(">I", receive_exactly(connection, 4))
        header = json.loads(receive_exactly(connection, size))
        digest, received = hashlib.sha256(), 0
        with contextlib.suppress(ConnectionResetError):
            piece = connection.recv(1 << 10)
            change()
            while piece:
                digest.update(piece)
                received += len(piece)
                piece = connection.recv(min(1 << 20, header["size"] - received)) if received < header["size"] else b""
        return "error" not in header and received == header["size"] and digest.hexdigest() == header["hash"]


def changes(field):
    _, root = make_tree(field)
    server = serve(field, root)
    path = os.path.join(root, "large")
    block = random.Random(1).randbytes(1 << 20)
    count = field.scaled(1_000, short=24)
    missed = spoilt = 0
    for i in range(count):
        with open(path, "wb") as file:
            file.write(i.to_bytes(8, "big") + block * (LARGE >> 20))
            file.truncate(LARGE)
        change = CHANGES[i % len(CHANGES)]
        missed += fetch(server.address("files"), lambda: change(path))
        if i % 10 == 0:
            with open(path, "wb") as file:
                file.write(block * (LARGE >> 20))
            spoilt += not fetch(server.address("files"), lambda: None)
    yield told("files changed or cut while they were sent", count)
    yield told("ways: " + ", ".join(change.__name__.replace("_", " ") for change in CHANGES), len(CHANGES))
    yield exactly("changes the client did not notice", missed, 0)
    yield exactly("unchanged files between them that did not arrive", spoilt, 0)


ORDEALS = [
    Ordeal("file-send: traversal names", traversal),
    Ordeal("file-send: links swapped in a race", races),
    Ordeal("file-send: files changed while sent", changes),
]
