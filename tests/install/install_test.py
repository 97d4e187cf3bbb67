"""netkit is installed, the tree is moved, and from there it serves and is built against, without its sources."""

import functools
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from netkit_testing import SystemTest, output_of

BUILD = Path(os.environ["NETKIT_BUILD"])
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
PATIENCE = 120  # seconds; the bound of a build
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
CLANG = shutil.which("clang++-14")


run = functools.partial(output_of, patience=PATIENCE)


def setUpModule():
    global FOLDER, PREFIX
    FOLDER = tempfile.TemporaryDirectory(prefix="netkit-install-")
    unittest.addModuleCleanup(FOLDER.cleanup)
    first = Path(FOLDER.name) / "first"
    run("cmake", "--install", BUILD, "--prefix", first)
    PREFIX = first.rename(first.with_name("moved"))


class Installed(SystemTest):
    def serve_one(self, handler, plugins=None):
        """Starts the installed server and returns the address of its only listener."""
        paths = {"plugin_path": [str(plugins)]} if plugins else {}
        listener = {"name": "a", "framing": "line", "handler": handler}
        server = self.serve(listener, program=PREFIX / "bin" / "netkit-server", **paths)
        return "{}:{}".format(*server.address("a"))

    def ask(self, address, text):
        return run(PREFIX / "bin" / "netkit-client", "--framing", "line", address, text)

    def assert_reverses(self, plugins):
        """The plugin reverse in that folder serves."""
        self.assertEqual(self.ask(self.serve_one("reverse", plugins), "stressed"), "desserts\n")


class Files(Installed):
    def test_what_is_where(self):
        for name in ("bin/netkit-server", "bin/netkit-client", "bin/netkit-bench", "bin/netkit-validate",
                     "bin/netkit-new-plugin", "lib/netkit/netkit-launcher"):
            self.assertTrue(os.access(PREFIX / name, os.X_OK), name)
        for name in ("python/netkit.py", "python/unbuffered/sitecustomize.py", "node/netkit.js", "netkit-unbuffered.so"):
            self.assertTrue((PREFIX / "lib/netkit" / name).is_file(), name)
        self.assertTrue(os.access(PREFIX / "share/netkit/config/examples/greet.sh", os.X_OK))
        self.assertTrue((PREFIX / "share/netkit/config/netkit.schema.json").is_file())
        for name in ("README.md", "LICENSE", "CHANGELOG.md", "operations.md", "examples/slip/slip.cpp"):
            self.assertTrue((PREFIX / "share/doc/netkit" / name).is_file(), name)
        for name in ("bash-completion/completions/netkit-ctl", "zsh/site-functions/_netkit-ctl",
                     "fish/vendor_completions.d/netkit-ctl.fish"):
            self.assertTrue((PREFIX / "share" / name).is_file(), name)
        if shutil.which("scdoc"):
            for name in ("man1/netkit-server.1", "man5/netkit.json.5"):
                self.assertTrue((PREFIX / "share/man" / name).is_file(), name)

    def test_every_header_is_there_and_nothing_else(self):
        def headers(folder):
            return sorted(path.name for path in folder.iterdir())

        sdk = headers(SOURCE / "core/include/netkit")
        self.assertEqual(headers(PREFIX / "include/netkit"), sorted([*sdk, "testing"]))
        kit = SOURCE / "core/testing/include/netkit/testing"
        self.assertEqual(headers(PREFIX / "include/netkit/testing"), headers(kit))

    def test_the_example_configs_are_valid_where_they_are(self):
        files = [path for path in (PREFIX / "share/netkit/config").rglob("*") if path.suffix in (".json", ".ini")]
        configs = [path for path in files if path.name not in ("netkit.schema.json", "grafana.json")]
        self.assertGreaterEqual(len(configs), 8)
        for config in configs:
            with self.subTest(config=config.name):
                run(PREFIX / "bin" / "netkit-server", "--config", config, "--check")


