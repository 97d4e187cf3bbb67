"""Plugins that cannot be used: one clear line that names the file, and no server."""

import json
import os
import re
import shutil
import struct
import unittest

from netkit_testing import BUILD, SERVER, SystemTest, run

EX_CONFIG = 78
BAD_PLUGINS = os.path.join(BUILD, "tests", "bad-plugins")
GOOD_PLUGINS = os.path.join(BUILD, "lib", "netkit", "plugins")
REBUILD = "rebuild it with this netkit's headers and flags"


def loaded_size(library):
    """Bytes of an ELF file that the loader maps; what may follow are sections for debuggers."""
    table, size, count = (*struct.unpack_from("<Q", library, 32), *struct.unpack_from("<HH", library, 54))
    headers = (struct.unpack_from("<IIQQQQ", library, table + i * size) for i in range(count))
    load = 1  # PT_LOAD
    return max(offset + in_file for kind, _, offset, _, _, in_file in headers if kind == load)


FINI_ARRAY, FINI_ARRAYSZ = 26, 28  # tags of elf.h


def dynamic_entries(library):
    """Where the entries of the dynamic section stand in the file, 16 bytes each: tag and value."""
    table, count = struct.unpack_from("<Q", library, 32)[0], struct.unpack_from("<H", library, 56)[0]
    dynamic = 2  # PT_DYNAMIC
    for kind, _, offset, _, _, size in (struct.unpack_from("<IIQQQQ", library, table + i * 56) for i in range(count)):
        if kind == dynamic:
            return range(offset, offset + size, 16)
    raise AssertionError("no dynamic section")


def spoilt(library):
    """The library with other bytes where the linker reads what to load, bind and call; all headers are right."""
    content = bytearray(library)
    for entry in dynamic_entries(library):
        struct.pack_into("<Q", content, entry + 8, 0x7FFF0000)
    return bytes(content)


def with_other(library, tag, at, flip):
    """The library with bits flipped in the tag (`at` 0) or the value (8) of that entry of the dynamic section."""
    content = bytearray(library)
    for entry in dynamic_entries(library):
        if struct.unpack_from("<Q", library, entry)[0] == tag:
            value = struct.unpack_from("<Q", library, entry + at)[0]
            struct.pack_into("<Q", content, entry + at, value ^ flip)
    return bytes(content)


