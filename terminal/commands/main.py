"""Carry out one command line and turn what goes wrong into a sentence and a code.

What there is nothing to parse of is not parsed: reading words takes as long as half of the way to the first picture.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Final

from terminal.domain.errors import BEFORE_WORDS, UserError

DESK: Final = "run"
"""The verb of a command line that names none: `hengduo --market replay:PATH` opens the desk."""

EMBEDDED: Final = ["runner", "--embedded"]
"""No option of the verb: a desk starts its own runner with these words, nobody else."""

INTERRUPTED: Final = 130
USER_ERROR: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    # Nothing here multiplies matrices, and numpy's threads for that spin for a while in every process that begins.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = with_verb(arguments)
    try:
        if given == [DESK]:
            from terminal.commands.desk import open_desk

            return open_desk()
        if given[:2] == EMBEDDED:
            gc.disable()  # while modules come in there is nothing to collect; `run_embedded` ends this
            from terminal.runner.child import run_embedded

            run_embedded(given[2:])
            return 0
        return parsed(given)
    except UserError as error:
        print(f"{BEFORE_WORDS}{error.message}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        return exit_code(end)


def parsed(given: Sequence[str]) -> int:
    """Parse a line and carry it out; what the parser finds wrong is a `UserError`."""
    from typer import TyperException

    from terminal.commands import usage
    from terminal.commands.verbs import VERBS, assemble

    verb = given[0]
    if verb not in VERBS and not verb.startswith("-"):
        raise UserError(usage.unknown_verb(verb, VERBS))
    try:
        code = assemble([verb] if verb in VERBS else VERBS)(given, prog_name=usage.PROGRAM, standalone_mode=False)
    except TyperException as error:
        raise UserError(usage.said(error, verb)) from error
    return code if isinstance(code, int) else 0


def with_verb(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the desk's verb in front when they name none."""
    if not arguments:
        return [DESK]
    if arguments[0].startswith("-") and arguments[0] not in {"--help", "-h", "--version"}:
        return [DESK, *arguments]
    return list(arguments)


def exit_code(end: SystemExit) -> int:
    """Return the number a process would end with."""
    if end.code is None:
        return 0
    return end.code if isinstance(end.code, int) else 1
