"""The JSON Schema of configs, as ajv reads it: it agrees with the server on every config of the tests and with the samples, and knows
the same keys as the server and the documentation."""

import functools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["NETKIT_BUILD"])
SERVER = BUILD / "bin" / "netkit-server"
ROOT = pathlib.Path(__file__).resolve().parents[3]
CONFIGS = ROOT / "config"
TESTS = ROOT / "tests" / "config"
SAMPLE_SCHEMA = CONFIGS / "netkit.schema.json"
UNKNOWN_KEY = "z" * 60

# Broken configs that a schema accepts, with the reason.
CANNOT_TELL = {
    "address-bad-ipv6": "the grammar of IPv6 addresses is no regular expression that anybody could read",
    "duplicate-names": "it cannot compare members of two listeners",
    "duration-overflow": "it does not calculate with units",
    "every-ipv4-and-one": "it cannot compare members of two listeners",
    "framing-option-at-odds": "it cannot compare two numbers",
    "framing-out-at-odds": "the framing itself refuses the value",
    "framing-size-over-limit": "it cannot compare two numbers",
    "framing-throws": "the framing itself refuses the config",
    "integer-exponent": "1e1 and 10 are the same number for it",
    "json-duplicate-keys": "readers of JSON drop the first of the two before it sees them",
    "one-and-every-ipv6": "it cannot compare members of two listeners",
    "plugin-path-wrong": "it does not look at files",
    "same-address": "it cannot compare members of two listeners",
    "same-address-localhost": "it cannot compare members of two listeners",
    "same-address-spelled-differently": "it cannot compare members of two listeners",
    "shell-exposed": "what is dangerous is for the handler to say",
    "size-overflow": "it does not calculate with units",
    "unix-same-path": "it cannot compare members of two listeners",
    "unix-shell-exposed": "what is dangerous is for the handler to say",
    "user-unknown": "it does not know the users of a machine",
}


def output_of(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command[0]}: {result.stderr}")
    return result.stdout


@functools.cache
def schema_text():
    return output_of(SERVER, "--print-schema")


def mistakes(schema, paths):
    """What ajv finds wrong with each file, None where nothing is."""
    validator = pathlib.Path(__file__).with_name("validate.js")
    environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
    found = json.loads(output_of("node", validator, schema, *paths, env=environment))
    return {pathlib.Path(path): mistake for path, mistake in found.items()}


def samples():
    configs = [path for path in CONFIGS.rglob("*.json") if not path.name.endswith(".schema.json")]
    return [path for path in configs if "listeners" in json.loads(path.read_text(encoding="utf-8"))]


class SchemaTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Verdicts(SchemaTest):
    def verdicts(self, folder):
        schema = self.write("schema.json", output_of(BUILD / "tests" / "print-fake-schema"))
        paths = sorted((TESTS / folder).glob("*.json"))
        self.assertTrue(paths)
        return {path.stem: mistake for path, mistake in mistakes(schema, paths).items()}

    def test_good_configs_are_accepted(self):
        for name, mistake in self.verdicts("good").items():
            self.assertIsNone(mistake, name)

    def test_broken_configs_are_refused_where_a_schema_can_tell(self):
        found = self.verdicts("broken")
        accepted = {name for name, mistake in found.items() if mistake is None}
        self.assertEqual(accepted, set(CANNOT_TELL))
        self.assertGreaterEqual(len(found) - len(accepted), 100)


class Samples(SchemaTest):
    def test_they_name_the_schema_that_comes_with_them(self):
        self.assertGreaterEqual(len(samples()), 5)
        for path in samples():
            named = json.loads(path.read_text(encoding="utf-8")).get("$schema", "nothing")
            self.assertEqual((path.parent / named).resolve(), SAMPLE_SCHEMA.resolve(), path)

    def test_the_schema_that_comes_with_them_is_the_one_that_is_printed(self):
        text = SAMPLE_SCHEMA.read_text(encoding="utf-8")
        self.assertTrue(
            text == schema_text(), f"run netkit-server --print-schema >{SAMPLE_SCHEMA.relative_to(ROOT)}"
        )

    def test_they_are_accepted(self):
        packaged = ROOT / "debian" / "netkit.json"
        for path, mistake in mistakes(SAMPLE_SCHEMA, [*samples(), packaged]).items():
            self.assertIsNone(mistake, path)

    def test_they_are_accepted_with_every_default_written_out(self):
        sources = samples() + sorted(CONFIGS.rglob("*.ini"))
        effective = [
            self.write(f"{number}.json", output_of(SERVER, "--config", path, "--print-effective"))
            for number, path in enumerate(sources)
        ]
        found = mistakes(SAMPLE_SCHEMA, effective)
        for source, path in zip(sources, effective, strict=True):
            self.assertIsNone(found[path], source)

    def test_plugins_of_a_config_are_in_its_schema(self):
        folder = BUILD / "lib" / "netkit" / "plugins" / "examples"
        listener = {"name": "a", "address": "127.0.0.1:0", "handler": "counter"}
        text = json.dumps({"plugin_path": str(folder), "listeners": [listener]})
        config = self.write("config.json", text)
        schema = self.write("schema.json", output_of(SERVER, "--config", config, "--print-schema"))
        self.assertIsNone(mistakes(schema, [config])[config])
        self.assertIsNotNone(mistakes(SAMPLE_SCHEMA, [config])[config])


