"""Our books and a broker's statement: what agrees, and each single figure that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain import facts as f
from terminal.domain.calendar import show
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId
from terminal.domain.order import HedgeFlag, Offset, Side
from terminal.engine.journal import Entry, UnknownRecord
from terminal.engine.memory_journal import MemoryJournal
from terminal.reports.reconcile.own_day import OwnDay, read_own_day
from terminal.reports.reconcile.reconcile import reconcile, trading_day_of
from terminal.reports.reconcile.result import Difference, Outcome, Reconciliation, Subject
from terminal.reports.reconcile.shown import shown
from terminal.reports.statement.read import read_statement
from tests.books import (
    BUY,
    CLOSE,
    FAR_REBAR,
    MEAL,
    OPEN,
    REBAR,
    SELL,
    SPECULATION,
    TODAY,
    YESTERDAY,
    by_lot,
    instrument,
)
from tests.broker import Day, Style, print_statement
from tests.told_days import ACCOUNT, AFTER, CLIENT, DAYS, HEDGE, TENANT, Story, three_days

D = Decimal
JOURNAL: Final = MemoryJournal(TENANT)
STORY, THREE = three_days(JOURNAL)
LAST: Final = THREE[2]
PRINTED: Final = print_statement(LAST)
BY_TRADE: Final = Style(by_day=False)


def own(journal: MemoryJournal, day: int, *, client: str = CLIENT, account: str = "") -> OwnDay:
    return read_own_day(
        journal.replay(), client=client, account=AccountId(account) if account else None, trading_day=day
    )  # fmt: skip


LAST_OWN: Final = own(JOURNAL, LAST.day)


def compare(day: Day, style: Style | None = None, *, journal: MemoryJournal = JOURNAL) -> Reconciliation:
    return reconcile(own(journal, day.day), read_statement(print_statement(day, style=style)))


def roots(found: Reconciliation) -> list[Difference]:
    return [one for row in found.rows for one in row.differences if not one.follows]


def says(found: Reconciliation) -> list[tuple[str, Decimal | None]]:
    return [(one.field, one.yuan) for one in roots(found)]


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("by_day", [True, False])
@pytest.mark.parametrize("day", THREE, ids=[str(day.day) for day in THREE])
def test_the_three_days_agree_in_both_layouts_of_any_year(day: Day, by_day: bool, old: bool) -> None:
    found = compare(day, Style(by_day=by_day, old=old))
    assert found.agrees
    assert found.sentence == "全部相符，客户权益差 +0.00 元。"
    assert {row.outcome for row in found.rows} == {Outcome.MATCHED}
    kinds = [row.subject for row in found.rows]
    assert kinds.count(Subject.TRADE) == len(day.deals)
    assert kinds.count(Subject.POSITION) == (2 if day is LAST else 1)
    assert kinds.count(Subject.FUNDS) == 10
    assert (found.differences, found.following, found.equity_yuan) == (0, 0, 0)


def test_our_books_of_a_past_day_are_the_worked_example_to_the_cent() -> None:
    # DOMAIN 5.1, the table "after settlement of day"
    wanted = {
        DAYS[0]: ("1000", "2750", "1000", "2750", "128.70", "1003621.30", "1000871.30", "72562.50"),
        DAYS[1]: ("1590", "-1900", "3090", "-650", "77.71", "1003233.59", "1003883.59", "57924.00"),
        DAYS[2]: ("-1560", "-1540", "-1300", "-2450", "57.66", "1050075.93", "1052525.93", "23004.00"),
    }
    for day, figures in wanted.items():
        funds = own(JOURNAL, day).funds
        assert (
            funds.profit_by_day, funds.position_profit, funds.profit_by_trade, funds.floating_profit,
            funds.commission, funds.equity, funds.balance_after, funds.margin,
        ) == tuple(map(D, figures))  # fmt: skip
    assert own(JOURNAL, DAYS[2]).funds.moved == 50_000
    assert [(one.side, one.today, one.yesterday) for one in own(JOURNAL, DAYS[2]).positions] == [
        (Side.BUY, 0, 8), (Side.SELL, 6, 0),
    ]  # fmt: skip


# --- one figure each -------------------------------------------------------------------------------------------------


def deal(place: int, **changes: Any) -> Callable[[Day], Day]:
    def change(day: Day) -> Day:
        deals = [replace(one, **changes) if place == at else one for at, one in enumerate(day.deals)]
        return replace(day, deals=tuple(deals))

    return change


def lot(place: int, **changes: Any) -> Callable[[Day], Day]:
    def change(day: Day) -> Day:
        return replace(
            day, held=tuple(replace(one, **changes) if place == at else one for at, one in enumerate(day.held))
        )

    return change


def funds(**changes: str) -> Callable[[Day], Day]:
    figures = {name: D(amount) for name, amount in changes.items()}
    return lambda day: replace(day, by_day=day.by_day | figures, by_trade=day.by_trade | figures)


def moved(day: Day, name: str, by: str, *, sign: int = 1) -> Day:
    """Move a figure of the money and what follows from it."""
    delta, figures = D(by), {name: 1, "期末结存": sign, "客户权益": sign, "可用资金": sign}
    by_day = day.by_day | {one: day.by_day[one] + delta * way for one, way in figures.items()}
    by_trade = day.by_trade | {one: day.by_trade[one] + delta * way for one, way in figures.items()}
    return replace(day, by_day=by_day, by_trade=by_trade)


def closed_dearer(day: Day) -> Day:
    # Five lots at 0.20 more: ten yuan, in the trade and in the closed lots.
    first = replace(day.closed[0], price=D("3205.2"))
    return deal(0, by_day=D(-1550))(replace(day, closed=(first, *day.closed[1:])))


SINGLE: Final[list[tuple[Callable[[Day], Day], str, str | None]]] = [
    (funds(保证金占用="23005.00"), "保证金占用", "1.00"),
    (funds(可用资金="1027071.92"), "可用资金", "-0.01"),
    (funds(风险度="2.20"), "风险度", None),
    (deal(0, price=D(3206)), "成交价", "120"),
    (deal(0, price=D(3204)), "成交价", "-120"),
    (deal(0, lots=11), "手数", "-32050"),
    (deal(0, offset=Offset.CLOSE_TODAY), "开平", None),
    (deal(0, flag=HedgeFlag.SPECULATION), "投保", None),
    (lambda day: moved(deal(0, fee=D("38.56"))(day), "手续费", "0.10", sign=-1), "手续费", "0.10"),
    (lambda day: moved(replace(day, cash=(D(50_001),)), "出入金", "1"), "出入金", "1.00"),
    (lambda day: moved(day, "期初结存", "0.01"), "期初结存", "0.01"),
    (lambda day: moved(closed_dearer(day), "平仓盈亏", "10"), "平仓盈亏", "10.00"),
    (lot(0, open_day=DAYS[2]), "今昨仓", None),
]


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


# --- how trades are matched ------------------------------------------------------------------------------------------


def busy() -> tuple[MemoryJournal, Day]:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR, MEAL)
    for price in (3210, 3210, 3220):
        story.trade(REBAR, BUY, OPEN, 5, price)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    story.trade(MEAL, SELL, OPEN, 2, 2985, flag=SPECULATION)
    return journal, story.settle({REBAR: 3225, MEAL: 2980}, DAYS[1])


@pytest.mark.parametrize("style", [Style(numbers=False), Style(numbers=False, by_day=False)])
def test_without_numbers_trades_are_matched_by_what_they_are(style: Style) -> None:
    journal, day = busy()
    assert compare(day, style, journal=journal).agrees
    found = compare(deal(2, price=D(3221))(day), style, journal=journal)
    assert says(found) == [("成交价", D(50))]
    found = compare(deal(4, flag=HEDGE)(day), style, journal=journal)
    assert says(found) == [("投保", None)]
    found = compare(deal(1, lots=4)(day), style, journal=journal)
    assert says(found) == [("手数", D(-32100))]


def twins() -> tuple[MemoryJournal, Day]:
    """Return a day with two closes alike that close lots opened at different prices."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 5, 3210)
    story.trade(REBAR, BUY, OPEN, 5, 3220)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    day = story.settle({REBAR: 3225}, DAYS[1])
    return journal, replace(day, deals=(*day.deals[:2], *reversed(day.deals[2:])))


