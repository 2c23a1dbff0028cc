"""Assemble the command line: one verb, one file, imported only when it is called.

Adding a verb is one row in `VERBS` and one module that has a function of the same name. Nothing heavier than
typer is imported here, so that `hengduo doctor` answers on a machine where half of the rest is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from terminal import __version__

VERBS: Final = {
    "run": "terminal.commands.run",
    "doctor": "terminal.commands.doctor",
    "runner": "terminal.commands.runner",
    "login": "terminal.commands.login",
    "kill": "terminal.commands.kill",
    "replay": "terminal.commands.replay",
    "backtest": "terminal.commands.backtest",
    "sandbox": "terminal.commands.sandbox",
    "scan": "terminal.commands.scan",
    "continuous": "terminal.commands.continuous",
    "stress": "terminal.commands.stress",
    "performance": "terminal.commands.performance",
    "exchange": "terminal.commands.exchange",
    "book": "terminal.commands.book",
    "verify": "terminal.commands.verify",
    "recompute": "terminal.commands.recompute",
    "snapshots": "terminal.commands.snapshots",
    "reconcile": "terminal.commands.reconcile",
    "tables": "terminal.commands.tables",
    "simulate": "terminal.commands.simulate",
    "bench": "terminal.commands.bench",
}


def assemble(names: Iterable[str]) -> typer.Typer:
    """Return a command line of these verbs; only their modules are imported."""
    app = typer.Typer(
        name="hengduo",
        help="衡舵 Hengduo: a hedging desk for commodity futures. Without a verb: the desk.",
        add_completion=False,
        no_args_is_help=False,
        pretty_exceptions_enable=False,  # a broken invariant shows its plain traceback, also in a log file
        rich_markup_mode=None,
    )
    app.callback()(_general)
    for name in names:
        app.command(name)(_verb(name))
    return app


def _print_version(*, wanted: bool) -> None:
    if wanted:
        print(f"hengduo {__version__}")
        raise typer.Exit


def _general(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=lambda value: _print_version(wanted=value), is_eager=True),
    ] = False,
) -> None:
    del version  # its callback has answered


def _verb(name: str) -> Callable[..., Any]:
    verb = getattr(import_module(VERBS[name]), name)
    if not callable(verb):
        raise TypeError(f"{VERBS[name]} has no function {name}")
    return verb  # type: ignore[no-any-return]  # typer reads the signature; there is no narrower type
