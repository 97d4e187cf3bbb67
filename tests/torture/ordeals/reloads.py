"""What operators do to a server while clients use it: reload, replace plugins, upgrade, end it."""

import contextlib
import json
import os
import re
import shutil
import signal
import threading

from crowd import Crowd
from netkit_testing import BUILD, PATIENCE, connect, receive_exactly, wait_until
from ordeal import Ordeal, at_least, at_most, exactly, told

VERSIONS = os.path.join(BUILD, "tests", "version-plugins")
BATCH = 100  # messages in flight on a connection
BATCHES = 20  # of a connection


def lines_to(address, prefixes=(b"",), batches=BATCHES):
    """Has a client send numbered lines in batches over a connection of its own, and checks each answer."""

    def converse(crowd, number):
        with connect(address) as connection:
            crowd.count(conversations=1)
            for batch in range(batches):
                lines = [f"{number}-{batch}-{count}\n".encode() for count in range(BATCH)]
                connection.sendall(b"".join(lines))
                expected = [b"".join(prefix + line for line in lines) for prefix in prefixes]
                if receive_exactly(connection, len(expected[0])) not in expected:
                    raise AssertionError(f"batch {batch} of client {number} was not answered as it should be")
                crowd.count(answered=BATCH)

    return converse


def entry(name, handler="echo", **more):
    return {"name": name, "address": "127.0.0.1:0", "framing": "line", "handler": handler, **more}


def reload(server, config, outcome="reload done"):
    """Has the server read `config`, a table or any text, and waits for the outcome."""
    with open(server.config, "w", encoding="utf-8") as file:
        file.write(config if isinstance(config, str) else json.dumps(config))
    before = count_in_log(server, outcome)
    server.signal(signal.SIGHUP)
    wait_until(lambda: count_in_log(server, outcome) > before, lambda: f"'{outcome}' in the log")


def count_in_log(server, text):
    return server.log().count(text)


def reloads_under_load(field):
    """One listener changes with each reload, one never does; both are used meanwhile."""
    requests, reloads = field.scaled(1_000_000, short=20_000), field.scaled(1_000, short=20)
    server = field.serve(entry("changing"), entry("untouched"), arguments=())
    resident = server.process.resident()
    crowds = [Crowd(lines_to(server.address("changing"))), Crowd(lines_to(server.address("untouched")))]
    done = 0
    while done < reloads or sum(crowd.answered for crowd in crowds) < requests:
        done += 1
        changing = entry("changing", limits={"connections": 5000 + done % 2})
        reload(server, {"listeners": [changing, entry("untouched")]})
    for crowd in crowds:
        crowd.stop()
    yield at_least("reloads", done, reloads)
    yield at_least("requests answered meanwhile", sum(crowd.answered for crowd in crowds), requests)
    yield exactly("requests lost", sum(len(crowd.failures) for crowd in crowds), 0)
    yield told("connections", sum(crowd.conversations for crowd in crowds))
    yield told("resident memory before", resident >> 10, "KiB")
    yield told("resident memory after", server.process.resident() >> 10, "KiB")


def bad_reloads(field):
    """Every kind of config that cannot be, with connections that stay open through all of them."""
    field.expected_errors = ("reload failed", r"server\.json")
    server = field.serve(entry("a"), arguments=())
    clients = [connect(server.address("a")) for _ in range(50)]
    busy = "127.0.0.1:%d" % server.address("a")[1]
    bad = [
        "{",
        "",
        {"listeners": []},
        {"listeners": [entry("a", "nowhere")]},
        {"listeners": [entry("a", framing="lenght")]},
        {"listeners": [entry("a", {"type": "file-send", "root": "/nowhere"})]},
        {"listeners": [entry("a"), entry("b", address=busy)]},
        {"plugin_path": ["/nowhere"], "listeners": [entry("a")]},
    ]
    count = field.scaled(200, short=16)
    crowd = Crowd(lines_to(server.address("a")))
    lost = 0
    for number in range(count):
        reload(server, bad[number % len(bad)], "reload failed, the running config stays")
        for client in clients:
            client.sendall(b"x\n")
            lost += receive_exactly(client, 2) != b"x\n"
    crowd.stop()
    for client in clients:
        client.close()
    yield told("bad reloads", count)
    yield exactly("open connections dropped", lost, 0)
    yield exactly("requests of other connections lost", len(crowd.failures), 0)
    yield told("requests of other connections answered", crowd.answered)


