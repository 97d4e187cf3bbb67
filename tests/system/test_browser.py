"""A web page in a real browser, which sends a shell's port a simple POST: needs no permission of anybody."""

import contextlib
import http.server
import os
import shutil
import signal
import subprocess
import threading
import unittest

from netkit_testing import PATIENCE, SystemTest, wait_until

BROWSER = shutil.which("chromium")
PAGE = """<!doctype html><script>
fetch("http://{host}:{port}/", {{method: "POST", mode: "no-cors", body: "\\ntouch {mark}\\n"}})
  .then(() => fetch("/answered"), () => fetch("/failed"));
</script>"""


class Site(http.server.ThreadingHTTPServer):
    """Serves one page and keeps what the page tells."""

    def __init__(self, page):
        super().__init__(("127.0.0.1", 0), Visit)
        self.page = page
        self.told = []


class Visit(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(self.server.page.encode())
        elif self.path in ("/answered", "/failed"):
            self.server.told.append(self.path)

    def log_message(self, *_):
        pass


def removed(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return not os.path.exists(folder)


@unittest.skipUnless(BROWSER, "there is no chromium; scripts/check.sh installs it")
class Browser(SystemTest):
    def setUp(self):
        super().setUp()
        self.mark = os.path.join(self.folder(), "mark")

    def visit(self, server, until):
        """Has the browser open a page that posts to the server's shell, until that is true of what the page has told."""
        host, port = server.address("listener-0")
        site = Site(PAGE.format(host=host, port=port, mark=self.mark))
        self.addCleanup(site.server_close)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.shutdown)
        profile = self.folder()
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        browser = subprocess.Popen(
            [BROWSER, *arguments, f"http://127.0.0.1:{site.server_port}/"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: until(site.told), lambda: f"the page has told {site.told}")
        finally:
            browser.terminate()
            browser.wait(PATIENCE)
            # Its children may write to the profile for a while after it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            wait_until(lambda: removed(profile), lambda: "somebody writes to the browser's profile")

    def test_a_post_runs_nothing(self):
        for framing in ("raw", "line"):
            server = self.serve({"framing": framing, "handler": {"type": "exec", "shell": True}})
            self.visit(server, lambda told: told == ["/failed"])
            server.await_log("http-request")
            self.assertFalse(os.path.exists(self.mark))

    def test_without_the_refusal_it_runs(self):
        # One that answers only what runs well: at an answer that is not HTTP the browser ends the connection.
        handler = {"type": "exec", "shell": True, "output": "stdout"}
        server = self.serve({"framing": {"in": "line", "out": "raw"}, "handler": handler, "refuse_http": False})
        self.visit(server, lambda told: os.path.exists(self.mark))


if __name__ == "__main__":
    unittest.main()
