"""Days on which lots leave without a trade, or premium moves: the broker's figures of them are held against ours."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain.fact import facts as f
from terminal.domain.ids import InstrumentId, TradeId
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right
from terminal.domain.products.option import Style as OptionStyle
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Outcome, Subject
from terminal.reports.statement.read import read_statement
from tests.books import BUY, CLOSE, MEAL, OPEN, REBAR, SELL, YESTERDAY, by_lot, instrument
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import ACCOUNT, AFTER, DAYS, HEDGE, TENANT, Story
from tests.unit.reports.reconcile.three_days import compare, own, roots, says

D = Decimal
LAYOUTS: Final = (Style(), Style(by_day=False))
FEE: Final = D("2.50")


def option(right: Right, strike: int) -> Instrument:
    on = OptionTerms(underlying=MEAL.id, right=right, strike=D(strike), style=OptionStyle.AMERICAN)
    of = instrument(f"DCE.m2509-{right[0]}-{strike}", margin="0.08", fees=by_lot("0.5", "0.5", "0.5"))
    return msgspec.structs.replace(of, kind=Kind.OPTION, option=on, tick=D("0.5"))


def index_option(right: Right) -> Instrument:
    on = OptionTerms(
        underlying=InstrumentId("CFFEX.000300"),
        right=right,
        strike=D(4000),
        style=OptionStyle.EUROPEAN,
        guarantee=D("0.5"),
    )
    of = instrument(f"CFFEX.IO2507-{right[0]}-4000", margin="0.12", m=100, fees=by_lot("15", "15", "15"))
    return msgspec.structs.replace(of, kind=Kind.OPTION, option=on)


CALL, PUT = option(Right.CALL, 3000), option(Right.PUT, 2900)


class Ends:
    """Tell our journal how lots ended; the broker is told in its own words."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.number = 0

    def end(
        self, of: Instrument, how: How, side: Side, lots: int, price: int, fee: Decimal, into: Instrument | None = None,
        *, of_day: int | None = None,
    ) -> None:  # fmt: skip
        self.number += 1
        ending = Ending(
            instrument=of.id,
            flag=HEDGE,
            side=side,
            lots=lots,
            how=how,
            price=D(price),
            fee=fee,
            at=self.number,
            number=TradeId(f"e{self.number}"),
        )
        self.story.say(
            f.PositionEnded(
                account=ACCOUNT,
                trading_day=of_day or self.story.day,
                ending=ending,
                into=None if into is None else into.id,
            )
        )

    def deliver(self, side: Side, lots: int, price: int, fee: Decimal = FEE) -> None:
        self.end(REBAR, How.DELIVERED, side, lots, price, fee)
        self.story.broker.deliver(self.story.day, REBAR, side, lots, D(price), fee, flag=HEDGE)


