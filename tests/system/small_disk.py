"""A disk of a few kilobytes, to be full."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNS = 0x20000


class NoSmallDisk(Exception):
    """It cannot be had here; the text says why."""


def mount_small_disk(test, size):
    """Mounts one of `size` bytes over a new folder of `test`, a SystemTest, and returns its path. From now on, nobody
    else sees what this process mounts."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        raise NoSmallDisk("only root may mount a small disk")
    if subprocess.run(["mount", "--make-rprivate", "/"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        raise NoSmallDisk("the root folder is no mount of its own: what is mounted here could be seen elsewhere")
    disk = test.folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
    test.addCleanup(subprocess.run, ["umount", disk], check=True)
    return disk


@contextlib.contextmanager
def full(disk):
    """Within, nothing is free on it."""
    path = os.path.join(disk, "filler")
    with open(path, "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    try:
        yield
    finally:
        os.unlink(path)