def test_of_two_trades_alike_each_finds_its_own_by_time_or_by_what_it_earned() -> None:
    journal, day = twins()
    clocks = [show(trade.at)[11:19] for trade in own(journal, DAYS[0]).trades]
    times = (*clocks[:2], clocks[3], clocks[2])
    assert compare(day, Style(numbers=False, times=times), journal=journal).agrees
    assert compare(day, Style(numbers=False), journal=journal).agrees
    fees = deal(2, fee=D("32.31"))(deal(3, fee=D("32.29"))(day))
    found = compare(fees, Style(numbers=False, times=times), journal=journal)
    assert says(found) == [("手续费", D("0.01")), ("手续费", D("-0.01"))]


def test_a_row_without_a_number_among_others_with_one_is_matched_by_what_it_is() -> None:
    journal, day = busy()
    assert compare(deal(2, number="")(day), journal=journal).agrees
    found = compare(deal(2, number="", price=D(3221))(day), journal=journal)
    assert says(found) == [("成交价", D(50))]


def test_a_figure_that_only_one_side_has_is_named() -> None:
    text = PRINTED.decode("gbk").replace("风 险 度 Risk Degree", "风险系数 Degree")
    found = reconcile(LAST_OWN, read_statement(text.encode("gbk")))
    assert found.agrees
    assert [note for note in found.notes if "风险系数 2.19 没有核对" in note]
    assert [note for note in found.notes if "结算单没有风险度，没有核对" in note]


