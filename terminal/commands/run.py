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
    market: Annotated[str, typer.Option(metavar="行情", help="样例行情 sample，或回放录制 replay:路径")] = "sample",
    speed: Annotated[
        float | None,
        typer.Option(
            callback=known_speed, help=f"市场的时间比墙上的钟快几倍，{RANGE}；由这里起的运行器才用得上，不写是 1"
        ),
    ] = None,
    runner: Annotated[str, typer.Option(metavar="地址", help="运行器 wss://主机:端口；不写是本机的")] = "",
    profile: Annotated[
        str, typer.Option(metavar="人员", help="坐在这台工作台前的人：trader、operator、supervisor 等")
    ] = "trader",
    data: Annotated[Path | None, typer.Option(metavar="目录", help="工作台和本机运行器的文件放在哪里")] = None,
    token_stdin: Annotated[
        bool,
        typer.Option(
            "--token-stdin",
            help="从标准输入读运行器的令牌，有密钥环就存进去；运行器在转发来的 ws:// 端口后面时，读它的密钥",
        ),
    ] = False,
    screenshot: Annotated[Path | None, typer.Option(metavar="文件", help="把窗口的图片写到这里，然后结束")] = None,
    after: Annotated[float | None, typer.Option(min=0.0, metavar="秒", help="过多少秒拍图片，然后结束")] = None,
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
