"""Exchange options for their future by plan and command line, on a recording of our own making (期权期货互转)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own

CALL, PUT, FUTURE = "DCE.i2101-C-830", "DCE.i2101-P-830", "DCE.i2101"
DAY: Final = """trading_day = 20200821
pre_settlement = {price}
upper_limit = {upper}
lower_limit = {lower}"""
SWAP: Final = f"""
[[strategy]]
id = "swap"
kind = "spread"
account = "A"
at = "2020-08-21 13:40:20"
buy_at = 831
max_sets = 4
naked_lots = 4
conversion = {{ verb = "SYNTHETIC", rate = 0.02 }}
legs = [
    {{ instrument = "{CALL}", coefficient = -1, lots = -1, active = true, closes = true }},
    {{ instrument = "{PUT}", coefficient = 1, lots = 1, closes = true }},
    {{ instrument = "{FUTURE}", coefficient = 1, lots = 1 }},
]
"""


def tape(folder: Path, *, seconds: int = 60) -> Path:
    """Write a call, a put and their future, quoted once a second for a minute."""
    books = {CALL: ("40.0", "40.5"), PUT: ("39.0", "39.5"), FUTURE: ("830.0", "830.5")}
    rows = [
        tapes.market_row(
            name,
            second * 1000 + place,
            last=bid,
            bid=bid,
            ask=ask,
            bid_lots="50",
            ask_lots="50",
            volume=str(second + 1),
        )
        for second in range(seconds)
        for place, (name, (bid, ask)) in enumerate(books.items())
    ]
    return tapes.write_tape(folder / "options.csv.gz", tapes.MARKET_COLUMNS, rows)


def day(price: str, lower: str, upper: str) -> str:
    return "\n[[instrument.day]]\n" + DAY.format(price=price, lower=lower, upper=upper)


def option(name: str, price: str) -> str:
    return own.terms(name, "1", "fees.exercise = { by_lot = 2 }\n" + day(price, "0.5", "120"))


def test_a_synthetic_future_becomes_a_future_on_the_command_line(tmp_path: Path) -> None:
    plan = own.write_plan(
        tmp_path / "plan.toml",
        own.terms(FUTURE, "3", day("830", "750", "910")),
        option(CALL, "40"),
        option(PUT, "39"),
        own.order("2020-08-21 13:40:05", CALL, "BUY OPEN", 4, "40.5"),
        own.order("2020-08-21 13:40:05", PUT, "SELL OPEN", 4, "39"),
        SWAP,
    )
    once, again = (a.play(tape(tmp_path), plan, tmp_path / folder, hash_seed=seed) for seed, folder in enumerate("ab"))
    # The options were bought and sold at 13:40:05, and from 13:40:20 on they are exchanged, lot for lot.
    lots = Counter[tuple[str, str, str]]()
    for one in once.trades:
        lots[one.instrument, one.side, one.offset] += one.lots
    assert lots == {
        (CALL, "BUY", "OPEN"): 4,
        (PUT, "SELL", "OPEN"): 4,
        (CALL, "SELL", "CLOSE"): 4,
        (PUT, "BUY", "CLOSE"): 4,
        (FUTURE, "BUY", "OPEN"): 4,
    }
    (swap,) = once.summary.strategies
    assert (swap.status, swap.reason[:4]) == ("FINISHED", "互转完成")
    assert [(one.instrument, one.net) for one in once.summary.positions] == [(FUTURE, 4)]
    assert once.summary.state_hash == again.summary.state_hash
    assert a.verify(once.data).orphans == 0
    a.judge_positions(once)
    a.judge_exchange(once)


def test_an_option_that_cannot_be_opened_again_is_not_begun_with(tmp_path: Path) -> None:
    # Given a plan that says nothing of what exercise costs
    plan = own.write_plan(
        tmp_path / "plan.toml",
        own.terms(FUTURE, "3", day("830", "750", "910")),
        own.terms(CALL, "1", day("40", "0.5", "120")),
        own.terms(PUT, "1", day("39", "0.5", "120")),
        own.order("2020-08-21 13:40:05", FUTURE, "BUY OPEN", 4, "830.5"),
        SWAP,
    )
    played = a.play(tape(tmp_path), plan, tmp_path / "data")
    (said,) = [row.body["sentence"] for row in played.of("command_done") if not row.body["ok"]]
    assert "i2101-C-830 的行权手续费未知，开不出也开不回，不能互转" in said
    assert played.summary.fills == 1
