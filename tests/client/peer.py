"""What the tests of netkit-client share: servers of plain sockets, and ways to run the client against them."""

import json
import os
import queue
import select
import signal
import socket
import struct
import subprocess
import threading
import unittest

CLIENT = os.path.join(os.environ["NETKIT_BUILD"], "bin", "netkit-client")
BOUND = 60  # seconds; only a hang comes near it


def sanitized():
    """True for a build whose memory figures say nothing, because a sanitizer adds its own."""
    with open(os.path.join(os.environ["NETKIT_BUILD"], "CMakeCache.txt"), encoding="utf-8") as cache:
        return any(line.startswith("NETKIT_SANITIZE:") and not line.rstrip().endswith("=") for line in cache)


class TcpServer:
    """Serves each connection with `serve(connection)`, one after the other, until the block ends."""

    def __init__(self, serve, host="127.0.0.1"):
        self.serve = serve
        self.error = None
        self.connections = 0
        ipv6 = ":" in host
        self.listener = socket.create_server((host, 0), family=socket.AF_INET6 if ipv6 else socket.AF_INET)
        self.address = "%s:%d" % (f"[{host}]" if ipv6 else host, self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(BOUND)
                try:
                    if self.closing:
                        return
                    self.connections += 1
                    self.serve(connection)
                except Exception as error:  # told to the test when the block ends
                    self.error = error

    def __enter__(self):
        self.closing = False
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.closing = True
        with socket.create_connection(self.listener.getsockname()[:2]):
            self.thread.join()
        self.listener.close()
        if self.error is not None and kind is None:
            raise self.error


class UdpServer(TcpServer):
    """Answers each datagram with the datagrams that `answer(data, sender)` returns."""

    def __init__(self, answer):
        self.answer = answer
        self.error = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while True:
            data, sender = self.socket.recvfrom(65536)
            if self.closing:
                return
            for reply in self.answer(data, sender):
                self.socket.sendto(reply, sender)

    def __exit__(self, kind, *_):
        self.closing = True
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


class AnswerAndEnd:
    """Serves one message, in upper case, and ends its side; `ended` tells when."""

    def __init__(self):
        self.ended = threading.Event()

    def serve(self, connection):
        connection.sendall(connection.recv(100).upper())
        connection.shutdown(socket.SHUT_WR)
        self.ended.set()
        wait_for_end(connection)


def receive_exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError("%d of %d bytes came" % (len(data), count))
        data += piece
    return data


def wait_for_end(connection):
    """Reads until the client ends its side. A reset is an end too."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass


def json_front(size, endian="big", **members):
    header = {"filename": None, "hash": None, "size": size}
    header.update(members)
    text = json.dumps(header).encode()
    return struct.pack(">I" if endian == "big" else "i", len(text)) + text


def json_answer(body, endian="big", **members):
    return json_front(len(body), endian, **members) + body


def run(*arguments, input=b"", **options):
    """Runs the client to its end. stdout and stderr are bytes."""
    command = [CLIENT] + [str(argument) for argument in arguments]
    return subprocess.run(command, input=input, capture_output=True, timeout=BOUND, **options)


def heed_signals():
    """For preexec_fn: a test run in the background of a shell hands down that interrupts are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def unused_port():
    """A port of the loopback that nothing listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_until(descriptor, wanted, seen=b""):
    """Reads a terminal or pipe until `wanted` is in what came."""
    while wanted not in seen:
        if not select.select([descriptor], [], [], BOUND)[0]:
            raise TimeoutError("waited for %r, saw %r" % (wanted, seen))
        piece = os.read(descriptor, 65536)
        if not piece:
            raise EOFError("waited for %r, saw %r" % (wanted, seen))
        seen += piece
    return seen


class ClientTest(unittest.TestCase):
    def start(self, *arguments, **how):
        """Starts the client and tells client() of it: a server may hear the client before Popen has returned."""
        client = subprocess.Popen([CLIENT, *arguments], stdin=subprocess.DEVNULL, **how)
        self.started.put(client)
        return client

    def client(self):
        return self.started.get(timeout=BOUND)

    def run(self, result=None):
        self.started = queue.SimpleQueue()
        return super().run(result)

    def check(self, result, status, stdout=None, stderr=None):
        """`stderr` is a text that must be in it; None for silence."""
        said = result.stderr.decode()
        self.assertEqual(result.returncode, status, said)
        if stdout is not None:
            self.assertEqual(result.stdout, stdout)
        if stderr is None:
            self.assertEqual(said, "")
        else:
            self.assertIn(stderr, said)
