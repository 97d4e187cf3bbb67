"""Has what a Python program has printed leave when it waits for more input. netkit-server puts this file in front of a
program's PYTHONPATH; another sitecustomize behind it is run all the same."""

import io
import os
import sys


_BLOCK = 1 << 16  # each read and write wakes somebody


class _Input(io.FileIO):
    """Standard input, which is read by blocks: before each, what was printed so far leaves."""

    def readinto(self, buffer):
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
        return super().readinto(buffer)


def _replace_input():
    before = sys.stdin
    if before is None or before.isatty() or os.environ.get("PYTHONUNBUFFERED"):
        return
    buffered = io.BufferedReader(_Input(0, closefd=False), _BLOCK)
    sys.stdin = io.TextIOWrapper(buffered, before.encoding, before.errors)
    sys.stdin._CHUNK_SIZE = _BLOCK
    sys.__stdin__ = sys.stdin


def _enlarge_output():
    before = sys.stdout
    if before is None or before.isatty() or before.write_through:  # python3 -u: what is printed leaves at once
        return
    buffered = io.BufferedWriter(io.FileIO(1, "w", closefd=False), _BLOCK)
    sys.stdout = io.TextIOWrapper(buffered, before.encoding, before.errors, newline="\n")
    sys.__stdout__ = sys.stdout


def _run_the_next():
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in sys.path:
        file = os.path.join(folder, "sitecustomize.py")
        if os.path.abspath(folder or ".") != here and os.path.isfile(file):
            with open(file, "rb") as source:
                exec(compile(source.read(), file, "exec"), {"__name__": "sitecustomize", "__file__": file})
            return


_replace_input()
_enlarge_output()
_run_the_next()
