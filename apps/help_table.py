"""The examples, options and commands of a program, read from its --help: man pages and completions are made of them."""

import re
import subprocess
from dataclasses import dataclass, field

NAMES = r"-{1,2}[\w.-]+(?:, ?-{1,2}[\w.-]+)*"
OPTION = re.compile(rf"\s+({NAMES})(?: (\S.*?))?(?:\s{{2,}}(.*))?$")
ARGUMENT = re.compile(r"  ([A-Z]\S*)(?: \S+)*\s{2,}(\S.*)$")
COMMAND = re.compile(r"  ([a-z][a-z-]*)\s{2,}(.*)$")
MORE_HELP = re.compile(r"\s{20,}(\S.*)$")  # of an option whose first column is full
TITLE = re.compile(r"(?:\[Option Group: (.+)\]|(\S.*):)$")
PATIENCE = 60  # seconds


@dataclass
class Option:
    names: list[str]
    value: str  # as the help shows it: FILE, [FILE.so]; empty: a flag
    help: str
    group: str


@dataclass
class Command:
    name: str
    arguments: str  # ID, NAME; empty: none
    argument_help: str
    help: str
    options: list[Option]


@dataclass
class Help:
    program: str
    examples: list[str] = field(default_factory=list)
    usage: list[str] = field(default_factory=list)  # without the program's name
    options: list[Option] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)  # what the help says of each
    commands: list[Command] = field(default_factory=list)

    def groups(self):
        """The titles of the groups of options, in order."""
        return list(dict.fromkeys(option.group for option in self.options))


def parse(program, text):
    """Commands have no options yet: they stand in helps of their own."""
    parsed, title = Help(program), ""
    for line in text.splitlines():
        if heading := TITLE.match(line):
            title = heading[1] or heading[2]
        elif title == "Subcommands" and (found := COMMAND.match(line)):
            parsed.commands.append(Command(found[1], "", "", found[2], []))
        elif title == "Positionals" and (found := ARGUMENT.match(line)):
            parsed.arguments.append(found[2])
        elif found := OPTION.match(line):
            parsed.options.append(Option(re.split(r", ?", found[1]), found[2] or "", found[3] or "", title))
        elif parsed.options and not parsed.options[-1].help and (found := MORE_HELP.match(line)):
            parsed.options[-1].help = found[1]
        elif found := re.match(rf"(?:[Uu]sage: +|  ){program}(?: (.*))?$", line):
            (parsed.examples if title == "Examples" else parsed.usage).append(found[1] or "")
        elif line and not line.startswith(" ") and title == "Examples":
            title = ""
    return parsed


def help_of(program, path, arguments=()):
    """Raises OSError or CalledProcessError."""
    shown = subprocess.run([path, *arguments, "--help"], capture_output=True, text=True, timeout=PATIENCE, check=True)
    return shown.stdout


def read(path):
    """The help of the program at that path, with those of its commands."""
    program = path.name
    parsed = parse(program, help_of(program, path))
    for command in parsed.commands:
        own = parse(f"{program} {command.name}", help_of(program, path, [command.name]))
        command.arguments = " ".join(word for word in own.usage[0].split() if word != "[OPTIONS]")
        command.argument_help = " ".join(own.arguments)
        command.options = [option for option in own.options if "--help" not in option.names]
    return parsed
