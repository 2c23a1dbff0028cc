"""One figure that the broker has otherwise is one difference, and what follows from it is named as following."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Outcome
from terminal.reports.statement.read import read_statement
from tests.books import BUY, OPEN, REBAR, SELL, SPECULATION, instrument
from tests.broker import Day
from tests.printed_statement import Style
from tests.told_days import DAYS, TENANT, Story
from tests.unit.reports.reconcile.three_days import (
    BY_TRADE,
    JOURNAL,
    LAST,
    PRINTED,
    SINGLE,
    THREE,
    D,
    compare,
    deal,
    lot,
    own,
    roots,
    says,
)


@pytest.mark.parametrize(("change", "field", "yuan"), SINGLE, ids=[f"{row[1]} {row[2]}" for row in SINGLE])
def test_one_tampered_figure_is_that_one_difference(change: Callable[[Day], Day], field: str, yuan: str | None) -> None:
    found = compare(change(LAST))
    assert says(found) == [(field, None if yuan is None else D(yuan))]
    assert not found.agrees
    assert found.differences == 1
    (difference,) = roots(found)
    if yuan is not None:
        assert f"差 {D(yuan):+.2f} 元" in difference.sentence
    assert difference.ours != difference.theirs
    assert difference.ours in difference.sentence
    assert difference.theirs in difference.sentence
    assert found.sentence.startswith("有 1 处差异")


def test_one_wrong_fee_is_one_difference_and_what_follows_is_named_as_following() -> None:
    change = SINGLE[8][0]
    found = compare(change(LAST))
    following = [one.field for row in found.rows for one in row.differences if one.follows]
    assert following == ["手续费", "期末结存", "客户权益", "可用资金"]
    assert found.equity_yuan == D("-0.10")
    assert "客户权益差 -0.10 元" in found.sentence


def test_another_settlement_price_is_one_difference_per_side_and_the_rest_follows() -> None:
    for style, of in ((Style(), "持仓盯市盈亏"), (BY_TRADE, "浮动盈亏")):
        journal = MemoryJournal(TENANT)
        story = Story(journal, REBAR)
        story.trade(REBAR, BUY, OPEN, 20, 3210)
        story.trade(REBAR, SELL, OPEN, 6, 3220)
        day = story.settle({REBAR: 3225}, DAYS[1])
        other = Story(MemoryJournal(TENANT), REBAR)
        other.trade(REBAR, BUY, OPEN, 20, 3210)
        other.trade(REBAR, SELL, OPEN, 6, 3220)
        theirs = other.settle({REBAR: 3226}, DAYS[1])
        assert compare(day, style, journal=journal).agrees
        found = compare(theirs, style, journal=journal)
        assert says(found) == [("结算价", D(200)), ("结算价", D(-60))]
        following = {one.field for row in found.rows for one in row.differences if one.follows}
        assert {of, "保证金占用", "客户权益", "可用资金"} <= following
        assert found.equity_yuan == 140


def test_a_rate_the_broker_charges_more_is_a_difference_of_the_margin_alone() -> None:
    dearer = instrument(margin="0.10", fees=REBAR.fees)
    day = replace(
        THREE[0],
        held=tuple(replace(one, of=dearer) for one in THREE[0].held),
        by_day=THREE[0].by_day | {"保证金占用": D("80625.00"), "可用资金": D("922996.30"), "风险度": D("8.03")},
    )
    found = compare(day)
    assert says(found) == [("保证金", D("8062.50"))]
    assert [row.what for row in found.rows if row.differences] == ["rb2510 多 套保", "保证金占用", "可用资金", "风险度"]


def test_another_turnover_is_named_unless_it_is_of_another_price() -> None:
    text = PRINTED.decode("gbk").replace("384600.00", "384600.01").replace("576600.00", "576600.01")
    found = reconcile(own(JOURNAL, LAST.day), read_statement(text.encode("gbk")))
    assert says(found) == [("成交额", D("0.01"))]


def test_rows_of_one_contract_with_two_settlement_prices_are_weighed_by_their_lots() -> None:
    text = PRINTED.decode("gbk")
    rows = [line for line in text.split("\r\n") if "3235.000|  3218.000" in line]
    text = text.replace(rows[0], rows[0].replace("3195.000", "3203.000"))
    found = reconcile(own(JOURNAL, LAST.day), read_statement(text.encode("gbk")))
    assert says(found) == [("结算价", D(400))]
    assert "3200" in roots(found)[0].sentence


def test_a_trade_that_only_one_side_has_is_named_with_its_value() -> None:
    theirs = deal(1, number="777")(LAST)
    found = compare(theirs)
    assert [(row.outcome, row.what) for row in found.rows if row.outcome is not Outcome.MATCHED] == [
        (Outcome.THEIRS_ONLY, "rb2510 卖开 6 手 3200（编号 777）"),
        (Outcome.OURS_ONLY, "rb2510 卖开 6 手 3200（编号 10008）"),
    ]
    assert says(found) == [("整笔", D(192_000)), ("整笔", D(-192_000))]
    ours, printed = roots(found)[1], roots(found)[0]
    assert "只在我方" in ours.sentence
    assert "只在结算单（第 37 行）" in printed.sentence


def test_a_position_under_another_flag_is_another_position() -> None:
    held = tuple(replace(one, flag=SPECULATION) if one.side is SELL else one for one in LAST.held)
    found = compare(replace(LAST, held=held))
    assert [(row.outcome, row.what) for row in found.rows if row.outcome is not Outcome.MATCHED] == [
        (Outcome.OURS_ONLY, "rb2510 空 套保"),
        (Outcome.THEIRS_ONLY, "rb2510 空 投机"),
    ]
    assert [one.yuan for one in roots(found)] == [-6 * 3195 * 10, 6 * 3195 * 10]


def test_fewer_lots_are_a_difference_of_lots_and_their_profit_follows() -> None:
    short = replace(LAST.held[2], lots=5)
    day = replace(LAST, held=(*LAST.held[:2], short))
    profit = D(5 * 5 * 10) - 300
    names = ("持仓盯市盈亏", "期末结存", "客户权益", "可用资金")
    day = replace(day, by_day=day.by_day | {name: day.by_day[name] + profit for name in names})
    found = compare(day)
    assert says(found) == [("手数", D(-31950))]
    assert "我方 6 手（今 6 昨 0）" in roots(found)[0].sentence
    assert "5 手（今 5 昨 0）" in roots(found)[0].sentence


def test_an_open_price_of_the_broker_that_is_not_ours_is_named() -> None:
    found = compare(lot(1, open_price=D(3236))(LAST))
    assert says(found) == [("开仓均价", D(50))]
    assert "我方 3229.375" in roots(found)[0].sentence
    assert "3230" in roots(found)[0].sentence


def test_what_our_books_do_not_keep_is_theirs_only() -> None:
    text = PRINTED.decode("gbk").replace(
        "交割保证金 Delivery Margin：                0.00", "交割保证金 Delivery Margin：  12.00"
    )
    found = reconcile(own(JOURNAL, LAST.day), read_statement(text.encode("gbk")))
    assert says(found) == [("交割保证金", D(12))]
    text = text.replace("12.00", "0.00").replace("交割保证金 Delivery Margin：  0.00", "申报费 Filing Fee：  3.00")
    found = reconcile(own(JOURNAL, LAST.day), read_statement(text.encode("gbk")))
    assert found.agrees
    assert [note for note in found.notes if "申报费 3.00 没有核对" in note]
