"""A hostile server: what it sends controls no terminal, takes no file and fills no disk."""

import hashlib
import os
import pty
import re
import stat
import subprocess
import tempfile
import unittest

from peer import (BOUND, CLIENT, ClientTest, TcpServer, UdpServer, heed_signals, json_answer, json_front, run,
                  wait_for_end)

# Title, clear, colour by ESC; CSI as C1, in UTF-8 and as a byte; what erases, rings and rewrites.
ATTACK = b"\x1b]0;owned\x07 \x1b[2J \xc2\x9b31m \x9b31m \x7f\x08\x0e over\rwritten \xe2\x82"
SHOWN = rb"\x1b]0;owned\x07 \x1b[2J \xc2\x9b31m \x9b31m \x7f\x08\x0e over\x0dwritten \xe2\x82"
FINE = "tab\t ü € 😀 \u00a0"

CONTENT = b"hello"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def on_terminal(*arguments, locale="C.UTF-8", **options):
    """Runs the client with standard output and error on one terminal: (status, what came to the terminal)."""
    terminal, slave = pty.openpty()
    try:
        environment = {**os.environ, "LC_ALL": locale, "TERM": "xterm"}
        client = subprocess.Popen([CLIENT, *arguments], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                                  env=environment, preexec_fn=heed_signals, **options)
        os.close(slave)
        seen = b""
        try:
            while piece := os.read(terminal, 65536):
                seen += piece
        except OSError:
            pass  # EIO: nobody has it open any more
        return client.wait(BOUND), seen.replace(b"\r\n", b"\n")
    finally:
        os.close(terminal)


def answer(*pieces):
    """A server that answers one message with these pieces, each in a send of its own, and ends."""

    def serve(connection):
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)

    return TcpServer(serve)


def single(data):
    return [data[i : i + 1] for i in range(len(data))]


