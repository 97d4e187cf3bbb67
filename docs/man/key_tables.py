"""The tables of a document in Markdown, as lists of definitions for a man page."""

import re

from markup import from_markdown, slug

SHORT = {"type", "default", "per source"}  # stand beside the key; other columns are text below it


class Document:
    def __init__(self, name, text, shown):
        """`shown`: titles of the page, small letters; other sections are referred to by the document's name, too."""
        titles = re.findall(r"(?m)^#{2,4} (.+)$", text)
        self.titles = {slug(title): f'"{title}"' + ("" if title.lower() in shown else f" in {name}") for title in titles}
        self.sections = dict(re.findall(r"(?ms)^#{1,4} ([^\n]+)\n(.*?)(?=^#{1,4} |\Z)", text))

    def table(self, title, number=0):
        """(the names of the columns, the rows) of a table of that section. Raises KeyError, IndexError."""
        blocks = re.findall(r"(?m)(?:^\|.*\n)+", self.sections[title] + "\n")
        names, _, *rows = [cells(line) for line in blocks[number].splitlines()]
        return names, rows

    def definitions(self, title, number=0, prefix=""):
        """Lines of scdoc: the first cell of each row, beside it what is short, below it the text. Before each name of the
        first cell stands `prefix`."""
        names, rows = self.table(title, number)
        lines = []
        for key, *rest in rows:
            columns = list(zip(names[1:], rest))
            beside = [self.labelled(name, text) for name, text in columns if text and name in SHORT]
            below = [self.labelled(name, text) for name, text in columns if text and name not in SHORT]
            key = re.sub(r"`(\w+)`", rf"`{prefix}\1`", key) if prefix else key
            lines.append(self.text(key) + (f" ({'; '.join(beside)})" if beside else ""))
            lines += [*(["\t" + "; ".join(below)] if below else []), ""]
        return lines

    def labelled(self, name, cell):
        if name in SHORT:
            return self.text(cell if name == "type" or cell.startswith("required") else f"{name} {cell}")
        return self.text(cell if name in ("", "closes when") else f"{name}: {cell}")

    def text(self, cell):
        return from_markdown(cell, self.titles)


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
