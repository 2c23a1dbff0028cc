"""The ticket's conditions: several joined by 且 or 或, a spread, a basis, and an order that stands to a trading day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from terminal.domain.commands import PlaceConditional
from terminal.domain.ids import InstrumentId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.condition import Join, Wait, conditional, fields_of
from terminal.widgets.ticket.expected import Expected, When, turned
from terminal.widgets.ticket.fields import PriceMode, Ticket
from terminal.widgets.ticket.wait_row import TicketWaitRow
from tests.gui.desk import COPPER, DAY, ORE, ORE_SPOT, REBAR
from tests.gui.ticket_stage import Stage


def asked(stage: Stage) -> PlaceConditional:
    """Ask, answer, and return what was asked about."""
    stage.ticket.ask()
    meant = stage.hand.foreseen[-1]
    assert isinstance(meant, PlaceConditional)
    answer = Preview(request=len(stage.hand.foreseen), verdict=Verdict.ALLOW, sentence="可以")
    stage.ticket.show_previews({answer.request: answer})
    return meant


def typed(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def took(box: SteadyCombo, value: object) -> None:
    place = box.findData(value)
    assert place >= 0, [box.itemText(one) for one in range(box.count())]
    box.setCurrentIndex(place)
    box.activated.emit(place)


def of(stage: Stage) -> TicketWaitRow:
    return stage.ticket.form.waits


def test_conditions_are_added_joined_and_taken_away_again(stage: Stage) -> None:
    stage.fill()
    row = of(stage)
    row.choose(When.PRICE)
    typed(row.price, "3220")
    assert row.join.isHidden()
    row.add.click()
    assert stage.ticket.send_button.text() == "先填条件价"
    assert "第 2 个条件" in stage.ticket.answer.accessibleName() + stage.ticket.answer.sentence.text()
    took(row.added[0].choice, When.TIME)
    typed(row.added[0].row.clock, "14:55")
    both = asked(stage).wanted.condition
    price = d.PriceReaches(instrument=REBAR, way=d.Way.AT_OR_ABOVE, price=Decimal(3220))
    time = d.TimeReached(instrument=REBAR, clock=53_700)
    assert both == d.AllOf(parts=(price, time))
    took(row.join, Join.ANY)
    assert asked(stage).wanted.condition == d.AnyOf(parts=(price, time))
    row.add.click()
    row.add.click()
    assert row.add.isHidden()  # four are the most
    row.added[0].remove.click()
    assert [part.when for part in row.wait.more] == [When.PRICE, When.PRICE]
    row.added[0].remove.click()
    row.added[0].remove.click()
    assert asked(stage).wanted.condition == price


def test_the_same_condition_twice_is_said_and_nothing_is_asked(stage: Stage) -> None:
    stage.fill()
    row = of(stage)
    row.choose(When.PRICE)
    typed(row.price, "3220")
    row.add.click()
    typed(row.added[0].row.price, "3220")
    assert stage.ticket.send_button.text() == "条件重复"


def test_a_spread_takes_another_contract_of_the_market_off_the_tickets(stage: Stage) -> None:
    stage.fill()
    row = of(stage)
    row.choose(When.SPREAD)
    assert stage.ticket.send_button.text() == "先选另一腿"
    offered = [row.first.other.itemData(place) for place in range(row.first.other.count())]
    assert offered == [ORE, COPPER]  # neither itself nor a spot
    took(row.first.other, ORE)
    typed(row.first.value, "-12.5")
    typed(row.first.coefficient, "2")
    took(row.first.way, d.Way.AT_OR_BELOW)
    took(row.first.crossed, d.Quoted.ASK)
    assert asked(stage).wanted.condition == d.SpreadReaches(
        instrument=REBAR,
        less=ORE,
        coefficient=Decimal(2),
        quoted=d.Quoted.ASK,
        way=d.Way.AT_OR_BELOW,
        value=Decimal("-12.5"),
    )
    typed(row.first.coefficient, "0")
    assert stage.ticket.send_button.text() == "先填系数"


def test_a_basis_takes_the_only_spot_of_the_product_by_itself(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.BUY, Offset.OPEN, None, 2)
    row = of(stage)
    row.choose(When.BASIS)
    typed(row.first.value, "40")
    assert asked(stage).wanted.condition == d.BasisReaches(
        instrument=ORE, spot=ORE_SPOT, way=d.Way.AT_OR_ABOVE, value=Decimal(40)
    )
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, None, 2)
    row.choose(When.BASIS)
    assert stage.ticket.send_button.text() == "先选现货"


def test_a_value_of_a_spread_is_no_price_and_is_not_kept_as_one() -> None:
    spread = Expected(when=When.SPREAD, quoted=d.Quoted.ASK, price=Decimal(-12), other=ORE)
    assert turned(spread, When.PRICE).price is None
    assert turned(Expected(when=When.PRICE, price=Decimal(3220)), When.SPREAD).price is None
    assert turned(Expected(when=When.PRICE, price=Decimal(3220)), When.RANGE).price == Decimal(3220)
    assert turned(Expected(when=When.PRICE), When.SPREAD).quoted is d.Quoted.BID


def test_good_till_a_day_offers_trading_days_up_to_the_contracts_last_and_nothing_else(
    stage: Stage, reference: Reference
) -> None:
    stage.ticket.form.waits.show_calendar(reference.calendar)
    stage.fill()
    row = of(stage)
    row.choose(When.PRICE)
    typed(row.price, "3220")
    assert row.day.isHidden()
    took(row.validity, d.Validity.GTD)
    assert not row.day.isHidden()
    assert stage.ticket.send_button.text() == "选日期"
    days = [row.day.itemData(place) for place in range(row.day.count())]
    expiry = reference.instrument(REBAR, DAY).expiry
    assert (days[0], expiry) == (DAY, days[-1])
    assert all(reference.calendar.is_trading_day(day) for day in days)
    took(row.day, days[3])
    wanted = asked(stage).wanted
    assert (wanted.validity, wanted.last_day) == (d.Validity.GTD, days[3])
    took(row.validity, d.Validity.GTC)
    assert asked(stage).wanted.last_day is None
    took(row.validity, d.Validity.GTD)
    stage.ticket.fill(COPPER)
    assert row.wait.last_day is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_End])
def test_a_day_is_chosen_with_the_keyboard(stage: Stage, reference: Reference, key: Qt.Key) -> None:
    stage.ticket.form.waits.show_calendar(reference.calendar)
    stage.fill()
    row = of(stage)
    row.choose(When.PRICE)
    typed(row.price, "3220")
    took(row.validity, d.Validity.GTD)
    QTest.keyClick(row.day, key)
    assert asked(stage).wanted.last_day in (row.day.itemData(0), row.day.itemData(row.day.count() - 1))


PRICE = d.PriceReaches(instrument=REBAR, quoted=d.Quoted.BID, way=d.Way.AT_OR_BELOW, price=Decimal(3190))
SPREAD = d.SpreadReaches(
    instrument=REBAR, less=ORE, coefficient=Decimal("0.5"), way=d.Way.AT_OR_BELOW, value=Decimal(-3)
)
CLOSE = d.CloseLots(
    instrument=REBAR,
    side=Side.SELL,
    lots=3,
    price=d.AtOpposite(ticks=2),
    hedge_flag=HedgeFlag.HEDGE,
    when_short=d.WhenShort.FAIL,
)


@pytest.mark.parametrize(
    "condition",
    [
        PRICE,
        SPREAD,
        d.PriceWithin(instrument=REBAR, lowest=Decimal(3190), highest=Decimal(3200)),
        d.TimeReached(instrument=REBAR, clock=53_730),
        d.MarketOpens(instrument=REBAR),
        d.BasisReaches(instrument=REBAR, spot=InstrumentId("SPOT.rb.上海"), way=d.Way.AT_OR_ABOVE, value=Decimal(40)),
        d.BreaksEven(instrument=REBAR, side=Side.BUY, hedge_flag=HedgeFlag.HEDGE, way=d.Way.AT_OR_BELOW),
        d.AnyOf(parts=(PRICE, SPREAD)),
        d.AllOf(parts=(PRICE, d.TimeReached(instrument=REBAR, clock=53_730), SPREAD)),
    ],
)
@pytest.mark.parametrize(
    ("release", "validity", "last_day"),
    [
        (CLOSE, d.Validity.GTD, 20250110),
        (
            d.SendOrder(
                instrument=REBAR,
                side=Side.SELL,
                offset=Offset.CLOSE_TODAY,
                lots=1,
                price=d.AtPrice(price=Decimal(3188)),
                hedge_flag=HedgeFlag.HEDGE,
            ),
            d.Validity.GTC,
            None,
        ),
    ],
)
def test_the_fields_of_an_order_that_waits_make_the_same_order_again(
    reference: Reference,
    condition: d.Condition,
    release: d.Release,
    validity: d.Validity,
    last_day: int | None,
) -> None:
    wanted = d.Conditional(condition=condition, release=release, validity=validity, last_day=last_day, reason="止损")
    fields = fields_of(wanted)
    assert fields is not None
    ticket, wait = fields
    assert conditional(wait, ticket, reference.instrument(REBAR, DAY), reason="止损") == wanted


@pytest.mark.parametrize(
    ("condition", "release"),
    [
        (d.PriceReaches(instrument=ORE, way=d.Way.AT_OR_BELOW, price=Decimal(800)), CLOSE),
        (d.AllOf(parts=(PRICE, d.TimeReached(instrument=ORE, clock=0))), CLOSE),
        (d.BreaksEven(instrument=REBAR, side=Side.SELL, hedge_flag=HedgeFlag.HEDGE, way=d.Way.AT_OR_BELOW), CLOSE),
        (d.BreaksEven(instrument=REBAR, side=Side.BUY, way=d.Way.AT_OR_BELOW), CLOSE),
        (
            PRICE,
            d.SendOrder(instrument=REBAR, side=Side.SELL, offset=Offset.CLOSE, lots=1, price=d.AtOpposite()),
        ),
    ],
)
def test_what_the_fields_cannot_say_has_none(condition: d.Condition, release: d.Release) -> None:
    assert fields_of(d.Conditional(condition=condition, release=release)) is None


def test_an_order_till_a_day_that_nobody_chose_is_not_whole(reference: Reference) -> None:
    wait = Wait(when=When.OPENING, validity=d.Validity.GTD)
    made = conditional(wait, Ticket(mode=PriceMode.COUNTER), reference.instrument(REBAR, DAY))
    assert isinstance(made, Block)
    assert made.short == "选日期"
