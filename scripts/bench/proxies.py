"""The proxies under test: each has a core of its own, and passes what comes to a bare epoll loop on the load's core,
which echoes it, and back."""

import os

from servers import LOAD_CORE, Netkit, Server, SilentServer, free_port, program

EXAMPLES = program("lib", "netkit", "plugins", "examples")


def start_target(folder):
    return Server("target", [program("bench", "bare-epoll"), "echo"], folder, int, cores={LOAD_CORE})


class NetkitProxy:
    """netkit-server with the example plugin `proxy`, raw in both directions."""

    name = "netkit"
    load = ()

    def start(self, folder):
        target = start_target(folder)
        to = {"address": f"127.0.0.1:{target.port}", "framing": "raw"}
        server = Netkit({"type": "proxy", "to": to}, plugin_path=[EXAMPLES]).start(folder)
        server.before = target
        return server


HAPROXY = """\
global
  nbthread 1
defaults
  mode tcp
  maxconn 4096
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:{port}
  server target 127.0.0.1:{target}
"""


class HAProxy:
    """HAProxy in TCP mode, as one thread, with its defaults."""

    name = "HAProxy"
    load = ()

    def start(self, folder):
        target, port = start_target(folder), free_port()
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(HAPROXY.format(port=port, target=target.port))
        return SilentServer(self.name, ["/usr/sbin/haproxy", "-db", "-f", path], folder, port, before=target)


class Socat:
    """socat with a process for each connection; it reads as much at once as netkit does."""

    name = "socat"
    load = ()

    def start(self, folder):
        target, port = start_target(folder), free_port()
        listener = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,backlog=4096,nodelay,fork"
        command = ["socat", "-b65536", listener, f"TCP:127.0.0.1:{target.port},nodelay"]
        return SilentServer(self.name, command, folder, port, before=target)
