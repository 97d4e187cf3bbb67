"""The example plugin proxy: clients reach netkit and other servers through it, and nothing is lost on the way."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402
from netkit_testing import (  # noqa: E402
    BUILD,
    CLIENT,
    PATIENCE,
    SystemTest,
    connect,
    receive_exactly,
    receive_to_end,
    reset,
    run,
    sanitized,
    wait_until,
)

EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")


def port_text(address):
    return f"{address[0]}:{address[1]}"


class Proxy(SystemTest):
    def proxy(self, to, **entry):
        """A server with a proxy to that target."""
        listener = {"name": "proxy", "handler": {"type": "proxy", "to": to}, **entry}
        return self.serve(listener, plugin_path=[EXAMPLES])

    def echo(self, **entry):
        server = self.serve({"name": "echo", "handler": "echo", **entry})
        self.echo_server = server
        return server.address("echo", entry.get("transport", "tcp"))

    def nc(self, address, data):
        """What nc gets that sends `data` and then its end."""
        done = subprocess.run(
            ["nc", "-N", address[0], str(address[1])], input=data, capture_output=True, timeout=PATIENCE, check=True
        )
        return done.stdout

    def test_nc_loses_nothing(self):
        data = os.urandom(20_000_000)
        server = self.proxy(port_text(self.echo()))
        self.assertTrue(self.nc(server.address("proxy"), data) == data)
        self.assertEqual(self.nc(server.address("proxy"), b""), b"")

    def test_netkit_client(self):
        target = {"address": port_text(self.echo(framing="length")), "framing": "length"}
        server = self.proxy(target, framing="line")
        address = port_text(server.address("proxy"))
        out, _ = run(CLIENT, "--framing", "line", address, "one", "two words")
        self.assertEqual(out.splitlines()[-2:], ["one", "two words"])

    @unittest.skipUnless(shutil.which("socat"), "needs socat")
    def test_socat_answers_after_the_half_close(self):
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.close()
        socat = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", "EXEC:sort,pipes"])
        self.addCleanup(socat.wait)
        self.addCleanup(socat.kill)

        def listens():
            try:
                connect(("127.0.0.1", port)).close()
                return True
            except ConnectionRefusedError:
                return False

        wait_until(listens, lambda: "socat to listen")
        server = self.proxy(f"127.0.0.1:{port}")
        # sort says nothing before the end of what it gets
        self.assertEqual(self.nc(server.address("proxy"), b"b\nc\na\n"), b"a\nb\nc\n")

    def test_unix_and_names(self):
        path = os.path.join(self.folder(), "echo.sock")
        self.serve({"name": "echo", "transport": "unix", "address": path, "handler": "echo"})
        self.assertEqual(self.nc(self.proxy(path).address("proxy"), b"by a path"), b"by a path")
        port = self.echo()[1]
        self.assertEqual(self.nc(self.proxy(f"localhost:{port}").address("proxy"), b"by a name"), b"by a name")

    def test_tls(self):
        folder = self.folder()
        authority = Authority(folder)
        certificate, key = authority.issue("echo", ("IP:127.0.0.1",))
        echo = self.echo(transport="tls", tls={"certificate": certificate, "key": key})
        target = {"address": port_text(echo), "transport": "tls", "tls": {"ca": authority.certificate}}
        data = os.urandom(3_000_000)
        self.assertTrue(self.nc(self.proxy(target).address("proxy"), data) == data)
        stranger = Authority(folder, "other").certificate
        wrong = self.proxy({**target, "tls": {"ca": stranger}})
        self.assertEqual(self.nc(wrong.address("proxy"), b"hello"), b"")

    def test_certificates_are_read_when_the_server_starts(self):
        config = os.path.join(self.folder(), "server.json")
        to = {"address": "127.0.0.1:1", "transport": "tls", "tls": {"ca": "missing.pem"}}
        listener = {"name": "a", "address": "127.0.0.1:0", "handler": {"type": "proxy", "to": to}}
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"plugin_path": [EXAMPLES], "listeners": [listener]}, file)
        server = os.path.join(BUILD, "bin", "netkit-server")
        done = subprocess.run([server, "--config", config, "--check"], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, r"server\.json:1:\d+: error: 'to': 'tls': ca .*missing\.pem")

    def test_a_target_that_is_not_there_ends_the_client(self):
        gone = socket.create_server(("127.0.0.1", 0))
        address = gone.getsockname()
        gone.close()
        server = self.proxy(port_text(address))
        with connect(server.address("proxy")) as client:
            self.assertEqual(receive_to_end(client), b"")

    def test_a_cut_stays_a_cut(self):
        target = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(target.close)
        server = self.proxy(port_text(target.getsockname()))
        client = connect(server.address("proxy"))
        client.sendall(b"half of")
        accepted, _ = target.accept()
        accepted.settimeout(PATIENCE)
        self.assertEqual(receive_exactly(accepted, 7), b"half of")
        reset(client)
        with self.assertRaises(ConnectionResetError), accepted:
            accepted.recv(1)

    def test_slow_readers_bound_its_memory(self):
        size = 64 << 20
        target = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(target.close)
        server = self.proxy(port_text(target.getsockname()))
        client = self.connect(server.address("proxy"))
        accepted, _ = target.accept()
        accepted.settimeout(PATIENCE)
        self.addCleanup(accepted.close)
        for sender, receiver in ((client, accepted), (accepted, client)):
            writer = threading.Thread(target=sender.sendall, args=(bytes(size),))
            writer.start()
            self.assertEqual(len(receive_exactly(receiver, size // 2)), size // 2)
            self.assertEqual(len(receive_exactly(receiver, size - size // 2)), size - size // 2)
            writer.join()
        with open(f"/proc/{server.popen.pid}/status", encoding="utf-8") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        if not sanitized():
            self.assertLess(peak, 100 << 10)  # KiB; what is sent is 128 MiB

    def test_a_reload_lets_open_ones_go_on(self):
        echo = port_text(self.echo())
        server = self.proxy(echo)
        client = self.connect(server.address("proxy"))
        client.sendall(b"before")
        self.assertEqual(receive_exactly(client, 6), b"before")
        with open(server.config, encoding="utf-8") as file:
            config = json.load(file)
        config["listeners"][0]["handler"]["to"] = {"address": echo, "timeout": "7s"}
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.signal(signal.SIGHUP)
        server.await_log("reload done")
        self.assertIn("handler.to.timeout", server.log())
        client.sendall(b"after")
        self.assertEqual(receive_exactly(client, 5), b"after")
        self.assert_answer(server.address("proxy"), b"new", b"new")

    def test_the_server_ends_with_open_ones(self):
        server = self.proxy(port_text(self.echo()))
        clients = [self.connect(server.address("proxy")) for _ in range(20)]
        for client in clients:
            client.sendall(b"hello")
            self.assertEqual(receive_exactly(client, 5), b"hello")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        for client in clients:
            self.assertEqual(receive_to_end(client), b"")

    def test_no_descriptors_are_left(self):
        server = self.proxy(port_text(self.echo()))
        self.assert_answer(server.address("proxy"), b"first", b"first")
        before = server.process.census()
        for _ in range(100):
            self.assert_answer(server.address("proxy"), b"hello", b"hello")
        self.assert_census(server, before)


if __name__ == "__main__":
    unittest.main()
