"""Runs netkit-bench on its own core and reads its result."""

import contextlib
import json
import subprocess

from servers import LOAD_CORE, program


class LoadFailed(Exception):
    """netkit-bench found a wrong answer, or could not do its work; the text says why."""


def command_of(server, arguments):
    pinned = ["taskset", "-c", str(LOAD_CORE), program("bin", "netkit-bench"), f"127.0.0.1:{server.port}"]
    return [*pinned, "--server-pid", str(server.pid), *arguments]


@contextlib.contextmanager
def neighbour(server, arguments):
    """Another load on the same server meanwhile, which nobody measures; none without arguments. Throws LoadFailed if it
    ended before its time."""
    if not arguments:
        yield
        return
    command = command_of(server, [*arguments, "--duration", "10min"])
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield
            if process.poll() is not None:
                raise LoadFailed(f"{server.name}: the load beside ended with status {process.returncode}")
        finally:
            process.terminate()


def load(server, arguments, seconds=None):
    """The result of one run of netkit-bench against `server`; by time if `seconds` is given."""
    command = command_of(server, ["--json", *arguments])
    if seconds is not None:
        command += ["--duration", f"{int(seconds * 1000)}ms"]
    # It ends by itself; the bound is for a fault of its own.
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise LoadFailed(f"{server.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)
