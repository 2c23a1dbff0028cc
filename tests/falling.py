"""Be the work of a pool in whose processes something may go wrong; a process imports it by name."""

from __future__ import annotations

import os
import signal

from terminal.domain.errors import UserError

DEADLY = 3
NOTED: list[str] = []


def square(number: int) -> int:
    return number * number


def square_or_die(number: int) -> int:
    """Square a number; the system kills whoever takes the deadly one."""
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def fault(number: int) -> int:
    """Fail as a process does that cannot open what all of them need."""
    raise UserError(f"no tape for {number}")


def lost(number: int) -> int:
    return -number


def noted(number: int) -> tuple[int, tuple[str, ...]]:
    """Tell what this process noted, or was born with."""
    return number, tuple(NOTED)
