"""The man pages: mandoc finds no fault with them, and they have every option of --help and every key of the config."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["NETKIT_BUILD"])
PAGES = BUILD / "man"
SERVER = BUILD / "bin" / "netkit-server"
PATIENCE = 60  # seconds
STRANGE = "zzqqxx"  # like no key: the server then names all that there are


def output_of(*words, status=0):
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode != status:
        raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def page(name):
    """The text of a page as a reader sees it, its lines not broken."""
    section = name.rsplit(".", 1)[1]
    shown = output_of("mandoc", "-T", "ascii", "-O", "width=900", PAGES / f"man{section}" / name)
    return re.sub(r".\x08", "", shown)


def sections():
    """(prefix of its keys, the object) for an object with a strange key in each section of a config."""
    def strange():
        return {STRANGE: 1}

    def limits():
        return {**strange(), "per_source": strange()}

    listener = {"name": "a", "transport": ["tls", "udp"], "address": "127.0.0.1:7001", "handler": "echo", **strange(),
                "tls": strange(), "access": strange(), "udp_sessions": strange(), "limits": limits(), "timeouts": strange()}
    return {**strange(), "log": strange(), "admin": strange(), "event_loops": strange(), "limits": limits(),
            "timeouts": strange(), "listeners": [listener]}


def paths(node, prefix=""):
    """The prefix of each object, in the order of the text."""
    if isinstance(node, list):
        for one in node:
            yield from paths(one)
    elif isinstance(node, dict):
        yield prefix
        for key, value in node.items():
            yield from paths(value, f"{prefix}{key}.")


def known_keys(folder):
    """Every key of the config, with dots: the server lists them for each section in which one is unknown."""
    config = Path(folder) / "strange.json"
    wrong = sections()
    config.write_text(json.dumps(wrong, indent=1), encoding="utf-8")
    errors = output_of(SERVER, "--config", config, "--check", status=78)
    lists = re.findall(rf"(?m)unknown key '{STRANGE}'; known: (.+)$", errors)
    prefixes = list(paths(wrong))
    if len(lists) != len(prefixes):
        raise AssertionError(f"expected {len(prefixes)} lists of keys\n{errors}")
    return {prefix + key for prefix, keys in zip(prefixes, lists) for key in keys.split(", ")}


@unittest.skipUnless(shutil.which("mandoc"), "mandoc is not there")
@unittest.skipUnless(shutil.which("scdoc"), "scdoc is not there: no man pages were built")
class ManPages(unittest.TestCase):
    def test_mandoc_finds_no_fault(self):
        pages = sorted(PAGES.glob("man?/*"))
        self.assertEqual([one.name for one in pages],
                         ["netkit-bench.1", "netkit-client.1", "netkit-ctl.1", "netkit-new-plugin.1", "netkit-server.1",
                          "netkit-validate.1", "netkit.json.5"])
        for one in pages:
            with self.subTest(page=one.name):
                self.assertEqual(output_of("mandoc", "-T", "lint", "-W", "warning", one), "")

    def test_every_option_and_example_of_the_help_stands_in_the_page(self):
        for program in ("server", "client", "ctl", "bench", "validate", "new-plugin"):
            shown = output_of(BUILD / "bin" / f"netkit-{program}", "--help")
            text = page(f"netkit-{program}.1")
            wanted = set(re.findall(r"(?<![\w-])--?[a-z0-9][\w.-]*", shown))
            wanted |= {line.strip() for line in shown.splitlines() if line.startswith(f"  netkit-{program} ")}
            self.assertGreater(len(wanted), 4)
            for one in wanted:
                with self.subTest(program=program, text=one):
                    self.assertIn(one.replace(f"netkit-{program} [", "["), text)

    def test_every_command_of_netkit_ctl_stands_in_its_page_with_its_options(self):
        text = page("netkit-ctl.1")
        for command in re.findall(r"(?m)^  ([a-z]+) {2,}", output_of(BUILD / "bin" / "netkit-ctl", "--help")):
            shown = output_of(BUILD / "bin" / "netkit-ctl", command, "--help")
            for one in [command, *re.findall(r"(?m)^  (--?[a-z-]+)", shown)]:
                with self.subTest(command=command, text=one):
                    self.assertRegex(text, rf"(?m)^ +{one}\b")


@unittest.skipUnless(shutil.which("mandoc"), "mandoc is not there")
@unittest.skipUnless(shutil.which("scdoc"), "scdoc is not there: no man pages were built")
class ConfigPage(unittest.TestCase):
    def setUp(self):
        self.text = page("netkit.json.5")
        folder = tempfile.TemporaryDirectory(prefix="netkit-man-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def entries(self, key):
        """The entries of a key: the line that begins each, and what stands below it."""
        name = re.escape(key)
        pattern = rf"(?m)^ {{7}}(?:[^(\n]*, )?{name}(?:, [^(\n]*)?(?: \(.*)?\n(?: {{8,}}.*\n)*"
        found = re.findall(pattern, self.text[self.text.index("\nTOP LEVEL\n"):])
        self.assertTrue(found, f"netkit.json(5) has no entry for {key}")
        return "".join(found)

    def test_every_key_has_an_entry(self):
        keys = known_keys(self.folder)
        self.assertIn("limits.per_source.calls", keys)
        for key in sorted(keys):
            with self.subTest(key=key):
                of_all = key.replace(".per_source.", ".")
                if of_all != key and of_all in keys:
                    self.assertIn("per source", self.entries(of_all))
                elif not any(other.startswith(f"{key}.") for other in keys):
                    self.entries(key)

    def test_every_option_of_a_handler_or_framing_has_an_entry(self):
        listing = output_of(SERVER, "--list-plugins")
        blocks = re.findall(r"(?m)^((?:handler|framing) \S+): .*\n((?:    .*\n)*)", listing)
        self.assertGreater(len(blocks), 15)
        for title, options in blocks:
            section = re.search(rf"(?m)^ +{title}\n((?: {{7}}.*\n|\n)*)", self.text)
            self.assertIsNotNone(section, title)
            for option in re.findall(r"(?m)^    (\w+) =", options):
                with self.subTest(type=title, option=option):
                    self.assertRegex(section[1], rf"(?m)^ {{7}}{option} \(")

    def test_it_says_what_needs_a_restart(self):
        running = {"listeners": [{"name": "a", "address": "127.0.0.1:7001", "handler": "echo"}]}
        changed = {**running, "worker_threads": 5, "event_loops": {"count": 3, "spin": "1ms", "pin": True}, "debuggable": True,
                   "log": {"format": "json", "file": "a.log", "level": "error", "connections": True},
                   "limits": {"connections": 5}, "timeouts": {"lame_duck": "1s"}, "admin": {"metrics": "127.0.0.1:7002"}}
        if os.geteuid() == 0:
            changed.update(user="nobody", group="nogroup")
        for name, config in ("running", running), ("changed", changed):
            (self.folder / f"{name}.json").write_text(json.dumps(config), encoding="utf-8")
        plan = output_of(SERVER, "--config", self.folder / "running.json", "--reload-plan", self.folder / "changed.json")
        steps = re.findall(r"(?m)^(needs restart|changed server): (\S+)$", plan)
        self.assertGreater(len(steps), 10)
        for what, key in steps:
            with self.subTest(key=key):
                entries = self.entries("admin" if key.startswith("admin.") else key)
                self.assertEqual("needs a restart" in entries, what == "needs restart", entries)


if __name__ == "__main__":
    unittest.main(verbosity=2)
