"""The handler `process`: real programs behind listeners of all kinds."""

import json
import os
import signal
import socket
import ssl
import stat
import sys
import textwrap
import unittest

from netkit_testing import SERVER, SystemTest, connect, receive_exactly, receive_to_end, reset, run, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

PYTHON = "/usr/bin/python3"


class Programs(SystemTest):
    """What the tests below share: scripts in a folder, and listeners that run them."""

    def setUp(self):
        self.scripts = self.folder()

    def script(self, name, text):
        path = os.path.join(self.scripts, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        os.chmod(path + ".new", stat.S_IRWXU)
        os.rename(path + ".new", path)  # what runs keeps the file that it was started from
        return path

    def handler(self, *command, **options):
        return {"type": "process", "command": list(command), "directory": self.scripts, "workers": 1, **options}

    def python(self, text, **options):
        return self.handler(PYTHON, self.script("program.py", text), **options)

    def shell(self, text, **options):
        return self.handler("/bin/sh", self.script("program.sh", text), **options)

    def refused(self, listener):
        """What the server says of a config that it refuses."""
        config = os.path.join(self.scripts, "refused.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"listeners": [{"name": "a", "address": "127.0.0.1:0", **listener}]}, file, indent=1)
        return run(SERVER, "--config", config, "--check", status=78)[1]

    def lost_messages(self, server):
        """How many the server has counted."""
        server.signal(signal.SIGUSR1)
        server.await_log("messages_lost=")
        return int(server.log().rpartition("messages_lost=")[2].split()[0])

    def ask(self, address, *messages):
        """Sends the lines, and returns all that comes until the server has closed."""
        with connect(address) as peer:
            peer.sendall(b"".join(message + b"\n" for message in messages))
            peer.shutdown(socket.SHUT_WR)
            return receive_to_end(peer)


UPPER = """
    import sys
    for line in sys.stdin:
        print(line.rstrip("\\n").upper())
"""


class Pools(Programs):
    """per: listener."""

    def test_three_lines_of_python(self):
        server = self.serve({"framing": "line", "handler": self.python(UPPER)})
        self.assertEqual(self.ask(server.address("listener-0"), b"one", b"two"), b"ONE\nTWO\n")

    def test_each_conversation_gets_its_own_answers(self):
        server = self.serve({"framing": "line", "handler": self.python(UPPER, workers=3)}, event_loops={"count": 2})
        peers = [connect(server.address("listener-0")) for _ in range(20)]
        for turn in range(30):
            for number, peer in enumerate(peers):
                peer.sendall(b"message %d of %d\n" % (turn, number))
            for number, peer in enumerate(peers):
                expected = b"MESSAGE %d OF %d\n" % (turn, number)
                self.assertEqual(receive_exactly(peer, len(expected)), expected)
        for peer in peers:
            peer.close()

    def test_udp(self):
        server = self.serve({"transport": "udp", "framing": "datagram", "handler": self.python(UPPER)})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(30)
            peer.sendto(b"datagram", server.address("listener-0", "udp"))
            self.assertEqual(peer.recv(100), b"DATAGRAM")
            peer.sendto(b"another", server.address("listener-0", "udp"))
            self.assertEqual(peer.recv(100), b"ANOTHER")
        server.stop()
        self.assertIn("messages=2 ", server.log())

    def test_another_framing_in_each_direction(self):
        program = """
            import os
            while size := os.read(0, 2):
                body = os.read(0, int.from_bytes(size, "little"))
                os.write(1, body[::-1] + b"\\n")
        """
        framing = {"in": {"type": "length", "bytes": 2, "endian": "little"}, "out": "line"}
        server = self.serve({"framing": "line", "handler": self.python(program, framing=framing)})
        self.assertEqual(self.ask(server.address("listener-0"), b"abc", b"def"), b"cba\nfed\n")

    def test_a_message_that_the_framing_cannot_carry(self):
        server = self.serve({"framing": "length", "handler": self.python(UPPER)})
        with connect(server.address("listener-0")) as peer, connect(server.address("listener-0")) as other:
            peer.sendall(b"\0\0\0\7one\ntwo")
            self.assertEqual(receive_to_end(peer), b"")
            other.sendall(b"\0\0\0\3abc")
            self.assertEqual(receive_exactly(other, 7), b"\0\0\0\3ABC")
        server.await_log("malformed")
        server.await_log("the framing of its program, line, cannot carry the message")

    def test_a_command_that_does_not_exist(self):
        error = self.refused({"handler": self.handler("nothing-of-that-name")})
        self.assertRegex(error, r":\d+:\d+: error: 'command': found 'nothing-of-that-name', expected a program that exists")

    def test_framings_that_programs_cannot_be_spoken_to_in(self):
        for framing, options, expected in (
            ("raw", {}, "one that marks where a message ends"),
            ({"in": "line", "out": "json-header"}, {}, "json-header in both directions or in none"),
            ("json-header", {"per": "connection"}, "'per' to be listener"),
            ("datagram", {"per": "connection"}, "one for streams"),
        ):
            with self.subTest(framing=framing):
                error = self.refused({"framing": "line", "handler": self.handler("cat", framing=framing, **options)})
                self.assertRegex(error, rf":\d+:\d+: error: 'framing': .*expected {expected}")

    def test_standard_error_is_logged_with_its_level(self):
        program = """
            for line in "E! bad" "W! doubtful" "D! small" plain; do echo "$line" >&2; done
            exec cat
        """
        server = self.serve({"framing": "line", "handler": self.shell(program)})
        self.expected_errors = ("program 1: bad",)
        for line in ("error listener-0: program 1: bad", "warning listener-0: program 1: doubtful",
                     "debug listener-0: program 1: small", "info listener-0: program 1: plain"):
            server.await_log(line)

    def test_what_a_program_knows_of_its_surroundings(self):
        program = """
            read -r name
            env | grep -E '^(NETKIT_|PATH=|SECRET)' | sort | tr '\\n' ' '
            echo
            exec cat
        """
        os.environ["SECRET"] = "no"
        self.addCleanup(os.environ.pop, "SECRET")
        server = self.serve({"framing": "line", "handler": self.shell(program)})
        answer = self.ask(server.address("listener-0"), b"")
        for part in (b"NETKIT_LISTENER=listener-0 ", b"NETKIT_FRAMING=line ", b"NETKIT_PER=listener "):
            self.assertIn(part, answer)
        self.assertNotIn(b"SECRET", answer)


class Lives(Programs):
    """Programs that crash, hang and lie."""

    def test_a_crash_ends_its_conversations_and_is_restarted(self):
        program = """
            while read -r line; do
                [ "$line" = crash ] && exit 7
                echo "$line"
            done
        """
        server = self.serve({"framing": "line", "handler": self.shell(program)})
        self.expected_errors = ("program 1 has exited with status 7",)
        address = server.address("listener-0")
        self.assertEqual(self.ask(address, b"crash"), b"")
        self.assertEqual(self.ask(address, b"again"), b"again\n")
        server.await_log("program-failed")
        self.assertNotIn("closed its input", server.log())

    def test_a_program_that_closes_its_input_is_replaced(self):
        program = """
            read -r line
            exec <&-
            echo "$line"
            while :; do sleep 1000; done
        """
        server = self.serve({"framing": "line", "handler": self.shell(program, grace="50ms")})
        self.expected_errors = ("program 1 was killed by signal",)
        address = server.address("listener-0")
        self.assertEqual(self.ask(address, b"first"), b"first\n")
        server.await_log("program 1 has closed its input")
        self.assertEqual(self.ask(address, b"second"), b"second\n")

    def test_busy(self):
        server = self.serve({"framing": "line", "handler": self.shell("read -r line; exit 1", on_failure="busy")})
        self.expected_errors = ("program 1 has exited with status 1",)
        self.assertEqual(self.ask(server.address("listener-0"), b"one"), b"busy\n")

    def test_a_program_that_hangs_is_killed(self):
        program = """
            read -r line
            trap '' TERM
            sleep 1000 & sleep 1000
        """
        server = self.serve({"framing": "line", "handler": self.shell(program, timeout="200ms")})
        self.expected_errors = ("program 1 has not answered in time",)
        self.assertEqual(self.ask(server.address("listener-0"), b"one"), b"")
        wait_until(lambda: not server.process.descendants_named("sleep"), lambda: "the end of what it had started")

    def test_messages_that_no_program_comes_for_are_counted(self):
        program = self.script("once.sh", """
            #!/bin/sh
            read -r line
            rm "$0"
            exit 1
        """.strip() + "\n")
        server = self.serve({"framing": "line", "handler": self.handler(program, answers="none", timeout="1s")})
        self.expected_errors = ("program 1 has exited with status 1", "program 1 cannot be started", "messages are lost")
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"the last that is read\n")
            server.await_log("program 1 cannot be started")
            peer.sendall(b"one\ntwo\n")
            wait_until(lambda: self.lost_messages(server) == 2, lambda: "the loss")

    def test_an_answer_that_nobody_asked_for(self):
        server = self.serve({"framing": "line", "handler": self.shell("read -r line; echo one; echo two; exec cat")})
        self.expected_errors = ("program 1 was ended: it has answered what nobody has asked: 'two'",)
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"x\n")
            self.assertEqual(receive_exactly(peer, 4), b"one\n")
        server.await_log("it has answered what nobody has asked: 'two'")

    def test_bytes_that_do_not_fit_the_framing(self):
        server = self.serve({"framing": "line", "handler": self.shell("read -r x; head -c 2000 /dev/zero; exec cat",
                                                                      framing={"type": "line", "max": "1KiB"})})
        self.expected_errors = ("program 1 was ended: line of more than",)
        self.assertEqual(self.ask(server.address("listener-0"), b"one"), b"")

    def test_a_new_one_after_so_many_messages(self):
        server = self.serve({"framing": "line", "handler": self.shell('while read -r x; do echo "$$"; done', max_messages=2)})
        answers = self.ask(server.address("listener-0"), b"1") + self.ask(server.address("listener-0"), b"2")
        answers += self.ask(server.address("listener-0"), b"3") + self.ask(server.address("listener-0"), b"4")
        one, two, three, four = answers.split()
        self.assertEqual((one, three), (two, four))
        self.assertNotEqual(one, three)

    def test_an_idle_one_ends_until_it_is_needed(self):
        server = self.serve({"framing": "line", "handler": self.shell('while read -r x; do echo "$$"; done', max_idle="50ms")})
        one = self.ask(server.address("listener-0"), b"1")
        wait_until(lambda: not os.path.exists(f"/proc/{int(one)}"), lambda: "the end of the idle program")
        self.assertNotEqual(self.ask(server.address("listener-0"), b"2"), one)

    def test_the_server_ends_what_a_program_has_started(self):
        program = """
            read -r line
            trap '' TERM
            setsid sleep 1000 >/dev/null 2>&1 &
            echo "$!"
            while :; do sleep 1000; done
        """
        server = self.serve({"framing": "line", "handler": self.shell(program, grace="100ms")})
        pid = int(self.ask(server.address("listener-0"), b"x"))
        self.assertTrue(os.path.exists(f"/proc/{pid}"))
        server.stop()
        self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_a_program_may_finish_when_its_input_ends(self):
        note = os.path.join(self.scripts, "note")
        server = self.serve({"framing": "line", "handler": self.shell(f"cat; sleep 0.2; echo done > {note}")})
        self.assertEqual(self.ask(server.address("listener-0"), b"x"), b"x\n")
        server.stop()
        with open(note, encoding="ascii") as file:
            self.assertEqual(file.read(), "done\n")

    def test_a_program_that_reads_nothing_stops_only_its_own(self):
        server = self.serve(
            {"framing": "line", "handler": self.shell("exec sleep 1000", queue=10, timeout="3s", answers="none")},
            {"framing": "line", "handler": "echo"}, limits={"message": "1MiB"})
        self.expected_errors = ("program 1 does not take its input",)
        with connect(server.address("listener-0")) as peer:
            peer.settimeout(1)
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 1 << 30:
                    sent += peer.send(b"x" * 65535 + b"\n")
            self.assertEqual(self.ask(server.address("listener-1"), b"honest"), b"honest\n")