def delivery_day() -> tuple[MemoryJournal, Day]:
    """Return the last day of a contract: lots of an earlier and of this day are delivered, others were closed."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 10, 3210)
    story.trade(REBAR, SELL, OPEN, 4, 3215)
    story.settle({REBAR: 3225}, DAYS[1])
    story.trade(REBAR, SELL, YESTERDAY, 3, 3230)
    story.trade(REBAR, BUY, OPEN, 2, 3235)
    ends = Ends(story)
    ends.deliver(BUY, 9, 3240)
    ends.deliver(SELL, 4, 3240, D(0))
    return journal, story.settle({}, DAYS[2])


@pytest.mark.parametrize("style", LAYOUTS)
def test_a_delivery_is_told_apart_from_the_closes_and_agrees(style: Style) -> None:
    journal, day = delivery_day()
    figures = day.by_day if style.by_day else day.by_trade
    # by the day 7 x 15 x 10 + 2 x 5 x 10 - 4 x 15 x 10, by the trade 7 x 30 x 10 + 2 x 5 x 10 - 4 x 25 x 10
    assert figures["交割盈亏"] == (550 if style.by_day else 1200)
    assert figures["平仓盈亏"] == (150 if style.by_day else 600)
    assert (figures["交割手续费"], figures["保证金占用"]) == (FEE, 0)
    found = compare(day, style, journal=journal)
    assert found.agrees, [one.sentence for one in roots(found)]
    matched = [row.what for row in found.rows if row.subject is Subject.FUNDS and row.outcome is Outcome.MATCHED]
    assert {"交割盈亏", "交割手续费"} <= set(matched)


@pytest.mark.parametrize("style", LAYOUTS)
@pytest.mark.parametrize(
    ("name", "other", "sign"), [("交割盈亏", "1300.00", 1), ("交割手续费", "3.00", -1), ("行权手续费", "1.00", -1)]
)
def test_another_figure_of_a_delivery_is_that_one_difference(style: Style, name: str, other: str, sign: int) -> None:
    journal, day = delivery_day()

    def moved(figures: dict[str, Decimal]) -> dict[str, Decimal]:
        delta = D(other) - figures.get(name, D(0))
        return (
            figures
            | {name: D(other)}
            | {one: figures[one] + sign * delta for one in ("期末结存", "客户权益", "可用资金")}
        )

    found = compare(replace(day, by_day=moved(day.by_day), by_trade=moved(day.by_trade)), style, journal=journal)
    assert [one.field for one in roots(found)] == [name]
    following = [one.field for row in found.rows for one in row.differences if one.follows]
    assert following == ["期末结存", "客户权益", "可用资金"]


def test_a_delivery_the_statement_does_not_print_is_not_called_compared() -> None:
    journal, day = delivery_day()
    by_day = {name: amount for name, amount in day.by_day.items() if name != "交割盈亏"}
    lumped = replace(day, by_day=by_day | {"平仓盈亏": D(700)}, closed=(), deals=())
    text = print_statement(lumped).decode("gbk")
    found = reconcile(own(journal, day.day), read_statement(text.encode("gbk")))
    assert "资金状况没有打印交割盈亏。" in found.not_compared
    assert ("平仓盈亏", D(550)) in says(found)
    assert not found.agrees


def test_the_price_of_the_day_before_that_comes_late_moves_the_delivery_and_no_close() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 10, 3210)
    story.say(
        f.DaySettled(
            account=ACCOUNT, trading_day=DAYS[0], next_day=DAYS[1], prices={REBAR.id: D(3225)}, provisional=(REBAR.id,)
        )
    )
    story.broker.settle(DAYS[0], {str(REBAR.id): D(3231)})
    story.trade(REBAR, SELL, YESTERDAY, 3, 3240)
    Ends(story).deliver(BUY, 7, 3240)
    waited = story.own.book.unsettled()[REBAR.id]
    one = f.PriceCorrected(was=D(3225), price=D(3231), difference=D(6) * waited.weight)
    story.say(f.SettlementCorrected(account=ACCOUNT, trading_day=DAYS[0], prices={REBAR.id: one}))
    day = story.settle({}, DAYS[2])
    assert (day.by_day["交割盈亏"], day.by_day["平仓盈亏"]) == (7 * 9 * 10, 3 * 9 * 10)
    for style in LAYOUTS:
        found = compare(day, style, journal=journal)
        assert found.agrees, [one.sentence for one in roots(found)]


# --- options ---------------------------------------------------------------------------------------------------------


def option_days() -> tuple[MemoryJournal, list[Day]]:
    """Tell days of premium paid and received, of closes, of exercise, assignment and lapse."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL, CALL, PUT)
    story.trade(CALL, BUY, OPEN, 10, "85.5")
    story.trade(PUT, SELL, OPEN, 20, 42)
    story.trade(MEAL, BUY, OPEN, 3, 2980)
    days = [story.settle({MEAL: 2985, CALL: 80, PUT: 45}, DAYS[1])]
    story.trade(CALL, SELL, CLOSE, 4, 92)
    story.trade(PUT, BUY, CLOSE, 5, 38)
    days.append(story.settle({MEAL: 3010, CALL: 96, PUT: 36}, DAYS[2]))
    ends = Ends(story)
    ends.end(CALL, How.EXERCISED, BUY, 5, 3000, FEE, MEAL)
    story.broker.exercise(story.day, CALL, BUY, 5, FEE, MEAL, flag=HEDGE)
    ends.end(PUT, How.ASSIGNED, SELL, 2, 2900, D(1), MEAL)
    story.broker.exercise(story.day, PUT, SELL, 2, D(1), MEAL, flag=HEDGE)
    days.append(story.settle({MEAL: 3020, CALL: 99, PUT: 30}, AFTER))
    return journal, days


@pytest.mark.parametrize("style", LAYOUTS)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_premiums_values_and_exercise_agree(style: Style, at: int) -> None:
    journal, days = option_days()
    found = compare(days[at], style, journal=journal)
    assert found.agrees, [one.sentence for one in roots(found)]
    matched = {row.what for row in found.rows if row.subject is Subject.FUNDS}
    assert {"多头期权市值", "空头期权市值", "市值权益"} <= matched
    assert ({"行权手续费"} if at == 2 else {"权利金收入", "权利金支出"}) <= matched


def test_premium_and_value_are_the_worked_example() -> None:
    # DOMAIN 5.4 with three lots of the future beside
    journal, days = option_days()
    funds = own(journal, DAYS[0]).funds
    assert (funds.received, funds.paid, funds.long_value, funds.short_value) == (8400, 8550, 8000, 9000)
    assert days[0].by_day["市值权益"] == days[0].by_day["客户权益"] - 1000
    funds = own(journal, DAYS[2]).funds
    assert (funds.exercise_fee, funds.exercised, funds.commission) == (D("3.50"), 0, 0)


