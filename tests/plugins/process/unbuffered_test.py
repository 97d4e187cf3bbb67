"""The hooks that have the output of programs leave before they wait for more input, without a server."""

import os
import select
import socket
import subprocess
import tempfile
import unittest

BUILD = os.environ["NETKIT_BUILD"]
HOOKS = os.path.join(BUILD, "lib", "netkit")
PROGRAM = os.path.join(BUILD, "tests", "stdio-lines")


def first_answer(command, data, environment):
    """What has left a program when it is about to wait for more than `data`."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as running:
        try:
            running.stdin.write(data)
            running.stdin.flush()
            readable, _, _ = select.select([running.stdout], [], [], 60)
            return os.read(running.stdout.fileno(), 100) if readable else b""
        finally:
            running.kill()


def run(command, data, environment):
    """Runs a program that takes `data` to its end. Returns each of its writes, and what it has said of errors."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # each write is a packet
    with here, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=there, stderr=subprocess.PIPE,
                                env=environment) as running:
        there.close()
        here.settimeout(60)
        running.stdin.write(data)
        running.stdin.close()
        return list(iter(lambda: here.recv(1 << 20), b"")), running.stderr.read()


class Python(unittest.TestCase):
    """What a Python program without the module prints, with the hook that the server puts on its path."""

    hook = HOOKS + "/python/unbuffered"

    def environment(self, *behind):
        """That of a program, with further folders on its path."""
        environment = {**os.environ, "PYTHONPATH": ":".join((self.hook, *behind))}
        environment.pop("PYTHONUNBUFFERED", None)
        return environment

    program = "import sys, time\nfor line in sys.stdin:\n print(line, end='')\n if line == 'wait\\n': time.sleep(1000)"

    def test_what_is_printed_leaves_before_more_input_is_waited_for(self):
        self.assertEqual(first_answer(["python3", "-c", self.program], b"ask\n", self.environment()), b"ask\n")

    def test_without_buffers_it_leaves_at_once(self):
        self.assertEqual(first_answer(["python3", "-u", "-c", self.program], b"wait\n", self.environment()), b"wait\n")

    def test_what_is_printed_leaves_by_large_blocks(self):
        program = "for i in range(20_000): print(f'line {i:05}')"
        blocks, errors = run(["python3", "-c", program], b"", self.environment())
        self.assertEqual(errors, b"")
        self.assertEqual(b"".join(blocks), b"".join(b"line %05d\n" % i for i in range(20_000)))
        self.assertGreater(min(map(len, blocks[:-1])), 1 << 15)

    def test_another_one_on_the_path_is_run(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "sitecustomize.py"), "w", encoding="ascii") as file:
                file.write("import sys\nsys.other = __file__\n")
            done = subprocess.run(["python3", "-c", "import sys; print(sys.other)"], capture_output=True, timeout=60,
                                  env=self.environment(folder), check=False)
            self.assertEqual(done.stdout.decode(), f"{folder}/sitecustomize.py\n")
        self.assertEqual(done.stderr, b"")


class Stdio(unittest.TestCase):
    """What a program in C prints, with the hook that the server preloads. It is built with -D_FORTIFY_SOURCE=2."""

    ways = ("fgets", "fgets_unlocked", "fgetws", "fread", "fread_unlocked", "read", "readv", "getline", "getdelim", "fgetc", "getc",
            "getchar", "fgetc_unlocked", "getc_unlocked", "getchar_unlocked", "macro", "fgetwc", "getwc", "getwchar", "scanf",
            "fscanf", "vscanf", "vfscanf")
    environment = {**os.environ, "LD_PRELOAD": f"{HOOKS}/netkit-unbuffered.so"}

    def test_what_is_printed_leaves_before_more_input_is_waited_for(self):
        for way in self.ways:
            with self.subTest(way):
                self.assertEqual(first_answer([PROGRAM, way], b"ask\n", self.environment), b"ask\n")

    def test_all_is_printed_in_order(self):
        data = b"".join(b"%03d\n" % i for i in range(1000))
        for way in self.ways:
            with self.subTest(way):
                blocks, errors = run([PROGRAM, way], data, self.environment)
                self.assertEqual((b"".join(blocks), errors), (data, b""))

    def test_what_is_printed_leaves_at_once_for_all_the_input_there_is(self):
        data = b"ask\n" * 1000  # less than the C library reads at a time
        for way in ("fgets", "macro"):
            self.assertEqual(run([PROGRAM, way], data, self.environment), ([data], b""))


if __name__ == "__main__":
    unittest.main()
