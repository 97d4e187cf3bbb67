"""Answers the messages that netkit-server hands to this program, for its handler `process`.

    import netkit

    def on_message(session, body):
        return body.upper()

    netkit.serve(on_message)

Tried in a shell it reads lines and answers each. `print` goes to standard error, which is the server's log. It speaks the
framings line, length and json-header, with their options `bytes`, `endian`, `max` and `max_header`, in each direction its own.
"""

import itertools
import json
import os
import sys
import threading

_BLOCK = 1 << 18
_SPOKEN = "line, length and json-header, with the options bytes, endian, max and max_header"


def _as_bytes(body, said, expected):
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    hint = "; did you mean .encode()?" if isinstance(body, str) else ""
    raise TypeError(f"{said} {type(body).__name__}, expected {expected}{hint}")


def _answer(body):
    """What on_message has returned, None as nothing. One line tells of a mistake: a traceback would name nothing of the
    program's own."""
    try:
        return b"" if body is None else _as_bytes(body, "on_message returned", "bytes or None")
    except TypeError as error:
        print(f"E! {error}", file=sys.stderr)
        raise SystemExit(1) from None


class Session:
    """One conversation. `id`: its number, None where the program is not told; `peer`: its address; `attributes`: what
    its last message said besides its body."""

    def __init__(self, number, peer, wire):
        self.id = number
        self.peer = peer
        self.attributes = {}
        self._wire = wire
        self._closing = False

    def send(self, body):
        """Sends a message that no message asked for. Any thread."""
        self._wire.send(self, _as_bytes(body, "send() was given", "bytes"))

    def close(self):
        """Ends the conversation behind what was sent."""
        self._wire.close(self)


class _Output:
    """What is to be written: gathered while a block of input is worked through, then written at once."""

    def __init__(self):
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.RLock()
        self._gathered = []
        self._gatherer = None

        self.gather = self._gathered.append  # of the thread that works through a block

    def add(self, piece):
        with self._lock:
            self._gathered.append(piece)
            if self._gatherer != threading.get_ident():
                self._write()

    def __enter__(self):
        self._gatherer = threading.get_ident()
        return self

    def __exit__(self, *_):
        self._gatherer = None
        self.flush()

    def flush(self):
        with self._lock:
            self._write()

    def _write(self):
        left = memoryview(b"".join(self._gathered))
        self._gathered.clear()
        while left:
            left = left[os.write(self._descriptor, left):]


class _Pieces:
    """What has come of a message that is not whole yet: joined when it is, and not with each piece."""

    def __init__(self):
        self._pieces = []
        self.size = 0
        self.needed = 0  # bytes for it to be whole, as far as is known

    def add(self, piece):
        self._pieces.append(piece)
        self.size += len(piece)

    def take(self):
        joined = b"".join(self._pieces)
        self._pieces.clear()
        self.size = self.needed = 0
        return joined


class _Framing:
    """One direction's framing, as NETKIT_FRAMING names it: `length,bytes=2`."""

    def __init__(self, text):
        self.name, *options = text.split(",")
        options = dict(option.split("=", 1) for option in options)
        options.pop("max", None)
        self.bytes = int(options.pop("bytes", "4"))
        self.endian = options.pop("endian", "big")
        options.pop("max_header", None)
        self._pieces = _Pieces()
        if self.name not in ("line", "length", "json-header") or options:
            raise ValueError(f"netkit.py does not speak the framing {text}, only {_SPOKEN}")

    def prefix(self, size):
        return size.to_bytes(self.bytes, self.endian)

    def split(self, block):
        """The messages that end in this block of input."""
        return self._split_lines(block) if self.name == "line" else self._split_lengths(block)

    def _split_lines(self, block):
        lines = block.split(b"\n")
        rest = lines.pop()
        if lines:
            self._pieces.add(lines[0])
            lines[0] = self._pieces.take()
        self._pieces.add(rest)
        return lines

    def _split_lengths(self, block):
        pieces = self._pieces
        pieces.add(block)
        if pieces.size < pieces.needed:
            return []
        data = pieces.take()
        bodies = []
        begin, end = 0, len(data)
        while (body := begin + self.bytes) <= end:
            body_end = body + int.from_bytes(data[begin:body], self.endian)
            if body_end > end:
                pieces.needed = body_end - begin
                break
            bodies.append(data[body:body_end])
            begin = body_end
        pieces.add(data[begin:])
        return bodies

    def frame_all(self, bodies):
        """All answers, framed. Yields what is in front of one that cannot be framed."""
        if self.name == "line":
            try:
                lines = b"\n".join(bodies)
            except TypeError:  # not all are bytes
                lines = b"\n" * len(bodies)
            if lines.count(b"\n") == len(bodies) - 1:
                yield lines + b"\n"
                return
        for body in bodies:
            yield self.frame(body if isinstance(body, bytes) else _answer(body))

    def frame(self, body):
        if self.name == "length":
            return self.prefix(len(body)) + body
        if b"\n" in body:
            raise ValueError("an answer of the framing line cannot hold a newline")
        return body + b"\n"


