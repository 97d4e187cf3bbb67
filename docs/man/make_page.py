"""Makes a man page: fills in a source for scdoc and runs it. usage: make_page.py SOURCE.scd VERSION PROGRAMS OUT

A line of the source that stands for text from elsewhere begins with @:
  @examples, @options, @commands    from --help of the program that the page is named after, which is in the folder PROGRAMS
  @keys DOCUMENT.md, TITLE, N, P    the Nth table (0) of that section of a document in docs/; before each key stands P
  @types KIND                       handlers or framings and their options, from netkit-server --list-plugins
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "apps")]
sys.dont_write_bytecode = True

import help_table
from key_tables import Document
from markup import bold, escaped, italic, literal


def option_lines(options):
    lines = []
    for option in options:
        value = " " + italic(option.value) if option.value else ""
        lines += [", ".join(map(bold, option.names)) + value, "\t" + sentence(option.help), ""]
    return lines


def sentence(text):
    """A line of a help, as a sentence of its own."""
    return escaped(text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))


def options(shown):
    lines = []
    for group in shown.groups():
        if group not in ("", "Options"):
            lines += ["## " + escaped(group), ""]
        lines += option_lines(option for option in shown.options if option.group == group)
    return lines


def commands(shown):
    lines = []
    for command in shown.commands:
        lines.append(bold(command.name) + (" " + italic(command.arguments) if command.arguments else ""))
        lines += ["\t" + sentence(command.help), ""]
        lines += ["\t" + line if line else "" for line in option_lines(command.options)]
    return lines


def types(listing, kind):
    """From the output of netkit-server --list-plugins."""
    lines = []
    for block in re.split(r"\n\s*\n", listing.strip()):
        first, *rows = block.splitlines()
        found = re.fullmatch(rf"{kind} (\S+): (.*)", first)
        if not found:
            continue
        lines += ["## " + escaped(f"{kind} {found[1]}"), "", sentence(found[2]), ""]
        for row in rows:
            name, values, text = re.fullmatch(r" +(\S+) = (\S.*?)(?:\s{2,}(.*))?", row).groups()
            lines += [f"{bold(name)} ({escaped(values)})", *(["\t" + escaped(text)] if text else []), ""]
    return lines


class Filler:
    def __init__(self, program, programs, source):
        self.programs = programs
        self.titles = {title.lower() for title in re.findall(r"(?m)^##? (.+)$", source)}
        self.shown = help_table.read(programs / program) if (programs / program).exists() else None

    def fill(self, line):
        """The lines that stand for a line of the source."""
        found = re.fullmatch(r"@(\w+)(?: (.*))?", line)
        if not found:
            return [line]
        word, what = found.groups()
        if word == "keys":
            document, title, *rest = what.split(", ")
            number, prefix = rest + ["0", ""][len(rest):]
            text = (HERE.parent / document).read_text(encoding="utf-8")
            return Document(document, text, self.titles).definitions(title, int(number), prefix)
        if word == "types":
            listing = subprocess.run([self.programs / "netkit-server", "--list-plugins"], capture_output=True, text=True,
                                     timeout=help_table.PATIENCE, check=True).stdout
            return types(listing, what)
        if word == "examples":
            return literal(f"{self.shown.program} {example}" for example in self.shown.examples)
        return {"options": options, "commands": commands}[word](self.shown)


def tidy(roff):
    """With paragraphs only where text follows, and between definitions rather than at their ends: else mandoc finds fault."""
    ends = re.compile(r"(?m)^(?:\.P\n|\.RE\n)*\.RE\n")
    roff = ends.sub(lambda found: found[0].replace(".P\n", "") + ".P\n" * (".P\n" in found[0]), roff)
    roff = re.sub(r"(?m)^(\.S[HS] .*\n)(?:\.P\n)+", r"\1", roff)
    return re.sub(r"(?m)^(?:\.P\n)+(?=(?:\.P|\.RE|\.S[HS])\b|\Z)", "", roff)


def main():
    source, version, programs, out = sys.argv[1:]
    page = Path(source)
    text = page.read_text(encoding="utf-8")
    first, *lines = text.splitlines()
    filler = Filler(page.name.split(".")[0], Path(programs), text)
    filled = [f'{first} "netkit {version}" "netkit"', *(made for line in lines for made in filler.fill(line))]
    roff = subprocess.run(["scdoc"], input="\n".join(filled) + "\n", capture_output=True, text=True, check=False)
    if roff.returncode != 0:
        sys.exit(f"{source}: {roff.stderr.strip()}")
    Path(out).write_text(tidy(roff.stdout), encoding="utf-8")


if __name__ == "__main__":
    main()
