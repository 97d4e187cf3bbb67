"""The handler `process`: what waits is bounded in bytes and time, and whoever leaves makes room."""

import os
import signal
import socket
import unittest

from netkit_testing import PATIENCE, connect, receive_exactly, receive_to_end, reset, sanitized, wait_until, write_fifo
from process_view import ProcessView
from test_process import Programs

NEVER = "sleep 1000"


def await_standstill(pid):
    """Until a process that would always run is held back."""
    view = ProcessView(pid)
    looks = []

    def stands():
        looks.append(view.cpu_seconds())
        return len(looks) > 50 and looks[-1] == looks[-50]

    wait_until(stands, lambda: "the program to be held back")


class Bounds(Programs):
    """What the tests below share."""

    def alive(self, server):
        return server.process.descendants_named("sleep")


class Sources(Bounds):
    """Two sources of messages: two addresses of this machine."""

    def test_they_take_turns(self):
        program = """
            read name
            [ "$name" = mine ] && exec echo mine
            echo >>begun
            exec cat "$name"
        """
        server = self.serve(
            {"name": "each", "framing": "line", "handler": self.shell(program, per="message")},
            {"name": "echo", "framing": "line", "handler": "echo"},
            event_loops={"count": 1},
            timeouts={"drain": "0s"},
        )

        def ask(source, *messages):
            client = socket.create_connection(server.address("each"), timeout=PATIENCE, source_address=(source, 0))
            self.addCleanup(client.close)
            client.sendall(b"".join(message + b"\n" for message in messages))
            self.assert_answer(server.address("echo"), b"sent\n", b"sent\n")
            return client

        for number in range(4):
            os.mkfifo(os.path.join(self.scripts, f"go-{number}"))
        greedy = ask("127.0.0.2", *(b"go-%d" % number for number in range(4)))
        wait_until(lambda: os.path.exists(os.path.join(self.scripts, "begun")), lambda: "the first program")
        other = ask("127.0.0.3", b"mine")
        for number in range(2):
            write_fifo(os.path.join(self.scripts, f"go-{number}"), b"done\n")
            self.assertEqual(receive_exactly(greedy, 5), b"done\n")
        self.assertEqual(receive_exactly(other, 5), b"mine\n")  # two others wait before it


class Leaving(Bounds):
    """Peers that go away."""

    def test_a_slow_reader_that_leaves_makes_room(self):
        server = self.serve({"framing": "line", "handler": self.handler("yes", per="connection", grace="50ms")})
        address = server.address("listener-0")
        peer = connect(address)
        await_standstill(wait_until(lambda: server.process.descendants_named("yes"), lambda: "the program")[0])
        reset(peer)
        with connect(address) as next_one:
            self.assertEqual(receive_exactly(next_one, 4), b"y\ny\n")

    def test_whoever_leaves_while_it_waits_makes_room(self):
        server = self.serve({"framing": "line", "handler": self.handler("cat", per="connection", queue=2)},
                            event_loops={"count": 1})
        address = server.address("listener-0")
        with connect(address) as first:
            first.sendall(b"first\n")
            self.assertEqual(receive_exactly(first, 6), b"first\n")
            for _ in range(10):
                waiting = connect(address)
                reset(waiting)
            wait_until(lambda: server.log().count(" closed tcp") == 10, lambda: "the ends of all")
            last = connect(address)
            last.sendall(b"last\n")
            first.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(first), b"")
            self.assertEqual(receive_exactly(last, 5), b"last\n")
            last.close()

    def test_the_program_of_a_message_ends_with_its_peer(self):
        server = self.serve({"framing": "line", "handler": self.shell(NEVER, per="message")})
        address = server.address("listener-0")
        first = connect(address)
        first.sendall(b"1\n2\n")
        wait_until(lambda: self.alive(server), lambda: "the program")
        reset(first)
        wait_until(lambda: not self.alive(server), lambda: "the end of the program, and no other")
        server.signal(signal.SIGUSR1)
        server.await_log("programs_started=1 ")
        self.assertIn("programs_failed=0 ", server.log() + " ")

    def test_a_message_that_nobody_answers_outlives_its_peer(self):
        note = os.path.join(self.scripts, "note")
        server = self.serve({"framing": "line", "handler": self.shell(f"cat >>{note}", per="message", answers="none")})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"1\n2\n3\n")

        def noted():
            with open(note, encoding="ascii") as file:
                return sorted(file.read())

        wait_until(lambda: os.path.exists(note) and noted() == ["1", "2", "3"], lambda: "all messages")


