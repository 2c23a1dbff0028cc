"""Run what could wait and never does: in one process nothing needs a loop of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from terminal.domain.errors import InvariantError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine that never waits returns."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise InvariantError("a backtest waited for something")
