"""Be this program of before a change of the fold, towards its desks: `python -m tests.e2e.older_program runner …`."""

from __future__ import annotations

import sys

from terminal.commands.main import main
from terminal.engine.state import FOLD_VERSION
from terminal.shell.serving import house

if __name__ == "__main__":
    vars(house)["FOLD_VERSION"] = FOLD_VERSION - 1
    raise SystemExit(main(sys.argv[1:]))
