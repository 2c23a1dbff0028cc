"""What an option is on may never have had a price, an index above all: no price is not a price of 0 (DOMAIN 4.5)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.form import BookForm
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import DaySettled, SettlementCorrected
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.reports.reconcile.own_day import read_own_day
from tests.engine_market import INDEX_LATER, LATER, WITH_INDEX, WITH_OPTIONS
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, I, World
from tests.scenario.conftest import Begin

CASH = 20_000_000
AFTERNOON = instant(DAY, 14, 50)
INDEX = InstrumentId("CSI.000300")


def margins(world: World) -> tuple[Decimal, Decimal]:
    """Return what the account binds at the desk and at the exchange."""
    marks = world.engine.columns.last_price
    return world.account.book.view(marks).margin, world.host._exchange._funds.books[ONE].view(marks).margin


def told(world: World, code: str) -> list[str]:
    return [one.sentence for one in world.account.open_alerts.values() if one.code == code]


def short_index_call(begin: Begin) -> World:
    """Be one index call short at 100, for an index that nobody quotes."""
    world = begin(at=AFTERNOON, universe=WITH_INDEX, cash=CASH, funds={ONE: Decimal(CASH)})
    world.show({INDEX_LATER: ("100", "100.2")}, last={INDEX_LATER: 100})
    assert world.order(Side.SELL, 1, "100", instrument=INDEX_LATER).ok
    return world


def test_a_short_index_option_binds_by_its_strike_until_the_index_has_a_price(begin: Begin) -> None:
    # Given 100 x 100 + 0.1 x 4600 x 100 on the day
    world = short_index_call(begin)
    assert margins(world) == (56_000, 56_000)
    # When the day is settled at 120, and nobody said a word of the index
    world.show(facts=[DayFacts(instrument=INDEX_LATER, trading_day=DAY, settlement=600)])
    world.show_at(instant(NEXT_DAY, 9, 30, 1), {INDEX_LATER: ("119.8", "120")}, last={INDEX_LATER: 120})
    # Then the premium alone has changed, here and at the exchange, and it is said what is reckoned with.
    assert margins(world) == (120 * 100 + 46_000, 120 * 100 + 46_000)
    (settled,) = (one for one in world.facts(DaySettled) if one.account == ONE)
    assert (settled.prices, settled.provisional, settled.unheard) == ({INDEX_LATER: 120}, (INDEX,), ())
    (sentence,) = told(world, "SETTLEMENT_MISSING")
    assert f"没有 {INDEX} 的任何价格，其期权的保证金按行权价计" in sentence
    # Nor does anything stay at a stand-in that there never was.
    world.show_at(instant(20200825, 9, 30, 1))
    assert not any(INDEX in one for one in told(world, "SETTLEMENT_NEVER_CAME"))
    assert world.account.book.check() == []
    # And the day's own figures do not call the index provisional: no price stands in for it.
    own = read_own_day(world.journal.replay(), client="", account=ONE, trading_day=DAY)
    assert own.provisional == ()


def test_the_price_of_an_underlying_that_comes_late_changes_the_margin_alone(begin: Begin) -> None:
    # Given two short calls on a future that shows one side and no last price
    world = begin(at=AFTERNOON, universe=WITH_OPTIONS, cash=CASH, funds={ONE: Decimal(CASH)})
    world.show({LATER: ("22", "22.5"), I: ("830", None)})
    assert world.order(Side.SELL, 2, "22", instrument=LATER).ok
    on_the_day, _ = margins(world)
    # When the day is settled without a price of the future
    world.show(facts=[DayFacts(instrument=LATER, trading_day=DAY, settlement=220)])
    world.show_at(NEXT_NIGHT, {I: ("830", None)})
    # Then the margin stays what it was: at the strike.
    assert margins(world) == (on_the_day, on_the_day)
    assert "按行权价计" in told(world, "SETTLEMENT_MISSING")[0]
    # And when 850 comes after all, the options are reckoned at it, and the equity is the same.
    marks = world.engine.columns.last_price
    before = world.account.book.view(marks)
    world.show(after=2, facts=[DayFacts(instrument=I, trading_day=NEXT_DAY, pre_settlement=1700)])
    (said,) = (one for one in world.facts(SettlementCorrected) if one.account == ONE)
    assert (said.prices[I].was, said.prices[I].price, said.prices[I].difference) == (None, 850, 0)
    after = world.account.book.view(marks)
    assert after.equity == before.equity
    assert after.static_equity == before.static_equity
    assert after.margin == before.margin + 2 * 100 * (850 - 810) * Decimal("0.08")
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_journal_that_holds_0_for_an_index_binds_by_the_strike_as_well(begin: Begin) -> None:
    # Given books as they were put away before 2026-12, and a day that was settled then
    world = short_index_call(begin)
    old = world.account.book.form()
    listed = dict(world.state.tenant.instruments)
    book = AccountBook.of_form(old, listed)
    book.settle({INDEX_LATER: Decimal(120), INDEX: Decimal(0)}, NEXT_DAY, (INDEX,))
    assert book.view(lambda _: None).margin == 120 * 100 + 46_000
    form = msgspec.structs.replace(book.form(), references={INDEX_LATER: Decimal(120), INDEX: Decimal(0)})
    again = AccountBook.of_form(msgspec.json.decode(msgspec.json.encode(form), type=BookForm), listed)
    assert again.latest_basis(INDEX) is None


def test_a_price_that_comes_late_holds_over_missed_days_of_which_nothing_is_known(begin: Begin) -> None:
    # Given two short calls on a future without a price, and a runner that hears nothing on Monday and Tuesday
    said = DayFacts(instrument=I, trading_day=DAY, settlement=1700)

    def until_wednesday(*facts: DayFacts) -> World:
        world = begin(at=AFTERNOON, universe=WITH_OPTIONS, cash=CASH, funds={ONE: Decimal(CASH)})
        world.show({LATER: ("22", "22.5"), I: ("830", None)})
        assert world.order(Side.SELL, 2, "22", instrument=LATER).ok
        world.show(facts=[DayFacts(instrument=LATER, trading_day=DAY, settlement=220), *facts])
        world.show_at(instant(20200825, 21, 0, 1), {I: ("830", None)})
        return world

    # When Friday's price of the future comes late
    late, in_time = until_wednesday(), until_wednesday(said)
    late.show(after=2, facts=[said])
    in_time.show(after=2)
    # Then the margin is reckoned at it, as if it had come in time.
    marks = late.engine.columns.last_price
    assert late.account.book.view(marks) == in_time.account.book.view(marks)
    assert late.account.book.unsettled_days() == in_time.account.book.unsettled_days()
    assert late.refolded().state_hash() == late.state.state_hash()
