"""Two servers behind Debian's HAProxy, which asks each for its readiness. They are restarted in turn while connections
come, and every connection gets its answer. NETKIT_RESTARTS says how often."""

import contextlib
import os
import socket
import subprocess
import threading
import time
import unittest

from netkit_testing import PATIENCE, SystemTest, connect_unix, receive_exactly, receive_to_end, wait_until

HAPROXY = "/usr/sbin/haproxy"
RESTARTS = int(os.environ.get("NETKIT_RESTARTS", "4"))
LAME_DUCK = "400ms"
LATE = 0.6  # seconds between a late client's connect and its question: the drain has begun by then

CONFIG = """
global
  stats socket {folder}/stats.sock
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout check 10s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
frontend front
  bind unix@{folder}/front.sock
  default_backend servers
backend servers
  balance roundrobin
  option httpchk GET /readyz
  http-check send hdr Host localhost
  default-server check inter 50ms fall 1 rise 1
  server first {first} port {first_ready}
  server second {second} port {second_ready}
"""


class Clients:
    """Connections of one question each, until stop(). `pause`: between connect and question."""

    def __init__(self, address, threads, pause=0.0):
        self._address, self._pause = address, pause
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.answered = 0
        self.failures = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        count = 0
        while not self._over.is_set():
            count += 1
            question = f"{number}-{count}\n".encode()
            try:
                answer = self._ask(question)
            except OSError as error:
                answer = repr(error)
            with self._lock:
                if answer == question:
                    self.answered += 1
                else:
                    self.failures.append((question, answer))

    def _ask(self, question):
        with connect_unix(self._address) as client:
            time.sleep(self._pause)  # a client that thinks
            client.sendall(question)
            answer = receive_exactly(client, len(question))
            with contextlib.suppress(OSError):  # the other side may have ended
                client.shutdown(socket.SHUT_WR)
            return answer + receive_to_end(client)

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()


@unittest.skipUnless(os.path.exists(HAPROXY), "HAProxy is not installed")
class BehindHaproxy(SystemTest):
    def start_server(self, address="127.0.0.1:0", ready="127.0.0.1:0"):
        entry = {"name": "echo", "address": address, "framing": "line", "handler": "echo"}
        return self.serve(entry, arguments=(), admin={"metrics": ready}, timeouts={"lame_duck": LAME_DUCK})

    def start_haproxy(self, servers):
        config = os.path.join(self.directory, "haproxy.cfg")
        places = [("%s:%d" % one.address("echo"), one.address("(metrics)")[1]) for one in servers]
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.directory, first=places[0][0], first_ready=places[0][1],
                                     second=places[1][0], second_ready=places[1][1]))
        with open(os.path.join(self.directory, "haproxy.log"), "wb") as log:
            proxy = subprocess.Popen([HAPROXY, "-db", "-f", config], stdout=log, stderr=log)
        self.addCleanup(proxy.wait, PATIENCE)
        self.addCleanup(proxy.terminate)

    def states(self):
        """What HAProxy thinks of each server; nothing while it starts."""
        with contextlib.suppress(OSError), connect_unix(os.path.join(self.directory, "stats.sock")) as stats:
            stats.sendall(b"show stat\n")
            rows = [line.split(",") for line in receive_to_end(stats).decode().splitlines() if line]
            column = rows[0].index("status")
            return {row[1]: row[column] for row in rows if row[0] == "servers" and row[1] != "BACKEND"}

    def await_both(self):
        wait_until(lambda: self.states() == {"first": "UP", "second": "UP"}, self.states)

    def restart(self, server):
        server.stop()  # TERM, and status 0
        return self.start_server(*("%s:%d" % server.address(name) for name in ("echo", "(metrics)")))

    def test_every_connection_is_answered_while_servers_are_restarted(self):
        self.directory = self.folder()
        servers = [self.start_server(), self.start_server()]
        self.start_haproxy(servers)
        self.await_both()
        front = os.path.join(self.directory, "front.sock")
        crowds = [Clients(front, threads=4), Clients(front, threads=8, pause=LATE)]
        try:
            for number in range(RESTARTS):
                servers[number % 2] = self.restart(servers[number % 2])
                self.await_both()
        finally:
            for crowd in crowds:
                crowd.stop()
        answered = sum(crowd.answered for crowd in crowds)
        failures = [failure for crowd in crowds for failure in crowd.failures]
        print(f"{RESTARTS} restarts, {answered + len(failures)} connections, {crowds[1].answered} of them late: "
              f"{len(failures)} without an answer")
        self.assertEqual(failures, [])
        self.assertGreater(min(crowd.answered for crowd in crowds), 0)


if __name__ == "__main__":
    unittest.main()
