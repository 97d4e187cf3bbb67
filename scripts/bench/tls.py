"""What TLS costs: netkit beside nginx and HAProxy, all with one key (P-256), TLS 1.3 only, TLS_AES_128_GCM_SHA256, X25519
and no tickets, so that every handshake is a whole one."""

import os
import subprocess

from metrics import CPU_PER_CONNECTION, IDLE_AFTER, WHOLE_CPU
from proxies import EXAMPLES, start_target
from servers import Netkit, SilentServer, free_port

CIPHER = "TLS_AES_128_GCM_SHA256"  # netkit's first choice, and the cheapest where a processor has AES
SECURE = ("--tls", "--insecure")
ASKED = ("--http", "--message", "/", "--expect", "any")


def identity(folder):
    """The files of a certificate and its key, and of both in one, made when first asked for."""
    certificate, key, both = (os.path.join(folder, f"tls-{name}.pem") for name in ("certificate", "key", "both"))
    if not os.path.exists(both):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc",
                   "-subj", "/CN=localhost", "-days", "30", "-out", certificate, "-keyout", key]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=True)
        with open(both, "w", encoding="ascii") as file:
            for path in (certificate, key):
                with open(path, encoding="ascii") as part:
                    file.write(part.read())
        os.chmod(both, 0o600)
    return certificate, key, both


class TlsNetkit(Netkit):
    """netkit-server with one listener inside TLS."""

    def __init__(self, handler, framing="raw", load=()):
        super().__init__(handler, framing, transport="tls", load=(*SECURE, *load), plugin_path=[EXAMPLES])

    def start(self, folder):
        certificate, key, _ = identity(folder)
        self._config["listeners"][0]["tls"] = {"certificate": certificate, "key": key}
        return super().start(folder)


class TlsNetkitProxy:
    """The example plugin `proxy` behind TLS, before an echo in clear."""

    name = "netkit"
    load = SECURE

    def start(self, folder):
        target = start_target(folder)
        to = {"address": f"127.0.0.1:{target.port}", "framing": "raw"}
        server = TlsNetkit({"type": "proxy", "to": to}).start(folder)
        server.before = target
        return server


NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx-tls.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_timeout 3600;
  client_body_temp_path {folder}/nginx-tls-body;
  proxy_temp_path {folder}/nginx-tls-proxy;
  fastcgi_temp_path {folder}/nginx-tls-fastcgi;
  uwsgi_temp_path {folder}/nginx-tls-uwsgi;
  scgi_temp_path {folder}/nginx-tls-scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {cipher};
    ssl_session_tickets off;
    ssl_session_cache off;
    return 200;
  }}
}}
"""


class TlsNginx:
    """nginx as one process, which answers every request by `return 200`."""

    name = "nginx"
    load = SECURE

    def start(self, folder):
        certificate, key, _ = identity(folder)
        port = free_port()
        path = os.path.join(folder, "nginx-tls.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX.format(folder=folder, port=port, certificate=certificate, key=key, cipher=CIPHER))
        command = ["/usr/sbin/nginx", "-c", path, "-p", folder, "-e", f"{folder}/nginx-tls.log"]
        return SilentServer("nginx-tls", command, folder, port)


HAPROXY = """\
global
  nbthread 1
  maxconn 4096
  tune.ssl.cachesize 0
  ssl-default-bind-ciphersuites {cipher}
  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
defaults
  mode {mode}
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:{port} ssl crt {both}
  {action}
"""


def start_haproxy(folder, mode, action, kind=SilentServer, before=None):
    port = free_port()
    path = os.path.join(folder, f"haproxy-tls-{mode}-{port}.cfg")
    with open(path, "w", encoding="utf-8") as file:
        both = identity(folder)[2]
        file.write(HAPROXY.format(mode=mode, port=port, both=both, action=action, cipher=CIPHER))
    return kind("haproxy-tls", ["/usr/sbin/haproxy", "-db", "-f", path], folder, port, before=before)


class TlsHAProxy:
    """HAProxy as one thread, which answers every request by itself."""

    name = "HAProxy"
    load = SECURE

    def start(self, folder):
        return start_haproxy(folder, "http", "http-request return status 200")


class TlsHAProxyBefore:
    """HAProxy in TCP mode, which ends TLS before an echo in clear; its CPU alone."""

    name = "HAProxy"
    load = SECURE
    kind = SilentServer

    def start(self, folder):
        target = start_target(folder)
        return start_haproxy(folder, "tcp", f"server target 127.0.0.1:{target.port}", self.kind, target)


class WithTarget(SilentServer):
    """A server that counts as one with the one that it passes things on to."""

    def tree_cpu_ns(self):
        return super().tree_cpu_ns() + self.before.tree_cpu_ns()


class TlsHAProxyAndEcho(TlsHAProxyBefore):
    """The same with the CPU of the echo, which netkit needs no other process for."""

    name = "HAProxy and a bare echo"
    kind = WithTarget


def tls(work, against):
    """`work` and `against` make the lines of the table."""
    http = TlsNetkit("echo", "http")
    yield work("TLS: connect, one request, close; 16 at once", http, [against(TlsNginx(), 1.0), against(TlsHAProxy(), 1.0)],
               [*ASKED, "-c", "16", "--connect-per-request"], [CPU_PER_CONNECTION])
    yield work("TLS: 1,000 idle connections", http, [against(TlsNginx()), against(TlsHAProxy())],
               ["--idle", "1000", *ASKED], [IDLE_AFTER], by_time=False, fresh=True)
    stream = ["-c", "8", "-n", "4", "-s", "16384", "--warm-up", "0ms"]
    yield work("TLS: raw echo, 8 × 4, 16 KiB", TlsNetkit("echo"), [against(TlsHAProxyAndEcho(), 1.0)], stream, [WHOLE_CPU],
               whole=True)
    yield work("TLS: proxy, 8 × 4, 16 KiB", TlsNetkitProxy(), [against(TlsHAProxyBefore(), 1.0)], stream, [WHOLE_CPU],
               whole=True)