class Plugins(SystemTest):
    def setUp(self):
        self.plugins = self.folder()

    def add_bad(self, name):
        shutil.copy(os.path.join(BAD_PLUGINS, name + ".so"), self.plugins)

    def add_file(self, name, content):
        with open(os.path.join(self.plugins, name + ".so"), "wb") as file:
            file.write(content)

    def config(self, handler):
        path = os.path.join(self.plugins, "server.json")
        with open(path, "w", encoding="utf-8") as file:
            listener = {"name": "a", "address": "127.0.0.1:0", "handler": handler}
            json.dump({"plugin_path": ["."], "listeners": [listener]}, file)
        return path

    def assert_refused(self, handler, why):
        """The server does not start, and says only that the file of that name cannot be used because of `why`."""
        path = self.config(handler)
        output, errors = run(SERVER, "--config", path, status=EX_CONFIG)
        self.assertEqual(output, "")
        plugin = re.escape(os.path.join(self.plugins, handler + ".so"))
        self.assertRegex(errors, rf"^{re.escape(path)}:1:\d+: error: plugin {plugin}: {why}\n$")

    def test_files_that_are_no_library(self):
        with open(os.path.join(GOOD_PLUGINS, "echo.so"), "rb") as file:
            good = file.read()
        for name, content, why in (
            ("text", b"#!/bin/sh\n" + b"echo hello\n" * 100, "invalid ELF header"),
            ("empty", b"", "file too short"),
            ("cut-in-header", good[:70], "is cut off within its header"),
            ("cut", good[:1000], r"is cut off: it has 1000 bytes and needs \d+"),
            ("cut-by-a-page", good[: (loaded_size(good) - 1) // 4096 * 4096], r"is cut off: it has \d+ bytes and needs \d+"),
            ("spoilt", spoilt(good), r"(crashes when it is loaded or unloaded|ends the process that loads it)[^\n]*"),
            ("mixed-up", good[:4] + b"\x01" + good[5:], "wrong ELF class: ELFCLASS32"),
        ):
            with self.subTest(file=name):
                self.add_file(name, content)
                self.assert_refused(name, why)

    def test_what_would_only_crash_when_it_is_unloaded(self):
        with open(os.path.join(GOOD_PLUGINS, "echo.so"), "rb") as file:
            good = file.read()
        # The thread sanitizer makes an end of the process out of a crash.
        crashes = r"(crashes when it is loaded or unloaded|ends the process that loads it)[^\n]*"
        for name, content, why in (
            ("array-lost", with_other(good, FINI_ARRAY, 0, 1 << 63), "is spoilt: it has lost its destructors"),
            ("array-elsewhere", with_other(good, FINI_ARRAY, 8, 1 << 22), crashes),
            ("size-lost", with_other(good, FINI_ARRAYSZ, 0, 1 << 49), crashes),
        ):
            with self.subTest(file=name):
                self.add_file(name, content)
                self.assert_refused(name, why)

    def test_a_folder_and_a_link_to_nowhere(self):
        os.mkdir(os.path.join(self.plugins, "folder.so"))
        self.assert_refused("folder", "is not a regular file")
        os.symlink("nowhere", os.path.join(self.plugins, "link.so"))
        self.assert_refused("link", "cannot be opened: No such file or directory")

    def test_libraries_that_are_no_plugin_of_this_server(self):
        for name, why in (
            ("missing-entry-point", r"has no entry point netkit_plugin\(\)[^\n]*"),
            ("null-descriptor", r"its netkit_plugin\(\) returned null"),
            ("first-api", rf"was built for plugin API 1; this netkit takes [0-9to ]+: {REBUILD}"),
            ("other-api", rf"was built for plugin API \d+; this netkit takes [0-9to ]+: {REBUILD}"),
            ("unresolved-symbol", "undefined symbol: [^\n]*function_that_nobody_has[^\n]*"),
            ("taken-name", "framing 'line' is already taken"),
            ("throws", "no licence found"),
            ("throws-number", "its enroll function threw something that is not a std::exception"),
            ("crashes", "crashes when it is loaded or unloaded: Aborted"),
            ("ends-process", "ends the process that loads it, with status 0"),
            ("waits", "is not loaded within 5 s"),
        ):
            with self.subTest(plugin=name):
                self.add_bad(name)
                self.assert_refused(name, why)

    def test_plugins_that_were_built_in_another_way(self):
        for name, fact, theirs, ours in (
            ("other-size", "sizeof(netkit::PluginDescriptor)", r"\d+", r"\d+"),
            ("old-strings", "_GLIBCXX_USE_CXX11_ABI", 0, 1),
            ("debug-containers", "_GLIBCXX_DEBUG", 1, 0),
            ("other-abi", "__GXX_ABI_VERSION", 1011, r"\d+"),
            ("other-standard", "__cplusplus", r"\d+", 202002),
            ("other-string", "sizeof(std::string)", 1000, 32),
            ("packed", "sizeof(netkit::Answer)", r"\d+", r"\d+"),
        ):
            if not os.path.exists(os.path.join(BAD_PLUGINS, name + ".so")):
                continue  # another compiler than g++ has no flag for it
            with self.subTest(plugin=name):
                self.add_bad(name)
                fact = re.escape(fact)
                self.assert_refused(
                    name, f"was built with {fact} = {theirs}; this netkit was built with {fact} = {ours}: {REBUILD}")

    def test_mistakes_in_what_a_plugin_publishes(self):
        for name, why in (
            ("nameless", "a handler has no name"),
            ("without-make", "handler 'without-make': has no 'make'"),
            ("option-twice", "handler 'option-twice': option 'some' is published twice"),
            ("option-nameless", "handler 'option-nameless': an option has no name"),
            ("option-type", "handler 'option-type': option 'type' cannot be: in a config that is the type's name"),
            ("default-of-another-type", "handler 'default-of-another-type': option 'time' has a default that does not "
                                        "fit: found 'soon', expected [^\n]*"),
            ("default-out-of-range", "handler 'default-out-of-range': option 'count' has a default that does not fit: "
                                     "found '9', expected [^\n]*"),
            ("reads-unpublished", "handler 'reads-unpublished' cannot be made: option 'secret' has no value, as it is "
                                  "not published"),
            ("refuses-unpublished", "handler 'refuses-unpublished' refuses option 'secret', which it does not publish: "
                                    "no good"),
        ):
            with self.subTest(plugin=name):
                self.add_bad(name)
                self.assert_refused(name, why)

    def test_a_framing_that_reads_what_it_does_not_publish(self):
        name = "framing-reads-unpublished"
        self.add_bad(name)
        path = os.path.join(self.plugins, "server.json")
        with open(path, "w", encoding="utf-8") as file:
            listener = {"name": "a", "address": "127.0.0.1:0", "framing": name, "handler": "echo"}
            json.dump({"plugin_path": ["."], "listeners": [listener]}, file)
        _, errors = run(SERVER, "--config", path, status=EX_CONFIG)
        plugin = os.path.join(self.plugins, name + ".so")
        self.assertIn(f"error: plugin {plugin}: framing '{name}': option 'secret' has no value, as it is not published\n",
                      errors)

    def test_a_mistaken_default_is_told_also_where_the_option_is_set(self):
        self.add_bad("default-out-of-range")
        _, errors = run(SERVER, "--config", self.config({"type": "default-out-of-range", "count": 3}), status=EX_CONFIG)
        self.assertIn("option 'count' has a default that does not fit", errors)

    def test_a_file_is_found_by_any_of_its_handlers(self):
        self.add_bad("offers-another")
        server = self.serve({"name": "a", "handler": "another"}, plugin_path=[self.plugins])
        self.connect(server.address("a"))

    def test_files_that_are_named(self):
        self.add_bad("offers-another")
        path = os.path.join(self.plugins, "offers-another.so")
        for top in ({"plugin_path": [self.plugins], "plugins": ["offers-another"]}, {"plugins": [path]}):
            with self.subTest(**top):
                self.serve({"name": "a", "handler": "another"}, **top)
        _, errors = run(SERVER, "--config", self.config("missing"), status=EX_CONFIG)
        self.assertIn("unknown handler 'missing'", errors)

    def test_one_file_is_listed(self):
        self.add_bad("offers-another")
        output, errors = run(SERVER, "--list-plugins", os.path.join(self.plugins, "offers-another.so"))
        self.assertRegex(output, r"^handler another: [^\n]*\n")
        self.assertNotIn("handler echo", output)
        self.assertEqual(errors, "")
        self.add_bad("throws")
        path = os.path.join(self.plugins, "throws.so")
        output, errors = run(SERVER, "--list-plugins", path, status=EX_CONFIG)
        self.assertEqual((output, errors), ("", f"error: plugin {path}: no licence found\n"))

    def test_plugins_are_listed_whatever_is_wrong_in_the_config(self):
        self.add_bad("offers-another")
        output, errors = run(SERVER, "--config", self.config("ecko"), "--list-plugins", status=EX_CONFIG)
        self.assertIn("handler another: ", output)
        self.assertIn("handler echo: ", output)
        self.assertIn("unknown handler 'ecko'", errors)

    def test_an_unknown_name_suggests_the_nearest(self):
        _, errors = run(SERVER, "--config", self.config("ecko"), status=EX_CONFIG)
        self.assertRegex(errors, r"^[^\n]*: error: unknown handler 'ecko'[^\n]*'echo'[^\n]*\n$")

    def test_a_plugin_without_the_handler_of_its_name(self):
        self.add_bad("offers-another")
        _, errors = run(SERVER, "--config", self.config("offers-another"), status=EX_CONFIG)
        self.assertRegex(errors, r"^[^\n]*: error: [^\n]*'offers-another'[^\n]*\n$")

    def test_bad_plugins_nobody_names_do_no_harm(self):
        for file in os.listdir(BAD_PLUGINS):
            shutil.copy(os.path.join(BAD_PLUGINS, file), self.plugins)
        server = self.serve({"name": "echo", "handler": "echo"}, plugin_path=[self.plugins])
        self.assert_answer(server.address("echo"), b"hello", b"hello")

    def test_a_folder_of_the_plugin_path_comes_before_the_built_in_one(self):
        shutil.copy(os.path.join(BAD_PLUGINS, "throws.so"), os.path.join(self.plugins, "echo.so"))
        self.assert_refused("echo", "no licence found")

    def test_a_copy_elsewhere_serves(self):
        shutil.copy(os.path.join(GOOD_PLUGINS, "uppercase.so"), self.plugins)
        server = self.serve({"name": "upper", "handler": "uppercase"}, plugin_path=[self.plugins])
        self.assert_answer(server.address("upper"), b"hello", b"HELLO")
        with open(f"/proc/{server.popen.pid}/maps", encoding="utf-8") as maps:
            self.assertIn(os.path.join(self.plugins, "uppercase.so"), maps.read())


if __name__ == "__main__":
    unittest.main()
