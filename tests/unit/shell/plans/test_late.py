from __future__ import annotations

from pathlib import Path

from tests.e2e import acceptance as a
from tests.e2e import own_market as own

CUT = '\n[[command]]\ndo = "cut"\nat = "2020-07-31 09:00:30"\nseconds = 60\n'


def codes(folder: Path, *parts: str) -> list[str]:
    tape = own.wave_tape(folder / "AP010.csv.gz", seconds=180)
    played = a.play(tape, own.write_plan(folder / "plan.toml", own.APPLE, *parts), folder / "data")
    return [row.body["code"] for row in played.of("command_done")]


def buy(at: str) -> str:
    return own.order(at, "CZCE.AP010", "BUY OPEN", 1, "6900")


def test_an_order_pressed_while_the_link_is_cut_is_not_sent_when_it_is_back(tmp_path: Path) -> None:
    early, in_the_dark, late = "2020-07-31 09:00:10", "2020-07-31 09:00:50", "2020-07-31 09:02:00"
    before, dark, after = codes(tmp_path, buy(early), CUT, buy(in_the_dark), buy(late))
    assert dark == "EXPIRED"
    assert "EXPIRED" not in {before, after}
