"""Plugins that cannot be loaded, and plugins that can and should not have been."""

import json
import os
import random
import shutil
import struct
import subprocess

from netkit_testing import BUILD, PATIENCE, SERVER, connect, receive_exactly, receive_to_end
from ordeal import TOOLS, Ordeal, exactly, told

EX_CONFIG = 78
GOOD = os.path.join(BUILD, "lib", "netkit", "plugins", "echo.so")
BAD_FOLDER = os.path.join(BUILD, "tests", "bad-plugins")
PAGE = 4096


def flipped(content, begin, end, count):
    spoilt = bytearray(content)
    for _ in range(count):
        spoilt[random.randrange(begin, end)] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def segment(content, wanted):
    """Where the program header of that type says its bytes are."""
    table, count = struct.unpack_from("<Q", content, 32)[0], struct.unpack_from("<H", content, 56)[0]
    for kind, _, offset, _, _, size in (struct.unpack_from("<IIQQQQ", content, table + i * 56) for i in range(count)):
        if kind == wanted:
            return offset, offset + size
    raise AssertionError("no such segment")


def blanked(content):
    begin = random.randrange(len(content) // PAGE) * PAGE
    return content[:begin] + bytes(PAGE) + content[begin + PAGE :]


def swapped(content):
    pages = [content[i : i + PAGE] for i in range(0, len(content), PAGE)]
    random.shuffle(pages)
    return b"".join(pages)


# Each makes a bad library of a good one.
MUTATIONS = (
    lambda good: good[: random.randrange(len(good))],
    lambda good: good[: random.randrange(PAGE)],
    lambda good: random.randbytes(random.randrange(1, 20000)),
    lambda good: good[:4] + random.randbytes(12) + good[16:],
    lambda good: flipped(good, 16, 64, 3),
    lambda good: flipped(good, 64, 64 + 56 * 8, 3),
    lambda good: flipped(good, *segment(good, 2), 3),  # PT_DYNAMIC
    lambda good: flipped(good, *segment(good, 2), 30),
    lambda good: flipped(good, 0x200, 0x1000, 20),  # symbols, relocations
    lambda good: flipped(good, 0, len(good), 200),
    blanked,
    swapped,
    lambda good: random.randbytes(random.randrange(1, 100)) + good,
)


def bad_libraries(count):
    """(name, content) of so many; echo.so, spoilt, or a plugin of tests/system/bad_plugins under its own name."""
    with open(GOOD, "rb") as file:
        good = file.read()
    built = sorted(os.listdir(BAD_FOLDER))
    for name in built:
        with open(os.path.join(BAD_FOLDER, name), "rb") as file:
            yield name.removesuffix(".so"), file.read()
    for number in range(count - len(built)):
        yield "echo", MUTATIONS[number % len(MUTATIONS)](good)


def check(folder, name):
    """Has the server check a config that names the plugin `name` of that folder; returns the finished process."""
    config = os.path.join(folder, "server.json")
    with open(config, "w", encoding="utf-8") as file:
        listener = {"name": "a", "address": "127.0.0.1:0", "handler": name}
        json.dump({"plugin_path": [folder], "listeners": [listener]}, file)
    return subprocess.run(
        [SERVER, "--config", config, "--check"], capture_output=True, timeout=PATIENCE, check=False
    )


def bad_plugins(field):
    random.seed(4711)
    folder = field.folder()
    tally = {"refused": 0, "harmless": 0, "crashed": 0, "badly told": 0}
    for name, content in bad_libraries(field.scaled(200, short=40)):
        path = os.path.join(folder, name + ".so")
        with open(path, "wb") as file:
            file.write(content)
        done = check(folder, name)
        errors = done.stderr.decode(errors="replace")
        if done.returncode == 0:
            tally["harmless"] += 1
        elif done.returncode != EX_CONFIG:
            tally["crashed"] += 1
        else:
            tally["refused"] += 1
            # "offers-another" is a good plugin with a misleading name.
            tally["badly told"] += errors.count("\n") != 1 or (path not in errors and name not in errors)
        os.unlink(path)
    yield told("bad libraries", sum(tally.values()) - tally["badly told"])
    yield told("refused", tally["refused"])
    yield told("spoilt where it does no harm", tally["harmless"])
    yield exactly("crashes of the server", tally["crashed"], 0)
    yield exactly("refusals that are not one line naming the file", tally["badly told"], 0)


WAYS = (
    "throw",
    "number",
    "asked-throw",
    "asked-number",
    "worker-throw",
    "worker-number",
    "worker-after-throw",
    "write-throw",
    "write-number",
    "body-null",
    "body-size-first-throw",
    "body-size-first-number",
    "body-size-later-throw",
    "body-size-later-number",
    "body-read-throw",
    "body-read-number",
    "body-read-none",
    "body-read-too-much",
    "body-descriptor-throw",
    "body-descriptor-number",
    "body-descriptor-closed",
    "body-intact-throw",
    "body-intact-number",
    "body-intact-no",
)


def misbehaving(**options):
    return {"handler": {"type": "misbehaving", **options}, "framing": {"in": "line", "out": "length"}}


def framed(body):
    return struct.pack(">I", len(body)) + body


def meets(address, way):
    """True if the server ends the connection of that message, and no answer of it is whole."""
    with connect(address) as client:
        client.sendall(way.encode() + b"\nnever read\n")
        answer = receive_to_end(client)
    before = framed(b"answer") if way.startswith("worker-after") else b""
    rest = answer.removeprefix(before)
    return answer.startswith(before) and len(rest) < 100004


def misbehaving_plugins(field):
    plugins = field.folder()
    shutil.copy(os.path.join(TOOLS, "misbehaving.so"), plugins)
    for way in ("throw", "number", "null"):
        field.assertRegex(refusal(plugins, way), r"^[^\n]*: error: handler 'misbehaving' [^\n]*\n$")
    server = field.serve(
        {"name": "bad", **misbehaving()},
        {"name": "throw", **misbehaving(session="throw")},
        {"name": "number", **misbehaving(session="number")},
        {"name": "udp", "transport": "udp", "handler": {"type": "misbehaving"}},
        plugin_path=[plugins],
    )
    address = server.address("bad")
    before = server.process.census()
    rounds = field.scaled(200, short=5)
    bad = others = 0
    beside = field.connect(address)
    datagrams = field.datagram_socket(server.address("udp", "udp"))
    for _ in range(rounds):
        for way in WAYS:
            bad += not meets(address, way)
            beside.sendall(b"hello\n")
            others += receive_exactly(beside, 9) != framed(b"hello")
            if not way.startswith("body-"):
                datagrams.send(way.encode())
        for name in ("throw", "number"):
            bad += not meets(server.address(name), "hello")
        datagrams.send(b"hello")
        answer = datagrams.recv(100)
        while answer == b"answer":  # of the worker that threw after it had answered
            answer = datagrams.recv(100)
        others += answer != b"hello"
    yield told("callbacks that throw, return nothing or lie", rounds * (len(WAYS) + 2))
    yield told("factories that throw or make nothing, refused", 3)
    yield exactly("sessions not ended by it", bad, 0)
    yield exactly("wrong answers of sessions beside them", others, 0)
    beside.close()
    field.assert_census(server, {**before, "processes": before["processes"]})


def refusal(plugins, way):
    """What the server says of a factory that goes wrong."""
    config = os.path.join(plugins, "server.json")
    with open(config, "w", encoding="utf-8") as file:
        listener = {"name": "a", "address": "127.0.0.1:0", **misbehaving(make=way)}
        json.dump({"plugin_path": [plugins], "listeners": [listener]}, file)
    done = subprocess.run([SERVER, "--config", config, "--check"], capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode != EX_CONFIG:
        raise AssertionError(f"a factory ({way}): the server ended with {done.returncode}: {done.stderr}")
    return done.stderr.decode()


ORDEALS = [
    Ordeal("plugins: bad libraries", bad_plugins),
    Ordeal("plugins: misbehaving in every callback", misbehaving_plugins),
]
