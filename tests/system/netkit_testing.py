"""What the system tests share: servers on free ports, sockets with a bound on every wait."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from process_view import ProcessView

BUILD = os.environ.get("NETKIT_BUILD") or os.path.join(os.path.dirname(__file__), "..", "..", "build")
SERVER = os.path.join(BUILD, "bin", "netkit-server")
CLIENT = os.path.join(BUILD, "bin", "netkit-client")

AS_NOBODY = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")

PATIENCE = 30.0  # seconds; the bound of every wait, far beyond what anything here takes

SANITIZER_REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")


def sanitized():
    """True for a build whose memory figures say nothing, because a sanitizer adds its own."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
        return bool(re.search(r"^NETKIT_SANITIZE:\w+=\S", cache.read(), re.MULTILINE))


def wait_until(condition, what, patience=PATIENCE):
    """Polls until `condition()` is true and returns its value; fails after `patience` seconds with the text that
    `what()` gives then."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:.0f} s: {what()}")
        time.sleep(0.005)


class Server:
    """A netkit-server that serves `config`; made by SystemTest.serve()."""

    def __init__(self, folder, config, arguments=(), descriptors=None, program=SERVER):
        self.config = os.path.join(folder, "server.json")
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self._log = tempfile.NamedTemporaryFile(dir=folder, suffix=".log", delete=False)

        def limit_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.popen = subprocess.Popen(
            [program, "--config", self.config, *arguments],
            stdout=subprocess.PIPE,
            stderr=self._log,
            preexec_fn=limit_descriptors if descriptors else None,
        )
        self.process = ProcessView(self.popen.pid)
        self.addresses = {}
        self._await_ready()

    def _await_ready(self):
        with Watchdog(self.popen):
            for line in self.popen.stdout:
                words = line.decode().split()
                if words == ["ready"]:
                    return
                if words[0] != "listening":
                    raise AssertionError(f"neither listening nor ready: {line}")
                self.addresses[words[1], words[2]] = parse_address(words[3])
        self.kill()
        raise AssertionError(f"the server did not start; it said:\n{self.log()}")

    def address(self, name, transport="tcp"):
        return self.addresses[name, transport]

    def log(self):
        with open(self._log.name, encoding="utf-8") as log:
            return log.read()

    def await_log(self, text):
        wait_until(lambda: text in self.log(), lambda: f"'{text}' in the log:\n{self.log()}")

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self):
        """Waits for the server's end and returns its exit status."""
        return self.popen.wait(PATIENCE)

    def stop(self, expected_errors=()):
        """Ends the server and checks that it left well: status 0, no sanitizer's report, no error logged but those
        that match one of `expected_errors`."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.wait()
        finally:
            self.kill()
        log = self.log()
        if status != 0 or SANITIZER_REPORT.search(log):
            raise AssertionError(f"the server ended with status {status}; it said:\n{log}")
        for line in log.splitlines():
            if " error " in line and not any(re.search(pattern, line) for pattern in expected_errors):
                raise AssertionError(f"the server logged an error: {line}")

    def kill(self):
        self.popen.kill()
        self.popen.wait()
        self.popen.stdout.close()
        self._log.close()


class Watchdog:
    """Kills a process that has not done what it should when the patience is over, so that reads from it end."""

    def __init__(self, popen):
        self._timer = threading.Timer(PATIENCE, popen.kill)

    def __enter__(self):
        self._timer.start()

    def __exit__(self, *_):
        self._timer.cancel()


class SystemTest(unittest.TestCase):
    """A test with servers of its own, each stopped and checked at the end."""

    expected_errors = ()

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="netkit-test-")
        self.addCleanup(folder.cleanup)
        return folder.name

    def serve(self, *listeners, arguments=("--verbose",), descriptors=None, program=SERVER, **top):
        """Starts a server of those listeners; name and address have defaults, `top` is the config's top level. Tests look
        into the server, which only root may do otherwise."""
        top = {"debuggable": os.geteuid() != 0, **top}
        entries = [{"name": f"listener-{i}", "address": "127.0.0.1:0", **entry} for i, entry in enumerate(listeners)]
        server = Server(self.folder(), {**top, "listeners": entries}, arguments, descriptors, program)
        self.addCleanup(self._stop, server)
        return server

    def _stop(self, server):
        if not server.popen.stdout.closed:
            server.stop(self.expected_errors)

    def connect(self, address):
        connection = connect(address)
        self.addCleanup(connection.close)
        return connection

    def datagram_socket(self, address):
        """A socket that sends to and hears from `address` only."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        endpoint = socket.socket(family, socket.SOCK_DGRAM)
        self.addCleanup(endpoint.close)
        endpoint.settimeout(PATIENCE)
        endpoint.connect(address)
        return endpoint

    def assert_answer(self, address, request, answer):
        """A new client of `address` is answered; the server has closed its connection by then."""
        with connect(address) as connection:
            connection.sendall(request)
            self.assertEqual(receive_exactly(connection, len(answer)), answer)
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(connection), b"")

    def assert_census(self, server, expected):
        """The server is back to the descriptors and processes it had."""
        now = server.process.census
        wait_until(lambda: now() == expected, lambda: f"{expected}, now {now()}")


@contextlib.contextmanager
def on_processors(numbers):
    """What is started within runs on those only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, numbers)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def others_can_read(path):
    """False where a folder above it is closed to others, as root's home is."""
    return os.geteuid() == 0 and subprocess.run([*AS_NOBODY, "test", "-r", path], check=False).returncode == 0


def parse_address(text):
    """(host, port), or the path of a Unix socket as it stands."""
    if text.startswith("/"):
        return text
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def connect(address):
    """A TCP connection to (host, port), or one to the path of a Unix socket."""
    if isinstance(address, str):
        return connect_unix(address)
    connection = socket.create_connection(address, PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def connect_unix(path):
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def reset(connection):
    """Closes the connection by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def receive_exactly(connection, size):
    """The next `size` bytes; fewer if the peer ends before."""
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(min(size - len(received), 1 << 20))
        if not piece:
            break
        received += piece
    return bytes(received)


def receive_line(connection):
    """All that comes until a read ends in a newline; less if the peer ends before."""
    received = bytearray()
    while not received.endswith(b"\n"):
        piece = connection.recv(1 << 16)
        if not piece:
            break
        received += piece
    return bytes(received)


def stopped_reader(address, size, read):
    """A connection that has asked an echo of length-framed messages for `size` bytes, and reads no more than `read`."""
    connection = connect(address)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # the kernel reads no more in advance either
    connection.sendall(struct.pack(">I", size) + bytes(size))
    receive_exactly(connection, read)
    return connection


def receive_to_end(connection):
    """Everything up to the peer's end, which may come as a reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 20):
            received += piece
    return bytes(received)


def write_fifo(path, text):
    """Writes to a FIFO once somebody reads it."""

    def opened():
        with contextlib.suppress(OSError):  # ENXIO: nobody does yet
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)

    with open(wait_until(opened, lambda: f"a reader of {path}"), "wb") as fifo:
        fifo.write(text)


def run(*command, status=0, patience=PATIENCE, **options):
    """Runs a program to its end and returns (stdout, stderr) as text; checks its exit status. `options` are those of
    subprocess.run."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False, **options)
    if done.returncode != status:
        line = " ".join(map(str, command))
        raise AssertionError(f"{line}\nended with {done.returncode}, expected {status}:\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def output_of(*command, **options):
    """What a program that has to succeed writes to standard output; see run()."""
    return run(*command, **options)[0]
