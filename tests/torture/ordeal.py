"""What an ordeal is made of: its figures, and the field it is held in."""

import contextlib
import dataclasses
import os
import typing

from netkit_testing import BUILD, SystemTest, sanitized

TOOLS = os.path.join(BUILD, "torture")


def number(value):
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


@dataclasses.dataclass
class Figure:
    """One thing found out. `wanted` and `met` are empty where it is only told."""

    name: str
    value: typing.Any
    unit: str = ""
    wanted: str = ""
    met: bool | None = None


def _bounded(name, value, unit, sign, bound, met):
    return Figure(name, value, unit, f"{sign}{number(bound)}", met)


def exactly(name, value, wanted, unit=""):
    return _bounded(name, value, unit, "", wanted, value == wanted)


def at_most(name, value, bound, unit=""):
    return _bounded(name, value, unit, "≤ ", bound, value <= bound)


def at_least(name, value, bound, unit=""):
    return _bounded(name, value, unit, "≥ ", bound, value >= bound)


def told(name, value, unit=""):
    return Figure(name, value, unit)


class CannotRun(Exception):
    """An ordeal that this machine has no place for; the text says why. It is shown and is no failure."""


@dataclasses.dataclass
class Ordeal:
    """`run(field)` holds it and yields figures. `patience` is in seconds and bounds the whole of it."""

    name: str
    run: typing.Callable
    patience: int = 1800


class Field(SystemTest):
    """Where one ordeal is held: everything of SystemTest (serve(), connect(), folder(), assert_census() ...), and the
    scale. What was opened here is closed at the end, where each server is checked to have ended well."""

    def __init__(self, short):
        super().__init__()
        self.short = short
        self._stack = contextlib.ExitStack()

    def scaled(self, full, short):
        """How many of something: `full` for the figures in docs/, `short` for a run of the whole suite in minutes. A
        sanitizer makes everything slower: its full run has a tenth."""
        if self.short:
            return short
        return max(short, full // 10) if sanitized() else full

    def addCleanup(self, function, *arguments, **named):
        self._stack.callback(function, *arguments, **named)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)
