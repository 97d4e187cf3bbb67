"""Filters around a handler, and what a handler has from its listener: groups, timers, metrics and the log."""

import json
import os
import signal
import unittest

from netkit_testing import BUILD, SERVER, SystemTest, run

EX_CONFIG = 78
PLUGINS = os.path.join(BUILD, "tests", "filter-plugins")


class Talk:
    """One line-framed conversation."""

    def __init__(self, connection):
        self.connection = connection
        self.lines = connection.makefile("rb")

    def send(self, text):
        self.connection.sendall(text.encode() + b"\n")

    def line(self):
        return self.lines.readline().decode().rstrip("\n")

    def ask(self, text):
        self.send(text)
        return self.line()


class Filters(SystemTest):
    def serve_news(self, filters, **top):
        listener = {"name": "news", "handler": "news", "framing": "line", "filters": filters}
        return self.serve(listener, plugin_path=[PLUGINS], plugins=["news"], **top)

    def talk(self, server):
        return Talk(self.connect(server.address("news")))

    def reload(self, server, change):
        with open(server.config, encoding="utf-8") as file:
            config = json.load(file)
        change(config["listeners"][0])
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.signal(signal.SIGHUP)
        server.await_log("reload done")

    def test_answers_pass_the_inner_filter_first(self):
        server = self.serve_news([{"type": "mark", "text": "a"}])
        self.assertEqual(self.talk(server).ask("x"), "a11")
        server = self.serve_news(["guard", {"type": "mark", "text": "b"}])
        talk = self.talk(server)
        self.assertEqual(talk.ask("bad news"), "b1refused")
        self.assertEqual(talk.ask("good"), "b21")

    def test_every_kind_of_answer_is_seen_in_its_order(self):
        server = self.serve_news(["mark"])
        first = self.talk(server)
        self.assertEqual(first.ask("x"), "<11")
        second = self.talk(server)
        self.assertEqual(second.ask("y"), "<12")
        self.assertEqual(first.line(), "<2y")  # unasked
        first.send("later")
        self.assertEqual(first.line(), "<3now")  # deferred
        self.assertEqual(first.ask("z"), "<42")

    def test_a_timer_of_the_listener_and_its_log(self):
        server = self.serve_news(["guard"])
        server.await_log("news: first-tick loop=true")
        talk = self.talk(server)
        talk.ask("x")
        port = talk.connection.getsockname()[1]
        server.await_log(f"news: 127.0.0.1:{port} #1 joined readers=1")
        server.await_log(f"news: 127.0.0.1:{port} #1 says x")

    def test_the_log_in_json(self):
        server = self.serve_news([], log={"format": "json"})
        talk = self.talk(server)
        talk.ask("x")
        server.await_log('"event":"joined"')
        lines = [json.loads(line) for line in server.log().splitlines()]
        joined = next(line for line in lines if line.get("event") == "joined")
        peer = f"127.0.0.1:{talk.connection.getsockname()[1]}"
        self.assertEqual((joined["listener"], joined["peer"], joined["readers"]), ("news", peer, 1))
        self.assertGreater(joined["conversation"], 0)

    def test_metrics_stand_in_the_totals_and_outlive_a_reload(self):
        server = self.serve_news([])
        talk = self.talk(server)
        talk.ask("12345")
        self.reload(server, lambda listener: listener.update(filters=["mark"]))
        self.assertEqual(self.talk(server).ask("x"), "<11")
        server.signal(signal.SIGUSR1)
        server.await_log("message_bytes.count=2 message_bytes.sum=6 messages_told=2 readers=2")

    def test_a_reload_tells_that_filters_have_changed(self):
        server = self.serve_news(["mark"])
        before = self.talk(server)
        self.assertEqual(before.ask("x"), "<11")
        self.reload(server, lambda listener: listener.update(filters=[{"type": "mark", "text": ">"}]))
        server.await_log("reload: changed news: filters\n")
        self.assertEqual(self.talk(server).ask("x"), ">11")
        self.assertEqual(before.ask("y"), "<21")  # of its own version of the group

    def test_a_replaced_handler_serves_its_conversations_to_their_end(self):
        server = self.serve_news(["mark"])
        talk = self.talk(server)
        talk.ask("x")
        self.reload(server, lambda listener: listener.update(handler="echo"))
        talk.send("later")
        self.assertEqual(talk.line(), "<2now")
        talk.lines.close()
        talk.connection.close()
        self.assertEqual(self.talk(server).ask("x"), "<1x")

    def test_a_filter_that_cannot_be_made(self):
        path = os.path.join(self.folder(), "server.json")
        listener = {"name": "a", "address": "127.0.0.1:0", "handler": "news", "filters": [{"type": "guard", "word": ""}]}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"plugin_path": [PLUGINS], "listeners": [listener]}, file)
        _, errors = run(SERVER, "--config", path, "--check", status=EX_CONFIG)
        self.assertRegex(errors, r"^[^\n]*:1:\d+: error: no word\n$")

    def test_filters_are_listed(self):
        output, _ = run(SERVER, "--list-plugins", os.path.join(PLUGINS, "news.so"))
        self.assertIn("filter mark: marks answers\n    text = text  the text (<)\n", output)


if __name__ == "__main__":
    unittest.main()