class Connections(Programs):
    """per: connection."""

    def test_a_program_for_each_conversation(self):
        program = """
            echo "hello $TCPREMOTEIP $TCPREMOTEPORT $PROTO $TCPLOCALPORT"
            count=0
            while read -r line; do count=$((count + 1)); echo "$count $line"; done
            echo "end of $count"
        """
        server = self.serve({"framing": "line", "handler": self.shell(program, per="connection", workers=10)})
        address = server.address("listener-0")
        with connect(address) as one, connect(address) as two:
            for peer, word in ((one, b"a"), (two, b"b"), (one, b"c")):
                peer.sendall(word + b"\n")
            for peer, words in ((one, (b"1 a", b"2 c")), (two, (b"1 b",))):
                peer.shutdown(socket.SHUT_WR)
                host, port = peer.getsockname()
                expected = [b"hello %s %d TCP %d" % (host.encode(), port, address[1]), *words, b"end of %d" % len(words)]
                self.assertEqual(receive_to_end(peer).splitlines(), expected)

    def test_others_wait_for_their_turn(self):
        server = self.serve({"framing": "line", "handler": self.shell("exec cat", per="connection", workers=1, queue=1)},
                            event_loops={"count": 1})  # takes connections in their order
        address = server.address("listener-0")
        with connect(address) as one, connect(address) as two:
            one.sendall(b"one\n")
            self.assertEqual(receive_exactly(one, 4), b"one\n")
            two.sendall(b"two\n")
            with connect(address) as three:
                self.assertEqual(receive_to_end(three), b"")
            one.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(one), b"")
            self.assertEqual(receive_exactly(two, 4), b"two\n")
        server.await_log("too many conversations wait for a program")

    def test_a_peer_that_leaves_takes_its_program_along(self):
        server = self.serve({"framing": "line", "handler": self.shell("trap '' TERM; echo $$; while :; do sleep 1000; done",
                                                                      per="connection", grace="50ms")})
        peer = connect(server.address("listener-0"))
        pid = int(peer.recv(100))
        reset(peer)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), lambda: "the end of the program")

    def test_a_slow_reader_stops_its_program_only(self):
        server = self.serve({"framing": "line", "handler": self.shell("exec yes", per="connection")},
                            {"framing": "line", "handler": "echo"})
        with connect(server.address("listener-0")):
            wait_until(lambda: server.process.descendants_named("yes"), lambda: "the program")
            for _ in range(50):
                self.assertEqual(self.ask(server.address("listener-1"), b"honest"), b"honest\n")
            self.assertLess(server.process.resident(), 200 << 20)

    def test_a_failure_is_told_apart_from_an_end(self):
        server = self.serve({"framing": "line", "handler": self.shell("read -r status; exit $status", per="connection")})
        self.assertEqual(self.ask(server.address("listener-0"), b"0"), b"")
        self.assertEqual(self.ask(server.address("listener-0"), b"3"), b"")
        server.await_log("handler-closed")
        server.await_log("its program has exited with status 3")

    def test_a_unix_socket(self):
        path = os.path.join(self.folder(), "s")
        program = 'read -r x; echo "$x $PROTO $UNIXREMOTEEUID $UNIXREMOTEEGID $UNIXREMOTEPID $REMOTE_ADDR $TCPREMOTEIP$REMOTE_PORT"'
        handler = self.shell(program, per="connection")
        self.serve({"transport": "unix", "address": path, "framing": "line", "handler": handler})
        user, group, process = os.getuid(), os.getgid(), os.getpid()
        expected = f"hello UNIX {user} {group} {process} unix:uid={user},gid={group},pid={process} \n"
        self.assertEqual(self.ask(path, b"hello"), expected.encode())

    def test_tls(self):
        authority = Authority(self.folder())
        certificate, key = authority.issue("server", ["IP:127.0.0.1"])
        handler = self.shell('read -r x; echo "$x $PROTO $TCPREMOTEPORT"', per="connection")
        server = self.serve({"transport": "tls", "tls": {"certificate": certificate, "key": key}, "framing": "line",
                             "handler": handler})
        context = ssl.create_default_context(cafile=authority.certificate)
        plain = self.connect(server.address("listener-0", "tls"))
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as peer:
            port = peer.getsockname()[1]
            peer.sendall(b"hello\n")
            self.assertEqual(receive_to_end(peer), f"hello TCP {port}\n".encode())

    def test_udp_sessions(self):
        handler = self.shell('while read -r x; do n=$((n + 1)); echo "$n $x"; done', per="connection")
        self.assertIn("udp_sessions", self.refused({"transport": "udp", "handler": handler}))
        server = self.serve({"transport": "udp", "udp_sessions": {}, "handler": handler})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(30)
            for expected in (b"1 x", b"2 x"):
                peer.sendto(b"xxxxx", server.address("listener-0", "udp"))
                self.assertEqual(peer.recv(100), expected + b"xxxx")


