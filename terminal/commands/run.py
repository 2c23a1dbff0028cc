"""Open the desk; where there is no screen, run it offscreen for a while and keep a picture of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from terminal.commands.doctor import no_screen

OFFSCREEN_SECONDS: Final = 30.0
PICTURE: Final = Path("hengduo.png")


def run(
    *,
    market: Annotated[str, typer.Option(help="sample, or replay:PATH of recorded files.")] = "sample",
    speed: Annotated[float, typer.Option(min=0.01, help="Market time over wall time.")] = 1.0,
    runner: Annotated[str, typer.Option(help="wss://HOST:PORT of a runner; none: this machine's own.")] = "",
    profile: Annotated[str, typer.Option(help="The person at this desk: trader, operator, supervisor, …")] = "trader",
    data: Annotated[Path | None, typer.Option(help="Folder of the desk's files and of its own runner.")] = None,
    token_stdin: Annotated[
        bool,
        typer.Option(
            "--token-stdin", help="Read the runner's token from standard input; kept in the keyring, if there is one."
        ),
    ] = False,
    screenshot: Annotated[Path | None, typer.Option(help="Write a picture of the window there.")] = None,
    after: Annotated[float | None, typer.Option(min=0.0, help="Seconds until the picture and the end.")] = None,
) -> None:
    """Open the desk on a market, with a runner of its own."""
    os.umask(0o077)  # what this desk and its runner keep is nobody else's business
    lack = _lack_of_screen()
    if lack:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        after = OFFSCREEN_SECONDS if after is None else after
        screenshot = screenshot or PICTURE
        print(f"{lack}：离屏运行 {after:g} 秒，画面写入 {screenshot}", file=sys.stderr)
    from terminal.app import Seat, main
    from terminal.domain.ids import PersonId

    token = sys.stdin.readline().strip() if token_stdin else ""
    seat = Seat(person=PersonId(profile), market=market, speed=speed, runner=runner, data=data, token=token)
    raise SystemExit(main(seat, screenshot=screenshot, after=after))


def _lack_of_screen() -> str:
    asked_for = os.environ.get("QT_QPA_PLATFORM", "")
    if asked_for:
        return f"QT_QPA_PLATFORM={asked_for}" if asked_for in {"offscreen", "minimal"} else ""
    return no_screen() if sys.platform.startswith("linux") else ""
