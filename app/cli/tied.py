"""`python tied.py PARENT COMMAND…`: become a command that is told to end when its parent has ended, however that was.

Linux tells it (PR_SET_PDEATHSIG); elsewhere the next start ends what is left. It is run by its path, without the
program's packages, so that a process starts as fast as without it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the command, unless the parent has ended already."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(128 + signal.SIGTERM)
    os.execvp(command[0], command)  # noqa: S606 - the command is our own, and no shell is wanted.


if __name__ == "__main__":
    main()
