"""The helper modules as a program uses them, without a server."""

import contextlib
import fcntl
import json
import os
import struct
import subprocess
import termios
import unittest

HELPERS = os.path.join(os.environ["NETKIT_BUILD"], "lib", "netkit")


def lines(*messages):
    return b"".join(message + b"\n" for message in messages)


def length(*messages):
    return b"".join(struct.pack(">I", len(message)) + message for message in messages)


def rich(event, session, body=b"", field=">I", **more):
    header = json.dumps({"event": event, "session": session, "peer": "1.2.3.4:5", "size": len(body), **more}).encode()
    return struct.pack(field, len(header)) + header + body


def unpack_rich(data, field=">I"):
    """(header, body) of each message."""
    width = struct.calcsize(field)
    while data:
        text = width + struct.unpack(field, data[:width])[0]
        header = json.loads(data[width:text])
        yield header, data[text:text + header["size"]]
        data = data[text + header["size"]:]


class Helper:
    """What both modules must do; each has programs of its own."""

    def environment(self):
        return {**os.environ, "PYTHONPATH": HELPERS + "/python", "NODE_PATH": HELPERS + "/node"}

    def run_program(self, program, data, framing=None, pipe_size=-1, **variables):
        environment = {**self.environment(), **variables}
        if framing:
            environment["NETKIT_FRAMING"] = framing
        done = subprocess.run([*self.command, program], input=data, capture_output=True, timeout=60, env=environment,
                              pipesize=pipe_size, check=False)
        self.errors = done.stderr
        self.status = done.returncode
        return done.stdout

    def test_lines(self):
        self.assertEqual(self.run_program(self.upper, lines(b"one", b"", b"two")), lines(b"ONE", b"", b"TWO"))

    def test_lengths(self):
        data = length(b"one\ntwo", b"", b"x" * 300_000)
        self.assertEqual(self.run_program(self.upper, data, "length"), length(b"ONE\nTWO", b"", b"X" * 300_000))

    def test_other_lengths_and_directions(self):
        self.assertEqual(self.run_program(self.upper, b"\3\0one", "length,bytes=2,endian=little/line"), b"ONE\n")

    def test_many_messages_in_any_pieces(self):
        messages = [b"message %d" % i for i in range(20_000)]
        expected = lines(*(message.upper() for message in messages))
        self.assertEqual(self.run_program(self.upper, lines(*messages)), expected)

    def test_messages_byte_by_byte(self):
        for framing, data in (("line", lines(b"one", b"", b"two")), ("length", length(b"one", b"", b"two"))):
            with self.subTest(framing=framing):
                self.assertEqual(self.trickle(self.upper, data, framing), data.upper())
        data = rich("open", 7) + rich("message", 7, b"one") + rich("message", 7, b"")
        out = self.trickle(self.sessions, data, "json-header")
        self.assertEqual([body for _, body in unpack_rich(out) if body], [b"welcome 1.2.3.4:5", b"one ", b" "])

    def trickle(self, program, data, framing):
        """As run_program(), but that the program reads single bytes."""
        there, here = os.pipe2(os.O_DIRECT)  # a read returns what one write has written
        environment = {**self.environment(), "NETKIT_FRAMING": framing}
        with subprocess.Popen([*self.command, program], stdin=there, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=environment) as running:
            os.close(there)
            for byte in data:
                os.write(here, bytes([byte]))
            while fcntl.ioctl(here, termios.FIONREAD, bytes(4)) != bytes(4):  # node reads one piece behind the end
                self.assertIsNone(running.poll())
            os.close(here)
            return running.communicate(timeout=60)[0]

    def test_a_large_message_in_small_pieces(self):
        """Copied with each piece it would take minutes."""
        size = 64 << 20
        data = {"line": bytes(size) + b"\n", "length": length(bytes(size)),
                "json-header": rich("message", 1, bytes(size))}
        for framing, message in data.items():
            with self.subTest(framing=framing):
                self.assertIn(b"%d" % size, self.run_program(self.measuring, message, framing, pipe_size=4096))

    def test_sessions(self):
        data = rich("open", 7) + rich("message", 7, b"one", path="/x") + rich("message", 7, b"quit") + rich("close", 7)
        answers = list(unpack_rich(self.run_program(self.sessions, data, "json-header")))
        said = [(header["session"], body) for header, body in answers if body]
        self.assertEqual(said, [(7, b"welcome 1.2.3.4:5"), (7, b"one /x")])
        self.assertTrue(any(header.get("done") for header, body in answers if body == b"one /x"))
        self.assertEqual([header["session"] for header, _ in answers if header.get("close")], [7])
        self.assertIn(b"left 7", self.errors)

    def test_sessions_with_another_header_in_each_direction(self):
        data = rich("open", 7, field=">H") + rich("message", 7, b"one", field=">H")
        out = self.run_program(self.sessions, data, "json-header,bytes=2/json-header,endian=little,bytes=3,max_header=1KiB")
        answers = list(unpack_rich(out.replace(b"\0\0{", b"{"), "<B"))  # the field's upper two bytes are zero
        self.assertEqual([body for _, body in answers if body], [b"welcome 1.2.3.4:5", b"one "])

    def test_one_connection(self):
        out = self.run_program(self.sessions, lines(b"one", b"two"), NETKIT_PER="connection", REMOTE_ADDR="1.2.3.4",
                               REMOTE_PORT="5")
        self.assertEqual(out, lines(b"welcome 1.2.3.4:5", b"one ", b"two "))

    def test_a_connection_that_the_program_ends(self):
        out = self.run_program(self.sessions, lines(b"one", b"bye", b"two"), NETKIT_PER="connection", REMOTE_ADDR="here")
        self.assertEqual(out, lines(b"welcome here", b"one ", b"farewell"))
        self.assertEqual(self.errors.count(b"left"), 1)
        self.assertEqual(self.status, 0)

    def test_a_program_that_ends_its_connection_ends_though_more_may_come(self):
        environment = {**self.environment(), "NETKIT_PER": "connection"}
        for program in (self.closing, self.closing_at_once):
            with self.subTest(program), subprocess.Popen([*self.command, program], stdin=subprocess.PIPE,
                                                         stdout=subprocess.PIPE, env=environment) as running:
                with contextlib.suppress(BrokenPipeError):
                    running.stdin.write(b"one\n")
                    running.stdin.flush()
                self.assertEqual(running.wait(60), 0)
                self.assertEqual(running.stdout.read(), b"one\n")

    def test_a_file_name_and_a_hash_are_attributes(self):
        for names, expected in (({"filename": "f", "hash": "h", "path": None}, b"filename hash"),
                                ({"filename": None, "hash": None, "more": True}, b"more")):
            out = self.run_program(self.attributes, rich("message", 1, **names), "json-header")
            self.assertEqual([body for _, body in unpack_rich(out)], [expected])

    def test_one_message(self):
        self.assertEqual(self.run_program(self.upper, b"all\nof it", NETKIT_PER="message"), b"ALL\nOF IT")

    def test_what_is_printed_does_not_stand_among_the_answers(self):
        self.assertEqual(self.run_program(self.printing, lines(b"x")), lines(b"x"))
        self.assertIn(b"printed", self.errors)

    def test_an_error_ends_the_program(self):
        self.run_program(self.failing, lines(b"x"))
        self.assertNotEqual(self.status, 0)
        self.assertIn(b"no luck", self.errors)

    def test_another_framing_is_refused(self):
        self.run_program(self.upper, b"", "varint")
        self.assertNotEqual(self.status, 0)
        self.assertIn(b"varint", self.errors)


    def test_what_is_no_answer_is_an_empty_one(self):
        self.assertEqual(self.run_program(self.seldom, lines(b"one", b"none", b"two")), lines(b"one", b"", b"two"))
        self.assertEqual(self.run_program(self.seldom, length(b"none", b"two"), "length"), length(b"", b"two"))
        self.assertEqual(self.run_program(self.seldom, lines(b"none", b"two"), NETKIT_ANSWERS="none"), b"")

    def test_what_comes_before_a_failure_is_answered(self):
        out = self.run_program(self.failing_later, lines(b"one", b"fail", b"two"))
        self.assertEqual(out, lines(b"one"))
        self.assertNotEqual(self.status, 0)

    def test_what_can_be_no_answer_is_told_by_one_line(self):
        opened = rich("open", 1) + rich("message", 1, b"one") + rich("message", 1, b"bad")
        for data, framing, variables in (
            (lines(b"one", b"bad"), "line", {}), (length(b"one", b"bad"), "length", {}),
            (lines(b"one", b"bad"), "line", {"NETKIT_PER": "connection"}), (opened, "json-header", {}),
            (b"bad", None, {"NETKIT_PER": "message"}),
        ):
            with self.subTest(framing=framing, **variables):
                out = self.run_program(self.mistaken, data, framing, **variables)
                self.assertEqual(self.errors.decode(), f"E! {self.mistake}\n")
                self.assertEqual(self.status, 1)
                self.assertEqual(b"one" in out, data != b"bad")

    def test_what_cannot_be_sent(self):
        for framing, data, variables in (("line", b"", {"NETKIT_PER": "connection"}), ("json-header", rich("open", 1), {})):
            with self.subTest(framing=framing):
                self.run_program(self.mistaken_send, data, framing, **variables)
                self.assertIn(f"TypeError: {self.send_mistake}\n", self.errors.decode())
                self.assertNotIn(b"During handling", self.errors)
                self.assertEqual(self.status, 1)

    def test_other_kinds_of_bytes_are_answers(self):
        for data, framing in ((lines(b"1", b"2"), None), (length(b"1", b"2"), "length")):
            self.assertEqual(self.run_program(self.other_bytes, data, framing), data)

    def test_an_answer_that_is_no_line_ends_the_program(self):
        messages = length(b"one", b"a\nb", b"two")
        self.assertEqual(self.run_program(self.upper, messages, "length/line"), lines(b"ONE"))
        self.assertIn(b"newline", self.errors)


