"""The configs with errors in docs/config.md: the server says of each what the page says."""

import re
import sys
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "system"))
from netkit_testing import SERVER, SystemTest, run

EX_CONFIG = 78
SHOWN = re.compile(r"```(?:json|ini)\n(?P<config>[^`]*)```\s+```\n(?P<errors>(?P<file>wrong\.\w+):\d+:[^`]*)```")


class ConfigErrors(SystemTest):
    def test_what_the_page_shows_is_said(self):
        page = (SOURCE / "docs" / "config.md").read_text()
        shown = list(SHOWN.finditer(page))
        self.assertEqual([each["file"] for each in shown], ["wrong.json", "wrong.ini"])
        for each in shown:
            folder = self.folder()
            Path(folder, each["file"]).write_text(each["config"])
            _, errors = run(SERVER, "--config", each["file"], "--check", status=EX_CONFIG, cwd=folder)
            self.assertEqual(errors, each["errors"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
