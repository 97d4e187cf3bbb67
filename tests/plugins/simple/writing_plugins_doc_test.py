"""The plugins in README.md and docs/writing-plugins.md are built as the pages say and answer through the server."""

import json
import os
import re
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
SERVER = Path(os.environ["NETKIT_BUILD"]) / "bin" / "netkit-server"
PAGE = (SOURCE / "docs" / "writing-plugins.md").read_text()
README = (SOURCE / "README.md").read_text()

PRELUDE = """\
#include <algorithm>
#include <cassert>

#include "netkit/plugin.h"
#include "netkit/testing/test_server.h"

void enroll(netkit::Registry&);
"""


def blocks(language, page=PAGE):
    return re.findall(rf"```{language}\n(.*?)```", page, re.S)


def whole_plugin(name, page=PAGE):
    return next(block for block in blocks("cpp", page) if f'NETKIT_PLUGIN("{name}"' in block)


def fragments():
    return [block for block in blocks("cpp") if "NETKIT_PLUGIN" not in block]


def in_scope(number, block):
    """The block in a namespace of its own; one that defines nothing is the body of a function."""
    if not re.search(r"(?m)^(class|void) ", block):
        block = f"void statements() {{\n{block}}}\n"
    return f'namespace fragment_{number} {{\n#line 1 "fragment {number}"\n{block}}}\n'


def build_lines(page=PAGE):
    """The commands of the first session with the compiler, for headers that are not installed."""
    session = next(block for block in blocks("console", page) if "g++" in block)
    return session.replace("$ ", "").replace("$(pkg-config --cflags netkit)", "-I core/include")


class WritingPluginsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "core").symlink_to(SOURCE / "core")

    def build(self, name, lines, page=PAGE):
        """Writes the plugin of the page to a file and runs the lines in its folder. It has no warnings either."""
        source = f"{name}.cpp"
        (self.folder / source).write_text(whole_plugin(name, page))
        subprocess.run(["bash", "-e"], input=lines, text=True, cwd=self.folder, check=True)
        subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", "core/include", source],
                       cwd=self.folder, check=True)

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
        self.build("reverse", build_lines())
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

    def test_every_other_block_compiles(self):
        source = self.folder / "fragments.cpp"
        source.write_text(PRELUDE + "".join(in_scope(*numbered) for numbered in enumerate(fragments())))
        subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused", "-Werror",
                        "-I", SOURCE / "core/include", "-I", SOURCE / "core/testing/include", source], check=True)

    def test_the_plugin_of_the_readme_answers(self):
        self.build("reverse", build_lines(README), README)
        ports = self.serve({"plugin_path": ["my-plugins"], "listeners": [
            {"name": "reverse", "address": "127.0.0.1:0", "handler": "reverse"}]})
        with socket.create_connection(("127.0.0.1", ports["tcp"]), timeout=30) as peer:
            peer.sendall(b"stressed")
            self.assertEqual(peer.recv(100), b"desserts")

    def test_a_plugin_may_be_a_framing(self):
        self.build("byte", build_lines().replace("reverse", "byte"))
        ports = self.serve({"plugin_path": ["my-plugins"], "listeners": [
            {"name": "byte", "address": "127.0.0.1:0", "framing": "byte", "handler": "echo"}]})
        with socket.create_connection(("127.0.0.1", ports["tcp"]), timeout=30) as peer:
            peer.sendall(b"\x03abc\x00\x01x")
            with peer.makefile("rb") as answers:
                self.assertEqual(answers.read(7), b"\x03abc\x00\x01x")


if __name__ == "__main__":
    unittest.main()
