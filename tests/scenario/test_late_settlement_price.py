"""A day settled provisionally differs from its statement, and agrees once the price has come: from books to gate."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import pytest

from terminal.domain.commands import HandInStatement
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import OrderFilled, SettlementCorrected
from terminal.domain.fact.statement import StatementResult, Verdict
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.words.risk import Level
from terminal.reports.reconcile.handed_in import FOLLOWS, PROVISIONAL, handed_in
from terminal.reports.reconcile.own_day import read_own_day
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.statement.read import read_statement
from tests.broker import Broker
from tests.engine_world import ADMIN, DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, World, instruments
from tests.printed_statement import Style, print_statement
from tests.scenario.conftest import Begin

CASH = 20_000_000
CLIENT = f"inv-{ONE}"


def compared(world: World, statement: bytes) -> StatementResult:
    ours = read_own_day(world.journal.replay(), client=CLIENT, account=None, trading_day=DAY)
    return handed_in(reconcile(ours, read_statement(statement)), ours, sha256(statement).hexdigest())


def hand_in(world: World, result: StatementResult) -> str:
    done = world.do(ADMIN, HandInStatement(account=ONE, result=result))
    assert done.ok, done.sentence
    return done.sentence


@pytest.mark.parametrize("style", [Style(), Style(by_day=False)])
def test_what_a_provisional_price_made_differ_is_lifted_when_the_price_has_come(begin: Begin, style: Style) -> None:
    # Given two lots of a day that was settled at the last price, and a broker who knows the true one
    world = begin(at=instant(DAY, 14, 59, 30), cash=CASH)
    world.buy(2, 3701)
    (fill,) = world.facts(OrderFilled)
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    broker = Broker(Decimal(CASH), CLIENT)
    flag = HedgeFlag.SPECULATION
    broker.trade(DAY, instruments()[RB], Side.BUY, Offset.OPEN, 2, fill.price, fill.fee, fill.trade, flag=flag)
    statement = print_statement(broker.settle(DAY, {RB: Decimal(3690)}), CLIENT, style)
    # When it is compared and handed in
    result = compared(world, statement)
    assert result.verdict is Verdict.DIFFERS
    assert {row.cause for row in result.rows} == {PROVISIONAL, FOLLOWS}
    hand_in(world, result)
    # Then nothing opens;
    assert world.order(Side.BUY, 1, 3650).code == "STATEMENT_DIFFERS"
    # and the same once more changes nothing,
    hand_in(world, compared(world, statement))
    assert world.account.levels["account|statement"].level is Level.RED
    # until the price has come: then the same statement agrees, and the account opens.
    world.show(after=2, facts=[DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3690)])
    assert len(world.facts(SettlementCorrected)) == 1
    assert world.order(Side.BUY, 1, 3650).code == "STATEMENT_DIFFERS"
    again = compared(world, statement)
    assert (again.verdict, again.digest) == (Verdict.CLEAN, result.digest)
    assert "只平仓已解除" in hand_in(world, again)
    assert world.order(Side.BUY, 1, 3650).ok
