"""The example unit for systemd: how exposed it is, and that it names programs that are installed."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
UNIT = SOURCE / "config" / "systemd" / "netkit.service"
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
