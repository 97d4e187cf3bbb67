"""How the client gets to a server: addresses, families, zones, the PROXY header; and what it sends: whole files."""

import os
import socket
import sys
import tempfile
import unittest

from peer import ClientTest, TcpServer, UdpServer, receive_exactly, run, wait_for_end

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

from netkit_testing import CLIENT, SystemTest  # noqa: E402
from netkit_testing import run as run_text  # noqa: E402


def upper(connection):
    while data := connection.recv(65536):
        connection.sendall(data.upper())


class Addresses(ClientTest):
    def test_host_and_port_as_two_words(self):
        with TcpServer(upper) as server:
            host, port = server.address.split(":")
            self.check(run(host, port, "hi"), 0, b"HI\n")
            self.check(run("localhost", port, "hi"), 0, b"HI\n")
            self.check(run(server.address, port), 0, port.encode() + b"\n")  # then a number is a message
        with TcpServer(upper, host="::1") as server:
            port = server.address.rpartition(":")[2]
            self.check(run("::1", port, "hi"), 0, b"HI\n")
            self.check(run("[::1]", port, "hi"), 0, b"HI\n")
        with UdpServer(lambda data, _: [data]) as server:
            host, port = server.address.split(":")
            self.check(run("--udp", host, port, "hi"), 0, b"hi\n")

    def test_one_version_of_ip(self):
        with TcpServer(upper) as server:
            address = server.address.replace("127.0.0.1", "localhost")
            self.check(run("-4", address, "hi"), 0, b"HI\n")
            self.check(run("-6", server.address, "hi"), 255, b"", "cannot find an IPv6 address of '127.0.0.1'")
        with TcpServer(upper, host="::1") as server:
            self.check(run("-6", server.address, "hi"), 0, b"HI\n")
            self.check(run("-4", server.address, "hi"), 255, b"", "cannot find an IPv4 address of '::1'")

    def test_zone_indices(self):
        with TcpServer(upper, host="::1") as server:
            port = server.address.rpartition(":")[2]
            self.check(run(f"[::1%1]:{port}", "hi"), 0, b"HI\n")
            self.check(run("::1%1", port, "hi"), 0, b"HI\n")
        self.check(run("[fe80::1%nowhere]:1", "hi"), 255, b"", "cannot find the address of 'fe80::1%nowhere'")
        self.check(run("[fe80::1%]:1", "hi"), 64, b"", "expected an interface after '%'")

    def test_all_addresses_of_a_name_are_tried(self):
        families = {entry[0] for entry in socket.getaddrinfo("localhost", 1)}
        if families != {socket.AF_INET, socket.AF_INET6}:
            self.skipTest("localhost has one address")
        with TcpServer(upper) as server:
            port = server.address.split(":")[1]
            result = run("--trace", "localhost", port, "hi")
            self.assertEqual(result.stdout, b"HI\n")
            self.assertIn(f"trying [::1]:{port}\n", result.stderr.decode())
            self.assertIn(f"[::1]:{port}: Connection refused\n", result.stderr.decode())
            self.assertIn(f"connected to localhost:{port}, 127.0.0.1:{port} (tcp)\n", result.stderr.decode())


class ProxyHeader(ClientTest):
    def header(self, *arguments, host="127.0.0.1"):
        got = []

        def serve(connection):
            line = b""
            while not line.endswith(b"\r\n"):
                line += receive_exactly(connection, 1)
            got.append((line, connection.getpeername()))
            connection.sendall(connection.recv(100).upper())

        with TcpServer(serve, host) as server:
            self.check(run(*arguments, server.address, "hi"), 0, b"HI\n")
            port = server.address.rpartition(":")[2]
        return (*got[0], port)

    def test_the_own_address(self):
        line, peer, port = self.header("--proxy-header", "own")
        self.assertEqual(line, b"PROXY TCP4 127.0.0.1 127.0.0.1 %d %s\r\n" % (peer[1], port.encode()))
        line, peer, port = self.header("--proxy-header", "own", host="::1")
        self.assertEqual(line, b"PROXY TCP6 ::1 ::1 %d %s\r\n" % (peer[1], port.encode()))

    def test_another_address(self):
        line, _, port = self.header("--proxy-header", "192.0.2.7:4711")
        self.assertEqual(line, b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 %s\r\n" % port.encode())
        line, _, port = self.header("--proxy-header", "[2001:db8::7]:4711", host="::1")
        self.assertEqual(line, b"PROXY TCP6 2001:db8::7 ::1 4711 %s\r\n" % port.encode())

    def test_of_the_other_family(self):
        with TcpServer(wait_for_end) as server:
            result = run("--proxy-header", "[2001:db8::7]:4711", server.address, "hi")
            self.check(result, 255, b"", "expected an IPv4 address as the server's is")


class ProxyHeaderServed(SystemTest):
    def test_by_netkit_server(self):
        server = self.serve({"handler": "hello", "proxy_protocol": "required", "proxy_from": ["127.0.0.0/8"]})
        address = "%s:%d" % server.address("listener-0")
        out, _ = run_text(CLIENT, "--proxy-header", "192.0.2.7:4711", address, "x")
        self.assertEqual(out, "hello,192.0.2.7:4711\n")

    def test_on_a_unix_socket(self):
        path = os.path.join(self.folder(), "socket")
        self.serve({"handler": "echo", "transport": "unix", "address": path, "framing": "line"})
        out, _ = run_text(CLIENT, "--unix", "--framing", "line", "--proxy-header", "192.0.2.7:4711", path, "x")
        self.assertEqual(out, "PROXY TCP4 192.0.2.7 127.0.0.1 4711 0\nx\n")
        run_text(CLIENT, "--unix", "--proxy-header", "own", path, "x", status=255)


class Data(ClientTest):
    CONTENT = bytes(range(256)) * 1000 + b"\n\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "data")
        with open(self.file, "wb") as file:
            file.write(self.CONTENT)

    def send(self, *arguments, input=b"", sizes):
        got = []

        def serve(connection):
            for _ in range(sizes):
                size = int.from_bytes(receive_exactly(connection, 4), "big")
                got.append(receive_exactly(connection, size))
                connection.sendall(b"\0\0\0\2ok")

        with TcpServer(serve) as server:
            self.check(run("--framing", "length", server.address, *arguments, input=input), 0, b"ok\n" * sizes)
        return got

    def test_a_file_is_one_message(self):
        self.assertEqual(self.send("--data", self.file, sizes=1), [self.CONTENT])

    def test_standard_input_is_one_message(self):
        self.assertEqual(self.send("--data", "-", input=self.CONTENT, sizes=1), [self.CONTENT])

    def test_several(self):
        got = self.send("--data", self.file, "--no-wait", "--data", "-", "--data", "/dev/null", input=b"a\nb", sizes=3)
        self.assertEqual(got, [self.CONTENT, b"a\nb", b""])

    def test_a_file_that_is_not_there(self):
        with TcpServer(wait_for_end) as server:
            result = run(server.address, "--data", "/no/such")
            self.check(result, 255, b"", "--data: cannot open /no/such: No such file or directory")
            self.check(run(server.address, "--data", "/"), 255, b"", "--data: cannot read /: Is a directory")


if __name__ == "__main__":
    unittest.main()
