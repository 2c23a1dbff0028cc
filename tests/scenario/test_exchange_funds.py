"""The exchange's own reckoning of an account's money is the desk's, to the cent, over trades, days and restarts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.view import AccountView
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, I, World
from tests.scenario.conftest import Begin

CASH = 200_000
TUESDAY = 20200825
FACTS = [
    DayFacts(instrument=RB, trading_day=DAY, settlement=3710),
    DayFacts(instrument=I, trading_day=DAY, settlement=1662),
]


def both(world: World) -> tuple[AccountView, AccountView]:
    marks = world.engine.columns.last_price
    return world.account.book.view(marks), world.host._exchange._funds.books[ONE].view(marks)


def test_both_reckon_the_same(begin: Begin, tmp_path: Path) -> None:
    world = begin(cash=CASH, funds={ONE: Decimal(CASH)}, facts=FACTS, exchange=tmp_path / "exchange.db")
    world.buy(5, 3701)
    world.sell(2, "830", instrument=I)
    world.buy(3, 3690)  # rests
    world.show({RB: (3705, 3706)}, last={RB: 3705, I: 830})
    assert world.close_long(2, 3705).ok
    ours, theirs = both(world)
    assert ours == theirs
    world.restart(exchange_too=True)
    ours, theirs = both(world)
    assert ours == theirs
    world.show_at(NEXT_NIGHT + 1_000_000_000)
    ours, theirs = both(world)
    assert ours == theirs
    assert ours.static_equity != CASH


def test_what_only_the_exchange_cannot_pay_for_comes_back_as_rejected(begin: Begin) -> None:
    world = begin(cash=CASH, funds={ONE: Decimal(10_000)})
    row = world.buy(5, 3701)
    assert row.state is OrderState.REJECTED
    assert row.note.startswith("资金不足：冻结保证金与手续费需 ")
    assert row.note.endswith(" 元，可用 10,000.00 元")
    assert world.net() == 0
    assert not world.account.live
    assert world.order(Side.BUY, 1, 3701).ok


def test_a_missed_day_is_settled_by_both_at_its_own_price(begin: Begin) -> None:
    # Given lots of Friday, a Monday on which nothing is heard, and a Tuesday that says Monday's settlement of one
    world = begin(cash=CASH, funds={ONE: Decimal(CASH)}, facts=FACTS)
    world.buy(5, 3701)
    world.buy(2, "830.5", instrument=I)
    world.show({RB: (3705, 3706)}, last={RB: 3705, I: 830})
    said = DayFacts(instrument=RB, trading_day=TUESDAY, pre_settlement=3650)
    world.show_at(instant(NEXT_DAY, 21, 0, 1), last={RB: 3640, I: 800}, facts=[said])
    # Then both reckon the margin at it, and that of the other at Friday's.
    ours, theirs = both(world)
    assert ours == theirs
    assert world.account.book.latest_basis(RB) == world.host._exchange._funds.books[ONE].latest_basis(RB) == 3650
    assert world.account.book.latest_basis(I) == world.host._exchange._funds.books[ONE].latest_basis(I) == 831


def test_a_contract_with_quotes_alone_is_settled_by_both_at_their_middle(begin: Begin) -> None:
    world = begin(cash=CASH, funds={ONE: Decimal(CASH)})
    world.sell(2, "830", instrument=I)
    world.show({I: ("834", "835")})
    world.show_at(NEXT_NIGHT + 1_000_000_000)
    ours, theirs = both(world)
    assert ours == theirs
    assert world.host._exchange._funds.books[ONE].latest_basis(I) == Decimal("834.5")
