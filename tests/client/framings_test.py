"""Every framing, both directions, against servers written from the wire formats."""

import struct
import unittest

from peer import ClientTest, TcpServer, UdpServer, json_answer, receive_exactly, run, wait_for_end


def exchange(request, answer, pieces=None):
    """A server that wants these bytes and answers with those, optionally one send after the other."""

    def serve(connection):
        got = receive_exactly(connection, len(request))
        if got != request:
            raise AssertionError("the client sent %r, expected %r" % (got, request))
        for piece in pieces or [answer]:
            connection.sendall(piece)
        wait_for_end(connection)

    return TcpServer(serve)


class Framings(ClientTest):
    def talk(self, spec, request, answer, stdout, *messages):
        for pieces in ([answer], [answer[i : i + 1] for i in range(len(answer))]):
            with self.subTest(spec=spec, pieces=len(pieces)), exchange(request, answer, pieces) as server:
                self.check(run("--framing", spec, server.address, *messages), 0, stdout)

    def test_line(self):
        self.talk("line", b"hi\n", b"answer\r\n", b"answer\n", "hi")

    def test_delimiter(self):
        self.talk("delimiter,delimiters=;", b"hi;", b"answer;", b"answer\n", "hi")

    def test_fixed(self):
        self.talk("fixed,size=4", b"ping", b"pong", b"pong\n", "ping")

    def test_length_big_endian(self):
        self.talk("length", b"\0\0\0\2hi", b"\0\0\0\6answer", b"answer\n", "hi")

    def test_length_little_endian_of_two_bytes(self):
        self.talk("length,bytes=2,endian=little", b"\2\0hi", b"\6\0answer", b"answer\n", "hi")

    def test_length_that_includes_the_header(self):
        self.talk("length,bytes=1,includes_header=true", b"\3hi", b"\7answer", b"answer\n", "hi")

    def test_varint(self):
        body = b"x" * 300
        self.talk("varint", b"\xac\x02" + body, b"\xac\x02" + body, body + b"\n", body.decode())

    def test_netstring(self):
        self.talk("netstring", b"2:hi,", b"6:answer,", b"answer\n", "hi")

    def test_json_header(self):
        self.talk("json-header", json_answer(b"hi"), json_answer(b"answer"), b"answer\n", "hi")

    def test_empty_messages_where_the_framing_has_them(self):
        self.talk("length", b"\0\0\0\0", b"\0\0\0\0", b"", "")
        self.talk("line", b"\n", b"\n", b"\n", "")

    def test_each_direction_its_own(self):
        with exchange(b"hi\n", b"5:hello,") as server:
            self.check(run("--send", "line", "--recv", "netstring", server.address, "hi"), 0, b"hello\n")

    def test_the_direction_comes_before_both(self):
        with exchange(b"hi\n", b"5:hello,") as server:
            self.check(run("--framing", "line", "--recv", "netstring", server.address, "hi"), 0, b"hello\n")

    def test_line_over_datagrams(self):
        with UdpServer(lambda data, _: [data.upper()]) as server:
            self.check(run("--udp", "--framing", "line", server.address, "hi"), 0, b"HI\n")


class Several(ClientTest):
    def test_answers_that_arrive_together_are_all_printed(self):
        with exchange(b"\1a", b"\1x\1y\1z") as server:
            self.check(run("--framing", "length,bytes=1", server.address, "a"), 0, b"x\ny\nz\n")

    def test_streamed_answers_that_arrive_together(self):
        with exchange(b"a", json_answer(b"one") + json_answer(b"") + json_answer(b"two")) as server:
            self.check(run("--recv", "json-header", server.address, "a"), 0, b"one\ntwo\n")

    def test_an_answer_larger_than_one_read(self):
        body = bytes(range(256)) * 8000
        with exchange(b"\0\0\0\1a", struct.pack(">I", len(body)) + body) as server:
            self.check(run("--framing", "length", "--exact", server.address, "a"), 0, body)

    def test_an_answer_over_the_limit_is_refused_as_it_is_announced(self):
        with exchange(b"a\n", struct.pack(">I", 1001)) as server:
            result = run("--send", "line", "--recv", "length,max=1000", server.address, "a")
            self.check(result, 255, b"", "the answer cannot be read")
            self.assertIn(b"1001", result.stderr)

    def test_a_message_that_the_framing_cannot_carry(self):
        with TcpServer(wait_for_end) as server:
            result = run("--framing", "fixed,size=4", server.address, "hello")
            self.check(result, 255, b"", "this message cannot be sent")


class RemoteStatus(ClientTest):
    def status_for(self, body=b"", **members):
        with exchange(b"go", json_answer(body, **members)) as server:
            return run("--send", "raw", "--recv", "json-header", server.address, "go")

    def test_exit(self):
        self.check(self.status_for(b"out", exit=0), 0, b"out\n")
        self.check(self.status_for(b"out", exit=3), 3, b"out\n")

    def test_signal(self):
        self.check(self.status_for(signal=15), 143, b"")

    def test_exit_comes_before_error(self):
        self.check(self.status_for(b"sh: x: not found\n", exit=127, error="not found"), 127, b"sh: x: not found\n")

    def test_error_alone(self):
        self.check(self.status_for(b"no", error="no"), 1, b"no\n")

    def test_statuses_that_are_none(self):
        for exit in (-1, 256, 2**40):
            self.check(self.status_for(exit=exit), 255)
        for exit in ("3", None, True, [3]):
            self.check(self.status_for(exit=exit), 0)

    def test_what_the_server_cut_is_said(self):
        self.check(self.status_for(b"x", exit=0, truncated=True), 0, b"x\n", "cut at the server's limit")
        self.check(self.status_for(b"x", signal=15, timed_out=True), 143, b"x\n", "time limit")

    def test_header_is_shown_on_standard_error(self):
        with exchange(b"go", json_answer(b"x", exit=0)) as server:
            result = run("--recv", "json-header", "--header", server.address, "go")
            self.check(result, 0, b"x\n", '{"filename": null, "hash": null, "size": 1, "exit": 0}\n')

    def test_the_last_answer_decides(self):
        def serve(connection):
            for status in (1, 0):
                receive_exactly(connection, 2)
                connection.sendall(json_answer(b"", exit=status))
            wait_for_end(connection)

        with TcpServer(serve) as server:
            self.check(run("--recv", "json-header", server.address, "go", "on"), 0, b"")


if __name__ == "__main__":
    unittest.main()
