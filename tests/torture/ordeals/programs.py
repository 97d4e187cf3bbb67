"""Programs that do what they should not, behind the handler `process`, beside one that does as it should."""

import collections
import dataclasses
import fcntl
import functools
import os
import struct
import termios
import textwrap
import threading

from netkit_testing import connect, receive_exactly, reset, wait_until
from ordeal import Ordeal, at_least, exactly, told
from ordeals.commands import survivors
from siege import Siege, converse, in_parallel

PYTHON = "/usr/bin/python3"
SHELL = "/bin/sh"
SILENCE = {"idle": "500ms"}  # what ends a program of a peer's own that has answered, sees the end of its input, and stays
WORKERS = {"listener": 1, "connection": 4, "message": 4}  # `per`: workers


@dataclasses.dataclass(frozen=True)
class Wicked:
    """A program. `good` are the answers of a pool's program that its peer may see, besides none."""

    text: str
    good: tuple = ()
    messages: tuple = (b"x",)
    options: dict = dataclasses.field(default_factory=dict)


# MARK is found in the command line of everything that a program leaves behind.
WICKED = {
    "ends before it reads": Wicked("exit 1"),
    "ends behind a read": Wicked("read -r x; exit 1"),
    "ends within an answer": Wicked("read -r x; printf half; exit 1"),
    "ends behind an answer": Wicked("read -r x; echo whole; exit 1", (b"whole\n",)),
    "killed by a signal": Wicked("read -r x; kill -9 $$"),
    "kills its group": Wicked("sleep MARK & read -r x; kill -9 0"),
    "closes its output": Wicked("read -r x; exec >&-; sleep MARK"),
    "closes its input": Wicked("exec <&-; sleep MARK"),
    "hangs": Wicked("read -r x; sleep MARK"),
    "never reads": Wicked("sleep MARK", messages=(b"x" * 1000,) * 200),
    "ignores TERM": Wicked("trap '' TERM HUP INT; read -r x; while :; do sleep MARK; done"),
    "forks away": Wicked("(setsid sh -c 'trap \"\" TERM HUP; sleep MARK & sleep MARK' &); read -r x; exit 1"),
    "holds the pipes": Wicked("setsid sleep MARK & read -r x; echo held; exit 1", (b"held\n",)),
    "floods its output": Wicked("read -r x; exec yes MARK", (b"MARK\n",)),
    "floods its errors": Wicked("read -r x; head -c 300000 /dev/zero | tr '\\0' x >&2; echo done", (b"done\n",)),
    "1 GiB without a newline": Wicked("read -r x; exec head -c 1073741824 /dev/zero"),
    "answers too much": Wicked("read -r x; echo one; echo two; echo three; sleep MARK", (b"one\n",)),
    "answers too little": Wicked("read -r x; echo one; read -r x; sleep MARK", (b"one\n",), (b"1", b"2")),
    "answers byte by byte": Wicked(
        """
        import os, sys
        for line in sys.stdin.buffer:
            for byte in line.upper():
                os.write(1, bytes([byte]))
        """,
        (b"A LINE\n" * 5,),
        (b"a line",) * 5,
        {"timeout": "30s"},
    ),
}

JSON = {"framing": "json-header"}


def rich(code):
    """A program in Python that is told of a session and then runs `code`."""
    code = textwrap.dedent(code).strip()
    return Wicked(
        "import os, time\ndef say(h, b=b''): os.write(1, len(h).to_bytes(4, 'big') + h + b)\nos.read(0, 1000)\n" + code,
        options=JSON,
    )


RICH = {
    "no JSON": rich("say(b'nonsense'); time.sleep(MARK)"),
    "a header of 4 GiB": rich("os.write(1, b'\\xff' * 100); time.sleep(MARK)"),
    "a body of 16 EiB": rich("say(b'{\"session\": 1, \"size\": 18446744073709551615}'); time.sleep(MARK)"),
    "a negative size": rich("say(b'{\"session\": 1, \"size\": -1}'); time.sleep(MARK)"),
    "a session that never was": rich("say(b'{\"session\": 9007199254740000, \"size\": 0}'); time.sleep(MARK)"),
    "no session": rich("say(b'{\"size\": 0, \"done\": true}'); time.sleep(MARK)"),
    "ends within a header": rich("os.write(1, b'\\0\\0\\0\\x20{')"),
}


