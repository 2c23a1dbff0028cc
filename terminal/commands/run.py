"""Read the words of `hengduo run`: the desk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from terminal.commands.desk import open_desk
from terminal.commands.speed import RANGE, known_speed


def run(
    *,
    market: Annotated[str, typer.Option(help="sample, or replay:PATH of recorded files.")] = "sample",
    speed: Annotated[
        float | None,
        typer.Option(
            callback=known_speed, help=f"Market time over wall time of a runner that this starts, {RANGE}; none: 1."
        ),
    ] = None,
    runner: Annotated[str, typer.Option(help="wss://HOST:PORT of a runner; none: this machine's own.")] = "",
    profile: Annotated[str, typer.Option(help="The person at this desk: trader, operator, supervisor, …")] = "trader",
    data: Annotated[Path | None, typer.Option(help="Folder of the desk's files and of its own runner.")] = None,
    token_stdin: Annotated[
        bool,
        typer.Option(
            "--token-stdin",
            help="Read the runner's token from standard input; kept in the keyring, if there is one. "
            "Of a runner behind a forwarded ws:// port, its secret.",
        ),
    ] = False,
    screenshot: Annotated[Path | None, typer.Option(help="Write a picture of the window there.")] = None,
    after: Annotated[float | None, typer.Option(min=0.0, help="Seconds until the picture and the end.")] = None,
) -> None:
    """Open the desk on a market, with a runner of its own."""
    raise SystemExit(
        open_desk(
            market=market,
            speed=speed,
            runner=runner,
            profile=profile,
            data=data,
            token=sys.stdin.readline().strip() if token_stdin else "",
            screenshot=screenshot,
            after=after,
        )
    )
