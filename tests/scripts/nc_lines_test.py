"""The lines that scripts/run.sh prints for nc work with the nc that is there, whichever it is."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SERVER = Path(os.environ["NETKIT_BUILD"]) / "bin" / "netkit-server"
PATIENCE = 30  # seconds; the bound of every wait

# What each program says to -h, and by what name Debian has it beside the others.
PROGRAMS = {
    "openbsd": ("OpenBSD netcat (Debian patchlevel 1.219-1)\nusage: nc [-46CDdFhklNnrStUuvZz]", "nc.openbsd"),
    "ncat": ("Ncat 7.93 ( https://nmap.org/ncat )\nUsage: ncat [options] [hostname] [port]", "ncat"),
    "traditional": ("[v1.10-47]\nconnect to somewhere:   nc [-options] hostname port[s] [ports] ...", "nc.traditional"),
    "": ("BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) multi-call binary.", None),
}


class NcLinesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netkit-nc-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def bash(self, line, *arguments):
        """Runs a line with the functions of the script at hand, and `nc` looked for in this test's folder first."""
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-euc", f". {SOURCE}/scripts/support/nc.sh; {line}", "bash", *arguments],
            env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True).stdout

    def pretend(self, text):
        """Makes an nc that says `text` to -h, on stderr and with a failure, as the real ones do."""
        fake = self.folder / "nc"
        fake.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{text}\nEND\nexit 1\n")
        fake.chmod(0o755)

    def line(self, kind, transport, address):
        return self.bash('nc_line "$@"', kind, transport, address, "hello").strip()

    def test_each_program_is_known_by_its_help(self):
        for kind, (text, _) in PROGRAMS.items():
            with self.subTest(kind=kind):
                self.pretend(text)
                self.assertEqual(self.bash("nc_kind").strip(), kind)

    def test_there_is_no_line_for_what_an_nc_cannot_do(self):
        self.assertEqual(self.line("traditional", "tcp", "[::1]:80"), "")
        self.assertEqual(self.line("traditional", "unix", "/run/a.sock"), "")
        self.assertEqual(self.line("", "tcp", "127.0.0.1:80"), "")

    def test_only_openbsds_is_given_its_own_option(self):
        for kind in PROGRAMS:
            for transport, address in (("tcp", "127.0.0.1:80"), ("udp", "127.0.0.1:80"), ("unix", "/run/a.sock")):
                if kind != "openbsd":
                    self.assertNotIn("-N", self.line(kind, transport, address))

    def test_every_address_stands_for_one_that_can_be_reached(self):
        self.assertEqual(self.line("openbsd", "tcp", "0.0.0.0:80"), "echo hello | nc -N 127.0.0.1 80")
        self.assertEqual(self.line("openbsd", "tcp", "[::]:80"), "echo hello | nc -N ::1 80")

    def serve(self):
        """Starts a server of all transports and returns the transport and the address of each listener."""
        config = self.folder / "server.json"
        listeners = [
            {"name": "both", "transport": ["tcp", "udp"], "address": "127.0.0.1:0", "handler": "uppercase"},
            {"name": "six", "transport": ["tcp", "udp"], "address": "[::1]:0", "handler": "uppercase"},
            {"name": "unix", "transport": "unix", "address": "unix.sock", "mode": "0600", "handler": "uppercase"}]
        config.write_text(json.dumps({"listeners": listeners}))
        server = subprocess.Popen([SERVER, "--config", config], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait, PATIENCE)
        self.addCleanup(server.terminate)
        said = []
        for line in iter(server.stdout.readline, "ready\n"):
            self.assertTrue(line, "the server did not start")
            said.append(tuple(line.split()[2:4]))
        return said

    def test_the_lines_work_with_each_program_that_is_installed(self):
        addresses = self.serve()
        for kind, (_, name) in PROGRAMS.items():
            program = name and shutil.which(name)
            if not program:
                continue
            (self.folder / "nc").unlink(missing_ok=True)
            (self.folder / "nc").symlink_to(program)
            self.assertEqual(self.bash("nc_kind").strip(), kind)
            for transport, address in addresses:
                line = self.line(kind, transport, address)
                with self.subTest(line=line, nc=kind):
                    self.assertEqual(self.bash(line), "HELLO\n" if line else "")


if __name__ == "__main__":
    unittest.main()
