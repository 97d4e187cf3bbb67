"""What README.md and docs/ point to is there: the targets of links, their headings, and the files and folders that are
named."""

import re
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md")), *sorted((SOURCE / "config").rglob("*.md"))]
FOLDERS = ("apps", "config", "core", "docs", "plugins", "scripts", "tests")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s]*)`")
STANDS_FOR_MANY = re.compile(r"[A-Z]{4,}|[*{}…]|\.\.\.")


def text_of(page):
    """Without blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", text_of(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def found(pattern):
    """(page, what matched) for each match on any page."""
    return [(page, target) for page in PAGES for target in pattern.findall(text_of(page))]


def leads_somewhere(page, target):
    """A link of that page; a path if the page is the folder that it is relative to."""
    path, _, anchor = target.partition("#")
    file = ((page if page.is_dir() else page.parent) / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in anchors(file))


class Paths(unittest.TestCase):
    def assert_none(self, wrong):
        self.assertEqual([f"{page.relative_to(SOURCE)}: {target}" for page, target in wrong], [])

    def test_links_lead_somewhere(self):
        links = [each for each in found(LINK) if not re.match(r"\w+:", each[1])]
        self.assertGreater(len(links), 50)
        self.assert_none([each for each in links if not leads_somewhere(*each)])

    def test_files_that_are_named_are_there(self):
        names = [each for each in found(NAMED) if not STANDS_FOR_MANY.search(each[1])]
        self.assertGreater(len(names), 100)
        self.assert_none([each for each in names if not leads_somewhere(SOURCE, each[1])])


if __name__ == "__main__":
    unittest.main(verbosity=2)
