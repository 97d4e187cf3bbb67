"""Scripts in Lua that do what they should not. The honest clients use a listener of their own, and ever again the same
state that has just been abused."""

import collections
import functools
import os
import threading

from netkit_testing import connect, receive_line, sanitized
from ordeal import Ordeal, at_least, at_most, exactly, told
from siege import Siege, converse, in_parallel

LOOPS = 2
ALONE_MS = 50  # the budget of calls whose processor time is looked at

RUNNER = """
function on_message(session, body)
  if body == "ping" then return "pong" end
  return tostring(assert(load(body, "=code"))(session))
end
"""

# Fills memory with strings of one size, forgets them, and goes on with a larger size.
GROWING = """
for size = 50, 220, 15 do
  local t = {}
  for i = 1, 5e6 // (size + 40) do t[i] = ('%07d'):format(i) .. ('x'):rep(size - 7) end
end
return 'x'
"""
GROWING_MIB = 8  # the memory of its states

FOREVER = "setmetatable({}, {__close = function() while true do end end})"

# Code of one call each, which must end its conversation and nothing else. `s` is the session.
CALLS = {
    "loops": "while true do end",
    "loops within pcall": "while true do pcall(function() while true do end end) end",
    "calls pcall for ever": "while true do pcall(pcall, error) end",
    "loops in an error handler": "xpcall(error, function() while true do end end)",
    "loops in coroutines": "while true do coroutine.wrap(function() for i = 1, 500 do end end)() end",
    "a tree of coroutines": "local function t() for i = 1, 50 do pcall(coroutine.wrap(t)) end end while true do t() end",
    "loops in <close>": f"local x <close> = {FOREVER} error('x')",
    "sorts": "local t = {} for i = 1, 3000 do t[i] = i % 97 end while true do table.sort(t) end",
    "moves nothing": "return table.move({}, 1, 1e15, 2)",
    "inserts into what seems long": "table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1, 1)",
    "repeats nothing": "while true do string.rep('', 1e15) end",
    "searches": "return (('a'):rep(60)):find(('a-'):rep(60) .. 'b')",
    "replaces": "return (('a'):rep(40)):gsub(('a-'):rep(30) .. 'b', '')",
    "searches for a long set": "return ('a'):rep(4000):find('[' .. ('b'):rep(100000) .. ']')",
    "compiles": "local s = ('x = 1 '):rep(50000) while true do load(s) end",
    "compares with a loop": "local t = setmetatable({}, {__lt = function() while true do end end}) return t < t",
    "tables without end": "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
    "strings without end": "local s = 'x' while true do s = s .. s end",
    "a string of 1 PB": "return ('x'):rep(1e15)",
    "coroutines without end": "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "values of all loops without end": "for i = 1, 1e9 do netkit.shared.set(i, ('x'):rep(1000), 1) end",
    "sends without end": "while true do s:send(('x'):rep(100000)) end",
    "sends to a group without end": "local g = netkit.group('g') g:add(s) while true do g:send(('x'):rep(100000)) end",
    "timers without end": "while true do s:after(1000, print) end",
    "recursion": "local function f() return 1 + f() end return f()",
    "recursion within pcall": "local function f() return pcall(f) or f() end while true do f() end",
    "recursion of coroutines": "local function f() return coroutine.wrap(f)() end return f()",
    "recursion of metamethods": "local m = {} m.__index = function(t, k) return t[k] end return setmetatable({}, m).x",
    "recursion of patterns": "return (('a'):rep(300)):find(('(a'):rep(300))",
    "recursion of the compiler": "return load(('('):rep(1000) .. '1' .. (')'):rep(1000))() .. error('x')",
    "an error": "error('x')",
    "an error that is a table": "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "an error in a coroutine": "coroutine.wrap(error)('x')",
    "an error behind a wait": "netkit.sleep(0) error('x')",
    "an error in a timer": "s:after(0, function() error('x') end) netkit.sleep(10)",
    "waits in a metamethod": "return setmetatable({}, {__index = function() netkit.sleep(0) end}).x .. ''",
    "waits in a sort": "table.sort({1, 2, 3}, function() netkit.sleep(0) end)",
    "waits in a replacement": "return ('aa'):gsub('a', function() netkit.sleep(0) end)",
    "waits in tostring": "return tostring(setmetatable({}, {__tostring = function() netkit.sleep(0) end}))",
    "yields to nobody": "coroutine.yield(1)",
    "yields out of a metamethod": "return tostring(setmetatable({}, {__tostring = function() coroutine.yield() end}))",
    "bytecode": "return load('\\27Lua')()",
    "finalizers": "setmetatable({}, {__gc = print})",
}
# Calls that wait within waits, and are answered.
YIELDING = {
    "waits within coroutines": """
        local function f(n)
          if n > 0 then return coroutine.wrap(f)(n - 1) end
          netkit.sleep(0)
          return 'x'
        end
        return f(50)""",
    "waits within pcall": """
        local function f(n)
          if n > 0 then return select(2, pcall(f, n - 1)) end
          netkit.sleep(0)
          return 'x'
        end
        return f(50)""",
    "waits in <close>": """
        do local x <close> = setmetatable({}, {__close = function() netkit.sleep(0) end}) end
        return 'x'""",
    "waits between yields": """
        local function numbers() for i = 1, 20 do netkit.sleep(0) coroutine.yield(i) end end
        local n = 0
        for i in coroutine.wrap(numbers) do n = n + i end
        return n == 210 and 'x'""",
    "waits in an iterator": """
        local function next_one(_, i) netkit.sleep(0) if i < 20 then return i + 1 end end
        for i in next_one, nil, 0 do end
        return 'x'""",
    "asks itself": """
        local u = netkit.connect('self')
        u:send('ping')
        return (u:receive(10)) == 'pong' and 'x'""",
}
# Scripts of which every function fails.
CALLBACKS = {
    "an error in on_open": "function on_open() error('x') end function on_message() end",
    "an error in on_message": "function on_message() error('x') end",
    "an error in on_close": "function on_message(s) s:close() end function on_close() error('x') end",
    "a loop in on_open": "function on_open() while true do pcall(error) end end function on_message() end",
    "a loop in on_close": "function on_message(s) s:close() end function on_close() while true do pcall(error) end end",
    "a wait in on_close": "function on_message(s) s:close() end function on_close() netkit.sleep(1) end",
    "memory that is kept": "k = {} function on_message() while true do pcall(function() k[#k + 1] = {} end) end end",
    "an answer that is no text": "function on_message() return {} end",
}
# Framings that lie or fail; the handler echoes.
FRAMINGS = {
    "size loops": "function size() while true do pcall(error) end end",
    "size fails": "function size() error('x') end",
    "size is negative": "function size() return -1 end",
    "size is huge": "function size() return math.maxinteger end",
    "size is never known": "function size() end",
    "size eats memory": "function size() local s = 'x' while true do s = s .. s end end",
    "unwrap loops": "function size() return 1 end function unwrap() while true do end end",
    "unwrap fails": "function size() return 1 end function unwrap() error('x') end",
    "unwrap grows": "function size() return 1 end function unwrap() return ('x'):rep(2e6) end",
    "unwrap is a table": "function size() return 1 end function unwrap() return {} end",
    "wrap fails": "function size() return 1 end function wrap() error('x') end",
    "wrap loops": "function size() return 1 end function wrap() while true do end end",
    "wrap grows": "function size() return 1 end function wrap() return ('x'):rep(2e6 + 2e5) end",
    "wrap is nothing": "function size() return 1 end function wrap() end",
}