def listeners(folder, mark):
    """Each of WICKED for each `per`, and each of RICH."""
    every = [(per, name, wicked) for per in WORKERS for name, wicked in WICKED.items()]
    every += [("listener", name, wicked) for name, wicked in RICH.items()]
    for number, (per, name, wicked) in enumerate(every):
        handler = {
            "type": "process",
            "command": [write_program(folder, number, wicked.text.replace("MARK", mark))],
            "per": per,
            "workers": WORKERS[per],
            "timeout": "300ms",
            "grace": "50ms",
            **wicked.options,
        }
        listener = {"name": f"wicked-{number}", "framing": "line", "handler": handler, "timeouts": SILENCE}
        yield f"{per}: {name}", wicked, listener


def write_program(folder, number, text):
    text = textwrap.dedent(text).strip()
    path = os.path.join(folder, f"program-{number}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!{PYTHON if text.startswith('import') else SHELL}\n{text}\n")
    os.chmod(path, 0o755)
    return path


class Outcomes:
    """What came of conversations with wicked programs; any thread."""

    def __init__(self, mark):
        self._lock = threading.Lock()
        self._mark = mark.encode()
        self.count = collections.Counter()
        self.wrong = []

    def converse(self, name, wicked, address):
        try:
            answers = converse(address, *wicked.messages)
        except TimeoutError:
            return self._tell(name, "hung", b"")
        expected = [b"", *(answer.replace(b"MARK", self._mark) for answer in wicked.good)]
        # What a program of a peer's own says is that peer's, whatever it is.
        right = not name.startswith("listener: ") or answers in expected
        return self._tell(name, ("answered" if answers else "ended") if right else "wrong", answers)

    def _tell(self, name, outcome, answers):
        with self._lock:
            self.count[outcome] += 1
            if outcome in ("wrong", "hung"):
                self.wrong.append((name, answers[:60]))


