"""An honest client: lines to an echo, one after the other over several connections, each answer compared and timed.
usage: honest.py HOST PORT. Each line on its standard input ends a phase, whose figures it prints as one line of JSON; the end
of the input ends it."""

import contextlib
import gc
import json
import os
import select
import sys
import time

from netkit_testing import connect, receive_exactly

CONNECTIONS = 8
PAUSE_S = 0.001


class Phase:
    def __init__(self):
        self.times = []
        self.lost = 0

    def exchange(self, connection, number):
        line = b"%063d\n" % number
        begin = time.monotonic_ns()
        connection.sendall(line)
        answer = receive_exactly(connection, len(line))
        self.times.append(time.monotonic_ns() - begin)
        self.lost += answer != line

    def quantile_us(self, fraction):
        ordered = sorted(self.times)
        if not ordered:
            return 0.0  # the phase was over before its first message
        return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] / 1e3

    def figures(self):
        return {
            "messages": len(self.times),
            "lost": self.lost,
            "p50_us": self.quantile_us(0.5),
            "p99_us": self.quantile_us(0.99),
            "most_us": self.quantile_us(1),
        }


def main(host, port):
    # It takes the processor from whoever has it, so that it measures the server and not the queue behind the attackers.
    with contextlib.suppress(OSError):  # who is not root may not
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    gc.disable()  # its pauses would be taken for the server's
    connections = [connect((host, int(port))) for _ in range(CONNECTIONS)]
    phase, number = Phase(), 0
    while True:
        try:
            phase.exchange(connections[number % CONNECTIONS], number)
        except OSError:  # also when nothing comes for half a minute
            phase.lost += 1
            connections[number % CONNECTIONS] = connect((host, int(port)))
        number += 1
        if select.select([sys.stdin], [], [], PAUSE_S)[0]:
            if not sys.stdin.readline():
                return
            print(json.dumps(phase.figures()), flush=True)
            phase = Phase()


if __name__ == "__main__":
    main(*sys.argv[1:])