class Scripts:
    """Files of scripts, and listeners that they serve."""

    def __init__(self, siege):
        self._siege = siege
        self.listeners = []

    def _write(self, text):
        path = os.path.join(self._siege.folder, f"script-{len(self.listeners)}.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def add(self, text, **more):
        """Returns the listener's name."""
        name = f"bad-{len(self.listeners)}"
        bounds = {"budget": "5ms" if not sanitized() else "100ms", "memory": "4MiB"}
        handler = {"type": "lua", "script": self._write(text), **bounds, **more}
        self.listeners.append({"name": name, "framing": "line", "handler": handler})
        return name

    def add_framing(self, text):
        text += "" if "function wrap" in text else "\nfunction wrap(body) return body end"
        name = f"bad-{len(self.listeners)}"
        framing = {"type": "lua", "script": self._write(text), "budget": "5ms", "memory": "4MiB"}
        self.listeners.append({"name": name, "framing": framing, "handler": "echo"})
        return name


class Abuse:
    """What came of conversations with scripts; any thread."""

    def __init__(self, siege):
        self._siege = siege
        self._lock = threading.Lock()
        self.count = collections.Counter()
        self.wrong = []

    def meet(self, kind, listener, message, good=()):
        """A conversation of one message that must end, with one of `good` before or with nothing told of."""
        try:
            answer = converse(self._siege.address(listener), message)
            right = not good or answer in good
        except TimeoutError:
            answer, right = b"hung", False
        with self._lock:
            self.count["calls"] += 1
            if not right:
                self.wrong.append((kind, answer[:60]))

    def run_code(self, listener):
        """All of CALLS and YIELDING, each followed by a message of a peer who is honest and uses the same state."""
        with connect(self._siege.address(listener)) as honest:
            for kind, code in [*CALLS.items(), *YIELDING.items()]:
                code = ("local s = ... " + code).replace("\n", " ").encode()
                # What a call has sent before it failed is its peer's.
                self.meet(kind, listener, code, (b"x\n",) if kind in YIELDING else ())
                honest.sendall(b"ping\n")
                right = receive_line(honest) == b"pong\n"
                with self._lock:
                    self.count["pings"] += 1
                    self.count["pings lost"] += not right


def dearest_call(siege, listener):
    """The most processor time that the server has needed for one of CALLS alone, and which that was."""
    found = []
    for kind, code in CALLS.items():
        before = siege.server.process.cpu_seconds()
        converse(siege.address(listener), ("local s = ... " + code).encode())
        found.append((siege.server.process.cpu_seconds() - before, kind))
    return max(found)


def growth_in_mib(siege, listener):
    """By how much GROWING makes the server grow, ever again, on all loops."""
    code = GROWING.replace("\n", " ").encode()
    before = siege.server.process.resident()
    for _ in range(8):
        converse(siege.address(listener), code)
    return (siege.server.process.resident() - before) / (1 << 20)


def hostile_scripts(field):
    honest = {"type": "lua", "script": os.path.join(field.folder(), "honest.lua")}
    with open(honest["script"], "w", encoding="utf-8") as file:
        file.write("function on_message(session, body) return body end")
    siege = Siege(field, {"handler": honest}, {"event_loops": {"count": LOOPS}})
    scripts, abuse = Scripts(siege), Abuse(siege)
    itself = {"self": {"transport": "unix", "address": siege.address("bad-0"), "framing": "line"}}
    runners = [scripts.add(RUNNER, connect=itself) for _ in range(4)]
    others = [(kind, scripts.add(text), b"x") for kind, text in CALLBACKS.items()]
    others += [(kind, scripts.add_framing(text), b"x" * 5000) for kind, text in FRAMINGS.items()]
    alone = scripts.add(RUNNER, budget=f"{ALONE_MS}ms", memory="64MiB")
    growing = scripts.add(RUNNER, budget="60s", memory=f"{GROWING_MIB}MiB")
    siege.open(scripts.listeners)
    growth = growth_in_mib(siege, growing)
    dearest, which = dearest_call(siege, alone)
    rounds = field.scaled(20, short=1)
    for number in range(rounds):
        runs = [functools.partial(abuse.run_code, name) for name in runners]
        in_parallel(runs + [functools.partial(abuse.meet, *meeting) for meeting in others])
        if number in (rounds // 5, rounds - 1):
            siege.note_memory()
    yield told("kinds of calls, callbacks and framings", len(CALLS) + len(YIELDING) + len(CALLBACKS) + len(FRAMINGS))
    yield told("calls", abuse.count["calls"])
    yield exactly(f"of these wrong or never ended {abuse.wrong[:3] or ''}", len(abuse.wrong), 0)
    yield told("messages of peers that use the same states", abuse.count["pings"])
    yield exactly("of these lost", abuse.count["pings lost"], 0)
    if not sanitized():
        yield at_most(f"processor time of the dearest call ({which})", 1e3 * dearest, 4 * ALONE_MS, "ms")
        most = LOOPS * 2 * GROWING_MIB  # malloc() keeps some of what it gets back
        yield at_most("memory that strings of growing sizes take", growth, most, "MiB")
    yield from siege.end()
    yield at_least("script errors counted", siege.counted("script_errors"), rounds * len(runners) * len(CALLS))


ORDEALS = [Ordeal("lua: hostile scripts", hostile_scripts)]
