"""Open the desk; where there is no screen, run it offscreen for a while and keep a picture of it.

Nothing is imported here before it is needed: this is the way to the first picture. The runner of this machine starts
first of all, in its own process, and comes up while this one draws.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.ids import PersonId

OFFSCREEN_SECONDS: Final = 30.0
LONGEST_NAME: Final = 64
PICTURE: Final = Path("hengduo.png")


def open_desk(
    *,
    market: str = "sample",
    speed: float | None = None,
    runner: str = "",
    profile: str = "trader",
    data: Path | None = None,
    token: str = "",
    screenshot: Path | None = None,
    after: float | None = None,
) -> int:
    """Open the desk on a market or a runner and return the exit code; see `commands/run` for what the words mean."""
    _refuse_odd_name(profile)
    gc.disable()  # while modules come in there is nothing to collect; the desk ends this when its panels stand
    lack = _lack_of_screen()
    if lack:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        after = OFFSCREEN_SECONDS if after is None else after
        screenshot = screenshot or PICTURE
        print(f"{lack}：离屏运行 {after:g} 秒，画面写入 {screenshot}", file=sys.stderr)
    started, pace = None, 1.0 if speed is None else speed
    if speed is not None:
        _say_where_speed_is_late(data, market, runner, speed)
    if not runner:
        from terminal.runner.starting import start_ahead

        with suppress(UserError):  # the link tries again, and says on the window what is wrong
            started = start_ahead(data, market=market, speed=pace)
    _import_unobserved()
    if screenshot is None and after is None and _is_open(data, runner or market, PersonId(profile)):
        return _say_open(profile)
    from terminal.app import GAVE_WAY, Seat, main

    seat = Seat(person=PersonId(profile), market=market, speed=pace, runner=runner, data=data, token=token)
    code = main(seat, screenshot=screenshot, after=after, started=started)
    return _say_open(profile) if code == GAVE_WAY else code


def _say_where_speed_is_late(data: Path | None, market: str, runner: str, speed: float) -> None:
    from terminal.runner.places import runner_folder
    from terminal.store.owner import is_owned

    if runner or is_owned(runner_folder(data, market)):
        late = f"运行器已经在运行，倍速在它启动时定下：--speed {speed:g} 这次不起作用；要换，请先停止它。"
        print(late, file=sys.stderr)


def _say_open(profile: str) -> int:
    print(f"{profile} 的衡舵已经打开，已把它的窗口提到前面。")
    return 0


def _is_open(data: Path | None, runner: str, person: PersonId) -> bool:
    from terminal.runner.places import desk_folder
    from terminal.widgets.window.first_window import raise_first

    return raise_first(desk_folder(data, runner, person))


def _refuse_odd_name(profile: str) -> None:
    # It names a folder too: a path would walk out of the one that is meant.
    if (
        not profile.strip(".")
        or len(profile) > LONGEST_NAME
        or not all(one.isalnum() or one in "-_.@" for one in profile)
    ):
        raise UserError(f"人员编号只用字母、数字和 - _ . @，最多 {LONGEST_NAME} 个字；请改 --profile。")


def _import_unobserved() -> None:
    """Take away the import that PySide puts over the one there was when it comes in.

    It looks at every import for optional spellings (`snake_case`) and reads the source of every module for signs of
    them; this program uses none, and the looking is more than a tenth of the way to a living desk. Under what name the
    one below is kept is not documented: where there is nothing of that name, nothing is done.
    """
    import PySide6.QtCore  # noqa: F401  # puts its own there

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def _lack_of_screen() -> str:
    asked_for = os.environ.get("QT_QPA_PLATFORM", "")
    if asked_for:
        return f"QT_QPA_PLATFORM={asked_for}" if asked_for in {"offscreen", "minimal"} else ""
    if not sys.platform.startswith("linux"):
        return ""
    from terminal.commands.doctor import no_screen

    return no_screen()