class Python(Helper, unittest.TestCase):
    command = ("/usr/bin/python3", "-c")
    upper = "import netkit; netkit.serve(lambda session, body: body.upper())"
    printing = "import netkit; netkit.serve(lambda session, body: print('printed') or body)"
    failing = "import netkit; netkit.serve(lambda session, body: 1 / 0 and body if body == b'' else exit('no luck'))"
    seldom = "import netkit; netkit.serve(lambda session, body: body if body != b'none' else None)"
    failing_later = "import netkit; netkit.serve(lambda session, body: body if body != b'fail' else 1 / 0)"
    mistaken = "import netkit; netkit.serve(lambda session, body: body if body != b'bad' else body.decode())"
    mistake = "on_message returned str, expected bytes or None; did you mean .encode()?"
    mistaken_send = "import netkit; netkit.serve(lambda session, body: None, lambda session: session.send('text'))"
    send_mistake = "send() was given str, expected bytes; did you mean .encode()?"
    other_bytes = "import netkit; netkit.serve(lambda s, body: bytearray(body) if body == b'1' else memoryview(body))"
    sessions = """
import netkit, sys

def message(session, body):
    if body in (b"quit", b"bye"):
        session.close()
        return b"farewell" if body == b"bye" else None
    return body + b" " + session.attributes.get("path", "").encode()

netkit.serve(message, lambda session: session.send(b"welcome " + session.peer.encode()),
             lambda session: print("left", session.id, file=sys.stderr))
"""
    closing = "import netkit; netkit.serve(lambda session, body: session.close() or body)"
    closing_at_once = "import netkit; netkit.serve(lambda s, body: b'', lambda s: s.send(b'one') or s.close())"
    measuring = "import netkit; netkit.serve(lambda session, body: b'%d' % len(body))"
    attributes = "import netkit; netkit.serve(lambda session, body: ' '.join(session.attributes).encode())"

    def test_other_threads_may_send(self):
        program = """
import netkit, threading

def message(session, body):
    thread = threading.Thread(target=session.send, args=(b"from a thread",))
    thread.start()
    thread.join()

netkit.serve(message)
"""
        answers = list(unpack_rich(self.run_program(program, rich("open", 1) + rich("message", 1, b"x"), "json-header")))
        self.assertEqual([body for _, body in answers if body], [b"from a thread"])


