"""A client at a prompt, and who types there."""

import os
import pty
import subprocess
import termios

from peer import BOUND, CLIENT, heed_signals, read_until


class Typist:
    """A client with a terminal of its own, and who types there. Keys wait for the prompt, as a person does."""

    def __init__(self, state, *arguments, locale="C.UTF-8"):
        self.terminal, slave = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm", "HOME": state,
                       "LC_ALL": locale}
        self.untouched = termios.tcgetattr(self.terminal)  # before the client has changed it
        self.client = subprocess.Popen([CLIENT, *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment,
                                       start_new_session=True, preexec_fn=self.take_terminal)
        os.close(slave)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.kill()
        self.client.wait()
        os.close(self.terminal)

    @staticmethod
    def take_terminal():
        heed_signals()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # the first terminal a new session opens becomes its own

    def expect(self, wanted):
        seen = read_until(self.terminal, wanted, self.seen)
        self.seen = seen[seen.index(wanted) + len(wanted):]

    def type(self, keys, *answers):
        self.expect(b"> ")
        os.write(self.terminal, keys)
        for answer in answers:
            self.expect(answer)

    def status(self):
        return self.client.wait(BOUND)