class Waiting(Bounds):
    """What waits for a program."""

    def test_what_waits_is_bounded_in_bytes(self):
        for per in ("listener", "connection", "message"):
            with self.subTest(per=per):
                server = self.serve({"framing": "line", "handler": self.shell(NEVER, per=per, answers="none")})
                with connect(server.address("listener-0")) as peer:
                    peer.settimeout(1)
                    with self.assertRaises(TimeoutError):
                        for _ in range(4096):
                            peer.sendall(b"x" * 65535 + b"\n")
                if not sanitized():
                    self.assertLess(server.process.peak_resident(), 64 << 20)
                server.kill()

    def test_no_program_is_free_in_time(self):
        for per in ("connection", "message"):
            for on_failure, told in (("close", b""), ("busy", b"busy\n")):
                with self.subTest(per=per, on_failure=on_failure):
                    program = 'read -r x; echo "$x"; [ "$x" = wait ] || exec sleep 1000'
                    handler = self.shell(program, per=per, on_failure=on_failure, timeout="300ms")
                    handler["answers"] = "one"
                    server = self.serve({"framing": "line", "handler": handler})
                    self.free_in_time(server, per, told)

    def free_in_time(self, server, per, told):
        address = server.address("listener-0")
        with connect(address) as first:
            first.sendall(b"1\n")
            if per == "connection":
                self.assertEqual(receive_exactly(first, 2), b"1\n")
            wait_until(lambda: self.alive(server), lambda: "the program")
            # Of two messages one may still have its turn, as the first one is killed then.
            with connect(address) as second, connect(address) as third:
                for peer in (second, third):
                    peer.sendall(b"x\n")
                for peer in (second, third):
                    self.assertEqual(receive_exactly(peer, len(told)), told)
                if told == b"":
                    server.await_log("no program was free for it in time")
            reset(first)  # or its program would stay

    def test_a_full_queue_holds_conversations_back(self):
        program = 'while ! [ -e go ]; do sleep 0.01; done; cat'
        handler = self.shell(program, per="message", queue=2)
        server = self.serve({"framing": "line", "handler": handler})
        address = server.address("listener-0")
        messages = [b"%d" % number for number in range(40)]
        peers = [connect(address) for _ in range(4)]
        for peer in peers:
            peer.sendall(b"".join(message + b"\n" for message in messages))
            peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: self.alive(server), lambda: "the program")
        with open(os.path.join(self.scripts, "go"), "w", encoding="ascii"):
            pass
        for peer in peers:
            self.assertEqual(receive_to_end(peer).split(), messages)
            peer.close()

    def test_messages_that_wait_too_long_are_counted(self):
        server = self.serve({"framing": "line", "handler": self.shell(NEVER, per="message", answers="none",
                                                                      timeout="300ms", queue=10)})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"1\n")
            wait_until(lambda: self.alive(server), lambda: "the program")
            peer.sendall(b"2\n3\n")
            server.await_log("no program was free for it in time")
        wait_until(lambda: self.lost_messages(server) >= 1, lambda: "the count")


