#!/usr/bin/env python3
"""Compares the SDK's headers with what is recorded for their number, netkit::kPluginApi, and says what to do.

usage: scripts/sdk-digest.py [--update]      --update records the headers as they are now for the number of now
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/|\s+', re.DOTALL)


def digest(text):
    """The same for texts that differ in comments and white space only."""
    bare = TOKEN.sub(lambda found: found[0] if found[0][0] in "\"'" else "", text)
    return hashlib.sha256(bare.encode()).hexdigest()[:16]


def read_headers(folder):
    """The number of the headers, kPluginApi, and the digest of each by its name."""
    headers = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.h")}
    number = re.search(r"\bkPluginApi = (\d+);", headers["plugin.h"])[1]
    return number, {name: digest(headers[name]) for name in sorted(headers)}


def differences(recorded, now):
    """The names of the headers that are new, gone or changed."""
    return sorted(name for name in recorded.keys() | now.keys() if recorded.get(name) != now.get(name))


def check(number, now, records):
    """Returns what is wrong, or nothing."""
    if number not in records:
        return f"Nothing is recorded for kPluginApi {number}: run scripts/sdk-digest.py --update."
    changed = differences(records[number], now)
    if not changed:
        return None
    return (
        f"The SDK has changed and kPluginApi is still {number}: {', '.join(changed)}.\n"
        "Can a plugin that was built with the headers as they were go on working with this server? If not, raise\n"
        "kPluginApi in core/include/netkit/plugin.h. Then run scripts/sdk-digest.py --update."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="record the headers as they are")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="netkit's sources")
    arguments = parser.parse_args()
    record = arguments.root / "tests" / "plugin" / "sdk_api.json"
    records = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    number, now = read_headers(arguments.root / "core" / "include" / "netkit")
    if arguments.update:
        records[number] = now
        record.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    elif wrong := check(number, now, records):
        sys.exit(wrong)


if __name__ == "__main__":
    main()
