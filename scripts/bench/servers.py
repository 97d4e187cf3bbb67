"""The servers under test: netkit and the references, each on a free loopback port, pinned to one core."""

import contextlib
import glob
import json
import os
import re
import signal
import socket
import subprocess
import time

BUILD = os.environ.get("NETKIT_BUILD") or os.path.join(os.path.dirname(__file__), "..", "..", "build")
PATIENCE = 30.0  # seconds; far beyond what any start takes

SERVER_CORE, LOAD_CORE = (sorted(os.sched_getaffinity(0)) * 2)[:2]
BOTH_CORES = {SERVER_CORE, LOAD_CORE}


def program(*path):
    return os.path.abspath(os.path.join(BUILD, *path))


class Server:
    """A running server. `port_of_line` is called with each line it prints until it returns the port. `before` is another
    one that it passes things on to, and that ends with it."""

    def __init__(self, name, command, folder, port_of_line, cores=frozenset({SERVER_CORE}), before=None):
        self.name = name
        self.before = before
        log = os.path.join(folder, f"{name}.log")
        with open(log, "w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
        self.pid = self._process.pid
        try:
            self.port = next(port for line in self._process.stdout if (port := port_of_line(line)))
        except StopIteration:
            self.stop()
            with open(log, encoding="utf-8") as errors:
                raise SystemExit(f"{name} did not start: {' '.join(command)}\n{errors.read()}") from None

    def cpu_ns(self):
        """CPU time of all its threads, in nanoseconds."""
        total = 0
        for path in glob.glob(f"/proc/{self.pid}/task/*/schedstat"):
            with open(path, encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total

    def tree_cpu_ns(self):
        """CPU time of it and of all that it has started, threads and processes that have ended included, to 10 ms."""
        ticks = 0
        for pid in self._tree():
            with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
        return ticks * 10**9 // os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        """The memory that is the server's own, without what it has started."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            return int(re.search(r"^Rss:\s+(\d+)", file.read(), re.MULTILINE).group(1)) * 1024

    def _tree(self):
        """The server and all below it."""
        children = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
                number, _, rest = file.read().partition(" ")
                children.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(number))
        found = [self.pid]
        for parent in found:
            found += children.get(parent, [])
        return found

    def stop(self):
        """Ends the server and what it started."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()
        if self.before:
            self.before.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Netkit:
    """netkit-server with one listener, on one event loop as it has one core. `load` is how it is to be asked."""

    def __init__(self, handler, framing="raw", transport="tcp", spin="0s", load=(), plugin_path=(), name="netkit",
                 cores=frozenset({SERVER_CORE})):
        self.name = name
        self.load = load
        self._cores = cores
        self._config = {
            "debuggable": True,  # its memory is looked at
            "log": {"level": "warning"},  # no line for each file and command, as the references write none
            "plugin_path": list(plugin_path),
            "event_loops": {"count": 1, "spin": spin},
            "limits": {"connections": 20000},
            "listeners": [
                {
                    "name": "bench",
                    "transport": transport,
                    "address": "127.0.0.1:0",
                    "handler": handler,
                    "limits": {"connections": 20000},
                    **({"framing": framing} if transport != "udp" else {}),
                }
            ],
        }

    def command(self, folder):
        path = os.path.join(folder, f"{self.name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self._config, file)
        return [program("bin", "netkit-server"), "--config", path]

    def start(self, folder):
        seen = []

        def port_of_line(line):
            seen.append(line)
            return line == "ready\n" and int(re.search(r":(\d+) ", seen[0]).group(1))

        return Server(self.name, self.command(folder), folder, port_of_line, cores=self._cores)


class Reference:
    """One of the programs of tests/bench, which print their port."""

    load = ()

    def __init__(self, name, binary, *arguments):
        self.name = name
        self._command = [program("bench", binary), *arguments]

    def start(self, folder):
        return Server(self.name, self._command, folder, int)


NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 3600;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def free_port():
    """One that was free a moment ago: for servers that cannot say which one they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """nginx as one process."""

    name = "nginx"
    load = ("--http",)

    def __init__(self, root):
        self._root = root

    def start(self, folder):
        port = free_port()
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX.format(folder=folder, root=self._root, port=port))
        command = ["/usr/sbin/nginx", "-c", path, "-p", folder, "-e", f"{folder}/nginx.log"]
        return SilentServer(self.name, command, folder, port)


class SilentServer(Server):
    """A server that prints nothing: it is ready once its port takes connections."""

    def __init__(self, name, command, folder, port, before=None):
        # The echo stands for the line that it does not print; exec keeps the process id.
        started = ["sh", "-c", 'echo started; exec "$@"', "sh", *command]
        super().__init__(name, started, folder, lambda _line: port, before=before)
        self._await_port()

    def _await_port(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.stop()
                    raise SystemExit(f"{self.name} did not start") from None
                time.sleep(0.005)