class _Plain:
    """Messages without sessions: the n-th answer is that to the n-th message, or all are of one conversation."""

    def __init__(self, incoming, outgoing, one_peer, answers):
        self._in = incoming
        self._out = outgoing
        self._one_peer = one_peer
        self._answers = answers
        self._output = _Output()
        self._closed = False

    def serve(self, on_message, on_open, on_close):
        host, port = (os.environ.get(name, "") for name in ("REMOTE_ADDR", "REMOTE_PORT"))
        session = Session(None, f"{host}:{port}" if port else host, self)
        with self._output:
            if self._one_peer and on_open:
                on_open(session)
        while not self._closed and (block := os.read(0, _BLOCK)):
            bodies = self._in.split(block)
            if bodies:
                with self._output:
                    self._answer_all(session, bodies, on_message)
        if self._one_peer and on_close:
            on_close(session)
        self._output.flush()

    def _answer_all(self, session, bodies, on_message):
        if self._one_peer:
            for body in bodies:
                answer = on_message(session, body)
                if answer is not None:
                    self._output.gather(self._out.frame(_answer(answer)))
                if self._closed:
                    break
        elif self._answers:
            answers = []
            try:
                answers.extend(map(on_message, itertools.repeat(session), bodies))
            finally:  # those in front of a message that has raised something are answered
                if answers:
                    for piece in self._out.frame_all(answers):
                        self._output.gather(piece)
        else:
            for body in bodies:
                on_message(session, body)

    def send(self, session, body):
        if not self._one_peer:
            raise RuntimeError("to send unasked the program needs the framing json-header, or per connection")
        self._output.add(self._out.frame(body))

    def close(self, session):
        if not self._one_peer:
            raise RuntimeError("to close a conversation the program needs the framing json-header, or per connection")
        self._closed = True


class _Rich:
    """Messages with headers that say of which session they are."""

    _OWN = ("event", "session", "peer", "size")

    def __init__(self, incoming, outgoing):
        self._in = incoming
        self._out = outgoing
        self._output = _Output()
        self._sessions = {}
        self._answering = None
        self._on = {}

    def serve(self, on_message, on_open, on_close):
        self._on = {"message": on_message, "open": on_open, "close": on_close}
        pieces = _Pieces()
        while block := os.read(0, _BLOCK):
            pieces.add(block)
            if pieces.size >= pieces.needed:
                with self._output:
                    self._take(pieces.take(), pieces)

    def _take(self, data, pieces):
        begin, end = 0, len(data)
        while (text := begin + self._in.bytes) <= end:
            body = body_end = text + int.from_bytes(data[begin:text], self._in.endian)
            if body <= end:
                header = json.loads(data[text:body])
                body_end += header["size"]
            if body_end > end:
                pieces.needed = body_end - begin
                break
            self._happen(header, data[body:body_end])
            begin = body_end
        pieces.add(data[begin:])

    def _happen(self, header, body):
        number, event = header["session"], header["event"]
        session = self._sessions.get(number)
        if session is None:
            session = self._sessions[number] = Session(number, header["peer"], self)
        if event == "message":
            # A filename and a hash are null where there is none.
            session.attributes = {name: value for name, value in header.items() if name not in self._OWN and value is not None}
            self._answer(session, body)
            return
        if event == "close":
            del self._sessions[number]
        if self._on[event]:
            self._on[event](session)

    def _answer(self, session, body):
        self._answering = session
        returned = self._on["message"](session, body)
        self._answering = None
        answer = _answer(returned)
        if returned is not None and not answer:
            self._send(session, b"")
        self._send(session, answer, b', "done": true, "close": true' if session._closing else b', "done": true')

    def _send(self, session, body, more=b""):
        header = b'{"session": %d, "size": %d%s}' % (session.id, len(body), more)
        self._output.add(self._out.prefix(len(header)) + header + body)

    def send(self, session, body):
        self._send(session, body)

    def close(self, session):
        session._closing = True
        if self._answering is not session:
            self._send(session, b"", b', "done": true, "close": true')


class _Whole:
    """One message: all of standard input."""

    def serve(self, on_message, on_open, on_close):
        output = _Output()
        blocks = []
        while block := os.read(0, _BLOCK):
            blocks.append(block)
        output.add(_answer(on_message(Session(None, "", self), b"".join(blocks))))

    def send(self, session, body):
        raise RuntimeError("a program for each message answers by returning")

    close = send


def serve(on_message, on_open=None, on_close=None):
    """Answers messages until there are no more: on_message(session, body) gets bytes and returns bytes, or None for no
    answer (where each message must have one, it is empty). on_open(session) and on_close(session) hear of conversations
    where the program is told of them: with the framing json-header, and with a program for each connection. What
    on_message raises ends the program, and the server starts it again."""
    per = os.environ.get("NETKIT_PER", "listener")
    answers = os.environ.get("NETKIT_ANSWERS", "one") == "one"
    incoming, _, outgoing = os.environ.get("NETKIT_FRAMING", "line").partition("/")
    if per == "message":
        server = _Whole()
    elif incoming.startswith("json-header"):
        server = _Rich(_Framing(incoming), _Framing(outgoing or incoming))
    else:
        server = _Plain(_Framing(incoming), _Framing(outgoing or incoming), per == "connection", answers)
    server.serve(on_message, on_open, on_close)
