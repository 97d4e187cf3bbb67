"""What may stand for the value of an option or an argument: the kinds that the completions of all shells know.

config, file, folder, plugin (FILE.so), tested (FILE.so or FILE.lua), listener, framing (TYPE,OPTION=VALUE), setting
(TYPE.OPTION=VALUE), session, process, target (HOST:PORT, a path with --unix), choice (one of some words); empty: anything.
"""

import re
import subprocess
from dataclasses import dataclass

import help_table

BY_OPTION = {"--config": "config", "--reload-plan": "config", "--listener": "listener", "--get": ""}
BY_VALUE = {"FILE": "file", "PATH": "file", "ADDRESS": "file", "DIR": "folder", "DIRECTORY": "folder", "FILE.so": "plugin",
            "SPEC": "framing", "TYPE.OPTION=VALUE": "setting", "PID": "process", "PLUGIN.so|SCRIPT.lua": "tested",
            "ID": "session", "CONFIG": "config", "HOST:PORT": "target"}
CHOICES = re.compile(r"[\w-]+(?:, [\w-]+)* or [\w-]+")


@dataclass
class Kind:
    name: str
    choices: list[str]


def kind(value, text):
    """Of a value that the help calls so, and explains by `text`."""
    bare = value.strip("[].")
    if bare in ("KIND", "LEVEL") and (found := CHOICES.search(text)):
        return Kind("choice", re.split(r", | or ", found[0]))
    return Kind(BY_VALUE.get(bare, ""), [])


def kind_of_option(option):
    for name in option.names:
        if name in BY_OPTION:
            return Kind(BY_OPTION[name], [])
    return kind(option.value, option.help)


def kind_of_command(command):
    return Kind("listener", []) if command.arguments == "NAME" else kind(command.arguments, command.argument_help)


def kinds_of_words(shown):
    """Of the words of the command line that are no options, in order."""
    words = re.sub(r"\[OPTIONS\]|SUBCOMMAND|\[?--?[\w-]+[^ ]*( \| --?\S+)*\]?", "", shown.usage[0]).split()
    return [kind(word, "") for word in words]


def types(server):
    """("handler" or "framing", its name, its settings as "OPTION=" or one "OPTION=VALUE" for each) for each that comes
    with netkit. Raises CalledProcessError."""
    listing = subprocess.run([server, "--list-plugins"], capture_output=True, text=True, timeout=help_table.PATIENCE,
                             check=True).stdout
    for kind_name, name, rows in re.findall(r"(?m)^(handler|framing) (\S+): .*\n((?: .*\n)*)", listing):
        settings = []
        for option, values in re.findall(r"(?m)^ +(\w+) = (\S.*?)(?:\s{2,}.*)?$", rows):
            settings += [f"{option}={value}" for value in (values.split("|") if "|" in values else [""])]
        yield kind_name, name, settings
