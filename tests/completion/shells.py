"""bash, zsh and fish as a user has them: asked by keys at their prompt, or by their own command, for what may follow."""

import os
import pty
import select
import shutil
import subprocess
import threading
from pathlib import Path

SHARE = Path(os.environ["NETKIT_BUILD"]) / "share"
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
PATIENCE = 60  # seconds; the bound of every wait

INSERT_ALL = b"\x18a"  # Ctrl-X a: all that may follow replaces the word
TELL = b"\x18d"  # Ctrl-X d: the line goes to the test, and is emptied

BASH = """
PS1='> '; . {completion}
tell() {{ printf '%s\\n' "$READLINE_LINE" >'{pipe}'; READLINE_LINE=; READLINE_POINT=0; }}
bind '"\\C-xa": insert-completions'; bind '"\\C-xc": complete'; bind -x '"\\C-xd": tell'
printf 'ready\\n' >'{pipe}'
"""
ZSH = """
PS1='> '; fpath=({share}/zsh/site-functions $fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:all:*' completer _all_matches _complete
zstyle ':completion:all:*' insert true
zle -C all complete-word _generic; bindkey '^Xa' all
tell() {{ print -r -- $BUFFER >'{pipe}'; BUFFER= }}; zle -N tell; bindkey '^Xd' tell
bindkey '^Xc' expand-or-complete
print ready >'{pipe}'
"""


def environment(folder):
    programs = Path(os.environ["NETKIT_BUILD"]) / "bin"
    return {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8",
            "XDG_DATA_DIRS": f"{SHARE}:/usr/share", "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder),
            "INPUTRC": "/dev/null"}


class Terminal:
    """A shell that reads keys from a terminal, in a folder of the test's."""

    others_come_last = False

    def __init__(self, words, setup, folder):
        self.pipe = folder / "told"
        os.mkfifo(self.pipe)
        (folder / "setup").write_text(setup.format(completion=BASH_COMPLETION, pipe=self.pipe, share=SHARE))
        self.terminal, slave = pty.openpty()
        self.shell = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, cwd=folder, start_new_session=True,
                                      env=environment(folder))
        os.close(slave)
        self.told = os.open(self.pipe, os.O_RDWR)  # both ways: no end of file between two lines
        self.screen = b""
        self.reader = threading.Thread(target=self.read_screen)
        self.reader.start()
        self.type(b". ./setup\n")
        self.expect("ready")

    def read_screen(self):
        """A terminal that nobody reads would stop the shell."""
        try:
            while part := os.read(self.terminal, 65536):
                self.screen += part
        except OSError:  # the shell has ended
            pass

    def type(self, keys):
        os.write(self.terminal, keys)

    def line(self):
        """The next line that the shell tells."""
        text = b""
        while not text.endswith(b"\n"):
            if not select.select([self.told], [], [], PATIENCE)[0]:
                raise AssertionError(f"the shell told nothing; its screen:\n{self.screen.decode(errors='replace')}")
            text += os.read(self.told, 65536)
        return text.decode().strip()

    def expect(self, wanted):
        if (found := self.line()) != wanted:
            raise AssertionError(f"expected {wanted!r}, found {found!r}")

    def candidates(self, line):
        """The words that may stand for the last one of the line; that one itself if there are none."""
        self.type(line.encode() + INSERT_ALL + TELL)
        before = line.split(" ")[:-1]
        return self.line().split()[len([word for word in before if word]):]

    def completed(self, line):
        """The line after a press of the completion key."""
        self.type(line.encode() + b"\x18c" + TELL)
        return self.line()

    def close(self):
        self.shell.kill()
        self.shell.wait()
        self.reader.join()
        os.close(self.terminal)
        os.close(self.told)


class Fish:
    """fish tells by a command of its own what it would offer."""

    others_come_last = True  # files of the wrong kind

    def __init__(self, folder):
        self.folder = folder

    def candidates(self, line):
        shown = subprocess.run(["fish", "--command", "complete --do-complete $argv[1]", line], cwd=self.folder, text=True,
                               capture_output=True, timeout=PATIENCE, check=True, env=environment(self.folder))
        return [row.split("\t")[0] for row in shown.stdout.splitlines()]

    def close(self):
        pass


def bash(folder):
    """These three start a shell in that folder; None: it is not there."""
    there = BASH_COMPLETION.exists()
    return Terminal(["bash", "--norc", "--noprofile", "-i"], BASH, folder) if there else None


def zsh(folder):
    return Terminal(["zsh", "-f", "-i"], ZSH, folder) if shutil.which("zsh") else None


def fish(folder):
    return Fish(folder) if shutil.which("fish") else None