class Terminal(ClientTest):
    def assert_harmless(self, seen, allowed=b"\n\t"):
        control = re.search(r"[\x00-\x1f\x7f-\x9f]", seen.decode().translate({byte: "" for byte in allowed}))
        self.assertIsNone(control, seen)

    def test_answers(self):
        message = ATTACK + b"\n" + FINE.encode() + b"\n"
        for pieces in ([message], single(message)):
            for framing in ("raw", "line"):
                with self.subTest(pieces=len(pieces), framing=framing), answer(*pieces) as server:
                    status, seen = on_terminal("--framing", framing, server.address, "x")
                    self.assertEqual(status, 0)
                    self.assertEqual(seen, SHOWN + b"\n" + FINE.encode() + b"\n")
                    self.assert_harmless(seen)

    def test_lines_of_dos(self):
        with answer(*single(b"one\r\ntwo\r\n")) as server:
            self.assertEqual(on_terminal(server.address, "x"), (0, b"one\ntwo\n"))

    def test_a_sequence_that_never_ends(self):
        with answer(b"a\xf0\x9f\x98") as server:
            self.assertEqual(on_terminal(server.address, "x"), (0, rb"a\xf0\x9f\x98" + b"\n"))

    def test_no_utf8_but_utf8(self):
        """Overlong forms and surrogates may be taken for what they stand for."""
        for bad in (b"\xc0\x9b", b"\xe0\x82\x9b", b"\xf0\x80\x82\x9b", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"):
            with self.subTest(bad=bad), answer(bad) as server:
                shown = "".join(f"\\x{byte:02x}" for byte in bad).encode()
                self.assertEqual(on_terminal(server.address, "x"), (0, shown + b"\n"))

    def test_terminals_of_8_bits(self):
        """There the second byte of U+00DB is CSI."""
        with answer("Û[2J".encode()) as server:
            self.assertEqual(on_terminal(server.address, "x", locale="C"), (0, rb"\xc3\x9b[2J" + b"\n"))

    def test_datagrams(self):
        with UdpServer(lambda data, _: [ATTACK]) as server:
            self.assertEqual(on_terminal("--udp", server.address, "x"), (0, SHOWN + b"\n"))

    def test_headers(self):
        header = b'{"filename": "\xc2\x9b2J\x7f", "hash": null, "size": 0}'
        with answer(bytes([0, 0, 0, len(header)]) + header) as server:
            status, seen = on_terminal("--recv", "json-header", "--header", server.address, "x")
            self.assertEqual((status, seen), (0, header.replace(b"\xc2\x9b", rb"\xc2\x9b").replace(b"\x7f", rb"\x7f") + b"\n"))

    def test_error_texts(self):
        for body, arguments in (
            (json_answer(ATTACK, error="no"), ["--get", "a"]),
            (json_answer(b"", error="no \u009b2J \x1b[2J"), ["--get", "a"]),
            (json_answer(b"x", hash="\u009b2J\x1b[2J"), ["--get", "a", "-o", "/dev/null"]),
            (json_answer(b"x", hash="00", hash_algorithm="\u009b2J\x1b[2J"), ["--get", "a", "-o", "/dev/null"]),
            (ATTACK, ["--framing", "netstring", "x"]),
            (ATTACK, ["--framing", "delimiter,delimiters=;", "x"]),
            (ATTACK, ["--framing", "json-header", "x"]),
            (b"\0\0\0\2{}", ["--framing", "json-header", "x"]),
        ):
            with self.subTest(arguments=arguments, body=body), answer(body) as server:
                status, seen = on_terminal("--trace", server.address, *arguments)
                self.assertEqual(status, 255)
                # The progress bar of a download begins anew on its line and clears the rest of it.
                self.assert_harmless(re.sub(rb"\r[^\r\n]*\x1b\[K", b"", seen))

    def test_names(self):
        name = "a\x1b[2J\u009b2J"
        with tempfile.TemporaryDirectory() as folder, answer(json_answer(b"x")) as server:
            status, seen = on_terminal("--get", name, server.address, cwd=folder)
            self.assertEqual(status, 0)
            self.assertEqual(os.listdir(folder), [name])
            self.assertIn(rb"netkit-client: a\x1b[2J\xc2\x9b2J: 1 B", seen)
            self.assert_harmless(re.sub(rb"\r([^\r\n\x1b]*)\x1b\[K", rb"\1", seen))

    def test_downloads_to_the_terminal(self):
        with answer(json_answer(ATTACK)) as server:
            status, seen = on_terminal("--get", "a", "-o", "-", server.address)
            self.assertEqual(status, 0)
            self.assertIn(SHOWN, seen)
            self.assert_harmless(seen)

    def test_pipes_and_exact_get_the_bytes(self):
        with answer(ATTACK) as server:
            self.check(run(server.address, "x"), 0, ATTACK + b"\n")
        with answer(ATTACK) as server:
            self.assertEqual(on_terminal("--exact", server.address, "x"), (0, ATTACK))
        with answer(json_answer(ATTACK)) as server:
            self.assertEqual(run("--get", "a", "-o", "-", server.address).stdout, ATTACK)
        header = b'{"filename": "\xc2\x9b2J", "hash": null, "size": 0}'
        with answer(bytes([0, 0, 0, len(header)]) + header) as server:
            result = run("--recv", "json-header", "--header", server.address, "x")
            self.assertEqual(result.stderr, header + b"\n")


class FolderTest(ClientTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.part = os.path.join(self.folder, "data.bin.part")

    def get(self, *arguments, body=json_answer(CONTENT, hash=SHA256)):
        with answer(body) as server:
            return run(server.address, "--get", "data.bin", *arguments, cwd=self.folder)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def write(self, name, content=b"precious"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class Parts(FolderTest):
    def assert_refused(self, said, before):
        for arguments in ((), ("--resume",)):
            with self.subTest(arguments=arguments):
                self.check(self.get(*arguments), 255, b"", said)
                self.assertFalse(os.path.lexists(os.path.join(self.folder, "data.bin")))
                self.assertEqual(os.lstat(self.part), before)

    def test_a_link(self):
        victim = self.write("victim")
        for target in (victim, "elsewhere"):
            os.symlink(target, self.part)
            self.assert_refused("data.bin.part is a link: not written to", os.lstat(self.part))
            os.unlink(self.part)
        self.assertEqual(self.read("victim"), b"precious")
        self.assertEqual(os.listdir(self.folder), ["victim"])

    def test_a_hard_link(self):
        victim = self.write("victim")
        os.link(victim, self.part)
        self.assert_refused("data.bin.part has another name too", os.lstat(self.part))
        self.assertEqual(self.read("victim"), b"precious")

    def test_a_fifo(self):
        os.mkfifo(self.part)
        self.assert_refused("data.bin.part is no regular file", os.lstat(self.part))

    def test_a_folder(self):
        os.mkdir(self.part)
        self.assert_refused("cannot open data.bin.part: Is a directory", os.lstat(self.part))

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_file_of_another_user(self):
        self.write("data.bin.part", b"")
        os.chown(self.part, 65534, -1)
        os.chmod(self.part, 0o666)
        self.assert_refused("data.bin.part belongs to another user", os.lstat(self.part))

    def test_a_part_that_is_replaced_meanwhile(self):
        def serve(connection):
            connection.recv(100)
            connection.sendall(json_front(5, hash=SHA256) + CONTENT[:2])
            while not os.path.exists(self.part):
                pass
            os.rename(self.part, self.part + ".old")
            self.write("data.bin.part", b"forged")
            connection.sendall(CONTENT[2:])
            wait_for_end(connection)

        with TcpServer(serve) as server:
            result = run(server.address, "--get", "data.bin", cwd=self.folder)
        self.check(result, 255, b"", "somebody has replaced data.bin.part")
        self.assertEqual(self.read("data.bin.part"), b"forged")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data.bin")))

    def test_ones_own_part_is_used(self):
        self.write("data.bin.part", b"he")
        self.check(self.get("--resume", body=json_answer(b"llo", hash=SHA256, offset=2)), 0, b"", "sha256 verified\n")
        self.assertEqual(self.read("data.bin"), CONTENT)
        self.write("data.bin.part", b"something longer")
        self.check(self.get(), 0, b"", "sha256 verified\n")
        self.assertEqual(self.read("data.bin"), CONTENT)
        mode = stat.S_IMODE(os.stat(os.path.join(self.folder, "data.bin")).st_mode)
        self.assertEqual(mode & 0o111, 0)


class Downloads(FolderTest):
    def test_a_weak_hash_is_said(self):
        for name, weak in (("md5", True), ("sha1", True), ("md5-sha1", True), ("sha224", True), ("sha256", False), ("sha3_256", False),
                           ("sha512", False)):
            with self.subTest(hash=name):
                announced = {"hash": hashlib.new(name, CONTENT).hexdigest(), "hash_algorithm": name.replace("_", "-")}
                result = self.get(body=json_answer(CONTENT, **announced))
                self.check(result, 0, b"", " verified")
                self.assertEqual("weaker than sha256" in result.stderr.decode(), weak, result.stderr)
                result = self.get("-q", body=json_answer(CONTENT, **announced))
                self.assertEqual("weaker than sha256" in result.stderr.decode(), weak, result.stderr)
                self.assertEqual(bool(result.stderr), weak, result.stderr)

    def test_an_algorithm_forges_no_line(self):
        name = "none'\nnetkit-client: data.bin: 5 B, sha256 verified"
        result = self.get(body=json_answer(CONTENT, hash=SHA256, hash_algorithm=name))
        self.check(result, 255, b"", "unknown hash algorithm 'none'\\nnetkit-client")
        self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)

    def test_a_bound(self):
        self.check(self.get("--max-size", "5"), 0, b"", "verified")
        said = "the server announces 5 B, allowed are 4 B (--max-size)"
        self.check(self.get("--max-size", "4", "-o", "small"), 255, b"", said)
        self.check(self.get("-o", "large", body=json_front((64 << 30) + 1)), 255, b"",
                   "the server announces 64.0 GiB, allowed are 64.0 GiB (--max-size)")
        self.assertEqual(os.listdir(self.folder), ["data.bin"])
        self.check(self.get("--max-size", "many"), 64, b"", "--max-size: found 'many'")
        self.check(run("--max-size", "5", "127.0.0.1:1"), 64, b"", "--get")

    def test_a_bound_holds_with_what_is_there(self):
        self.write("data.bin.part", b"he")
        body = json_answer(b"llo", hash=SHA256, offset=2)
        said = "the server announces 3 B beyond the 2 B that are here, allowed are 4 B"
        self.check(self.get("--resume", "--max-size", "4", body=body), 255, b"", said)
        self.assertEqual(self.read("data.bin.part"), b"he")

    def test_a_size_that_wraps(self):
        self.write("data.bin.part", b"0123456789")
        for size in (2**64 - 1, 2**64 - 10, 2**64 - 5, 2**63):
            for arguments in ((), ("--max-size", str(2**63 - 1))):
                with self.subTest(size=size, arguments=arguments):
                    body = json_front(size, offset=10) + b"x" * 100000
                    with answer(body) as server:
                        status, seen = on_terminal(server.address, "--get", "data.bin", "--resume", *arguments,
                                                   cwd=self.folder)
                    self.assertEqual(status, 255, seen)
                    self.assertIn(b"the server announces", seen)

    def test_an_answer_of_any_size_in_a_conversation(self):
        for size in (2**64 - 1, 2**63):
            with answer(json_front(size) + b"x") as server:
                result = run("--recv", "json-header", server.address, "x")
                self.check(result, 255, b"x", "in the middle of an answer")

    def test_an_endless_refusal(self):
        def serve(connection):
            connection.recv(100)
            connection.sendall(json_front(2**64 - 1, error="no"))
            try:
                while True:
                    connection.sendall(b"no" * 10000)
            except ConnectionError:
                pass

        with TcpServer(serve) as server:
            result = run(server.address, "--get", "data.bin", cwd=self.folder)
        self.check(result, 255, b"", "cannot get 'data.bin': the server says 'no'")


if __name__ == "__main__":
    unittest.main()
