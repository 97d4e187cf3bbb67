"""The service: how exposed its unit is, that it names programs that are installed, and that its config is safe."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SERVER = Path(os.environ["NETKIT_BUILD"]) / "bin" / "netkit-server"
SYSTEMD = SOURCE / "config" / "systemd"
UNIT = SYSTEMD / "netkit.service"
CONFIG = SOURCE / "debian" / "netkit.json"
HARMLESS = {"echo", "hello", "uppercase"}
MOST_EXPOSED = 2.0


class Unit(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not there")
    def test_the_exposure_is_low(self):
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", str(UNIT)],
                               capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r"exposure level for netkit\.service: ([\d.]+)", rated.stdout)
        self.assertIsNotNone(found, rated.stdout + rated.stderr)
        self.assertLessEqual(float(found[1]), MOST_EXPOSED)

    def test_the_server_is_reloaded_by_netkit_ctl_with_its_own_config(self):
        lines = dict(re.findall(r"(?m)^(Exec\w+)=(.*)$", UNIT.read_text(encoding="utf-8")))
        config = re.search(r"--config (\S+)", lines["ExecStart"])[1]
        self.assertEqual(lines["ExecReload"], f"/usr/bin/netkit-ctl --config {config} reload")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not there")
    def test_systemd_understands_the_units(self):
        with tempfile.TemporaryDirectory(prefix="netkit-unit-") as folder:
            units = [Path(folder) / f"netkit.{kind}" for kind in ("service", "socket")]
            for unit in units:  # systemd looks whether the programs are there
                text = (SYSTEMD / unit.name).read_text(encoding="utf-8")
                unit.write_text(re.sub(r"/usr/bin/netkit-\w+", "/bin/true", text), encoding="utf-8")
            verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                                      timeout=60, check=False)
            found = [line for line in verified.stderr.splitlines() if "netkit" in line]
            self.assertEqual((verified.returncode, found), (0, []))

    def test_user_and_folders_are_those_that_the_unit_names(self):
        unit = UNIT.read_text(encoding="utf-8")
        users = (SYSTEMD / "netkit.sysusers").read_text(encoding="utf-8")
        folders = (SYSTEMD / "netkit.tmpfiles").read_text(encoding="utf-8")
        user = re.search(r"(?m)^User=(\S+)$", unit)[1]
        self.assertRegex(users, rf"(?m)^u {user} ")
        for kind, parent in ("Runtime", "/run"), ("Logs", "/var/log"):
            name = re.search(rf"(?m)^{kind}Directory=(\S+)$", unit)[1]
            mode = re.search(rf"(?m)^{kind}DirectoryMode=(\S+)$", unit)
            self.assertRegex(folders, rf"(?m)^d {parent}/{name} {mode[1] if mode else '0755'} {user} {user} -$")


class Config(unittest.TestCase):
    def test_it_serves_this_machine_alone_and_nothing_that_harms(self):
        config = json.loads(CONFIG.read_text(encoding="utf-8"))
        for listener in config["listeners"]:
            with self.subTest(listener=listener["name"]):
                self.assertRegex(listener["address"], r"^(127\.0\.0\.1:\d+|/run/netkit/.*)$")
                self.assertIn(listener["handler"], HARMLESS)
                self.assertNotIn("mode", listener)
        self.assertEqual(config["admin"], {"address": "/run/netkit/admin.sock"})

    def test_it_names_the_schema_that_is_installed(self):
        """Where install_test finds it below another prefix."""
        named = json.loads(CONFIG.read_text(encoding="utf-8"))["$schema"]
        self.assertEqual(named, "file:///usr/share/netkit/config/netkit.schema.json")

    def test_the_server_takes_it(self):
        with tempfile.TemporaryDirectory(prefix="netkit-unit-") as folder:
            config = Path(folder) / "netkit.json"
            config.write_text(CONFIG.read_text(encoding="utf-8").replace("/run/netkit", folder), encoding="utf-8")
            checked = subprocess.run([SERVER, "--config", config, "--check"], capture_output=True, text=True, timeout=60,
                                     check=False)
            self.assertEqual((checked.returncode, checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
