"""A web page in a real browser, which sends a shell's port a simple POST: needs no permission of anybody."""

import http.server
import os
import shutil
import subprocess
import threading
import unittest

from netkit_testing import PATIENCE, SystemTest

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
        self.heard = threading.Event()


class Visit(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(self.server.page.encode())
        elif self.path in ("/answered", "/failed"):
            self.server.told.append(self.path)
            self.server.heard.set()

    def log_message(self, *_):
        pass


@unittest.skipUnless(BROWSER, "there is no chromium; scripts/check.sh installs it")
class Browser(SystemTest):
    def visit(self, server):
        """Has the browser open a page that posts to the server's shell; returns what the page has heard, and whether
        the command has run."""
        mark = os.path.join(self.folder(), "mark")
        host, port = server.address("listener-0")
        site = Site(PAGE.format(host=host, port=port, mark=mark))
        self.addCleanup(site.server_close)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.shutdown)
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder()}"]
        browser = subprocess.Popen(
            [BROWSER, *arguments, f"http://127.0.0.1:{site.server_port}/"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.assertTrue(site.heard.wait(2 * PATIENCE), "the page has told nothing")
        finally:
            browser.terminate()
            browser.wait(PATIENCE)
        return site.told[0], os.path.exists(mark)

    def test_a_post_runs_nothing(self):
        for framing in ("raw", "line"):
            server = self.serve({"framing": framing, "handler": {"type": "exec", "shell": True}})
            self.assertEqual(self.visit(server), ("/failed", False))
            server.await_log("http-request")

    def test_without_the_refusal_it_runs(self):
        server = self.serve({"framing": "line", "handler": {"type": "exec", "shell": True}, "refuse_http": False})
        self.assertEqual(self.visit(server)[1], True)


if __name__ == "__main__":
    unittest.main()