class Messages(Programs):
    """per: message."""

    def test_a_program_for_each_message(self):
        server = self.serve({"framing": "length", "handler": self.handler("sort", per="message")})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"\0\0\0\6b\nc\na\n\0\0\0\0\0\0\0\4z\ny\n")
            self.assertEqual(receive_exactly(peer, 22), b"\0\0\0\6a\nb\nc\n\0\0\0\0\0\0\0\4y\nz\n")

    def test_a_program_knows_the_peer(self):
        server = self.serve({"framing": "line", "handler": self.shell('echo "$REMOTE_ADDR $REMOTE_PORT"', per="message")})
        with connect(server.address("listener-0")) as peer:
            peer.sendall(b"x\n")
            expected = b"%s %d\n" % (peer.getsockname()[0].encode(), peer.getsockname()[1])
            self.assertEqual(receive_exactly(peer, len(expected)), expected)

    def test_failures(self):
        server = self.serve({"framing": "line", "handler": self.shell("read -r x; eval \"$x\"", per="message", timeout="500ms",
                                                                      max_output="10KiB", on_failure="busy",
                                                                      workers=2)})  # none waits for the one that hangs
        messages = (b"echo fine", b"exit 1", b"sleep 1000", b"head -c 100000 /dev/zero", b"kill -9 $$", b"echo again")
        self.assertEqual(self.ask(server.address("listener-0"), *messages), b"fine\nbusy\nbusy\nbusy\nbusy\nagain\n")

    def test_a_large_message(self):
        server = self.serve({"framing": {"type": "length", "max": "64MiB"},
                             "handler": self.handler("wc", "-c", per="message")})
        size = 20 << 20
        with connect(server.address("listener-0")) as peer:
            peer.sendall(size.to_bytes(4, "big") + bytes(size))
            self.assertEqual(receive_exactly(peer, 13), b"\0\0\0\x09%d\n" % size)


