"""The plugins in docs/writing-plugins.md are built as the page says and answer through the server."""

import json
import os
import re
import shlex
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
SERVER = Path(os.environ["NETKIT_BUILD"]) / "bin" / "netkit-server"
PAGE = (SOURCE / "docs" / "writing-plugins.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def whole_plugin(name):
    return next(block for block in blocks("cpp") if f'NETKIT_PLUGIN("{name}"' in block)


def compiler_line():
    return next(line for block in blocks("sh") for line in block.splitlines() if line.startswith("g++"))


class WritingPluginsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "core").symlink_to(SOURCE / "core")
        (self.folder / "my-plugins").mkdir()

    def build(self, name):
        (self.folder / f"{name}.cpp").write_text(whole_plugin(name))
        line = compiler_line().replace("reverse", name)
        subprocess.run(shlex.split(line) + ["-Wall", "-Wextra", "-Werror"], cwd=self.folder, check=True)

    def serve(self, config):
        """Starts the server and returns the port of each listener's line."""
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        server = subprocess.Popen([SERVER, "--config", path], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait, 30)
        self.addCleanup(server.terminate)
        self.addCleanup(server.stdout.close)
        ports = {}
        for line in server.stdout:
            if line.strip() == "ready":
                return ports
            _, _, transport, address, *_ = line.split()
            ports[transport] = int(address.rpartition(":")[2])
        self.fail("the server did not start")

    def test_reverse_answers_over_tcp_and_udp(self):
        self.build("reverse")
        config = json.loads(blocks("json")[0])
        config["listeners"][0]["address"] = "127.0.0.1:0"
        ports = self.serve(config)
        self.assertEqual(sorted(ports), ["tcp", "udp"])
        with socket.create_connection(("127.0.0.1", ports["tcp"]), timeout=30) as peer:
            peer.sendall(b"stressed")
            self.assertEqual(peer.recv(100), b"desserts")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(30)
            peer.connect(("127.0.0.1", ports["udp"]))
            peer.send(b"stressed")
            self.assertEqual(peer.recv(100), b"desserts")

    def test_a_plugin_may_be_a_framing(self):
        self.build("byte")
        ports = self.serve({"plugin_path": ["my-plugins"], "listeners": [
            {"name": "byte", "address": "127.0.0.1:0", "framing": "byte", "handler": "echo"}]})
        with socket.create_connection(("127.0.0.1", ports["tcp"]), timeout=30) as peer:
            peer.sendall(b"\x03abc\x00\x01x")
            with peer.makefile("rb") as answers:
                self.assertEqual(answers.read(7), b"\x03abc\x00\x01x")


if __name__ == "__main__":
    unittest.main()
