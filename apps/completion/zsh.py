"""The parts of netkit.zsh that a program's help and the types of handlers and framings fill in."""

import shlex

import kinds
from bash import settings_cases, words

ACTIONS = {"config": "_files -g '*.(json|ini)'", "file": "_files", "folder": "_files -/", "plugin": "_files -g '*.so'",
           "tested": "_files -g '*.(so|lua)'", "listener": " __netkit_listeners", "session": " __netkit_sessions",
           "process": "_pids", "framing": " __netkit_framing",
           "target": " __netkit_target"}


def escaped(text):
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def action(kind, settings):
    if kind.name == "choice":
        return f"({' '.join(kind.choices)})"
    if kind.name == "setting":
        return f" __netkit_settings {words(settings)}"
    return ACTIONS.get(kind.name, " ")


def spec(option, settings):
    """As _arguments takes it. Options that may be repeated begin with *."""
    value = ""
    if option.value:
        marks = "::" if option.value.startswith("[") else ":"
        value = f"{marks}{escaped(option.value.strip('[]'))}:{action(kinds.kind_of_option(option), settings)}"
    text = f"[{escaped(option.help)}]{value}"
    repeated = "repeated" in option.help or "--option" in option.names
    others = "" if repeated else f"({' '.join(option.names)})"
    return [shlex.quote(f"{'*' if repeated else others}{name}{'=' if value and name.startswith('--') else ''}{text}")
            for name in option.names]


def lines(texts, indent):
    return "\n".join(" " * indent + text for text in texts)


def word_specs(shown):
    return [shlex.quote(f"{number}: :{action(kind, [])}") for number, kind in enumerate(kinds.kinds_of_words(shown), 1)]


def argument_cases(shown, settings):
    """After a command its options and its argument."""
    cases = []
    for command in shown.commands:
        specs = [one for option in command.options for one in spec(option, settings)]
        if command.arguments:
            specs.append(shlex.quote(f"2:{command.arguments}:{action(kinds.kind_of_command(command), settings)}"))
        cases.append(f"    ({command.name}) options+=({' '.join(specs)} '1: : ') ;;")
    if cases:
        known = " ".join(f"{command.name}\\:{shlex.quote(escaped(command.help))}" for command in shown.commands)
        cases.append(f"    ('') options+=({shlex.quote(f'1:command:(({known}))')}) ;;")
    return cases


def parts(shown, types):
    settings = list(dict.fromkeys(f"{name}.{setting}" for _, name, of_type in types for setting in of_type))
    options = [one for option in shown.options for one in spec(option, settings)]
    return {
        "FRAMINGS": words(name for kind, name, _ in types if kind == "framing"),
        "FRAMING_SETTINGS": "\n".join(settings_cases(types)),
        "OPTIONS": lines(options + ([] if shown.commands else word_specs(shown)), 4),
        "COMMANDS": "|".join(command.name for command in shown.commands) or "''",
        "ARGUMENTS": "\n".join(argument_cases(shown, settings)),
    }
