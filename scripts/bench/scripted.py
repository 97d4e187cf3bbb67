"""What is measured of scripts in Lua."""

import os

from metrics import CPU, IDLE_AFTER, IDLE_OPEN
from programs import FOLDER, NODE
from servers import Netkit

SOURCES = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
UPPER = os.path.join(SOURCES, "config", "examples", "lua", "upper.lua")
WITH_STATE = os.path.join(FOLDER, "session_state.lua")
LINE = ["--framing", "line", "--expect", "uppercase"]


def lua(script, framing):
    return Netkit({"type": "lua", "script": script}, framing)


def scripts(work, against):
    """`work` and `against` make the lines of the table."""
    built_in = Netkit("uppercase", "line", name="built-in uppercase")
    for in_flight, aim in ((32, 3.0), (1, None)):
        yield work(f"Lua: line uppercase, 64 × {in_flight}, 64 B", lua(UPPER, "line"),
                   [against(NODE, 0.6), against(built_in, aim)],
                   ["-c", "64", "-n", str(in_flight), "-s", "64", *LINE], [CPU])
    yield work("Lua: 10,000 idle sessions with state", lua(WITH_STATE, "raw"), [against(Netkit("echo", name="echo"))],
               ["--idle", "10000"], [IDLE_OPEN, IDLE_AFTER], by_time=False, fresh=True)
