"""netkit is installed, netkit-new-plugin writes a plugin of each kind, and that builds, passes its tests and serves."""

import functools
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from netkit_testing import Server, SystemTest, output_of

BUILD = Path(os.environ["NETKIT_BUILD"])
PATIENCE = 300  # seconds; the bound of a build
run = functools.partial(output_of, patience=PATIENCE)


def setUpModule():
    global FOLDER, PREFIX
    folder = tempfile.TemporaryDirectory(prefix="netkit-new-plugin-")
    unittest.addModuleCleanup(folder.cleanup)
    FOLDER = Path(folder.name)
    PREFIX = FOLDER / "prefix"
    run("cmake", "--install", BUILD, "--prefix", PREFIX)


def new_plugin(*arguments, cwd=None):
    return subprocess.run([PREFIX / "bin/netkit-new-plugin", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, check=False, cwd=cwd)


class EachKind(SystemTest):
    def make(self, name, kind):
        """Writes and builds it, and has it pass its tests and netkit-validate."""
        folder = FOLDER / name
        result = new_plugin(name, f"--{kind}", folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        run("cmake", "-B", "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}",
            "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror", cwd=folder)
        run("cmake", "--build", "build", cwd=folder)
        run("ctest", "--test-dir", "build", "--output-on-failure", cwd=folder)
        run(PREFIX / "bin/netkit-validate", folder / "build/plugins" / f"{name}.so")
        return folder

    def ask(self, folder, text):
        """Serves it by its own config, on a free port, and returns what it answers."""
        settings = json.loads((folder / f"{folder.name}.json").read_text())
        settings["listeners"][0]["address"] = "127.0.0.1:0"
        server = Server(folder, settings, program=PREFIX / "bin/netkit-server")
        self.addCleanup(server.stop)
        settings["listeners"][0]["address"] = "{}:{}".format(*server.address(folder.name))
        served = folder / "served.json"
        served.write_text(json.dumps(settings))
        return run(PREFIX / "bin/netkit-client", "--config", served, "--listener", folder.name, text)

    def test_handler(self):
        self.assertEqual(self.ask(self.make("my-greeter", "handler"), "world"), "hello, world\n")

    def test_filter(self):
        folder = self.make("marker", "filter")
        self.assertEqual(self.ask(folder, "world"), "> world\n")

    def test_framing(self):
        self.assertEqual(self.ask(self.make("byte", "framing"), "world"), "world\n")


class CommandLine(unittest.TestCase):
    def assert_fails(self, status, text, *arguments):
        result = new_plugin(*arguments, cwd=FOLDER)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(text, result.stderr)

    def test_a_wrong_command_line(self):
        self.assert_fails(64, "name")
        self.assert_fails(64, "found the name 'My Plugin'", "My Plugin")
        self.assert_fails(64, "not allowed with", "a", "--handler", "--filter")
        self.assert_fails(64, "--nonsense", "a", "--nonsense")

    def test_a_folder_that_cannot_be_written(self):
        self.assert_fails(73, "is not empty", "a", PREFIX)
        self.assert_fails(73, "a/b", "a", "/dev/null/a/b")

    def test_help(self):
        result = new_plugin("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("--framing", result.stdout)

    def test_without_a_directory_it_is_named_as_the_plugin(self):
        self.assertEqual(new_plugin("here", cwd=FOLDER).returncode, 0)
        self.assertTrue((FOLDER / "here" / "here.cpp").is_file())


if __name__ == "__main__":
    unittest.main(verbosity=2)
