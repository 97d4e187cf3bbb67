"""The parts of netkit.bash that a program's help and the types of handlers and framings fill in."""

import shlex

import kinds


def words(texts):
    return " ".join(shlex.quote(text) for text in texts)


def names(options):
    return words(name for option in options for name in option.names)


def value(kind):
    """The call that completes a value; empty: any will do."""
    if kind.name == "choice":
        return f"__netkit_value {words(kind.choices)}"
    return f"__netkit_value {kind.name}" if kind.name else ""


def value_cases(options, command):
    """Cases of COMMAND:OPTION. A value that may be left out is not all that may come."""
    lines = []
    for option in options:
        if not option.value:
            continue
        pattern = "|".join(f"{command}:{name}" for name in option.names)
        call = value(kinds.kind_of_option(option))
        if option.value.startswith("["):
            lines.append(f"        {pattern}) [[ $cur == -* ]] || {{ {call}; return; }} ;;")
        else:
            lines.append(f"        {pattern}) {call}{'; ' if call else ''}return ;;")
    return lines


def settings_cases(types):
    return [f"        {name}) settings=({words(settings)}) ;;" for kind, name, settings in types if kind == "framing"]


def argument_cases(shown):
    """After a command its argument; else a command, or the first of the words, or an option."""
    calls = {command.name: value(kinds.kind_of_command(command)) for command in shown.commands}
    of_words = [value(kind) for kind in kinds.kinds_of_words(shown) if kind.name]
    calls[""] = f"__netkit_words {words(calls) or names(shown.options)}" if not of_words else of_words[0]
    return [f"        {name or repr('')}) {call} ;;" for name, call in calls.items() if call]


def parts(shown, types):
    own = [option for command in shown.commands for option in value_cases(command.options, command.name)]
    settings = [f"{name}.{setting}" for _, name, of_type in types for setting in of_type]
    return {
        "FUNCTION": shown.program.replace("-", "_"),
        "FRAMINGS": words(name for kind, name, _ in types if kind == "framing"),
        "FRAMING_SETTINGS": "\n".join(settings_cases(types)),
        "SETTINGS": words(dict.fromkeys(settings)),
        "COMMANDS": "|".join(command.name for command in shown.commands) or "''",
        "VALUES": "\n".join(own + value_cases(shown.options, "*")),
        "OPTIONS": names(shown.options),
        "COMMAND_OPTIONS": "\n".join(f"            {command.name}) options+=({names(command.options)}) ;;"
                                     for command in shown.commands if command.options),
        "ARGUMENTS": "\n".join(argument_cases(shown)),
    }