def wicked_programs(field):
    """Each kind in turn of all others, again and again."""
    field.expected_errors = ("wicked-",)
    mark = f"86398.{os.getpid()}"
    siege = Siege(field, {"handler": {"type": "process", "command": ["cat"], "workers": 1}})
    every = list(listeners(siege.folder, mark))
    siege.open([listener for _, _, listener in every])
    conversations = [(name, wicked, siege.address(listener["name"])) for name, wicked, listener in every]
    rounds, outcomes = field.scaled(100, short=3), Outcomes(mark)
    for number in range(rounds):
        in_parallel(functools.partial(outcomes.converse, *conversation) for conversation in conversations)
        if number in (rounds // 2, rounds - 1):
            siege.note_memory()
    yield told("kinds of programs", len(every))
    yield told("conversations with them", sum(outcomes.count.values()))
    yield told("of these answered", outcomes.count["answered"])
    yield exactly(f"of these never ended {outcomes.wrong[:3] or ''}", outcomes.count["hung"], 0)
    yield exactly("wrong answers", outcomes.count["wrong"], 0)
    yield from siege.end(most_growth=10.0)  # at any time more floods than ever may meet
    yield exactly("survivors", survivors(mark), 0)


# Each answers once, so that it is started again at once, and then fails. An answer tells of a run.
FAILING = {
    "exits": "read -r x; echo $x; exit 1",
    "by a signal": "read -r x; echo $x; kill -9 $$",
    "within the next answer": "read -r x; echo $x; printf half; exit 1",
    "answers unasked": "read -r x; echo $x; echo $x; sleep MARK",
    "closes its input": "read -r x; exec <&-; echo $x; sleep MARK",
    "closes its output": "read -r x; echo $x; exec >&-; sleep MARK",
    "ignores TERM": "trap '' TERM; read -r x; echo $x; exec >&-; while :; do sleep MARK; done",
    "forks away": "(setsid sh -c 'trap \"\" TERM; sleep MARK' &); read -r x; echo $x; exit 1",
    "replaced": "exec cat",
}


def failing_listeners(folder, mark):
    for per in ("listener", "connection"):
        for number, (name, text) in enumerate(FAILING.items()):
            handler = {
                "type": "process",
                "command": [write_program(folder, number, text.replace("MARK", mark))],
                "per": per,
                "workers": 1,
                "timeout": "1s",
                "grace": "20ms",
            }
            if name == "replaced" and per == "listener":
                handler["max_messages"] = 1
            yield {"name": f"failing-{per}-{number}", "framing": "line", "handler": handler, "timeouts": SILENCE}


class Restarts:
    """Asks each listener until so many runs of its program have answered."""

    def __init__(self, siege, names):
        self._siege, self._names = siege, names
        self._lock = threading.Lock()
        self.answered = 0
        self.wrong = 0

    def drive(self, each):
        in_parallel(functools.partial(self._ask, name, each) for name in self._names)

    def _ask(self, name, runs):
        while runs > 0:
            answer = converse(self._siege.address(name), b"hello")
            with self._lock:
                self.answered += answer == b"hello\n"
                self.wrong += not b"hello\nhello\nhalf".startswith(answer)
            runs -= answer.startswith(b"hello\n")


def restarts(field):
    """Programs that fail behind each answer."""
    field.expected_errors = ("failing-",)
    mark = f"86397.{os.getpid()}"
    siege = Siege(field, {"handler": {"type": "process", "command": ["cat"], "workers": 1}})
    failing = list(failing_listeners(siege.folder, mark))
    siege.open(failing)
    driven = Restarts(siege, [listener["name"] for listener in failing])
    fifths = field.scaled(15, short=2)  # runs of each listener in a fifth of the time
    for fifth in range(5):
        driven.drive(fifths)
        if fifth in (0, 4):
            siege.note_memory()
    yield told("ways to end", len(failing))
    yield exactly("wrong answers", driven.wrong, 0)
    yield from siege.end()
    yield exactly("survivors", survivors(mark), 0)
    yield at_least("programs started", siege.counted("programs_started"), 5 * fifths * len(failing))


def unread(peer):
    return struct.unpack("i", fcntl.ioctl(peer, termios.FIONREAD, bytes(4)))[0]


def leave_unread(address, peers):
    """One behind the other lets its program write until that is held back, and leaves."""
    for _ in range(peers):
        peer = connect(address)
        receive_exactly(peer, 1)  # there was room for a program
        looks = collections.deque(maxlen=5)

        def held_back(peer=peer, looks=looks):
            looks.append(unread(peer))
            return len(looks) == looks.maxlen and looks[0] == looks[-1]

        wait_until(held_back, lambda: "an end of what comes")
        reset(peer)


def leaving_readers(field):
    """Peers that leave while what their programs write waits for them."""
    mark = f"86396.{os.getpid()}"
    siege = Siege(field, {"handler": {"type": "process", "command": ["cat"], "workers": 1}})
    handler = {"type": "process", "command": ["yes", mark], "per": "connection", "workers": 4, "grace": "20ms"}
    siege.open([{"name": "unread", "framing": "line", "handler": handler, "limits": {"output": "64KiB"}}])
    crowd = 8
    each = field.scaled(1000, short=40) // crowd
    for half in range(2):
        peers = each - each // 2 if half else each // 2
        in_parallel([functools.partial(leave_unread, siege.address("unread"), peers)] * crowd)
        siege.note_memory()
    yield told("peers that have left", each * crowd)
    yield from siege.end(most_growth=40.0)  # one that stayed would hold as much as its peer has left unread
    yield exactly("survivors", survivors(mark), 0)
    yield exactly("programs started", siege.counted("programs_started"), each * crowd + 1)  # and that of the honest


ORDEALS = [
    Ordeal("process: wicked programs", wicked_programs),
    Ordeal("process: restarts", restarts),
    Ordeal("process: readers that leave", leaving_readers),
]