class Times(Bounds):
    """Programs that do not move, and those that do."""

    def test_each_message_of_a_conversation_is_timed(self):
        program = 'read -r x; echo "$x"; exec sleep 1000'
        server = self.serve({"framing": "line", "handler": self.shell(program, per="connection", timeout="2s")})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"1\n2\n")
            self.assertEqual(receive_to_end(peer), b"1\n")
        server.await_log("its program has not answered in time")

    def test_a_program_of_a_conversation_that_takes_no_input(self):
        server = self.serve({"framing": "line", "handler": self.shell(NEVER, per="connection", timeout="300ms",
                                                                      answers="none")})
        with connect(server.address("listener-0")) as peer:
            try:
                for _ in range(4096):
                    peer.sendall(b"x" * 65535 + b"\n")
            except ConnectionError:
                pass
        server.await_log("its program does not take its input")

    def test_a_peer_that_does_not_read_is_not_its_programs_fault(self):
        program = """
            import sys
            for line in sys.stdin:
                sys.stdout.write(line * 100)
                sys.stdout.flush()
        """
        server = self.serve({"framing": "line", "handler": self.python(program, per="connection", timeout="300ms")})
        with connect(server.address("listener-0")) as peer:
            peer.settimeout(2)  # as the program's timeout is over
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 1 << 30:
                    sent += peer.send(b"x" * 65535 + b"\n")
            peer.settimeout(60)
            self.assertEqual(receive_exactly(peer, 10 << 20).count(b"\n"), (10 << 20) // 65536)
        self.assertNotIn("its program", server.log())

    def test_a_program_that_reads_slowly_is_left_alive(self):
        program = """
            import os, time
            size = 0
            while size < 12 * 65536:
                size += len(os.read(0, 65536))
                time.sleep(0.1)
            print("done", file=open("note", "w"))
            os.read(0, 1)
        """
        for per in ("listener", "connection"):
            with self.subTest(per=per):
                handler = self.python(program, answers="none", timeout="500ms", per=per)
                server = self.serve({"framing": "line", "handler": handler})
                note = os.path.join(self.scripts, "note")
                with connect(server.address("listener-0")) as peer:
                    peer.sendall((b"x" * 65535 + b"\n") * 12)
                    wait_until(lambda: os.path.exists(note), lambda: "the end of its input")
                self.assertNotIn("does not take its input", server.log())
                os.remove(note)

    def test_messages_that_a_program_has_not_taken_are_counted(self):
        server = self.serve({"framing": "line", "handler": self.shell(NEVER, answers="none", timeout="300ms")})
        self.expected_errors = ("program 1 does not take its input", "messages are lost")
        with connect(server.address("listener-0")) as peer:
            peer.sendall((b"x" * 65535 + b"\n") * 10)
            server.await_log("program 1 does not take its input")
            server.await_log("program 1 has left its input: ")
        self.assertIn(self.lost_messages(server), (8, 9))  # the pipe holds one, or a part of it


class Failing(Bounds):
    """What peers are told of a program that has failed."""

    def test_busy_for_each_answer_that_is_owed(self):
        for per, told in (("listener", b"busy\nbusy\n"), ("connection", b"busy\nbusy\n"), ("message", b"busy\nbusy\n")):
            with self.subTest(per=per):
                # With `message` each program has one line.
                program = "read -r x; read -r y; exit 1"
                server = self.serve({"framing": "line", "handler": self.shell(program, per=per, on_failure="busy")})
                self.expected_errors = ("program 1 has exited with status 1",)
                with connect(server.address("listener-0")) as peer:
                    peer.sendall(b"1\n2\n")
                    self.assertEqual(receive_exactly(peer, len(told)), told)

    def test_no_busy_where_nothing_is_owed(self):
        program = 'read -r x; echo "$x"; exit 1'
        server = self.serve({"framing": "line", "handler": self.shell(program, per="connection", on_failure="busy")})
        self.assertEqual(self.ask(server.address("listener-0"), b"1"), b"1\n")
        server.await_log("its program has exited with status 1")

    def test_the_pause_before_a_restart_is_short_again_after_use(self):
        """Of a program that answers nothing: it has taken messages and lived longer than `timeout`."""
        program = 'read -r x; sleep 0.4; exit 1'
        server = self.serve({"framing": "line", "handler": self.shell(program, answers="none", timeout="100ms")})
        self.expected_errors = ("program 1 has exited",)
        with connect(server.address("listener-0")) as peer:
            for number in range(1, 4):
                wait_until(lambda: server.process.descendants_named("sh"), lambda: "the program")
                peer.sendall(b"x\n")
                wait_until(lambda: server.log().count("is started again") == number, lambda: f"end {number}")
        self.assertEqual(server.log().count("has exited with status 1; is started again in 100 ms"), 3)

    def test_unasked_words_do_not_make_the_pause_short(self):
        program = """
            import os
            header = b'{"session": %d, "size": 1}'
            data = os.read(0, 1000)
            session = int(data.split(b'"session":')[1].split(b",")[0].split(b"}")[0])
            header = header % session
            os.write(1, len(header).to_bytes(4, "big") + header + b"x")
            os._exit(1)
        """
        server = self.serve({"framing": "line", "handler": self.python(program, framing="json-header")})
        self.expected_errors = ("program 1 has exited",)
        for number, pause in ((1, 100), (2, 200), (3, 400)):
            with connect(server.address("listener-0")) as peer:
                receive_to_end(peer)
            server.await_log(f"has exited with status 1; is started again in {pause} ms")


class Answers(Bounds):
    """Answers that do not fit the listener's framing."""

    def test_one_that_the_listeners_framing_cannot_carry(self):
        cases = ({"type": "fixed", "size": 5}, b"right", b"wrongly"), ({"type": "length", "bytes": 1}, b"\x05right", b"x" * 256)
        for per in ("listener", "connection", "message"):
            for out, right, wrong in cases:
                with self.subTest(per=per, out=out):
                    handler = self.handler("sed", "-u", "s/a//", per=per, workers=2)
                    server = self.serve({"framing": {"in": "line", "out": out}, "handler": handler})
                    self.expected_errors = ("handler-failed",)
                    with connect(server.address("listener-0")) as peer, connect(server.address("listener-0")) as other:
                        peer.sendall(wrong + b"\n")
                        self.assertEqual(receive_to_end(peer), b"")
                        other.sendall(b"right\n")
                        self.assertEqual(receive_exactly(other, len(right)), right)
                    server.await_log("handler-failed")

    def test_lines_within_an_answer_are_lines_of_the_peer(self):
        program = """
            import os
            size = os.read(0, 4)
            os.read(0, int.from_bytes(size, "big"))
            os.write(1, b"\\0\\0\\0\\3a\\nb")
            os.read(0, 1)
        """
        server = self.serve({"framing": "line", "handler": self.python(program, framing="length")})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"x\n")
            self.assertEqual(receive_exactly(peer, 4), b"a\nb\n")


if __name__ == "__main__":
    unittest.main()
