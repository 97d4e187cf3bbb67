"""Reloads that replace a program or a script, amid the messages that it answers. An answer begins with the number of the
generation that has made it."""

import os
import signal

from crowd import Crowd
from netkit_testing import connect, receive_exactly, sanitized, wait_until
from ordeal import Ordeal, at_least, at_most, exactly, told
from ordeals.reloads import BATCH, count_in_log

BATCHES = 20  # of a conversation
THREE_LINES = 'import sys\nfor line in sys.stdin:\n    print("GENERATION", line.rstrip("\\n"))\n'
HELPER = 'import netkit\nnetkit.serve(lambda session, body: b"GENERATION " + body)\n'
LUA = 'function on_message(session, body) return "GENERATION " .. body end\n'


class Generations:
    """A file that is replaced, and which of its versions may answer now."""

    def __init__(self, path, text):
        self._path, self._text = path, text
        self.number = -1  # of the version in the file
        self.served = -1  # of the version that new conversations get for sure
        self.write_next()

    def write_next(self):
        self.number += 1
        with open(self._path + ".new", "w", encoding="utf-8") as file:
            file.write(self._text.replace("GENERATION", f"{self.number:08}"))
        os.rename(self._path + ".new", self._path)

    def reload(self, server):
        self.write_next()
        before = count_in_log(server, "reload done")
        server.signal(signal.SIGHUP)
        wait_until(lambda: count_in_log(server, "reload done") > before, lambda: "the reload")
        self.served = self.number


class Peer:
    """A conversation, which must stay with the generation that it began with."""

    def __init__(self, address, generations):
        self._generations = generations
        self._oldest = generations.served
        self._connection = connect(address)
        self._generation = None

    def ask(self, lines):
        """True if all are answered in their order by the right generation."""
        self._connection.sendall(b"".join(lines))
        answer = receive_exactly(self._connection, sum(map(len, lines)) + 9 * len(lines))
        if self._generation is None:
            self._generation = answer[:9]
            if not self._oldest <= int(self._generation) <= self._generations.number:
                return False
        return answer == b"".join(self._generation + line for line in lines)

    def close(self):
        self._connection.close()


def conversing(address, generations):
    """What each client does for as long as the reloads last."""

    def converse(crowd, number):
        peer = Peer(address, generations)
        for batch in range(BATCHES):
            lines = [b"%d-%d-%d\n" % (number, batch, count) for count in range(BATCH)]
            if not peer.ask(lines):
                raise AssertionError(f"batch {batch} of client {number} was not answered as it should be")
            crowd.count(answered=BATCH)
        peer.close()
        crowd.count(conversations=1)

    return converse


def reloads_amid_messages(file, text, handler, reloads):
    """`reloads`: in full and when short."""

    def run(field):
        path = os.path.join(field.folder(), file)
        generations = Generations(path, text)
        options = {key: [*value, path] if key == "command" else value for key, value in handler.items()}
        server = field.serve(
            {"name": "changing", "framing": "line", "handler": options | ({} if "command" in options else {"script": path})},
            arguments=(),
        )
        address = server.address("changing")
        generations.served = 0
        first = Peer(address, generations)
        lost = not first.ask([b"first\n"])
        crowd = Crowd(conversing(address, generations))
        messages, wanted, done, early = field.scaled(1_000_000, short=50_000), field.scaled(*reloads), 0, 0
        while done < wanted or crowd.answered < messages:
            before = Peer(address, generations)
            lost += not before.ask([b"before\n"])
            generations.reload(server)
            done += 1
            lost += not before.ask([b"behind\n"])
            before.close()
            if done == max(1, wanted // 5):
                early = server.process.resident()
        crowd.stop()
        lost += not first.ask([b"last\n"])
        first.close()
        processes = lambda: server.process.census()["processes"]
        usual = 3 if "command" in options else 0  # its launcher, a supervisor and the program
        wait_until(lambda: processes() == usual, lambda: f"{usual} processes, not {processes()}")
        late = server.process.resident()
        yield told("reloads", done)
        yield at_least("messages answered meanwhile", crowd.answered, messages)
        yield told("conversations", crowd.conversations)
        yield exactly("conversations that lost a message or met a wrong generation", len(crowd.failures) + lost, 0)
        yield told("memory after a fifth of the reloads", early / (1 << 20), "MiB")
        if not field.short and not sanitized():
            yield at_most("growth from there to the end", 100 * (late - early) / early, 5.0, "%")

    return run


def of_program(text, reloads=(200, 8)):
    handler = {"type": "process", "command": ["/usr/bin/python3"], "workers": 1}
    return reloads_amid_messages("program.py", text, handler, reloads)


ORDEALS = [
    Ordeal("process: reloads of three lines amid messages", of_program(THREE_LINES)),
    Ordeal("process: reloads of a helper's program amid messages", of_program(HELPER)),
    Ordeal("lua: reloads of a script amid messages", reloads_amid_messages("script.lua", LUA, {"type": "lua"}, (1_000, 20))),
]
