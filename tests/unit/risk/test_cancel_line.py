from __future__ import annotations

import msgspec
import pytest

from terminal.domain.orders.cancel_line import CancelLine
from terminal.risk.cancel_line import cancel_line
from terminal.risk.check import Check
from tests.unit.risk.checks import PASS, REBAR, automatic, found, opening, reducing

LISTED = msgspec.structs.replace(REBAR, cancel_line=CancelLine(500, ()))
MANY, NEAR, AT = ("WARN", "CANCELS_MANY"), ("DENY", "CANCELS_NEAR_LINE"), ("DENY", "CANCELS_AT_LINE")


def after(cancels: int, check: Check) -> Check:
    return msgspec.structs.replace(check, instrument=LISTED, cancels=cancels)


@pytest.mark.parametrize(
    ("cancels", "by_hand", "by_strategy"),
    [(0, PASS, PASS), (299, PASS, PASS), (300, MANY, MANY), (449, MANY, MANY), (450, MANY, NEAR), (500, AT, AT)],
)
def test_people_are_reminded_strategies_stop_and_at_the_line_nobody_opens(
    cancels: int, by_hand: tuple[str, str], by_strategy: tuple[str, str]
) -> None:
    assert found(cancel_line, after(cancels, opening())) == by_hand
    assert found(cancel_line, after(cancels, automatic())) == by_strategy


def test_a_reducing_close_is_never_refused_for_cancels() -> None:
    assert found(cancel_line, after(10_000, reducing())) == PASS


def test_a_line_nobody_knows_binds_nothing() -> None:
    assert found(cancel_line, msgspec.structs.replace(opening(), cancels=10_000)) == PASS


def test_the_sentence_says_how_many_of_how_many_and_what_stays_free() -> None:
    finding = cancel_line(after(500, opening()))
    assert finding is not None
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）本交易日已撤单 500 次，达到上期所频繁报撤单的认定线 500 次，不能开仓；"
        "撤单与平仓不受影响。"
    )
