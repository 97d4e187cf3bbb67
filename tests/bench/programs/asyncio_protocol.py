"""Upper-cases lines by asyncio's Protocol, as fast as it goes: the answers to all lines of a read leave in one write."""

import asyncio


class Upper(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def data_received(self, data):
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        if lines:
            self.transport.write(b"\n".join([line.upper() for line in lines]) + b"\n")


async def main():
    server = await asyncio.get_running_loop().create_server(Upper, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
