"""What the admin endpoint says of plugins: which generations are loaded, what they offer, who uses them."""

import json
import os
import shutil
import unittest

from netkit_testing import BUILD, receive_exactly, sanitized, wait_until
from test_admin import AdminTest

VERSIONS = os.path.join(BUILD, "tests", "version-plugins")
EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")


class PluginsTest(AdminTest):
    def setUp(self):
        self.plugins = self.folder()
        self.file = os.path.join(self.plugins, "version.so")
        self.install(1)

    def install(self, version):
        """As a package manager does it: a new file takes the name."""
        fresh = os.path.join(self.plugins, "fresh")
        shutil.copy(os.path.join(VERSIONS, f"version-{version}.so"), fresh)
        os.rename(fresh, self.file)

    def serve_plugins(self, *listeners, **top):
        path = os.path.join(self.folder(), "admin.sock")
        server = self.serve(*listeners, admin={"address": path}, plugin_path=[self.plugins, EXAMPLES], **top)
        server.admin = path
        return server

    def converse(self, server, name):
        """A conversation that goes on."""
        client = self.connect(server.address(name))
        client.sendall(b"x\n")
        receive_exactly(client, 4)
        return client

    def of_file(self, server, file):
        return [one for one in self.look(server, "/plugins") if one["file"] == file]

    def facts(self, server):
        """(version, listeners, conversations) of each generation of the plugin that is replaced."""
        return [(one["version"], one["listeners"], one["conversations"]) for one in self.of_file(server, self.file)]

    def test_a_plugin_says_what_it_is_and_offers(self):
        server = self.serve_plugins({"name": "a", "framing": {"type": "slip"}, "handler": "version", "filters": ["log"]})
        (version,) = self.of_file(server, self.file)
        self.assertEqual((version["name"], version["version"], version["handlers"]), ("version", "1", ["version"]))
        self.assertGreaterEqual(version["api"], 3)
        (slip,) = self.of_file(server, os.path.join(EXAMPLES, "slip.so"))
        self.assertEqual((slip["framings"], slip["handlers"], slip["listeners"]), (["slip"], [], ["a"]))
        (log,) = self.of_file(server, os.path.join(EXAMPLES, "log.so"))
        self.assertEqual((log["filters"], log["listeners"]), (["log"], ["a"]))
        generations = [one["generation"] for one in self.look(server, "/plugins")]
        self.assertEqual(len(set(generations)), 3)

    def test_each_generation_has_its_conversations(self):
        entry = {"framing": "line", "handler": "version"}
        server = self.serve_plugins({**entry, "name": "a"}, {**entry, "name": "b"})
        first = [self.converse(server, "a"), self.converse(server, "b")]
        self.assertEqual(self.facts(server), [("1", ["a", "b"], 2)])
        self.install(2)
        self.ctl(server, "reload")
        self.converse(server, "a")
        self.assertEqual(self.facts(server), [("1", [], 2), ("2", ["a", "b"], 1)])
        old, new = self.of_file(server, self.file)
        self.assertLess(old["generation"], new["generation"])
        for client in first:
            client.close()
        gone = [("2", ["a", "b"], 1)]
        wait_until(lambda: self.facts(server) == gone, lambda: self.facts(server))
        if not sanitized():  # under the address sanitizer libraries stay
            self.assertNotIn("stays in memory", server.log())

    def test_conversations_over_udp_count(self):
        server = self.serve_plugins({"name": "d", "transport": "udp", "handler": "version", "udp_sessions": {"idle": "1h"}})
        client = self.datagram_socket(server.address("d", "udp"))
        client.send(b"x")
        self.assertEqual(client.recv(100), b"1:x")
        self.assertEqual(self.facts(server), [("1", ["d"], 1)])

    def test_netkit_ctl_shows_them(self):
        server = self.serve_plugins({"name": "a", "framing": "line", "handler": "version"})
        self.converse(server, "a")
        heading, line = self.ctl(server, "plugins").splitlines()
        self.assertEqual(heading.split(), ["FILE", "GENERATION", "PLUGIN", "VERSION", "API", "OFFERS", "LISTENERS", "CONVERSATIONS"])
        (one,) = json.loads(self.ctl(server, "--json", "plugins"))
        self.assertEqual(line.split(), [self.file, str(one["generation"]), "version", "1", str(one["api"]), "handler", "version", "a", "1"])


if __name__ == "__main__":
    unittest.main()
