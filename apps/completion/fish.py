"""The parts of netkit.fish that a program's help and the types of handlers and framings fill in."""

import kinds

ACTIONS = {"config": "-k -x -a '(__fish_complete_suffix .json .ini)'", "file": "-r -F",
           "folder": "-x -a '(__fish_complete_directories)'", "plugin": "-k -x -a '(__fish_complete_suffix .so)'",
           "tested": "-k -x -a '(__fish_complete_suffix .so .lua)'", "listener": "-x -a '(__netkit_listeners)'",
           "session": "-x -a '(__netkit_ask sessions id)'", "process": "-x -a '(__fish_complete_pids)'",
           "framing": "-x -a '(__netkit_framing)'", "target": "-n '__fish_contains_opt unix' -F"}


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def action(kind, settings):
    """The options of `complete` that say what the value may be."""
    if kind.name in ("choice", "setting"):
        return f"-x -a {quoted(' '.join(kind.choices or settings))}"
    return ACTIONS.get(kind.name, "-x")


def option_line(option, settings, condition=""):
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    value = " " + action(kinds.kind_of_option(option), settings) if option.value else ""
    if option.value.startswith("["):  # may be left out: such a value is a word of its own
        value = ""
    return f"complete -c @PROGRAM@{condition} {names}{value} -d {quoted(option.help)}"


def command_lines(shown, settings):
    every = " ".join(command.name for command in shown.commands)
    for command in shown.commands:
        first = quoted(f"not __fish_seen_subcommand_from {every}")
        yield f"complete -c @PROGRAM@ -n {first} -a {command.name} -d {quoted(command.help)}"
        chosen = " -n " + quoted(f"__fish_seen_subcommand_from {command.name}")
        for option in command.options:
            yield option_line(option, settings, chosen)
        kind = kinds.kind_of_command(command)
        if kind.name:
            yield f"complete -c @PROGRAM@{chosen} {action(kind, settings)}"


def word_lines(shown):
    """For words that are no options: the value of an option that may be left out, or arguments."""
    for option in shown.options:
        if option.value.startswith("["):
            name = option.names[-1].lstrip("-")
            yield f"complete -c @PROGRAM@ -n '__fish_contains_opt {name}' {ACTIONS[kinds.kind_of_option(option).name]}"
    for kind in kinds.kinds_of_words(shown):
        if kind.name:
            yield f"complete -c @PROGRAM@ {ACTIONS[kind.name]}"


def parts(shown, types):
    settings = list(dict.fromkeys(f"{name}.{setting}" for _, name, of_type in types for setting in of_type))
    framings = [(name, of_type) for kind, name, of_type in types if kind == "framing"]
    lines = [option_line(option, settings) for option in shown.options]
    lines += [*command_lines(shown, settings), *([] if shown.commands else word_lines(shown))]
    return {
        "FRAMINGS": " ".join(name for name, _ in framings),
        "FRAMING_SETTINGS": "\n".join(f"        case {name}\n            set settings {' '.join(of_type)}"
                                      for name, of_type in framings),
        "OPTIONS": "\n".join(lines),
    }
