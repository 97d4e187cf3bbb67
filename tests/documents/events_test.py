"""The events of the log: docs/logs.md lists those that the sources write, and no others."""

import re
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("core/src", "plugins")
    for path in sorted((SOURCE / folder).rglob("*"))
    if path.suffix in (".cpp", ".h") and "examples" not in path.parts
]
NAME = r'"([a-z]+(?:-[a-z]+)*)"'
# A name stands in a call that writes an event, in the record of one, or is chosen before such a call.
WRITTEN = [
    rf'\b(?:event|event_now_and_then)\(\s*[^,"{{;]+,(?:\s*context\s*,)?\s*{NAME}',
    rf"\b(?:tell|log)\(\s*[^,;]*(?:LogLevel::\w+|level\(reason\)),\s*\{{?{NAME}",
    rf"\baudit\(\s*\w[\w.]*,\s*{NAME}",
    rf"\b(?:EventRecord|Verdict verdict)\{{{NAME}",
    rf"\b(?:char\* event|kFreeText) = (?:[^;]*?\? {NAME} : )?{NAME};",
    rf'\{{"event", (?:[^,;]*?\? {NAME} : )?{NAME}\}}',
    rf'"event":{NAME}',
]


def documented():
    page = (SOURCE / "docs" / "logs.md").read_text(encoding="utf-8")
    tables = page[page.index("## Events") : page.index("## Connections")]
    cells = re.findall(r"(?m)^\| (`.*?) \|", tables)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def text_of(path):
    return path.read_text(encoding="utf-8")


def written():
    """(file, name) for each event in the sources."""
    return {
        (str(path.relative_to(SOURCE)), name)
        for path in SOURCES
        for form in WRITTEN
        for match in re.finditer(form, text_of(path))
        for name in match.groups()
        if name
    }


class Events(unittest.TestCase):
    def test_each_that_is_written_is_listed(self):
        found = written()
        self.assertGreater(len(found), 35)
        self.assertEqual({each for each in found if each[1] not in documented()}, set())

    def test_each_that_is_listed_is_written(self):
        everything = "".join(map(text_of, SOURCES))
        self.assertEqual({name for name in documented() if f'"{name}"' not in everything}, set())

    def test_no_line_is_free_text(self):
        """But those of handlers and scripts themselves."""
        free = re.compile(r"log(?:_|\(\))?(?:\.|->)write\(\s*(?:netkit::)?LogLevel::\w+,(?!\s*(?:\{|totals))")
        found = {str(path.relative_to(SOURCE)) for path in SOURCES if free.search(text_of(path))}
        self.assertEqual(found, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
