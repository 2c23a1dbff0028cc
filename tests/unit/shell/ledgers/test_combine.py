"""Combinations in a ledger (DOMAIN 5): the larger leg alone binds margin."""

from __future__ import annotations

import pytest

from terminal.domain.errors import UserError
from tests.ledger_lines import Event, answers, cash, last, listed, settle, trade

MEALS = tuple(
    listed(name, exchange="DCE", product="m", margin_rate="0.08", fee_class="TODAY_FIRST", larger_side=False)
    for name in ("m2509", "m2601")
)
HELD = (
    *MEALS,
    cash(1_000_000),
    trade("BUY", "OPEN", 10, 2985, "m2509"),
    trade("SELL", "OPEN", 10, 3020, "m2601"),
)


def combine(lots: object, **other: object) -> Event:
    return {
        "do": "combine",
        "first": "m2509",
        "second": "m2601",
        "side": "LONG",
        "lots": lots,
        "flag": "HEDGE",
        **other,
    }


def margins(*events: Event) -> list[str]:
    return [line["account"]["margin"] for line in answers(*events)]


def test_two_legs_bind_both_and_as_a_combination_the_larger() -> None:
    assert margins(*HELD, combine(10), combine(0))[-3:] == ["48040.00", "24160.00", "48040.00"]


def test_a_close_takes_single_lots_first_and_settlement_reckons_anew() -> None:
    close = trade("SELL", "CLOSE", 6, 2990, "m2509")
    assert margins(*HELD, combine(4), close)[-2:] == ["38488.00", "24160.00"]
    assert last(*HELD, combine(10), settle(m2509=3050, m2601=3010))["account"]["margin"] == "24400.00"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (combine(11), "m2509 HEDGE 多头只有 10 手，不能组合 11 手"),
        (combine(1, side="SHORT"), "m2509 HEDGE 空头只有 0 手"),
        (combine(1, flag="SPECULATION"), "m2509 SPECULATION 多头只有 0 手"),
        (combine(-1), "lots 应为正整数"),
        (combine(True), "lots 应为正整数"),
        (combine(1, second="m2605"), "还没有合约 m2605 的规格"),
        (combine(1, second="rb2510"), "m2509 与 rb2510 不是同一交易所的两个期货"),
    ],
)
def test_what_cannot_be_combined_is_refused_with_its_line(line: Event, said: str) -> None:
    with pytest.raises(UserError, match="第 7 行") as refused:
        answers(*HELD[:3], listed(), *HELD[3:], line)
    assert said in refused.value.message


def test_what_a_close_broke_is_not_made_again_by_opening() -> None:
    close, again = trade("SELL", "CLOSE", 3, 2985, "m2509"), trade("BUY", "OPEN", 3, 2985, "m2509")
    # 7 sets at the larger leg's 2416, and 3 lots of 2388 and 2416 beside them
    assert margins(*HELD, combine(10), close, again)[-3:] == ["24160.00", "24160.00", "31324.00"]
    every = trade("SELL", "CLOSE", 10, 2985, "m2509"), trade("BUY", "OPEN", 10, 2985, "m2509")
    assert margins(*HELD, combine(10), *every)[-1] == "48040.00"


def test_a_lot_is_in_one_combination_alone_and_the_later_one_breaks_first() -> None:
    third = (
        listed("m2605", exchange="DCE", product="m", margin_rate="0.08", fee_class="TODAY_FIRST", larger_side=False),
        trade("SELL", "OPEN", 6, 3000, "m2605"),
    )
    with pytest.raises(UserError, match="m2509 HEDGE 多头 10 手中有 6 手在别的组合里，不能再组合 5 手"):
        answers(*HELD, *third, combine(6), combine(5, second="m2605"))
    both = (*HELD, *third, combine(6), combine(4, second="m2605"), trade("SELL", "CLOSE", 3, 2985, "m2509"))
    # 7 x 2388 + 10 x 2416 + 6 x 2400, less 6 + 1 lots of the long leg
    assert margins(*both)[-1] == "38560.00"
    assert margins(*both, combine(0), combine(0, second="m2605"))[-1] == "55276.00"


def test_the_same_combination_named_from_its_other_leg_is_no_second_one() -> None:
    mirrored = {"first": "m2601", "second": "m2509", "side": "SHORT"}
    assert margins(*HELD, combine(10), combine(10, **mirrored), combine(0, **mirrored))[-3:] == [
        "24160.00", "24160.00", "48040.00",
    ]  # fmt: skip


def test_exchanges_without_combinations_have_none() -> None:
    near = [listed(name, larger_side=False) for name in ("rb2510", "rb2601")]
    held = trade("BUY", "OPEN", 2, 3200), trade("SELL", "OPEN", 2, 3250, "rb2601")
    with pytest.raises(UserError, match="SHFE 没有组合持仓"):
        answers(*near, cash(100_000), *held, combine(2, first="rb2510", second="rb2601"))
