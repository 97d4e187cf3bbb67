"""Makes the completion of a program for a shell, from its --help. usage: make_completion.py bash|zsh|fish PROGRAM SERVER OUT

PROGRAM is the path of the program, SERVER that of netkit-server, which knows the framings and handlers.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
sys.dont_write_bytecode = True

import bash
import fish
import help_table
import kinds
import zsh


def main():
    shell, program, server, out = sys.argv[1:]
    shown = help_table.read(Path(program))
    types = list(kinds.types(server))
    text = (HERE / f"netkit.{shell}").read_text(encoding="utf-8")
    for name, value in {"bash": bash, "zsh": zsh, "fish": fish}[shell].parts(shown, types).items():
        text = text.replace(f"@{name}@", value)
    Path(out).write_text(text.replace("@PROGRAM@", shown.program), encoding="utf-8")


if __name__ == "__main__":
    main()
