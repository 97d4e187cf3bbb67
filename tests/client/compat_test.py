"""The small servers that are in use, as their own programs are written: netkit-client talks to them unchanged."""

import json
import struct
import subprocess
import unittest

from peer import ClientTest, TcpServer, UdpServer, run


def upper_once(connection):
    connection.sendall(connection.recv(1024).upper())


def upper_loop(connection):
    while True:
        data = connection.recv(1024)
        if not data:
            break
        connection.sendall(data.upper())


def output_of(connection):
    command = connection.recv(1024).decode().strip()
    done = subprocess.run(command, shell=True, capture_output=True)
    return done.stderr or done.stdout


def plain_command(connection):
    connection.sendall(output_of(connection))


def sized_command(connection):
    output = output_of(connection)
    connection.sendall(struct.pack("i", len(output)))
    connection.sendall(output)


def described_command(connection):
    output = output_of(connection)
    header = json.dumps({"filename": None, "hash": None, "size": len(output)}).encode()
    connection.sendall(struct.pack("i", len(header)))
    connection.sendall(header)
    connection.sendall(output)


class Compatible(ClientTest):
    def test_upper_casing_of_one_message(self):
        with TcpServer(upper_once) as server:
            self.check(run(server.address, "hello"), 0, b"HELLO\n")

    def test_upper_casing_in_a_loop(self):
        with TcpServer(upper_loop) as server:
            self.check(run(server.address, "hello", "there"), 0, b"HELLO\nTHERE\n")

    def test_command_with_a_raw_answer(self):
        with TcpServer(plain_command) as server:
            self.check(run(server.address, " echo hi "), 0, b"hi\n")
            self.check(run(server.address, "echo out; echo err >&2"), 0, b"err\n")

    def test_a_raw_answer_that_takes_many_reads_is_whole(self):
        with TcpServer(plain_command) as server:
            result = run("--exact", server.address, "seq 200000")
        self.check(result, 0, b"".join(b"%d\n" % i for i in range(1, 200001)))

    def test_command_with_a_sized_answer(self):
        with TcpServer(sized_command) as server:
            spec = "length,bytes=4,endian=little,signed=true"
            self.check(run("--recv", spec, server.address, "printf hi"), 0, b"hi\n")
            self.check(run("--recv", spec, server.address, "true"), 0, b"")

    def test_command_with_a_described_answer(self):
        with TcpServer(described_command) as server:
            self.check(run("--recv", "json-header,endian=little", server.address, "printf hi"), 0, b"hi\n")

    def test_greeting(self):
        with UdpServer(lambda _, sender: [("hello," + str(sender)).encode()]) as server:
            result = run("--udp", server.address, "anything")
            self.check(result, 0)
            self.assertRegex(result.stdout, rb"\Ahello,\('127\.0\.0\.1', \d+\)\n\Z")


if __name__ == "__main__":
    unittest.main()
