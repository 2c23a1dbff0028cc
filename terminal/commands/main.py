"""Carry out one command line and turn what goes wrong into a sentence and a code.

What there is nothing to parse of is not parsed: reading words takes as long as half of the way to the first picture.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Final, TextIO

from terminal.domain.errors import BEFORE_WORDS, UserError

DESK: Final = "run"
"""The verb of a command line that names none: `hengduo --market replay:PATH` opens the desk."""

EMBEDDED: Final = ["runner", "--embedded"]
"""No option of the verb: a desk starts its own runner with these words, nobody else."""

INTERRUPTED: Final = 130
USER_ERROR: Final = 2
CUT_SHORT: Final = 128 + 13  # as shells have it of any program whose reader has gone (SIGPIPE): no verdict of ours


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    # Nothing here multiplies matrices, and numpy's threads for that spin for a while in every process that begins.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return said_out(carried_out(with_verb(arguments)))


def carried_out(given: Sequence[str]) -> int:
    """Carry a command line out; what goes wrong that a person can mend is a sentence on standard error and a code."""
    said, complained = sys.stdout, sys.stderr
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
        _complain(error.message)
        return USER_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            return exit_code(end)
        # The parser takes a reader that has gone for a failure, and hides both streams.
        sys.stdout, sys.stderr = said, complained
        return _refused(end.__context__)
    except OSError as problem:
        return _refused(problem)


def _refused(problem: OSError) -> int:
    # What a stream refuses names no file. Where it was neither of the two written to here, it is no person's fault.
    code = 0 if problem.filename is not None else said_out(0, cut_short=True)
    if not code and isinstance(problem, BrokenPipeError) and _is_gone(sys.stderr):
        code = CUT_SHORT
    if not code:
        raise problem
    return code


def _is_gone(stream: TextIO | None) -> bool:
    try:
        print(file=stream, flush=True)
    except OSError:
        return True
    return False


def _complain(sentence: str) -> None:
    with suppress(OSError):  # nobody reads it or the disk is full, and the code says it as well
        print(f"{BEFORE_WORDS}{sentence}", file=sys.stderr)


def said_out(code: int, *, cut_short: bool = False) -> int:
    """Return the code of a line once all it printed has arrived, another where it did not.

    A reader that has gone (`| head`) took what it wanted: that is no failure of a line carried out to its end; one that
    was `cut_short` ends as any other program does, without a word.
    """
    if sys.stdout is None:  # a program of windows has nothing to print to
        return code
    try:
        if cut_short:
            print()  # whether it still takes anything: what it refused before is not kept where nothing is buffered
        sys.stdout.flush()
    except OSError as problem:
        # Python flushes once more at its end, and would complain of it in its own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(problem, BrokenPipeError):
            return CUT_SHORT if cut_short else code
        from terminal.domain.words.system import system_said

        why = f"标准输出写不进去（{system_said(problem)}）；请腾出空间或换一个去处，再运行一次。"
        _complain(why)
        return USER_ERROR
    return code


def parsed(given: Sequence[str]) -> int:
    """Parse a line and carry it out; what the parser finds wrong is a `UserError`."""
    from typer import TyperException

    from terminal.commands import usage
    from terminal.commands.verbs import VERBS, assemble

    verb = given[0]
    for before, word in pairwise(given):
        if not word.strip() or (word.startswith("--") and word.endswith("=")):
            raise UserError(f"{word.strip() or before} 后面是空的：请写上它的值（脚本里的变量是不是没有设？）。")
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