RICH = """
    import netkit

    def message(session, body):
        word, _, rest = body.partition(b" ")
        if word == b"many":
            for number in range(int(rest)):
                session.send(b"part %d" % number)
            return None
        if word == b"close":
            session.close()
            return b"bye"
        if word == b"crash":
            raise SystemExit("E! crashes as it is told")
        return b"%d %s %s" % (session.id, session.peer.encode(), str(session.attributes.get("colour")).encode())

    netkit.serve(message, lambda session: session.send(b"welcome"))
"""


class Sessions(Programs):
    """The framing json-header."""

    def start(self, **options):
        return self.serve({"framing": "line", "handler": self.python(RICH, framing="json-header", **options)})

    def test_none_many_and_unasked(self):
        address = self.start().address("listener-0")
        answers = self.ask(address, b"many 3", b"many 0", b"x", b"close", b"x").splitlines()
        self.assertEqual(answers[:4], [b"welcome", b"part 0", b"part 1", b"part 2"])
        self.assertRegex(answers[4], rb"^\d+ 127\.0\.0\.1:\d+ None$")
        self.assertEqual(answers[5:], [b"bye"])

    def test_another_header_in_each_direction(self):
        framing = {"in": {"type": "json-header", "bytes": 2}, "out": {"type": "json-header", "bytes": 2, "endian": "little"}}
        node = self.handler("node", "-e", "require('netkit').serve({ message: (session, body) => body })", framing=framing)
        server = self.serve({"framing": "line", "handler": self.python(RICH, framing=framing)},
                            {"framing": "line", "handler": node})
        self.assertEqual(self.ask(server.address("listener-0"), b"close"), b"welcome\nbye\n")
        self.assertEqual(self.ask(server.address("listener-1"), b"one", b"two"), b"one\ntwo\n")

    def test_attributes_pass_and_cannot_be_forged(self):
        server = self.serve({"framing": "json-header", "handler": self.python(RICH, framing="json-header")})
        with connect(server.address("listener-0")) as peer:
            header = b'{"size": 1, "colour": "red", "session": 999, "event": "close", "peer": "forged"}'
            peer.sendall(len(header).to_bytes(4, "big") + header + b"x")
            received = b""
            while b"red" not in received:
                received += peer.recv(1000)
            self.assertIn(b"127.0.0.1:%d red" % peer.getsockname()[1], received)
            self.assertNotIn(b"forged", received)

    def test_a_crash_ends_all_its_sessions(self):
        server = self.start()
        self.expected_errors = ("program 1",)
        address = server.address("listener-0")
        with connect(address) as one, connect(address) as two:
            self.assertEqual(receive_exactly(one, 8), b"welcome\n")
            self.assertEqual(receive_exactly(two, 8), b"welcome\n")
            two.sendall(b"crash\n")
            self.assertEqual(receive_to_end(one), b"")
            self.assertEqual(receive_to_end(two), b"")
        self.assertEqual(self.ask(address, b"close"), b"welcome\nbye\n")

    def test_a_session_that_never_was(self):
        program = """
            import os, sys
            os.read(0, 1000)
            header = b'{"session": 123456789, "size": 0}'
            os.write(1, len(header).to_bytes(4, "big") + header)
            os.read(0, 1000)
        """
        server = self.serve({"framing": "line", "handler": self.python(program, framing="json-header")})
        self.expected_errors = ("which there never was",)
        with connect(server.address("listener-0")):
            server.await_log("it names session 123456789, which there never was")


