"""The auditor and the engine hold both legs of one order together: what they ask, and at what they traded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain.fact.facts import AlertRaised, OrderFilled, OrderRecorded
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side, TimeCondition
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.reports import Report, Traded
from terminal.engine.check import check_all
from terminal.engine.orders import combined as orders
from terminal.engine.orders.intents import say_recorded
from terminal.engine.strategy import carrying
from terminal.store.journal import SqliteJournal
from terminal.store.verify import Verification, verify
from tests.engine_market import FAR_ORE, ORE_SPREAD
from tests.engine_world import CHECKER, LIMITS, TENANT, I, World
from tests.scenario.combining import nets, ore, ore_settings, show, start
from tests.scenario.conftest import Begin
from tests.unit.store.verified import journal_of

LARGE = replace(LIMITS, confirm_value_yuan=Decimal(200_000))


@dataclass
class Forged:
    """Record second legs otherwise than asked: `None` does not record them at all."""

    terms: Callable[[OrderTerms], OrderTerms | None] = lambda terms: terms
    leg: Callable[[LegOf], LegOf] = lambda leg: leg


FORGED: dict[str, tuple[Forged, str, str]] = {
    "missing": (Forged(terms=lambda _: None), "第二腿 A1-00000003 却不是和它一起记录的", "is missing"),
    "lots": (Forged(terms=lambda terms: replace(terms, lots=terms.lots + 5)), "的手数不同", "differ in lots"),
    "offset": (Forged(terms=lambda terms: replace(terms, offset=Offset.CLOSE)), "的开平不同", "differ in offset"),
    "flag": (
        Forged(terms=lambda terms: replace(terms, hedge_flag=HedgeFlag.HEDGE)),
        "的投保标志不同",
        "differ in hedge_flag",
    ),
    "condition": (
        Forged(terms=lambda terms: replace(terms, time_condition=TimeCondition.FAK)),
        "的有效期不同",
        "differ in time_condition",
    ),
    "price": (Forged(leg=lambda leg: replace(leg, price=leg.price + 100)), "的价差不同", "differ in price"),
    "combination": (
        Forged(leg=lambda leg: replace(leg, combination=InstrumentId("DCE.SP i2009&i2105"))),
        "的组合不同",
        "differ in combination",
    ),
}


def forge(monkeypatch: pytest.MonkeyPatch, forged: Forged) -> None:
    def say(turn: Any, look: Any, account: Any, terms: OrderTerms, cause: Any, *rest: Any) -> object:
        findings, confirmation, leg = rest
        if leg.number == 2:
            told = forged.terms(terms)
            if told is None:
                return None
            terms, leg = told, forged.leg(leg)
        return say_recorded(turn, look, account, terms, cause, findings, confirmation, leg)

    monkeypatch.setattr(orders, "say_recorded", say)


@pytest.mark.parametrize("case", FORGED)
def test_half_an_order_and_legs_that_ask_different_things_are_found(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    forged, said, broken = FORGED[case]
    journal = SqliteJournal(tmp_path, TENANT)
    world = ore(begin, journal=journal)
    world.sound = False
    world.buy(20, "800.5", instrument=FAR_ORE)  # so that a close of the far month has lots to close
    forge(monkeypatch, forged)
    world.wire.hold_orders = True
    world.order(Side.BUY, 3, "20", instrument=ORE_SPREAD)
    faults = check_all(world.state)
    journal.close()
    found = verify(tmp_path)
    assert (found.ok, said in found.sentence) == (False, True), found.sentence
    assert [fault for fault in faults if broken in fault], faults


def test_a_first_leg_alone_is_no_fault_once_its_day_is_settled_and_the_other_forgotten(begin: Begin) -> None:
    world = ore(begin)
    assert world.order(Side.BUY, 3, "30.5", instrument=ORE_SPREAD).ok
    first, second = world.account.orders
    row = world.account.orders.pop(second)
    assert f"I2 {first} is leg 1 of {ORE_SPREAD}, {second} is missing" in check_all(world.state)
    world.account.forgotten.before = row.trading_day + 1
    assert not [fault for fault in check_all(world.state) if "is missing" in fault]
    world.sound = False


# --- at what they traded ----------------------------------------------------------------------------------------------


def fills_forged(begin: Begin, data: Path, side: Side, change: Callable[[OrderFilled], OrderFilled]) -> Verification:
    """Return what the auditor says of an order filled at 830.5 or 830 and 800 or 800.5, with other fills."""
    world = ore(begin)
    assert world.order(side, 3, "30.5" if side is Side.BUY else "29.5", instrument=ORE_SPREAD).ok
    fills = [change(fill) for fill in world.facts(OrderFilled)]
    return journal_of(data, tuple(world.facts(OrderRecorded)), *((fill,) for fill in fills))


@pytest.mark.parametrize(("side", "worse"), [(Side.BUY, "0.5"), (Side.SELL, "-0.5")])
def test_fills_that_differ_by_more_than_was_asked_are_found(
    begin: Begin, tmp_path: Path, side: Side, worse: str
) -> None:
    def moved(by: str) -> Callable[[OrderFilled], OrderFilled]:
        return lambda fill: replace(fill, price=fill.price + Decimal(by)) if fill.instrument == I else fill

    assert fills_forged(begin, tmp_path / "asked", side, moved("0")).ok
    assert fills_forged(begin, tmp_path / "better", side, moved(str(-Decimal(worse)))).ok
    found = fills_forged(begin, tmp_path / "worse", side, moved(worse))
    asked, got = ("30.5", "31") if side is Side.BUY else ("29.5", "29")
    assert (found.ok, f"价差平均 {got}，劣于委托的价差 {asked}" in found.sentence) == (False, True), found.sentence


def test_fills_of_as_many_lots_of_both_legs_are_judged_where_the_order_was_not_filled_whole(
    begin: Begin, tmp_path: Path
) -> None:
    def part(fill: OrderFilled) -> OrderFilled:
        return replace(fill, lots=2, is_last=False, price=fill.price + (20 if fill.instrument == I else 0))

    found = fills_forged(begin, tmp_path, Side.BUY, part)
    assert "2 手两腿成交的价差平均 50.5，劣于委托的价差 30.5" in found.sentence


def test_a_leg_that_went_out_when_what_showed_was_worse_than_approved_is_found(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = SqliteJournal(tmp_path, TENANT)
    world = ore(begin, limits=LARGE, journal=journal)
    world.sound = False
    # Given an approval that bounds the near month to 830 or so and a tenth, and the price beyond, where the day ends
    monkeypatch.setattr("terminal.engine.strategy.envelope.BAND", Decimal("0.02"))
    assert start(world, ore_settings(SpreadRoute.COMBINATION)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    # When the engine forgets to ask
    monkeypatch.setattr(carrying, "outside", lambda *_args, **_options: None)
    show(world, near=("893", "893.5"), far=("863", "863.5"))
    world.wait(3)
    assert world.facts(OrderRecorded)
    journal.close()
    assert (
        "报出时 DCE.i2101 的中间价 893.25 不在复核 A1-C000001 的 813.6450 至 846.8550 之内" in verify(tmp_path).sentence
    )


# --- what the engine books --------------------------------------------------------------------------------------------


def retell(world: World, change: Callable[[Traded], Traded | None]) -> None:
    """Have trades told otherwise; `None`: not at all."""
    told = world.wire._pass

    def tell(item: Batch | Report) -> None:
        changed = change(item) if isinstance(item, Traded) else item
        if changed is not None:
            told(changed)

    world.wire._pass = tell  # type: ignore[method-assign]


def test_a_trade_that_makes_the_difference_worse_than_asked_is_put_aside_and_told(begin: Begin) -> None:
    world = ore(begin)
    retell(world, lambda one: replace(one, price=one.price + 20) if one.instrument == I else one)
    assert world.order(Side.BUY, 3, "30.5", instrument=ORE_SPREAD).ok
    (alert,) = world.facts(AlertRaised)
    assert "组合 SP i2101&i2105 限价 30.5 买，加上这笔，两腿成交的价差平均 50.5，比限价差" in alert.sentence
    assert nets(world) == (3, 0)
    world.sound = False


def test_a_trade_put_aside_while_others_were_lost_is_booked_when_all_are_told(begin: Begin) -> None:
    world = ore(begin)
    assert world.order(Side.BUY, 2, "30", instrument=ORE_SPREAD).ok
    # Given two deals at 30 each, and of the first only the far leg is told, of the second only the near leg
    lost = {(I, Decimal(830)), (FAR_ORE, Decimal(805))}
    retell(world, lambda one: None if (one.instrument, one.price) in lost else one)
    show(world, near=("829.5", "830"), far=("800", "800.5"), lots=1)
    show(world, near=("834.5", "835"), far=("805", "805.5"), lots=1)
    assert nets(world) == (0, -1)
    assert "价差平均 35" in world.facts(AlertRaised)[-1].sentence
    # When a complete answer tells them all
    lost.clear()
    world.cut()
    world.wait(3)
    assert nets(world) == (2, -2)
