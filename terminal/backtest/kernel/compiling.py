"""Compile what a kernel runs, and keep what was compiled for these very sources."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., object]")


def _keep_compiled() -> None:
    # Compiled code is kept for these very sources: numba looks at the file of a function, not at those it calls.
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    settings: Any = numba.config
    settings.CACHE_DIR = str(platformdirs.user_cache_path("hengduo") / "kernel" / digest.hexdigest()[:16])


_keep_compiled()


def compiled(function: F) -> F:
    """Compile a function that only compiled ones call."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def entered(function: F) -> F:
    """Compile a function that Python calls."""
    return _compile(function, no_cfunc_wrapper=True)


def _compile(function: F, **options: bool) -> F:
    # When it is first called; kept where the machine lets us.
    njit: Any = numba.njit
    try:
        return cast("F", njit(cache=True, **options)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("F", njit(**options)(function))
