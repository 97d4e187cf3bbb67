"""Upper-cases lines by socketserver, a thread for each connection."""

import socketserver


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 1024


with Server(("127.0.0.1", 0), Upper) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
