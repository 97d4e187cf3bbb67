"""The configs that come with netkit, read by the server as a user would have it read them."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SERVER = pathlib.Path(os.environ["NETKIT_BUILD"]) / "bin" / "netkit-server"
CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "config"
EX_CONFIG = 78


def run(*arguments):
    return subprocess.run([SERVER, *arguments], capture_output=True, text=True, timeout=60, check=False)


def effective(path):
    result = run("--config", path, "--print-effective")
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return result.stdout


class ReadyConfigs(unittest.TestCase):
    def test_every_config_is_valid(self):
        found = (path for path in CONFIGS.rglob("*") if path.suffix in (".json", ".ini"))
        others = ("netkit.schema.json", "grafana.json")
        configs = [path for path in found if path.name not in others]
        self.assertGreaterEqual(len(configs), 8)
        for path in configs:
            with self.subTest(config=path.name):
                result = run("--config", path, "--check")
                said = result.stderr.splitlines()
                # Those who test may be root.
                warnings = [line for line in said if not line.endswith("as root: set 'user'")]
                self.assertEqual((result.returncode, warnings), (0, []))

    def test_demo_means_the_same_in_both_formats(self):
        self.assertEqual(effective(CONFIGS / "demo.json"), effective(CONFIGS / "demo.ini"))

    def test_effective_demo_is_a_config(self):
        once = effective(CONFIGS / "demo.json")
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "effective.json"
            copy.write_text(once, encoding="utf-8")
            self.assertEqual(effective(copy), once)

    def test_wrong_config_ends_with_its_own_status(self):
        with tempfile.TemporaryDirectory() as folder:
            wrong = pathlib.Path(folder) / "wrong.ini"
            wrong.write_text("[listener.a]\naddress = 127.0.0.1:0\nhandler = ecko\n", encoding="utf-8")
            for arguments in ([], ["--check"], ["--print-effective"]):
                result = run("--config", wrong, *arguments)
                self.assertEqual(result.returncode, EX_CONFIG)
                self.assertEqual(result.stdout, "")
                self.assertEqual(
                    result.stderr, f"{wrong}:3:11: error: unknown handler 'ecko'; did you mean 'echo'?\n"
                )


if __name__ == "__main__":
    unittest.main()