class Node(Helper, unittest.TestCase):
    command = ("node", "-e")
    upper = "require('netkit').serve({ message: (session, body) => body.toString().toUpperCase() })"
    printing = "require('netkit').serve({ message: (session, body) => { console.log('printed'); return body; } })"
    failing = "require('netkit').serve({ message: () => { throw new Error('no luck'); } })"
    seldom = "require('netkit').serve({ message: (session, body) => body.toString() === 'none' ? undefined : body })"
    failing_later = """
require('netkit').serve({ message: (session, body) => {
  if (body.toString() === 'fail') throw new Error('failed');
  return body;
} })
"""
    mistaken = """
require('netkit').serve({ message: (session, body) => body.toString() !== 'bad' ? body : Promise.resolve({ body }) })
"""
    mistake = "message returned Object, expected a Buffer, a string or nothing"
    mistaken_send = "require('netkit').serve({ open: (session) => session.send(42) })"
    send_mistake = "send was given number, expected a Buffer or a string"
    other_bytes = "require('netkit').serve({ message: (session, body) => new Uint8Array(body) })"
    sessions = """
require('netkit').serve({
  open: (session) => session.send('welcome ' + session.peer),
  message: (session, body) => {
    if (body.toString() === 'quit') return session.close();
    if (body.toString() !== 'bye') return body + ' ' + (session.attributes.path || '');
    session.close();
    return new Promise((done) => setTimeout(done, 20, 'farewell'));
  },
  close: (session) => console.error('left', session.id),
});
"""
    closing = "require('netkit').serve({ message: (session, body) => { session.close(); return body; } })"
    closing_at_once = "require('netkit').serve({ open: (session) => { session.send('one'); session.close(); } })"
    measuring = "require('netkit').serve({ message: (session, body) => `${body.length}` })"
    attributes = "require('netkit').serve({ message: (session) => Object.keys(session.attributes).join(' ') })"

    def test_promises_are_answered_in_order(self):
        program = """
require('netkit').serve({ message: async (session, body) => {
  await new Promise((done) => setTimeout(done, body.toString() === 'slow' ? 50 : 1));
  return body;
} })
"""
        self.assertEqual(self.run_program(program, lines(b"slow", b"quick")), lines(b"slow", b"quick"))


    def test_a_session_is_closed_behind_the_answers_that_come_later(self):
        """And not behind those to messages that come later."""
        program = """
require('netkit').serve({ message: async (session, body) => {
  if (body.toString() === 'close') session.close();
  await new Promise((done) => setTimeout(done, body.toString() === 'slow' ? 50 : 1));
  return body;
} })
"""
        data = b"".join(rich("message", 1, body) for body in (b"slow", b"close", b"last"))
        answers = [(body, header.get("close")) for header, body in unpack_rich(self.run_program(program, data, "json-header"))]
        self.assertEqual(answers, [(b"slow", None), (b"close", None), (b"", True), (b"last", None)])

    def test_the_end_is_told_behind_all_answers(self):
        program = """
require('netkit').serve({
  message: (session, body) => new Promise((done) => setTimeout(done, 20, body)),
  close: (session) => session.send('end'),
});
"""
        out = self.run_program(program, lines(b"one", b"two"), NETKIT_PER="connection")
        self.assertEqual(out, lines(b"one", b"two", b"end"))


if __name__ == "__main__":
    unittest.main()
