"""docs/first-session.svg shows the first session of README.md as it is written there now; scripts/record-session draws it."""

import html
import re
import unittest

import console

LARGEST = 40000  # bytes


def drawn(picture):
    """The steps that the picture shows."""
    lines = [html.unescape(re.sub(r"<[^>]*>", "", line)) for line in re.findall(r"(?m)^<text .*</text>$", picture)]
    return console.Block(0, "console", "".join(f"{line}\n" for line in lines if not console.PROGRESS.search(line))).steps()


class Picture(unittest.TestCase):
    def test_it_shows_what_the_page_says(self):
        written = [step for block in console.first_session() if block.language == "console" for step in block.steps()]
        picture = (console.SOURCE / "docs" / "first-session.svg").read_text(encoding="utf-8")
        self.assertLess(len(picture), LARGEST)
        steps = drawn(picture)
        self.assertEqual([step.command for step in steps], [step.command for step in written])
        for seen, wanted in zip(steps, written):
            self.assertTrue(console.agrees(seen.printed, wanted), f"{seen.printed} is not {wanted.printed}: scripts/record-session")


if __name__ == "__main__":
    unittest.main(verbosity=2)