def test_a_premium_of_another_amount_is_named_at_the_trade_and_the_rest_follows() -> None:
    journal, days = option_days()
    names = ("权利金支出", "期末结存", "客户权益", "可用资金", "市值权益")
    by_day = dict(days[0].by_day)
    for name in names:
        by_day[name] += 5 if name == "权利金支出" else -5
    text = print_statement(replace(days[0], by_day=by_day)).decode("gbk")
    text = text.replace("-8550.00|", "-8555.00|").replace("|-150.00|", "|-155.00|").replace(" -150.00|", " -155.00|")
    found = reconcile(own(journal, DAYS[0]), read_statement(text.encode("gbk")))
    assert [(one.field, one.yuan) for one in roots(found)] == [("权利金收支", D(-5))]
    following = [one.field for row in found.rows for one in row.differences if one.follows]
    assert following == ["权利金支出", "期末结存", "客户权益", "可用资金", "风险度", "市值权益"] or set(
        following
    ) >= set(names)


def with_cell(text: str, row: str, column: str, change: Decimal) -> str:
    """Change a cell of 持仓明细 and the sum below it."""
    start = text.index("持仓明细 Positions Detail")
    lines = text[start:].split("\r\n")
    place = next(line for line in lines if line.startswith("|")).split("|")
    place_of = [cell.strip() for cell in place].index(column)
    for at in (
        next(at for at, line in enumerate(lines) if row in line),
        next(at for at, line in enumerate(lines) if line.startswith("|") and "共" in line),
    ):
        cells = lines[at].split("|")
        cells[place_of] = f"{D(cells[place_of]) + change:.2f}"
        lines[at] = "|".join(cells)
    return text[:start] + "\r\n".join(lines)


def test_the_value_of_short_options_may_be_printed_as_a_debt() -> None:
    journal, days = option_days()
    text = print_statement(days[0]).decode("gbk")
    debt = with_cell(text, "m2509-P-2900", "期权市值", D(-18_000))
    short = text.index("空头期权市值 Market value(short)")
    assert " 9000.00" in debt[short : short + 80]
    debt = debt[:short] + debt[short:].replace("  9000.00", " -9000.00", 1)
    found = reconcile(own(journal, DAYS[0]), read_statement(debt.encode("gbk")))
    assert found.agrees, [one.sentence for one in roots(found)]


def test_another_value_of_an_option_is_named() -> None:
    journal, days = option_days()
    text = with_cell(print_statement(days[0]).decode("gbk"), "m2509-C-3000", "期权市值", D(1))
    found = reconcile(own(journal, DAYS[0]), read_statement(text.encode("gbk")))
    assert says(found) == [("期权市值", D(1))]


def test_what_a_house_prints_as_the_profit_of_options_is_not_compared() -> None:
    journal, days = option_days()
    text = print_statement(days[1]).decode("gbk")
    for column in ("浮动盈亏", "盯市盈亏"):
        text = with_cell(text, "m2509-C-3000", column, D(630))
    found = reconcile(own(journal, DAYS[1]), read_statement(text.encode("gbk")))
    assert found.agrees, [one.sentence for one in roots(found)]


def test_index_options_pay_what_exercise_is_worth() -> None:
    call = index_option(Right.CALL)
    assert call.option is not None
    journal = MemoryJournal(TENANT)
    story = Story(journal, call)
    index = msgspec.structs.replace(call, id=call.option.underlying, option=None)
    story.trade(call, BUY, OPEN, 3, 80)
    story.settle({call: 90, index: 4050}, DAYS[1])
    Ends(story).end(call, How.EXERCISED, BUY, 3, 4100, D(6))
    story.broker.pay_exercise(story.day, call, BUY, 3, D(6), D(100), flag=HEDGE)
    day = story.settle({}, DAYS[2])
    assert day.by_day["期权执行盈亏"] == 30_000
    for style in LAYOUTS:
        found = compare(day, style, journal=journal)
        assert found.agrees, [one.sentence for one in roots(found)]
        assert "期权执行盈亏" in {row.what for row in found.rows}


def test_netting_what_exercise_brought_is_a_close_and_no_delivery() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL, CALL)
    story.trade(CALL, BUY, OPEN, 2, 80)
    story.trade(MEAL, SELL, OPEN, 2, 3050)
    ends = Ends(story)
    ends.end(CALL, How.EXERCISED, BUY, 2, 3000, FEE, MEAL)
    for side in (BUY, SELL):
        ends.end(MEAL, How.NETTED, side, 2, 3040, D(0))
    story.say(f.DaySettled(account=ACCOUNT, trading_day=DAYS[0], next_day=DAYS[1], prices={}))
    funds = own(journal, DAYS[0]).funds
    assert (funds.profit_by_day, funds.profit_by_trade) == (2 * 50 * 10, 2 * 50 * 10)
    assert (funds.delivered_by_day, funds.delivered_by_trade, funds.delivery_fee) == (0, 0, 0)
    assert (funds.exercise_fee, funds.exercised, funds.commission) == (FEE, 0, 1)