class Programs(Installed):
    def test_the_server_finds_the_plugins_that_came_with_it(self):
        listing = run(PREFIX / "bin" / "netkit-server", "--list-plugins")
        for plugin in ("echo", "uppercase", "hello", "exec", "file-send", "lua"):
            self.assertRegex(listing, rf"(?m)^.*\b{plugin}\b")
        self.assertEqual(self.ask(self.serve_one("uppercase"), "hello"), "HELLO\n")

    def test_the_exec_plugin_finds_its_launcher(self):
        handler = {"type": "exec", "commands": {"say": ["echo"]}}
        self.assertEqual(self.ask(self.serve_one(handler), "say hello"), "hello\n")

    def test_a_link_to_the_server_finds_its_plugins(self):
        link = Path(self.folder()) / "netkit-server"
        link.symlink_to(PREFIX / "bin" / "netkit-server")
        self.assertIn("uppercase", run(link, "--list-plugins"))


def pkg_config_environment():
    """In which pkg-config finds what is installed; below lib/ each system has a folder of its own."""
    (file,) = (PREFIX / "lib").rglob("netkit.pc")
    return {**os.environ, "PKG_CONFIG_PATH": str(file.parent)}


@functools.cache
def built_by_cmake(compiler):
    """The folder in which the plugins were built by that compiler."""
    build = tempfile.mkdtemp(dir=FOLDER.name)
    run("cmake", "-S", HERE / "plugin", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={' '.join(WARNINGS)}", "-DCMAKE_CXX_STANDARD=23")
    run("cmake", "--build", build)
    return Path(build)


class PluginsOfOthers(Installed):
    def build_by_one_line(self, compiler, without=""):
        """Builds by the line in docs/writing-plugins.md, with another compiler and without one of its flags."""
        page = (SOURCE / "docs" / "writing-plugins.md").read_text()
        line = re.search(r"(?m)^\$ (g\+\+ \$\(pkg-config .*)$", page)[1]
        line = line.replace("g++", compiler).replace(without, "")
        folder = Path(self.folder())
        shutil.copy(HERE / "plugin" / "reverse.cpp", folder)
        plugins = folder / "my-plugins"
        plugins.mkdir()
        run("bash", "-c", f"{line} {' '.join(WARNINGS)}", cwd=folder, env=pkg_config_environment())
        return plugins

    def assert_cmake_builds_plugins(self, compiler):
        plugins = built_by_cmake(compiler)
        self.assert_reverses(plugins)
        self.assertEqual(self.ask(self.serve_one("user-name", plugins), "0"), "1 root\n")

    def test_by_cmake_with_gcc(self):
        self.assert_cmake_builds_plugins("g++")

    def test_by_one_line_with_gcc(self):
        self.assert_reverses(self.build_by_one_line("g++"))

    @unittest.skipUnless(CLANG, "clang++-14 is not there")
    def test_by_cmake_with_clang(self):
        self.assert_cmake_builds_plugins(CLANG)

    @unittest.skipUnless(CLANG, "clang++-14 is not there")
    def test_by_one_line_with_clang(self):
        self.assert_reverses(self.build_by_one_line(CLANG, without="-fno-gnu-unique"))

    def test_a_plugin_installed_beside_netkits_own_is_found_without_being_told(self):
        run("cmake", "--install", built_by_cmake("g++"))
        self.addCleanup((PREFIX / "lib/netkit/plugins/reverse.so").unlink)
        self.assert_reverses(None)

    def test_the_flags_keep_plugins_unloadable_and_their_symbols_to_themselves(self):
        build = built_by_cmake("g++")
        unique = "u"
        self.assertNotIn(unique, run("nm", "--dynamic", "--defined-only", build / "user-name.so").split())
        symbols = run("nm", "--dynamic", "--defined-only", "--format=just-symbols", build / "reverse.so").split()
        self.assertEqual([symbol for symbol in symbols if "Reverse" in symbol or "netkit" in symbol], ["netkit_plugin"])

    def test_a_project_that_wants_another_version_is_told(self):
        project = Path(self.folder()) / "CMakeLists.txt"
        project.write_text("cmake_minimum_required(VERSION 3.25)\nproject(a LANGUAGES CXX)\n"
                           "find_package(netkit 0.2 CONFIG REQUIRED)\n")
        with self.assertRaisesRegex(AssertionError, r"compatible\s+with\s+requested\s+version"):
            run("cmake", "-S", project.parent, "-B", project.parent / "build", f"-DCMAKE_PREFIX_PATH={PREFIX}")

    def test_pkg_config_tells_where_plugins_go(self):
        folder = run("pkg-config", "--variable=plugindir", "netkit", env=pkg_config_environment()).strip()
        self.assertTrue(Path(folder).samefile(PREFIX / "lib/netkit/plugins"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
