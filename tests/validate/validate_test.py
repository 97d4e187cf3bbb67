"""netkit-validate finds each of the faults that are planted in plugins, and none where there is none."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["NETKIT_BUILD"])
VALIDATE = BUILD / "bin" / "netkit-validate"
PLANTED = BUILD / "tests" / "planted"
SOURCES = Path(__file__).resolve().parents[2]

# By the plugin planted_NAME: a check that fails, and a part of what it says.
FAULTS = {
    "size_zero": ("framing planted: takes random bytes", "the decoder took nothing"),
    "size_beyond": ("framing planted: what was encoded is decoded", "which stands for"),
    "body_outside": ("framing planted: bodies stay inside the bytes", "16 bytes beyond"),
    "lost_byte": ("framing planted: what was encoded is decoded", "the quick brown fox"),
    "shared_state": ("framing planted: the decoders of two conversations share no state", "expected"),
    "over_max": ("framing planted: the largest message passes and one more byte does not", "121"),
    "split": ("framing planted: any split gives the same messages", "expected"),
    "throws": ("handler planted: takes a message", "handler-failed: out of ink"),
    "filter_throws": ("filter planted: takes a message", "handler-failed: out of ink"),
    "blocks": ("handler planted: stays off the loop", "let may_block() say true"),
    "dropped_reply": ("handler planted: finishes its replies", "handler-dropped"),
    "empty_crash": ("handler planted: takes an empty message", "crashes: Aborted"),
    "hangs": ("handler planted: takes a message of 1 MiB", "is not over within"),
    "thread": ("plugin: unloads without a trace", "a thread that it has started still runs"),
    "make_throws": ("handler planted: its defaults make it", "out of ink"),
    "default": ("plugin: defaults fit their options", "the default of option 'count'"),
    "choice": ("handler planted: every choice makes it", "with how=badly: nobody has written this"),
}


def validate(*arguments):
    return subprocess.run([VALIDATE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=300, check=False)


def plugin(name):
    return PLANTED / f"planted_{name}.so"


class Faults(unittest.TestCase):
    def test_each_is_found(self):
        for name, (check, why) in FAULTS.items():
            with self.subTest(fault=name):
                result = validate(plugin(name), "--only", check, "--json")
                (found,) = [one for one in json.loads(result.stdout)["checks"] if one["name"] == check]
                self.assertEqual(found["result"], "failed")
                self.assertIn(why, found["why"])
                self.assertEqual(result.returncode, 1)

    def test_none_is_left_out(self):
        planted = {path.stem.removeprefix("planted_") for path in PLANTED.glob("planted_*.so")}
        self.assertEqual(planted, {"nothing", *FAULTS})

    def test_none_is_found_where_there_is_none(self):
        result = validate(plugin("nothing"))
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"(?m)^\d+ checks: \d+ ok, 0 failed, [01] skipped$")
        self.assertIn("ok       framing planted: carries large bodies: bodies of 256 bytes are refused", result.stdout)


class OwnPlugins(unittest.TestCase):
    def test_those_of_netkit_hold(self):
        for name, options in {"echo": [], "uppercase": [], "hello": [], "file-send": ["file-send.root=/tmp"],
                              "exec": ["exec.shell=true"]}.items():
            with self.subTest(plugin=name):
                arguments = [word for option in options for word in ("--option", option)]
                result = validate(BUILD / "lib/netkit/plugins" / f"{name}.so", *arguments)
                self.assertEqual(result.returncode, 0, result.stdout)


class Scripts(unittest.TestCase):
    def check(self, text, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "test.lua"
            script.write_text(text, encoding="utf-8")
            return validate(script, *arguments)

    def test_the_examples_hold(self):
        for path in sorted((SOURCES / "config/examples/lua").glob("*.lua")):
            with self.subTest(script=path.name):
                options = ["--option", "lua.connect.upper=none"] if path.stem == "ask" else []
                result = validate(path, *options)
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertRegex(result.stdout, r"(?m)^\d+ checks: \d+ ok, 0 failed, 0 skipped$")

    def test_what_does_not_compile_is_told_with_its_line(self):
        result = self.check("function on_message()\n  return = 1\nend")
        self.assertEqual(result.returncode, 1)
        self.assertIn("failed   script: is a handler or a framing: as a handler: 'script': test.lua:2: unexpected symbol",
                      result.stdout)

    def test_faults_are_found(self):
        result = self.check("function on_message(s, body) return body:sub(1, 1):rep(2) .. (body == '' and nil) end")
        self.assertEqual(result.returncode, 1)
        self.assertIn("failed   handler lua: takes an empty message: a message of 0 bytes: the conversation ends with "
                      "handler-failed: test.lua:1: attempt to concatenate a", result.stdout)
        lost = "function size(b) return 2 end function unwrap(f) return f:sub(1, 1) end function wrap(b) return b end"
        result = self.check(lost)
        self.assertEqual(result.returncode, 1)
        self.assertIn("failed   framing lua: what was encoded is decoded", result.stdout)


class CommandLine(unittest.TestCase):
    def assert_usage_error(self, text, *arguments):
        result = validate(*arguments)
        self.assertEqual(result.returncode, 64)
        self.assertIn(text, result.stderr)

    def test_what_is_wrong_is_told(self):
        self.assert_usage_error("PLUGIN.so|SCRIPT.lua is required")
        self.assert_usage_error("/nowhere.so", "/nowhere.so")
        self.assert_usage_error("expected TYPE.OPTION=VALUE", plugin("nothing"), "--option", "text")
        self.assert_usage_error("no check has such a name", plugin("nothing"), "--only", "nonsense")

    def test_help_is_on_standard_output(self):
        result = validate("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("--only PATTERN", result.stdout)

    def test_what_is_no_plugin_fails_to_load(self):
        result = validate("/bin/true", "--only", "loads")
        self.assertEqual(result.returncode, 1)
        self.assertIn("failed   plugin: loads: plugin /bin/true: ", result.stdout)

    def test_an_option_is_set(self):
        hello = BUILD / "lib/netkit/plugins/hello.so"
        self.assertEqual(validate(hello, "--option", "hello.text=hi", "--only", "defaults make").returncode, 0)
        wrong = validate(hello, "--option", "hello.txt=hi", "--only", "defaults make")
        self.assertIn("there is no option 'txt'", wrong.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