def plugin_swaps(field):
    """A plugin file is replaced again and again, by its other version and in both ways a file can be."""
    folder = field.folder()

    def install(version, in_place):
        source = os.path.join(VERSIONS, f"version-{version}.so")
        target = os.path.join(folder, "version.so")
        if in_place:
            shutil.copyfile(source, target)
        else:
            shutil.copyfile(source, target + ".new")
            os.rename(target + ".new", target)

    install(1, in_place=False)
    config = {"plugin_path": [folder], "listeners": [entry("a", "version")]}
    server = field.serve(entry("a", "version"), plugin_path=[folder], arguments=())
    swaps = field.scaled(1_000, short=20)
    crowd = Crowd(lines_to(server.address("a"), (b"1:", b"2:"), batches=3))
    early = 0
    for number in range(swaps):
        install(2 - number % 2, in_place=number % 3 == 0)
        reload(server, config)
        if number == swaps // 5:
            early = server.process.resident()
    late = server.process.resident()
    crowd.stop()
    wait_until(lambda: private_copies(server) <= 1, lambda: f"one plugin, not {private_copies(server)}")
    yield told("plugin swaps", swaps)
    yield exactly("requests lost", len(crowd.failures), 0)
    yield told("requests answered meanwhile", crowd.answered)
    yield exactly("generations of it in memory at the end", private_copies(server), 1)
    yield told("resident memory after a fifth of the swaps", early >> 10, "KiB")
    yield at_most("growth from there to the end", 100 * (late - early) / early, 5.0, "%")


def private_copies(server):
    with open(f"/proc/{server.popen.pid}/maps", encoding="utf-8") as maps:
        return len({line.split()[4] for line in maps if "/memfd:" in line and "/version.so" in line})


class Asker:
    """A client whose answers take a while: by a shell command, or by their size. Sees whether one was cut."""

    def __init__(self, address, question, answer):
        self.connection = connect(address)
        self.question, self.answer = question, answer
        self.connection.sendall(question)
        self.cut = None
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        try:
            self.cut = receive_exactly(self.connection, len(self.answer)) != self.answer
        except OSError:
            self.cut = True
        self.connection.close()


def drains(field):
    """A server is ended while answers are under way."""
    count = field.scaled(100, short=5)
    cut = asked = 0
    big = b"x" * 500_000 + b"\n"
    for _ in range(count):
        folder = field.folder()
        shell = {"type": "exec", "shell": True, "directory": folder}
        server = field.serve(entry("echo", framing={"type": "line", "max": "1MiB"}), entry("shell", shell), arguments=())
        askers = []
        for number in range(4):
            command = f"echo > running-{number}; sleep 0.1; seq 20000\n".encode()
            askers.append(Asker(server.address("shell"), command, "".join(f"{i}\n" for i in range(1, 20001)).encode()))
        wait_until(lambda: len(os.listdir(folder)) == 4, lambda: f"4 commands in {os.listdir(folder)}")
        askers += [Asker(server.address("echo"), big, big) for _ in range(4)]
        asked += len(askers)
        server.signal(signal.SIGTERM)
        status = server.wait()
        if status != 0:
            raise AssertionError(f"the server ended with status {status}")
        for asker in askers:
            asker.thread.join(PATIENCE)
        # An echo may not even have arrived: then it is not answered, but never in part. Commands had begun.
        cut += sum(asker.cut for asker in askers[:4])
        server.stop()
    yield told("servers ended", count)
    yield told("commands under way", asked // 2)
    yield exactly("their answers cut", cut, 0)


def upgrades(field):
    """The server is replaced again and again; each client asks once over each of its connections."""
    count = field.scaled(50, short=3)
    server = field.serve(entry("a"), arguments=())
    address = server.address("a")
    crowd = Crowd(lines_to(address, batches=1))
    pid, successors = server.popen.pid, []
    try:
        for number in range(count):
            os.kill(pid, signal.SIGUSR2)
            wait_until(lambda: len(started(server)) > number, lambda: server.log()[-2000:])
            successors.append(started(server)[number])
            wait_until(lambda: ended(pid, server), lambda: f"the end of process {pid}: {server.log()[-2000:]}")
            pid = successors[-1]
        crowd.stop()
    finally:
        crowd.stop()
        for successor in successors:
            with contextlib.suppress(ProcessLookupError):
                os.kill(successor, signal.SIGTERM)
    refused = sum("ConnectionRefused" in failure for failure in crowd.failures)
    yield told("upgrades", count)
    yield told("connections meanwhile", crowd.conversations)
    yield exactly("connections refused", refused, 0)
    yield exactly("requests lost", len(crowd.failures) - refused, 0)


def started(server):
    return [int(pid) for pid in re.findall(r"upgrade: started \S+ as process (\d+)", server.log())]


def ended(pid, server):
    if pid == server.popen.pid:
        return server.popen.poll() is not None
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "Z"
    return True


ORDEALS = [
    Ordeal("operations: reloads under load", reloads_under_load),
    Ordeal("operations: bad reloads", bad_reloads),
    Ordeal("operations: plugin swaps under load", plugin_swaps),
    Ordeal("operations: drains under load", drains),
    Ordeal("operations: upgrades under load", upgrades),
]
