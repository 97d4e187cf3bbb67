"""The server's command line: what it prints, and the status it exits with."""

import json
import os
import re
import socket
import unittest

from netkit_testing import SERVER, SystemTest, run

EX_USAGE = 64
EX_CONFIG = 78

CONFIG = {
    "listeners": [
        {"name": "tcp", "address": "127.0.0.1:0", "framing": "line", "handler": "echo"},
        {"name": "both", "transport": ["tcp", "udp"], "address": "[::1]:0", "handler": "uppercase"},
        {
            "name": "shell",
            "address": "127.0.0.1:0",
            "framing": {"in": "raw", "out": {"type": "length", "bytes": 4, "endian": "little"}},
            "handler": {"type": "exec", "commands": {"hi": ["echo", "hi"]}, "env": ["A=1"]},
            "limits": {"connections": 100, "message": "64KiB"},
            "timeouts": {"idle": "1500ms"},
        },
    ]
}


class CommandLine(SystemTest):
    def config_file(self, config, name="server.json"):
        path = os.path.join(self.folder(), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(config if isinstance(config, str) else json.dumps(config))
        return path

    def assert_usage(self, *arguments, mention):
        _, errors = run(SERVER, *arguments, status=EX_USAGE)
        self.assertIn(mention, errors)

    def test_wrong_command_lines(self):
        path = self.config_file(CONFIG)
        self.assert_usage(mention="--config")
        self.assert_usage("--config", mention="--config")
        self.assert_usage("--check", mention="--config")
        self.assert_usage("--confg", path, mention="--confg")
        self.assert_usage("--config", path, "surplus", mention="surplus")
        self.assert_usage(path, "surplus", mention="surplus")
        self.assert_usage("--config", path, "--check", "--print-effective", mention="--check")

    def test_version_and_help(self):
        self.assertRegex(run(SERVER, "--version")[0], r"^netkit-server \d+\.\d+\.\d+\n$")
        usage, _ = run(SERVER, "--help")
        for option in ("--config", "--check", "--print-effective", "--list-plugins", "--version"):
            self.assertIn(option, usage)

    def test_check(self):
        path = self.config_file(CONFIG)
        self.assertEqual(run(SERVER, "--config", path, "--check"), (f"{path}: ok, 3 listeners\n", ""))

    def test_a_config_without_its_option(self):
        path = self.config_file(CONFIG)
        self.assertEqual(run(SERVER, path, "--check"), (f"{path}: ok, 3 listeners\n", ""))

    def test_check_finds_folders_that_are_missing(self):
        listener = {"name": "a", "transport": "unix", "address": "gone/a.sock", "handler": "echo"}
        path = self.config_file({"log": {"file": "gone/x.log"}, "listeners": [listener]})
        _, errors = run(SERVER, "--config", path, "--check", status=EX_CONFIG)
        gone = os.path.join(os.path.dirname(path), "gone")
        for key, line in zip(("log.file", "address"), errors.splitlines(), strict=True):
            self.assertRegex(line, rf"^{re.escape(path)}:1:\d+: error: '{key}': there is no folder '{gone}'$")

    def test_a_wrong_config_exits_with_its_own_status_and_every_mistake(self):
        wrong = {"listeners": [{"name": "a", "address": "127.0.0.1:0", "handler": "ecko", "framin": "line"}]}
        path = self.config_file(wrong)
        for action in ([], ["--check"], ["--print-effective"]):
            output, errors = run(SERVER, "--config", path, *action, status=EX_CONFIG)
            self.assertEqual(output, "")
            self.assertEqual(len(errors.splitlines()), 2, errors)
            for line in errors.splitlines():
                self.assertRegex(line, rf"^{re.escape(path)}:1:\d+: error: ")
            self.assertIn("echo", errors)
            self.assertIn("framing", errors)

    def test_a_config_that_cannot_be_read(self):
        folder = self.folder()
        for path in (os.path.join(folder, "absent.json"), folder):
            _, errors = run(SERVER, "--config", path, status=EX_CONFIG)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn(path, errors)

    def test_the_effective_config_is_a_config_and_stays_as_it_is(self):
        effective, _ = run(SERVER, "--config", self.config_file(CONFIG), "--print-effective")
        again, _ = run(SERVER, "--config", self.config_file(effective), "--print-effective")
        self.assertEqual(again, effective)
        shell = json.loads(effective)["listeners"][2]
        self.assertEqual(shell["limits"]["connections"], 100)
        self.assertEqual(shell["timeouts"]["idle"], "1500ms")
        self.assertEqual(shell["framing"]["in"]["max"], "64KiB")

    def test_list_plugins(self):
        output, errors = run(SERVER, "--list-plugins")
        self.assertEqual(errors, "")
        listed = re.findall(r"^(handler|framing) ([\w-]+): \S", output, re.MULTILINE)
        handlers = {name for kind, name in listed if kind == "handler"}
        framings = {name for kind, name in listed if kind == "framing"}
        self.assertEqual(handlers, {"echo", "exec", "file-send", "hello", "lua", "process", "uppercase"})
        self.assertLessEqual({"raw", "line", "delimiter", "fixed", "length"}, framings)
        self.assertLessEqual({"varint", "netstring", "json-header", "datagram"}, framings)
        self.assertIn("    endian = big|little", output)


class Addresses(SystemTest):
    def check_refused(self, address, transports, text):
        path = os.path.join(self.folder(), "server.json")
        with open(path, "w", encoding="utf-8") as file:
            listener = {"name": "a", "transport": transports, "address": address, "handler": "echo"}
            json.dump({"listeners": [listener]}, file)
        output, errors = run(SERVER, "--config", path, status=EX_CONFIG)
        self.assertEqual(output, "")
        place, address = rf"{re.escape(path)}:1:\d+", re.escape(address)
        self.assertRegex(errors, rf"^{place}: error: cannot listen on {transports} {address}: {text}\n$")

    def test_a_busy_port_is_refused(self):
        server = self.serve({"name": "first", "transport": ["tcp", "udp"], "handler": "echo"})
        host, port = server.address("first")
        for transport in ("tcp", "udp"):
            self.check_refused(f"{host}:{port}", transport, "the address is in use by another program")
        self.assert_answer((host, port), b"hello", b"hello")

    def test_a_port_that_another_program_would_share_is_refused(self):
        for transport, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
            with self.subTest(transport=transport), socket.socket(socket.AF_INET, kind) as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", 0))
                if transport == "tcp":
                    other.listen()
                address = f"127.0.0.1:{other.getsockname()[1]}"
                self.check_refused(address, transport, "the address is in use by another program")

    def test_an_address_of_another_machine_is_refused(self):
        self.check_refused("192.0.2.1:0", "tcp", "this machine has no such address")

    def test_port_zero_is_one_number_for_both_transports(self):
        listeners = [{"name": f"both-{i}", "transport": ["tcp", "udp"], "handler": "echo"} for i in range(20)]
        server = self.serve(*listeners)
        for listener in listeners:
            tcp, udp = (server.address(listener["name"], transport) for transport in ("tcp", "udp"))
            self.assertEqual(tcp, udp)
            self.assertGreater(tcp[1], 0)

    def test_an_ipv6_listener_leaves_ipv4_alone(self):
        server = self.serve({"name": "v6", "address": "[::]:0", "transport": ["tcp", "udp"], "handler": "echo"})
        port = server.address("v6")[1]
        self.assert_answer(("::1", port), b"hello", b"hello")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


if __name__ == "__main__":
    unittest.main()
