"""A shell in which a page's commands run one behind the other."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time

PATIENCE = 60.0  # seconds; the bound of every wait, but for a command's end
LONGEST = 300.0  # of a command: some build
PROMPT = re.compile(r"(\S+:\d+> )(.*)")
CONTROL = re.compile(r"\x1b(?:\[[\d;?]*[A-Za-z~]|[=>])|\x07")


def read_until(descriptor, condition, what, patience=PATIENCE):
    """What comes from there until `condition` holds of all of it."""
    seen = ""
    deadline = time.monotonic() + patience
    while not condition(seen):
        if not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"not within {patience:.0f} s: {what}; so far:\n{seen}")
        try:
            piece = os.read(descriptor, 1 << 16)
        except OSError:  # EIO: the other end of a terminal is closed
            piece = b""
        if not piece:
            raise AssertionError(f"the end, and not {what}:\n{seen}")
        seen += piece.decode(errors="replace")
    return seen


class Shell:
    def __init__(self, folder, environment):
        self._folder, self._environment = folder, environment
        self._bash = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      cwd=folder, env=environment, start_new_session=True)
        self._commands = 0

    def run(self, command, until=None):
        """The lines that a command prints, up to its end; of one in the background, until they are as wanted."""
        self._commands += 1
        mark = f"<{self._bash.pid}.{self._commands}>"
        script = f"(exit $status)\n{{ {command}\n}} </dev/null\nstatus=$?; echo '{mark}'\n"
        self._bash.stdin.write(script.encode())
        self._bash.stdin.flush()

        def over(seen):
            return mark in seen and (until is None or until(seen.replace(f"{mark}\n", "").splitlines()))

        seen = read_until(self._bash.stdout.fileno(), over, f"what `{command}` prints", PATIENCE if until else LONGEST)
        return seen.replace(f"{mark}\n", "").splitlines()

    def converse(self, command, lines):
        """Runs a command that has a prompt; those of `lines` that show it are typed. Returns what the terminal shows."""
        typed = [match.groups() for match in map(PROMPT.fullmatch, lines) if match]
        terminal, other = pty.openpty()
        client = subprocess.Popen(["bash", "-c", command], stdin=other, stdout=other, stderr=other, cwd=self._folder,
                                  env={**self._environment, "TERM": "dumb"}, start_new_session=True)
        os.close(other)
        try:
            seen = ""
            for prompt, words in [*typed, (typed[-1][0], "\x04")]:
                seen += read_until(terminal, lambda new, prompt=prompt: CONTROL.sub("", new).endswith(prompt), f"the prompt {prompt}")
                os.write(terminal, words.encode() + (b"" if words == "\x04" else b"\n"))
            client.wait(PATIENCE)
        finally:
            client.kill()
            client.wait()
            os.close(terminal)
        shown = CONTROL.sub("", seen).replace("\r\n", "\n").removesuffix(typed[-1][0])
        return [line.rsplit("\r", 1)[-1] for line in shown.splitlines()]

    def close(self):
        """Ends it and what it has started in the background."""
        self._bash.stdin.write(b"kill $(jobs -p) 2>/dev/null; wait\n")
        self._bash.stdin.close()
        try:
            while os.read(self._bash.stdout.fileno(), 1 << 16):
                pass
            self._bash.wait(PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._bash.pid, signal.SIGKILL)
            self._bash.wait()
            self._bash.stdout.close()