def test_running_numbers_of_the_broker_are_noticed_and_not_taken_for_the_exchanges() -> None:
    journal, day = busy()
    renumbered = replace(day, deals=tuple(replace(one, number=str(at)) for at, one in enumerate(day.deals)))
    found = compare(renumbered, journal=journal)
    assert found.agrees
    assert [note for note in found.notes if "没有一个相同" in note]


def test_blanks_and_zeros_before_a_number_do_not_make_it_another() -> None:
    journal, day = busy()
    padded = replace(day, deals=tuple(replace(one, number=f"  000{one.number}") for one in day.deals))
    found = compare(deal(0, number="00077")(padded), journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [
        *[Outcome.MATCHED] * 4, Outcome.THEIRS_ONLY, Outcome.OURS_ONLY,
    ]  # fmt: skip


def test_the_words_for_closing_are_one_where_the_exchange_knows_only_one() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL)
    story.trade(MEAL, BUY, OPEN, 3, 2985)
    story.trade(MEAL, SELL, CLOSE, 1, 2990)
    day = story.settle({MEAL: 2980}, DAYS[1])
    assert compare(deal(1, offset=TODAY)(day), journal=journal).agrees
    assert compare(deal(1, offset=YESTERDAY)(day), journal=journal).agrees


def test_a_trade_that_came_after_the_settlement_is_matched_and_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    first = story.broker
    first.trade(story.day, REBAR, BUY, OPEN, 2, D(3215), D("6.43"), "late", flag=HEDGE)
    day = story.settle({REBAR: 3225}, DAYS[1])
    story.trade(REBAR, BUY, OPEN, 2, 3215, number="late", day=DAYS[0])
    found = compare(day, journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [Outcome.MATCHED] * 2
    assert [note for note in found.notes if "1 笔成交在结算之后才收到" in note]
    assert ("手数", D(64500)) in says(found), "our books of the day were settled without it"


def test_a_trade_of_the_next_day_that_was_booked_before_the_settlement_is_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    story.trade(REBAR, BUY, OPEN, 1, 3211, day=DAYS[1])
    found = compare(story.settle({REBAR: 3225}, DAYS[1]), journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [Outcome.MATCHED]
    assert [note for note in found.notes if "1 笔下一交易日的成交在结算之前已入账" in note]
    assert not found.agrees


def test_a_settlement_at_a_price_that_was_not_known_is_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    settled = f.DaySettled(
        account=ACCOUNT, trading_day=DAYS[0], next_day=DAYS[1], prices={REBAR.id: D(3225)}, provisional=(REBAR.id,)
    )
    story.say(settled)
    found = compare(story.broker.settle(DAYS[0], {REBAR.id: D(3225)}), journal=journal)
    assert [note for note in found.notes if "SHFE.rb2510 没有结算价，暂用最新价" in note]


# --- parts of a statement --------------------------------------------------------------------------------------------


def cut(day: Day, title: str, *, more: int = 0, style: Style | None = None) -> Reconciliation:
    data = print_statement(day, style=style)
    place = data.index(title.encode("gbk"))
    return reconcile(own(JOURNAL, day.day), read_statement(data[: place + more]))


def test_what_was_cut_off_is_not_called_a_difference_and_not_called_matched() -> None:
    found = cut(LAST, "成交记录")
    assert not found.agrees
    assert found.differences == 0
    assert found.sentence == "读到的都相符，有 5 处没有核对，客户权益差 +0.00 元。"
    assert [note for note in found.notes if "我方有 2 笔成交没有核对" in note]
    assert any("我方 2 项持仓没有核对" in text for text in found.not_compared)
    assert {row.subject for row in found.rows} == {Subject.FUNDS}


def test_of_a_cut_table_the_trades_that_are_there_are_compared() -> None:
    data = print_statement(LAST)
    row = data.index(b"10008")
    found = reconcile(own(JOURNAL, LAST.day), read_statement(data[:row]))
    assert [(row.what, row.outcome) for row in found.rows if row.subject is Subject.TRADE] == [
        ("rb2510 卖平昨 12 手 3205（编号 10007）", Outcome.MATCHED)
    ]
    assert [note for note in found.notes if "我方有 1 笔成交没有核对" in note]


@pytest.mark.parametrize("style", [Style(), BY_TRADE])
def test_without_the_lots_one_by_one_positions_are_compared_by_their_summary(style: Style) -> None:
    def forget(text: str) -> str:
        return text[: text.index("持仓明细 Positions Detail")] + text[text.index("持仓汇总 Positions") :]

    def judge(day: Day) -> Reconciliation:
        text = forget(print_statement(day, style=style).decode("gbk"))
        return reconcile(own(JOURNAL, day.day), read_statement(text.encode("gbk")))

    for day in THREE:
        found = judge(day)
        assert found.differences == 0
        assert not found.agrees
        assert any("今昨仓与开仓价没有核对" in text for text in found.not_compared)
        assert {row.subject for row in found.rows} == {Subject.TRADE, Subject.POSITION, Subject.FUNDS}
    found = judge(lot(2, lots=7)(LAST))
    assert ("手数", D(31950)) in says(found)


# --- whose books -----------------------------------------------------------------------------------------------------


def test_a_statement_of_another_client_never_agrees() -> None:
    statement = read_statement(print_statement(LAST, client="70007"))
    found = reconcile(own(JOURNAL, LAST.day, client="70007"), statement)
    assert [(row.subject, row.outcome) for row in found.rows if row.differences] == [(Subject.HEAD, Outcome.DIFFERS)]
    assert "客户号是 70007，账户 HEDGE 登记的是 90010001" in roots(found)[0].sentence


def test_a_day_that_is_not_settled_and_an_account_that_is_not_there_are_refused() -> None:
    with pytest.raises(UserError, match="20250704 在日志里没有结算"):
        own(JOURNAL, AFTER)
    with pytest.raises(UserError, match="没有账户 NONE"):
        own(JOURNAL, DAYS[0], account="NONE")
    month = read_statement(print_statement(LAST, style=Style(period="20250701-20250731")))
    with pytest.raises(UserError, match="请导出每日的结算单"):
        trading_day_of(month)
    with pytest.raises(UserError, match="不能对账"):
        reconcile(own(JOURNAL, DAYS[0]), read_statement(print_statement(LAST)))


def test_the_account_is_the_one_whose_investor_is_the_client() -> None:
    journal = MemoryJournal(TENANT)
    first = Story(journal, REBAR)
    first.settle({}, DAYS[1])
    entries = list(journal.replay())
    assert read_own_day(entries, client="else", account=None, trading_day=DAYS[0]).account == ACCOUNT
    second = f.AccountOpened(account=AccountId("SPEC"), name="", cash=D(7), trading_day=DAYS[0], investor="90010002")
    first.say(second)
    first.say(f.DaySettled(account=AccountId("SPEC"), trading_day=DAYS[0], next_day=DAYS[1], prices={}))
    assert own(journal, DAYS[0], client="90010002").account == "SPEC"
    assert own(journal, DAYS[0], client=CLIENT).account == ACCOUNT
    assert own(journal, DAYS[0], client=CLIENT, account="SPEC").funds.equity == 7
    with pytest.raises(UserError, match="请用 --account 指明"):
        own(journal, DAYS[0], client="else")


def test_the_text_for_people_has_every_row_and_every_sentence() -> None:
    found = compare(SINGLE[8][0](LAST))
    text = "\n".join(shown(found))
    for row in found.rows:
        assert row.what in text
        for difference in row.differences:
            assert difference.sentence in text
    assert "账户 HEDGE　客户号 90010001　海河期货有限公司　交易日 20250703　逐日盯市" in text
    assert text.endswith("相符 9 项，差异 1 处，随之的差异 4 处。有 1 处差异，客户权益差 -0.10 元。")


def test_a_journal_of_another_version_or_with_a_gap_is_refused_with_a_sentence() -> None:
    entries = list(JOURNAL.replay())

    def unknown(entry: Entry) -> Entry:
        record = entry.record
        fields = {name: getattr(record, name) for name in UnknownRecord.__struct_fields__ if name != "body"}
        return msgspec.structs.replace(entry, record=UnknownRecord(**{**fields, "body": msgspec.Raw(b"{}")}))

    def judge(changed: list[Entry], sentence: str) -> None:
        with pytest.raises(UserError, match=sentence):
            read_own_day(changed, client=CLIENT, account=None, trading_day=DAYS[0])

    kinds = [entry.record.kind for entry in entries]
    limits, started, opened = (kinds.index(kind) for kind in ("limits_set", "runner_started", "account_opened"))
    moved = kinds.index("cash_moved")
    judge([*entries[:moved], unknown(entries[moved]), *entries[moved + 1 :]], "流 account:HEDGE 里有别的版本写下的")
    judge([unknown(entries[started]), *entries[1:]], "流 tenant:T 里有别的版本写下的")
    judge([*entries[:opened], *entries[opened + 1 :]], "接不上前面的事实")
    judge([*entries[:limits], *entries[limits + 1 :]], "接不上前面的事实")
    judge([], "没有账户")


@settings(max_examples=80)
@given(place=st.floats(0, 1), junk=st.text("0123456789.|买卖开平今昨", max_size=6), gone=st.integers(0, 8))
def test_whatever_is_written_into_a_statement_it_is_refused_or_compared(place: float, junk: str, gone: int) -> None:
    text = PRINTED.decode("gbk")
    start = int(len(text) * place)
    changed = (text[:start] + junk + text[start + gone :]).encode("gbk")
    try:
        statement = read_statement(changed)
        found = reconcile(LAST_OWN, statement)
    except UserError:
        return
    assert shown(found)
    assert found.agrees is (not any(row.differences for row in found.rows) and statement.whole)


# --- any days --------------------------------------------------------------------------------------------------------

PRODUCTS: Final = (
    REBAR,
    FAR_REBAR,
    MEAL,
    instrument("CZCE.AP510", margin="0.1", fees=by_lot("5", "5", "20")),
    instrument("INE.sc2510", margin="0.125", m=1000, fees=by_lot("20", "20", "0")),
)
ACT = st.tuples(
    st.sampled_from(PRODUCTS),
    st.sampled_from([BUY, SELL]),
    st.sampled_from([OPEN, OPEN, CLOSE, TODAY]),
    st.integers(1, 6),
    st.integers(-30, 30),
    st.sampled_from([HEDGE, SPECULATION]),
)


@settings(max_examples=25)
@given(days=st.lists(st.lists(ACT, max_size=12), min_size=3, max_size=3), by_day=st.booleans())
def test_whatever_is_traded_the_brokers_own_books_and_ours_agree(days: list[list[Any]], by_day: bool) -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, *PRODUCTS, cash=50_000_000)
    for acts, following in zip(days, (*DAYS[1:], AFTER), strict=True):
        for of, side, offset, lots, ticks, flag in acts:
            held = story.own.book.position(of.id, flag)
            today, old = (
                (held.long_today, held.long_yesterday) if side is SELL else (held.short_today, held.short_yesterday)
            )
            if offset is not OPEN:
                room = (today if offset is TODAY else old) if of.explicit_close_today else today + old
                if not room:
                    continue
                lots = min(lots, room)  # noqa: PLW2901 - as many as there are
            story.trade(of, side, offset, lots, 3200 + ticks, flag=flag)
        day = story.settle({of: 3200 + len(acts) for of in PRODUCTS}, following)
        found = compare(day, Style(by_day=by_day), journal=journal)
        assert found.agrees, shown(found)
        assert found.matched == len(found.rows)