class Keys(SchemaTest):
    def known(self, config):
        """The keys that the server knows beside UNKNOWN_KEY."""
        path = self.write("config.json", json.dumps(config))
        result = subprocess.run([SERVER, "--config", path, "--check"], capture_output=True, text=True, timeout=60, check=False)
        found = re.findall(rf"unknown key '{UNKNOWN_KEY}'; known: (.*)", result.stderr)
        self.assertEqual(len(found), 1, result.stderr)
        return set(found[0].split(", "))

    def assert_same(self, schema, config):
        self.assertEqual(self.known(config), set(schema["properties"]), config)

    def listener(self, **members):
        return {"listeners": [{"name": "a", "address": "127.0.0.1:0", "handler": "echo", **members}]}

    def of_type(self, kind):
        definitions = json.loads(schema_text())["definitions"]
        prefix = f"{kind}-"
        return {name.removeprefix(prefix): each for name, each in definitions.items() if name.startswith(prefix)}

    def test_of_the_top_level(self):
        schema = json.loads(schema_text())
        self.assert_same(schema, {UNKNOWN_KEY: 1})
        for section in ("event_loops", "log", "admin", "limits", "timeouts"):
            self.assert_same(schema["properties"][section], {section: {UNKNOWN_KEY: 1}})
        per_source = schema["properties"]["limits"]["properties"]["per_source"]
        self.assert_same(per_source, {"limits": {"per_source": {UNKNOWN_KEY: 1}}})

    def test_of_a_listener(self):
        schema = json.loads(schema_text())["properties"]["listeners"]["items"]
        self.assert_same(schema, self.listener(**{UNKNOWN_KEY: 1}))
        for section in ("limits", "timeouts", "udp_sessions", "access", "tls"):
            self.assert_same(schema["properties"][section], self.listener(**{section: {UNKNOWN_KEY: 1}}))

    def test_of_handlers_and_framings(self):
        handlers, framings = self.of_type("handler"), self.of_type("framing")
        self.assertIn("exec", handlers)
        self.assertIn("length", framings)
        for name, schema in handlers.items():
            self.assert_same(schema, self.listener(handler={"type": name, UNKNOWN_KEY: 1}))
        for name, schema in framings.items():
            framing = {"in": {"type": name, UNKNOWN_KEY: 1}, "out": "line"}
            self.assert_same(schema, self.listener(framing=framing))

    def test_of_a_target(self):
        schema = json.loads(schema_text())["definitions"]["target"]["anyOf"][1]
        target = {"address": "127.0.0.1:1"}

        def config(**members):
            return self.listener(handler={"type": "lua", "script": "x", "connect": {"a": {**target, **members}}})

        self.assert_same(schema, config(**{UNKNOWN_KEY: 1}))
        self.assert_same(schema["properties"]["tls"], config(tls={UNKNOWN_KEY: 1}))


class Documentation(SchemaTest):
    def assert_documented(self, names, page="config.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        missing = [name for name in names if f"`{name}`" not in text]
        self.assertEqual(missing, [], f"docs/{page}")

    def test_every_key_is_in_it(self):
        top = json.loads(schema_text())["properties"]
        listener = top["listeners"]["items"]["properties"]
        self.assert_documented(key for key in (*top, *listener) if key != "event_loops")
        for section in ("event_loops", "log", "limits", "timeouts"):
            self.assert_documented(f"{section}.{key}" for key in top[section]["properties"] if key != "per_source")
        for section in ("limits", "timeouts", "udp_sessions", "access", "tls"):
            self.assert_documented(f"{section}.{key}" for key in listener[section]["properties"] if key != "per_source")
        self.assert_documented(top["admin"]["properties"], "admin.md")


if __name__ == "__main__":
    unittest.main()
