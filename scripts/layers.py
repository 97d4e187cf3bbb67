"""Checks that includes go downward only: which room (folder) may include which, in ROOMS. usage: layers.py
Prints each include that does not, with file and line."""

import os
import re
import subprocess
import sys

# What the C++ standard library consists of (C++20), which is all that the SDK may include besides itself.
STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale
cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib
cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream functional future
initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new
numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location
span sstream stack stdexcept stop_token streambuf string string_view strstream syncstream system_error thread tuple type_traits
typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
""".split())

# Each room of core/src and the rooms it may include besides itself and the SDK. "*" stands for everything.
ROOMS = {
    "account": [],
    "base": [],
    "framing": ["base"],
    "session": ["base"],
    "admission": ["base", "session"],
    "tls": ["base"],
    "upstream": ["tls"],
    "config/syntax": ["base"],
    "config/values": ["base", "admission"],
    "plugin": ["base", "config/values"],
    "config/readers": ["base", "admission", "upstream", "config/syntax", "config/values", "plugin"],
    "config/model": ["session", "admission", "tls", "config/syntax", "config/values", "config/readers"],
    "config/sections/protection": ["base", "session", "config/model", "config/syntax", "config/values", "config/readers", "plugin"],
    "config/sections/listener": ["base", "config/model", "config/syntax", "config/values", "config/readers", "config/sections/protection",
                                 "plugin"],
    "config/sections/server": ["base", "config/model", "config/values", "config/readers", "config/sections/listener", "plugin"],
    "config/schema": ["base", "plugin", "config/model", "config/syntax", "config/values", "config/readers", "config/sections/listener", "config/sections/protection", "config/sections/server"],
    "config": ["base", "plugin", "upstream", "config/model", "config/syntax", "config/values", "config/readers", "config/sections/listener",
               "config/sections/protection", "config/sections/server", "config/schema"],
    "host/loop": ["base", "session"],
    "host/worker": ["base", "session", "admission", "host/loop"],
    "host/listener": ["base", "session", "admission", "tls", "host/loop", "host/worker"],
    "host/transport": ["base", "session", "tls"],
    "host/upstream": ["base", "session", "admission", "tls", "upstream", "host/loop", "host/transport"],
    "host/conversation": ["base", "session", "admission", "host/loop", "host/worker", "host/listener", "host/upstream"],
    "host/stream": ["base", "session", "admission", "tls", "host/loop", "host/worker", "host/listener", "host/transport",
                    "host/conversation"],
    "host/datagram": ["base", "session", "admission", "host/loop", "host/worker", "host/listener",
                      "host/conversation"],
    "server/advice": ["base", "config/model", "config/values", "plugin", "tls"],
    "admin/page": [],
    "admin": ["base", "framing", "admin/page"],
    "server/admin": ["base", "admin", "admission", "framing", "config/model", "config/values", "host/loop", "host/listener", "host/worker",
                     "plugin", "server/memory", "server/ports"],
    "server/log": ["base", "admission", "config/model", "host/listener"],
    "server/ports": ["base", "config/model", "config/values", "host/loop", "host/listener", "host/stream",
                     "host/datagram"],
    "server/handover": ["base", "config", "host/loop", "server/ports"],
    "server/process": ["base", "config/model", "config/syntax", "host/loop", "plugin", "server/log"],
    "server/memory": ["base", "admission", "host/loop"],
    "server/reload": ["framing", "config", "plugin"],
    "server/listeners": ["base", "session", "admission", "tls", "upstream", "config/model", "config/syntax", "config/values",
                         "config/sections/protection", "plugin", "host/loop", "host/worker", "host/listener",
                         "host/conversation", "server/memory", "server/ports"],
    "server": ["*"],
}


def files(*folders):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders],
                            capture_output=True, text=True, check=True).stdout.split()
    return [path for path in listed if path.endswith((".h", ".cpp")) and os.path.exists(path)]


def includes(path):
    """(line, "<" or '"', what) of each include."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if found := re.match(r'\s*#\s*include\s*([<"])([^">]+)[>"]', line):
                yield number, found[1], found[2]


def check_sdk():
    for path in files("core/include"):
        for line, kind, what in includes(path):
            allowed = what in STANDARD if kind == "<" else what.startswith("netkit/")
            if not allowed:
                yield f"{path}:{line}: the SDK may include the C++ standard library and netkit/ only, not {what}"


def check_plugins():
    for path in files("plugins"):
        own = [os.path.dirname(path), "/".join(path.split("/")[:2])]
        for line, kind, what in includes(path):
            in_own = any(os.path.exists(os.path.join(folder, what)) for folder in own)
            shared = what.startswith("programs/") and os.path.exists(os.path.join("plugins", what))
            if kind == '"' and not what.startswith("netkit/") and not in_own and not shared:
                yield f"{path}:{line}: a plugin may include the SDK, its own files and plugins/programs only, not {what}"


def check_core():
    for path in files("core/src"):
        room = os.path.dirname(path).removeprefix("core/src/")
        if room not in ROOMS:
            yield f"{path}:1: scripts/layers.py does not say what the room {room} may include"
            continue
        for line, kind, what in includes(path):
            other = os.path.dirname(what)
            if kind == "<" or other in ("", "netkit", room) or other in ROOMS[room] or ROOMS[room] == ["*"]:
                continue
            yield f"{path}:{line}: {room} may include {', '.join(ROOMS[room]) or 'no other room'}, not {what}"


def main():
    os.chdir(os.path.join(os.path.dirname(__file__), ".."))
    wrong = [*check_sdk(), *check_plugins(), *check_core()]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