class Reloads(Programs):
    """A changed option makes a new generation for new conversations."""

    def test_old_conversations_keep_their_program(self):
        def handler(word):
            return self.shell('while read -r x; do echo "$WORD $x"; done', env=["WORD=" + word])

        server = self.serve({"framing": "line", "handler": handler("old")})
        address = server.address("listener-0")
        with connect(address) as before:
            before.sendall(b"1\n")
            self.assertEqual(receive_exactly(before, 6), b"old 1\n")
            with open(server.config, encoding="utf-8") as file:
                config = json.load(file)
            config["listeners"][0]["handler"] = handler("new")
            with open(server.config, "w", encoding="utf-8") as file:
                json.dump(config, file)
            server.signal(signal.SIGHUP)
            server.await_log("reload done")
            self.assertEqual(self.ask(address, b"2"), b"new 2\n")
            before.sendall(b"3\n")
            self.assertEqual(receive_exactly(before, 6), b"old 3\n")
        wait_until(lambda: len(server.process.descendants_named("sh")) == 1, lambda: "the end of the old program")

    def test_a_changed_script_is_a_change(self):
        server = self.serve({"framing": "line", "handler": self.shell('while read -r x; do echo "old $x"; done')})
        address = server.address("listener-0")
        self.assertEqual(self.ask(address, b"1"), b"old 1\n")
        self.shell('while read -r x; do echo "new $x"; done')
        server.signal(signal.SIGHUP)
        server.await_log("reload: changed listener-0: handler (files)")
        server.await_log("reload done")
        self.assertEqual(self.ask(address, b"2"), b"new 2\n")

    def test_reloads_amid_messages(self):
        server = self.serve({"framing": "line", "handler": self.shell('while read -r x; do echo "0 $x"; done')})
        address = server.address("listener-0")
        for generation in range(1, 6):
            with connect(address) as peer:
                peer.sendall(b"x\n")
                self.assertEqual(receive_exactly(peer, 4), b"%d x\n" % (generation - 1))
                peer.sendall(b"".join(b"%d\n" % i for i in range(2000)))
                self.shell(f'while read -r x; do echo "{generation} $x"; done')
                server.signal(signal.SIGHUP)
                wait_until(lambda: server.log().count("reload done") == generation, lambda: "the reload")
                peer.shutdown(socket.SHUT_WR)
                expected = b"".join(b"%d %d\n" % (generation - 1, i) for i in range(2000))
                self.assertTrue(receive_to_end(peer) == expected)
            self.assertEqual(self.ask(address, b"x"), b"%d x\n" % generation)


if __name__ == "__main__":
    unittest.main()
