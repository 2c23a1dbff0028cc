"""Entry of `hengduo` and of `python -m terminal`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line on the arguments of this process and exit with its code."""
    if getattr(sys, "frozen", False):
        from multiprocessing import freeze_support

        freeze_support()  # first of all: in a frozen program a worker process enters here again
    os.umask(0o077)  # journals, exchanges, copies, requests and logs are nobody else's business
    if sys.argv[1:2] == ["keyring-child"]:
        from terminal.shell.tokens import child  # no verb of the command line: the desk starts it, nobody else

        sys.exit(child(sys.argv[2:]))
    from terminal.commands.main import main as command_line

    sys.exit(command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
