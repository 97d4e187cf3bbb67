"""The SDK's headers do not change without a decision on their number, kPluginApi."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
HEADERS = Path("core", "include", "netkit")
RECORD = Path("tests", "plugin", "sdk_api.json")


def run(root, *arguments):
    """What the script says of the sources in `root`; nothing if all is well."""
    command = ["python3", "-B", SOURCE / "scripts" / "sdk-digest.py", "--root", root, *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False).stderr


class TheHeaders(unittest.TestCase):
    def test_they_are_those_that_are_recorded_for_their_number(self):
        said = run(SOURCE)
        self.assertEqual(said, "", said)


class TheScript(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(SOURCE / HEADERS, self.root / HEADERS)
        (self.root / RECORD).parent.mkdir(parents=True)
        run(self.root, "--update")

    def edit(self, header, pattern, replacement):
        path = self.root / HEADERS / header
        text, count = re.subn(pattern, replacement, path.read_text(), count=1)
        self.assertEqual(count, 1)
        path.write_text(text)

    def assert_names(self, header):
        self.assertRegex(run(self.root), rf"^The SDK has changed and kPluginApi is still \d+: {header}\.\n")

    def test_comments_and_white_space_do_not_count(self):
        self.edit("handler.h", r"\nclass Handler \{", "\n\n/* Another\ncomment */ class  Handler\n{  // and one more")
        self.assertEqual(run(self.root), "")

    def test_a_comment_within_a_string_counts(self):
        self.edit("options.h", r'"option \'"', '"option // \'"')
        self.assert_names("options.h")

    def test_a_changed_header_is_named(self):
        self.edit("message.h", r"struct Message \{", "struct Message {\n  int priority = 0;")
        self.assert_names("message.h")

    def test_a_new_header_is_named_and_so_is_one_that_is_gone(self):
        (self.root / HEADERS / "new.h").write_text("#pragma once\n")
        self.assert_names("new.h")
        run(self.root, "--update")
        (self.root / HEADERS / "new.h").unlink()
        self.assert_names("new.h")

    def test_an_update_after_the_number_was_raised_keeps_the_record_of_the_one_before(self):
        self.edit("plugin.h", r"kPluginApi = \d+;", "kPluginApi = 1000;")
        self.assertEqual(
            run(self.root), "Nothing is recorded for kPluginApi 1000: run scripts/sdk-digest.py --update.\n")
        before = (self.root / RECORD).read_text()
        run(self.root, "--update")
        self.assertEqual(run(self.root), "")
        self.assertTrue((self.root / RECORD).read_text().startswith(before.rstrip("}\n ")))


if __name__ == "__main__":
    unittest.main()
