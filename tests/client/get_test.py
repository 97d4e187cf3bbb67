"""Downloads: what is asked for, what is verified, what stays when something goes wrong."""

import hashlib
import json
import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest

from peer import (BOUND, CLIENT, ClientTest, TcpServer, heed_signals, json_answer, json_front, read_until, run,
                  wait_for_end)

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Get(ClientTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.requests = []

    def server(self, answer):
        """Answers the first request with these bytes, then ends."""

        def serve(connection):
            self.requests.append(connection.recv(65536))
            connection.sendall(answer)

        return TcpServer(serve)

    def get(self, answer, *arguments, file="dir/data.bin"):
        with self.server(answer) as server:
            return run(server.address, "--get", file, *arguments, cwd=self.folder)

    def put(self, name, content):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def files(self):
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_verified(self):
        result = self.get(json_answer(CONTENT, filename="dir/data.bin", hash=SHA256))
        self.check(result, 0, b"", "data.bin: 1000.0 KiB, sha256 verified\n")
        self.assertEqual(self.files(), {"data.bin": CONTENT})
        self.assertEqual(self.requests, [b"dir/data.bin\n"])

    def test_the_servers_name_is_not_used(self):
        self.check(self.get(json_answer(b"x", filename="../../evil", hash=None)), 0, b"", "")
        self.assertEqual(self.files(), {"data.bin": b"x"})

    def test_output_names_a_file_a_folder_or_standard_output(self):
        answer = json_answer(CONTENT, hash=SHA256)
        os.mkdir(os.path.join(self.folder, "sub"))
        self.check(self.get(answer, "-o", "other"), 0, b"", "other: ")
        self.check(self.get(answer, "-o", "sub"), 0, b"", "sub/data.bin: ")
        self.check(self.get(answer, "-o", "-"), 0, CONTENT, "standard output: ")
        self.check(self.get(answer, "-o", "/dev/null"), 0, b"", "/dev/null: ")
        self.assertEqual(sorted(os.listdir(self.folder)), ["other", "sub"])
        self.assertEqual(os.listdir(os.path.join(self.folder, "sub")), ["data.bin"])
        self.assertFalse(os.path.exists("/dev/null.part"))

    def test_no_file_name_in_what_is_asked_for(self):
        for name in ("dir/", "..", "."):
            self.check(self.get(b"", file=name), 64, b"", "does not end in the name of a file")

    def test_an_empty_file(self):
        answer = json_answer(b"", hash=hashlib.sha256().hexdigest())
        self.check(self.get(answer), 0, b"", "0 B, sha256 verified")
        self.assertEqual(self.files(), {"data.bin": b""})

    def test_other_hashes(self):
        answer = json_answer(CONTENT, hash=hashlib.blake2b(CONTENT).hexdigest().upper(), hash_algorithm="blake2b512")
        self.check(self.get(answer), 0, b"", "blake2b512 verified")
        result = self.get(json_answer(b"x", hash="00", hash_algorithm="crc7"), "-o", "no")
        self.check(result, 255, b"", "unknown hash algorithm 'crc7'")
        self.assertEqual(sorted(self.files()), ["data.bin"])

    def test_no_hash(self):
        self.check(self.get(json_answer(b"x")), 0, b"", "not verified: the server announced no hash")

    def test_wrong_hash(self):
        self.put("data.bin", b"as before")
        result = self.get(json_answer(CONTENT, hash="0" * 64))
        self.check(result, 255, b"", "announced was '" + "0" * 64 + "'; data.bin.part was removed\n")
        self.assertIn(SHA256, result.stderr.decode())
        self.assertEqual(self.files(), {"data.bin": b"as before"})

    def test_wrong_hash_of_what_went_to_standard_output(self):
        result = self.get(json_answer(b"x", hash="0" * 64), "-o", "-")
        self.check(result, 255, b"x", "what was written to standard output is not to be trusted")

    def test_short_body_is_kept_and_resumed(self):
        half = len(CONTENT) // 2
        result = self.get(json_answer(CONTENT, hash=SHA256)[:-half])
        self.check(result, 255, b"", "500.0 KiB are kept in data.bin.part, --resume goes on from there\n")
        self.assertEqual(self.files(), {"data.bin.part": CONTENT[:half]})

        result = self.get(json_answer(CONTENT[half:], hash=SHA256, offset=half), "--resume")
        self.check(result, 0, b"", "data.bin: 1000.0 KiB, sha256 verified\n")
        self.assertEqual(self.files(), {"data.bin": CONTENT})
        self.assertEqual(json.loads(self.requests[1]), {"filename": "dir/data.bin", "offset": half})

    def test_nothing_came(self):
        self.check(self.get(b""), 255, b"", "without an answer\n")
        self.check(self.get(json_front(10)), 255, b"", "in the middle of an answer")
        self.assertEqual(self.files(), {})

    def test_resume_without_a_part_begins_at_the_start(self):
        self.check(self.get(json_answer(CONTENT, hash=SHA256), "--resume"), 0, b"", "verified")
        self.assertEqual(self.requests, [b"dir/data.bin\n"])

    def test_resume_when_all_is_there(self):
        self.put("data.bin.part", CONTENT)
        answer = json_answer(b"", hash=SHA256, offset=len(CONTENT))
        self.check(self.get(answer, "--resume"), 0, b"", "verified")
        self.assertEqual(self.files(), {"data.bin": CONTENT})

    def test_resume_of_a_file_that_has_changed(self):
        self.put("data.bin.part", b"something else")
        answer = json_answer(CONTENT[14:], hash=SHA256, offset=14)
        self.check(self.get(answer, "--resume"), 255, b"", "data.bin.part was removed")
        self.assertEqual(self.files(), {})

    def test_resume_of_a_file_that_has_become_shorter(self):
        self.put("data.bin.part", b"something longer")
        answer = json_answer(b"offset 16 is beyond the end", error="bad offset")
        said = "the server says 'offset 16 is beyond the end'; without --resume it is got from the start"
        self.check(self.get(answer, "--resume"), 255, b"", said)
        self.assertEqual(self.files(), {"data.bin.part": b"something longer"})

    def test_resume_from_a_server_that_sends_all(self):
        self.put("data.bin.part", b"something longer" * 100000)
        self.check(self.get(json_answer(CONTENT, hash=SHA256), "--resume"), 0, b"", "verified")
        self.assertEqual(self.files(), {"data.bin": CONTENT})

    def test_resume_from_a_server_that_sends_another_part(self):
        self.put("data.bin.part", b"1234")
        result = self.get(json_answer(b"x", offset=3), "--resume")
        self.check(result, 255, b"", "the server sends from byte 3, asked for was 4")
        self.assertEqual(self.files(), {"data.bin.part": b"1234"})

    def test_without_resume_a_part_is_begun_anew(self):
        self.put("data.bin.part", b"something longer" * 100000)
        self.check(self.get(json_answer(CONTENT, hash=SHA256)), 0, b"", "verified")
        self.assertEqual(self.files(), {"data.bin": CONTENT})
        self.assertEqual(self.requests, [b"dir/data.bin\n"])

    def test_an_error_of_the_server(self):
        self.put("data.bin.part", b"1234")
        result = self.get(json_answer(b"no such\x1bfile\n", error="not available"))
        self.check(result, 255, b"", "cannot get 'dir/data.bin': the server says 'no such\\x1bfile")
        self.assertEqual(self.files(), {"data.bin.part": b"1234"})

    def test_a_part_that_is_a_link_is_not_followed(self):
        os.symlink("elsewhere", os.path.join(self.folder, "data.bin.part"))
        self.check(self.get(json_answer(b"x")), 255, b"", "data.bin.part is a link: not written to")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "elsewhere")))

    def test_names_that_could_be_taken_for_requests(self):
        answer = json_answer(b"x")
        self.check(self.get(answer, file="{x}"), 0, b"", "{x}: ")
        self.check(self.get(answer, file="a\nb"), 0, b"", "")
        self.assertEqual([json.loads(request) for request in self.requests], [{"filename": "{x}"}, {"filename": "a\nb"}])

    def test_framings_as_asked_for(self):
        with self.server(json_answer(CONTENT, "little", hash=SHA256)) as server:
            result = run("--send", "netstring", "--recv", "json-header,endian=little", server.address, "--get", "a",
                         cwd=self.folder)
            self.check(result, 0, b"", "verified")
        self.assertEqual(self.requests, [b"1:a,"])
        result = self.get(b"\0\0\0\1x", "--recv", "length")
        self.check(result, 255, b"", "--get needs --recv json-header")

    def test_a_full_disk_keeps_what_came(self):
        self.check(self.get(json_answer(CONTENT, hash=SHA256), "-o", "/dev/full"), 255, b"",
                   "cannot write to /dev/full: No space left on device")

    def test_two_clients_do_not_write_into_one_file(self):
        results = []
        with TcpServer(lambda connection: self.answer_in_halves(connection, results)) as server:
            self.check(run(server.address, "--get", "data.bin", cwd=self.folder), 0, b"", "")
        self.check(results[0], 255, b"", "data.bin.part is being written by another netkit-client")

    def answer_in_halves(self, connection, results):
        """Runs another client for the same file while the first one has half of it."""
        connection.recv(100)
        connection.sendall(json_front(4) + b"12")
        self.wait_for_part(b"12")
        with self.server(json_answer(CONTENT)) as other:
            results.append(run(other.address, "--get", "data.bin", cwd=self.folder))
        connection.sendall(b"34")

    def wait_for_part(self, content):
        limit = time.monotonic() + BOUND
        while self.files().get("data.bin.part") != content:
            self.assertLess(time.monotonic(), limit)

    def several(self, *answers, files=("a", "b"), arguments=()):
        """Gets the files from a server that gives so many answers on each connection: (result, connections)."""
        waiting = list(answers)

        def serve(connection):
            for answer in waiting.pop(0) if waiting else ():
                self.requests.append(connection.recv(65536))
                connection.sendall(answer)

        asked = [word for file in files for word in ("--get", file)]
        with TcpServer(serve) as server:
            return run(server.address, *asked, *arguments, cwd=self.folder), server.connections

    def test_several_files_over_one_connection(self):
        result, connections = self.several([json_answer(b"1"), json_answer(CONTENT, hash=SHA256)])
        self.check(result, 0, b"", "a: 1 B, not verified")
        self.assertIn("b: 1000.0 KiB, sha256 verified\n", result.stderr.decode())
        self.assertEqual(self.files(), {"a": b"1", "b": CONTENT})
        self.assertEqual((self.requests, connections), ([b"a\n", b"b\n"], 1))

    def test_several_files_from_a_server_that_closes_after_each(self):
        result, connections = self.several([json_answer(b"1")], [json_answer(b"2")])
        self.assertEqual((result.returncode, connections), (0, 2), result.stderr)
        self.assertEqual(self.files(), {"a": b"1", "b": b"2"})

    def test_a_file_that_fails_does_not_keep_the_others_from_coming(self):
        wrong = json_answer(b"x", hash="0" * 64)
        result, _ = self.several([json_answer(b"not there", error="no"), wrong, json_answer(b"3")],
                                 files=("a", "b", "c"))
        self.assertEqual(result.returncode, 255)
        self.assertRegex(result.stderr.decode(), r"cannot get 'a': .*not there'\nnetkit-client: the sha256 .*removed\n.*c: 1 B")
        self.assertEqual(self.files(), {"c": b"3"})
        result, _ = self.several([json_front(10) + b"123"], [json_answer(b"2")])
        self.assertEqual(result.returncode, 255)
        self.assertEqual(self.files(), {"a.part": b"123", "b": b"2", "c": b"3"})

    def test_quiet(self):
        self.check(self.get(json_answer(CONTENT, hash=SHA256), "-q"), 0, b"")
        self.assertEqual(self.files(), {"data.bin": CONTENT})
        self.check(self.get(json_answer(b"x", hash="0" * 64), "-q"), 255, b"", "was removed")

    def test_interrupted(self):
        def serve(connection):
            connection.recv(100)
            connection.sendall(json_front(4) + b"12")
            self.wait_for_part(b"12")
            self.client().send_signal(signal.SIGINT)
            wait_for_end(connection)

        with TcpServer(serve) as server:
            client = self.start(server.address, "--get", "data.bin", cwd=self.folder,
                                stderr=subprocess.PIPE, preexec_fn=heed_signals)
            said = client.stderr.read()
            client.stderr.close()
            self.assertEqual(client.wait(BOUND), 128 + signal.SIGINT)
        self.assertEqual(said, b"netkit-client: interrupted; 2 B are kept in data.bin.part, --resume goes on from there\n")

    def test_progress_on_a_terminal(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        with self.server(json_answer(CONTENT, hash=SHA256)) as server:
            client = subprocess.Popen([CLIENT, server.address, "--get", "data.bin"], cwd=self.folder, stderr=slave)
            os.close(slave)
            seen = read_until(master, b"verified")
            self.assertEqual(client.wait(BOUND), 0)
        self.assertIn(b"data.bin  [", seen)
        self.assertIn(b"100%  1000.0 KiB of 1000.0 KiB", seen)


if __name__ == "__main__":
    unittest.main()
