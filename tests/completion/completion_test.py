"""Completion in bash, zsh and fish, each driven as by a user at its prompt."""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from netkit_testing import SystemTest
import shells
from shells import SHARE

BUILD = Path(os.environ["NETKIT_BUILD"])
PROGRAMS = ("netkit-server", "netkit-client", "netkit-ctl", "netkit-bench", "netkit-validate", "netkit-new-plugin")

CONFIG = {"listeners": [{"name": "upper", "address": "127.0.0.1:7001", "handler": "uppercase"},
                        {"name": "other", "address": "127.0.0.1:7002", "handler": "echo"}]}
INI = "[listener.first]\naddress = 127.0.0.1:7001\nhandler = echo\n[listener.second]\nname = no\n"


def options_of(program):
    shown = subprocess.run([BUILD / "bin" / program, "--help"], capture_output=True, text=True, timeout=60, check=True)
    return set(re.findall(r"(?m)^ +(?:-\w, ?)?(--[a-z][\w.-]*)", shown.stdout))


class Completion:
    """What holds in every shell; `start` of shells.py."""

    def setUp(self):
        if not SHARE.exists():
            self.skipTest("no completions were built")
        self.here = Path(self.folder())
        (self.here / "a.json").write_text(json.dumps(CONFIG), encoding="utf-8")
        (self.here / "b.ini").write_text(INI, encoding="utf-8")
        for name in ("plugin.so", "script.lua", "notes.txt"):
            (self.here / name).touch()
        (self.here / "folder").mkdir()
        self.shell = self.start(self.here)
        if self.shell is None:
            self.skipTest("the shell is not there")
        self.addCleanup(self.shell.close)

    def assert_offers(self, line, wanted, unwanted=()):
        # zsh shows that a value follows, fish that a folder may.
        offered = {word.rstrip("=") if word.startswith("-") else word.rstrip("/") for word in self.shell.candidates(line)}
        self.assertLessEqual(set(wanted), offered, line)
        self.assertFalse(set(unwanted) & offered, f"{line}: {offered}")

    def test_every_option_of_the_help_is_offered(self):
        for program in PROGRAMS:
            wanted = options_of(program)
            self.assertGreater(len(wanted), 3)
            self.assert_offers(f"{program} --", wanted)

    def test_files_of_the_right_kind_are_offered(self):
        if not self.shell.others_come_last:
            self.assert_offers("netkit-server --config ", ["a.json", "b.ini"], ["notes.txt", "plugin.so"])
            self.assert_offers("netkit-server ", ["a.json", "b.ini"], ["notes.txt", "plugin.so"])
            self.assert_offers("netkit-validate ", ["plugin.so", "script.lua"], ["notes.txt", "a.json"])
        self.assert_offers("netkit-client --plugin-path ", ["folder"], ["notes.txt", "a.json"])
        self.assert_offers("netkit-client --data ", ["notes.txt", "a.json"])
        self.assert_offers("netkit-client --unix not", ["notes.txt"])
        self.assert_offers("netkit-client not", [], ["notes.txt"])

    def test_listeners_are_those_of_the_config_on_the_line(self):
        for program in ("netkit-client", "netkit-bench"):
            self.assert_offers(f"{program} --config a.json --listener ", ["upper", "other"], ["first"])
            self.assert_offers(f"{program} --config b.ini --listener ", ["first", "second"], ["no"])
            self.assert_offers(f"{program} --config=a.json --listener u", ["upper"], ["other"])

    def test_framings_and_their_options_are_offered(self):
        self.assert_offers("netkit-client --framing ", ["length", "line", "json-header", "lua"], ["echo"])
        self.assert_offers("netkit-client --plugin-path . --recv p", ["plugin"])
        text = " ".join(self.shell.candidates("netkit-client --framing length,"))
        for setting in ("bytes=", "endian=big", "endian=little", "signed=true", "max="):
            self.assertIn(setting, text)
        self.assertNotIn("delimiters", text)

    def test_settings_of_handlers_and_framings_are_offered(self):
        text = " ".join(self.shell.candidates("netkit-validate --option "))
        for setting in ("exec.shell=true", "file-send.root=", "length.bytes="):
            self.assertIn(setting, text)

    def test_words_to_choose_from_are_offered(self):
        self.assert_offers("netkit-bench --expect ", ["echo", "uppercase", "any"])
        self.assert_offers("netkit-ctl log ", ["debug", "info", "warning", "error"])
        self.assert_offers("netkit-ctl ", ["status", "kill", "sessions", "reload"])
        self.assert_offers("netkit-ctl sessions --", ["--listener", "--idle", "--json"])
        self.assert_offers("netkit-ctl kill --", ["--json"], ["--listener", "--idle"])

    def test_a_single_candidate_is_inserted_whole(self):
        if not hasattr(self.shell, "completed"):
            self.skipTest("this shell only tells")
        cases = {"netkit-client --config a.json --listener up": "netkit-client --config a.json --listener upper",
                 "netkit-client --framing length,bytes=4,en": "netkit-client --framing length,bytes=4,endian=",
                 "netkit-client --framing length,endian=l": "netkit-client --framing length,endian=little",
                 "netkit-client --framing netst": "netkit-client --framing netstring",
                 "netkit-ctl --js": "netkit-ctl --json"}
        for line, whole in cases.items():
            self.assertEqual(self.shell.completed(line), whole)

    def test_netkit_ctl_asks_a_running_server(self):
        socket = str(self.here / "admin.sock")
        server = self.serve({"name": "alive", "handler": "echo"}, admin={"address": socket})
        connection = self.connect(server.address("alive"))
        connection.sendall(b"hello")
        self.assertEqual(connection.recv(5), b"hello")  # so it is a session of the server's
        shown = subprocess.run([BUILD / "bin" / "netkit-ctl", "--admin", socket, "--json", "sessions"], capture_output=True,
                               text=True, timeout=60, check=True)
        session = str(json.loads(shown.stdout)[0]["id"])
        self.assert_offers(f"netkit-ctl --admin {socket} drain ", ["alive"])
        self.assert_offers(f"netkit-ctl --admin {socket} sessions --listener ", ["alive"])
        self.assert_offers(f"netkit-ctl --admin {socket} kill ", [session])
        self.assert_offers("netkit-ctl --config a.json pause ", ["upper", "other"])  # no server is there


class InBash(Completion, SystemTest):
    start = staticmethod(shells.bash)


class InZsh(Completion, SystemTest):
    start = staticmethod(shells.zsh)


class InFish(Completion, SystemTest):
    start = staticmethod(shells.fish)


if __name__ == "__main__":
    unittest.main(verbosity=2)
