"""Recomputed from the trades or folded fact by fact: the same bytes."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.commands.benches.trade_history import FIRST_DAY, Drawn
from terminal.domain.books.daily_marks import daily_marks
from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import DeviceId, InstrumentId, OrderId, PersonId, SysId, TradeId, WireKey
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderTerms, Origin, Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.instrument import Instrument
from terminal.engine.records.journal import Entry, UnknownRecord
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.recompute import LATE_EXERCISES, OPTION_TRADES, gather, recompute
from terminal.store.marks import MarksFile
from tests.books import BUY, CLOSE, HEDGE, MEAL, OPEN, REBAR, SELL, SPECULATION, TODAY, YESTERDAY
from tests.told_days import ACCOUNT, DAYS, TENANT, Story, three_days
from tests.told_marks import (
    HoldingFold,
    corrected,
    fen,
    fold_drawn,
    folded,
    nothing,
    option_on,
    recomputed,
    stored,
    table_of,
)

D = Decimal
PLACES = [(of, flag, side) for of in (REBAR, MEAL) for flag in (HEDGE, SPECULATION) for side in (BUY, SELL)]
Step = tuple[str, int, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open"] * 4 + ["close"] * 4 + ["settle"] * 2 + ["unsettled", "correct", "end"]),
        st.integers(0, len(PLACES) - 1),
        st.integers(1, 9),  # lots
        st.integers(-40, 40),  # price, from 3 000
        st.integers(-3, 3),  # by how much exchange time is not the time of arrival
    ),
    max_size=60,
)


class Told(Story):
    """Tell a journal, and fold every holding of it in books of its own besides."""

    def __init__(self) -> None:
        super().__init__(MemoryJournal(TENANT), REBAR, MEAL, cash=100_000_000)
        self.holdings: dict[tuple[InstrumentId, HedgeFlag, Side], HoldingFold] = {}
        self.settled: list[tuple[int, Decimal, Decimal, Decimal]] = []
        self.numbers = count(1)

    def holding(self, of: Instrument, flag: HedgeFlag, side: Side) -> HoldingFold:
        key = of.id, flag, side
        if key not in self.holdings:
            self.holdings[key] = HoldingFold(len(self.holdings), of, flag, side, self.day)
        return self.holdings[key]

    def fill(
        self, of: Instrument, flag: HedgeFlag, side: Side, offset: Offset, lots: int, price: int, late: int
    ) -> None:
        way = side if offset is OPEN else side.opposite
        number = next(self.numbers)
        terms = OrderTerms(
            account=ACCOUNT, instrument=of.id, side=way, offset=offset, lots=lots, price=D(price), hedge_flag=flag
        )
        order, at = OrderId(f"o{number}"), 10_000 + number // 3 + late
        self.say(
            f.OrderRecorded(
                order=order,
                wire_key=WireKey(f"w{number}"),
                reference=number,
                terms=terms,
                cause=Cause(origin=Origin.MANUAL, person=PersonId("trader"), device=DeviceId("desk")),
                trading_day=self.day,
            )
        )
        fee = self.own.book.fee(of, terms, lots, D(price))
        self.holding(of, flag, side).fill(terms, lots, D(price), fee, at, str(number))
        self.say(
            f.OrderFilled(
                account=ACCOUNT,
                order=order,
                exchange=of.exchange,
                sys_id=SysId(f"s{number}"),
                trade=TradeId(str(number)),
                trading_day=self.day,
                side=way,
                instrument=of.id,
                lots=lots,
                price=D(price),
                fee=fee,
                exchange_at=at,
                is_last=True,
            )
        )

    def close(self, place: int, lots: int, price: int, late: int) -> None:
        of, flag, side = PLACES[place]
        held = self.own.book.position(of.id, flag)
        today, older = (
            (held.long_today, held.long_yesterday) if side is BUY else (held.short_today, held.short_yesterday)
        )
        if of is MEAL:
            offset, most = (CLOSE, TODAY, YESTERDAY)[late % 3], today + older
        elif late % 2:
            offset, most = TODAY, today
        else:
            offset, most = (CLOSE, YESTERDAY)[late % 4 // 2], older
        if most:
            self.fill(of, flag, side, offset, min(lots, most), price, late)

    def end(self, place: int, lots: int, price: int) -> None:
        of, flag, side = PLACES[place]
        fold = self.holdings.get((of.id, flag, side))
        if fold is None or not fold.lots:
            return
        number = next(self.numbers)
        ending = Ending(
            instrument=of.id, flag=flag, side=side, lots=min(lots, fold.lots), how=How.DELIVERED, price=D(price),
            fee=D("1.25"), at=20_000 + number, number=TradeId(str(number)),
        )  # fmt: skip
        fold.end(ending)
        self.say(f.PositionEnded(account=ACCOUNT, trading_day=self.day, ending=ending))

    def settle_at(self, price: int, *, provisional: bool) -> None:
        held = {name for name, _ in self.own.book.positions()}
        prices = {of.id: D(price + place) for place, of in enumerate((REBAR, MEAL)) if of.id in held}
        view, by_trade = self.own.book.view(prices.get), self.own.book.trade_by_trade(prices.get)
        self.settled.append((self.day, view.close_profit, by_trade.close_profit, view.commission))
        for one in self.holdings.values():
            known = prices.get(one.instrument.id)
            one.settle(known, self.day + 1, provisional=provisional and known is not None)
        waits = tuple(sorted(prices)) if provisional else ()
        self.say(
            f.DaySettled(account=ACCOUNT, trading_day=self.day, next_day=self.day + 1, prices=prices, provisional=waits)
        )

    def correct(self, price: int) -> None:
        waits = self.own.book.unsettled()
        if not waits:
            return
        prices = {name: (one.price or D(0), D(price), one.weight) for name, one in waits.items()}
        for one in self.holdings.values():
            if one.instrument.id in prices and one.instrument.id in one.book.unsettled():
                one.correct(D(price), self.day - 1)
        self.say(f.SettlementCorrected(account=ACCOUNT, trading_day=self.day - 1, prices=corrected(prices)))

    def take(self, steps: list[Step]) -> None:
        for kind, place, lots, tick, late in steps:
            price = 3_000 + tick
            match kind:
                case "open":
                    self.fill(*PLACES[place], OPEN, lots, price, late)
                case "close":
                    self.close(place, lots, price, late)
                case "settle" | "unsettled":
                    self.settle_at(price, provisional=kind == "unsettled")
                case "correct":
                    self.correct(price)
                case _:
                    self.end(place, lots, price)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_any_small_history_recomputed_is_the_fold_byte_by_byte(steps: list[Step]) -> None:
    told = Told()
    told.take(steps)
    with TemporaryDirectory() as folder:
        _, rows, holdings = recomputed(told.journal, Path(folder))
    assert rows == folded(list(told.holdings.values()))
    assert [(row.instrument, row.flag, row.side) for row in holdings] == list(told.holdings)
    # And the account as the engine folds it: every day's sums, and what all the days have made of its cash.
    table = table_of(rows)
    for day, close_profit, trade_close_profit, commission in told.settled:
        of_day = table[table[:, 1] == day]
        assert of_day[:, 3].sum() == fen(close_profit)
        assert of_day[:, 5].sum() == fen(trade_close_profit)
        assert of_day[:, 7].sum() == fen(commission)
    past = table[table[:, 1] < told.day]
    earned = past[:, 3].sum() + past[:, 4].sum() - past[:, 7].sum()
    assert fen(told.own.book.view(nothing).static_equity) == 10_000_000_000 + earned


def test_a_long_seeded_history_recomputed_is_the_fold_byte_by_byte(tmp_path: Path) -> None:
    drawn = Drawn(books=60, days=120, trades_a_day=5)
    with closing(MarksFile(tmp_path)) as file, file.turn():
        with file.filling() as filling:
            drawn.fill(filling)
        found = recompute(file, begins=lambda _: None)
        rows = stored(file)
    assert rows == folded(fold_drawn(Drawn(books=60, days=120, trades_a_day=5)))
    assert (found.trades, found.holdings, found.days) == (36_000, 60, 120)


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_how_much_is_worked_out_at_once_changes_nothing(tmp_path: Path, at_once: int) -> None:
    with closing(MarksFile(tmp_path)) as file:
        with file.turn(), file.filling() as filling:
            Drawn(books=9, days=20, trades_a_day=3).fill(filling)
        ledger = file.cells().ledger
    whole, parts = daily_marks(ledger), daily_marks(ledger, at_once=at_once)
    assert all((one == other).all() for one, other in zip(whole, parts, strict=True))


def test_the_worked_example_comes_out_to_the_cent(tmp_path: Path) -> None:
    # DOMAIN 5.1: by the day and by the trade, over its three days
    journal = MemoryJournal(TENANT)
    three_days(journal)
    found, rows, holdings = recomputed(journal, tmp_path)
    assert [(row.instrument, row.side) for row in holdings] == [(REBAR.id, BUY), (REBAR.id, SELL)]
    by_day = {
        day: [int(figure) for figure in table_of(rows)[table_of(rows)[:, 1] == day][:, 3:].sum(axis=0)] for day in DAYS
    }
    assert by_day == {
        DAYS[0]: [100_000, 275_000, 100_000, 275_000, 12_870],
        DAYS[1]: [159_000, -190_000, 309_000, -65_000, 7_771],
        DAYS[2]: [-156_000, -154_000, -130_000, -245_000, 5_766],
    }
    sums = found.accounts[ACCOUNT]
    assert (sums.close_profit, sums.position_profit, sums.trade_close_profit, sums.commission) == (
        D(1030),
        D(-690),
        D(2790),
        D("264.07"),
    )


def test_the_same_journal_gives_the_same_hash_and_one_more_trade_another(tmp_path: Path) -> None:
    journal = MemoryJournal(TENANT)
    story, _ = three_days(journal)
    first, again = (recomputed(journal, tmp_path)[0] for _ in range(2))
    assert first == again
    story.trade(REBAR, BUY, OPEN, 1, 3190)
    assert recomputed(journal, tmp_path)[0].sha256 != first.sha256


def test_fills_of_one_instant_come_in_by_their_number_and_nine_is_before_ten(tmp_path: Path) -> None:
    told = Told()
    for number in (10, 9):
        told.numbers = count(number)
        told.fill(MEAL, HEDGE, BUY, OPEN, 1, 3000 + number, late=-(number // 3))
    told.numbers = count(11)
    told.fill(MEAL, HEDGE, BUY, CLOSE, 1, 3000, late=9)
    _, rows, _ = recomputed(told.journal, tmp_path)
    assert rows == folded(list(told.holdings.values()))
    assert table_of(rows)[0, 3] == -9_000  # the lot at 3009 went


def test_options_are_left_out_and_counted(tmp_path: Path) -> None:
    journal = MemoryJournal(TENANT)
    call = option_on(MEAL)
    story = Story(journal, MEAL, call)
    story.trade(MEAL, BUY, OPEN, 1, 3000)
    story.trade(call, BUY, OPEN, 2, 50)
    found, _, holdings = recomputed(journal, tmp_path)
    assert [row.instrument for row in holdings] == [MEAL.id]
    assert (found.trades, found.left_out) == (1, {OPTION_TRADES: 1})


@pytest.mark.parametrize("late", [False, True])
def test_a_future_that_exercise_brought_counts_and_one_that_came_a_day_late_is_left_out(
    tmp_path: Path, late: bool
) -> None:
    journal = MemoryJournal(TENANT)
    call = option_on(MEAL)
    story = Story(journal, MEAL, call)
    story.trade(call, BUY, OPEN, 2, 50)
    if late:
        story.settle({call: 60, MEAL: 3100}, DAYS[1])
    ending = Ending(
        instrument=call.id, flag=HEDGE, side=BUY, lots=2, how=How.EXERCISED, price=D(2900), fee=D(1), at=99,
        number=TradeId("7"),
    )  # fmt: skip
    story.say(f.PositionEnded(account=ACCOUNT, trading_day=DAYS[0], ending=ending, into=MEAL.id))
    prices = {MEAL.id: D(3110)}
    story.say(f.DaySettled(account=ACCOUNT, trading_day=story.day, next_day=DAYS[2], prices=prices))
    found, rows, holdings = recomputed(journal, tmp_path)
    assert [(row.instrument, row.side) for row in holdings] == [(MEAL.id, BUY)]
    if late:
        assert (found.trades, rows) == (0, b"")
        assert found.left_out == {OPTION_TRADES: 2, LATE_EXERCISES: 1}
    else:
        assert table_of(rows).tolist() == [[0, DAYS[0], 2, 0, 420_000, 0, 420_000, 0]]


def test_what_cannot_have_been_is_refused_in_a_sentence_and_the_old_marks_stay(tmp_path: Path) -> None:
    with closing(MarksFile(tmp_path)) as file:
        with file.turn():
            with file.filling() as filling:
                Drawn(books=2, days=3, trades_a_day=2).fill(filling)
            recompute(file, begins=lambda _: None)
        before = stored(file)
        run = file._connection.exec_driver_sql
        run("UPDATE trades SET lots = lots + 1000 WHERE taken <> 0")
        with (
            pytest.raises(UserError, match=r"账户 A000\d 的 .* 在 2025010\d 重算不下去（more lots were closed"),
            file.turn(),
        ):
            recompute(file, begins=lambda _: None)
        run("UPDATE trades SET lots = lots - 1000 WHERE taken <> 0")
        run("DELETE FROM settlements WHERE trading_day = ?", (FIRST_DAY + 1,))
        with pytest.raises(UserError, match=f"在 {FIRST_DAY + 1} 重算不下去（no settlement price）"), file.turn():
            recompute(file, begins=lambda _: None)
        run("UPDATE trades SET worth = worth << 40")
        with pytest.raises(UserError, match="63 bits"), file.turn():
            recompute(file, begins=lambda _: None)
        assert stored(file) == before


def test_an_amount_that_is_not_whole_fen_is_refused_and_nothing_is_gathered(tmp_path: Path) -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL)
    story.trade(MEAL, BUY, OPEN, 1, "3000.0001")
    with closing(MarksFile(tmp_path)) as file:
        with pytest.raises(UserError, match="不是整数分"), file.turn(), file.filling() as filling:
            gather(journal.replay(), filling, seen=lambda _: None)
        assert file.reached() == (0, b"")
        assert file.holdings() == []


def test_a_record_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    journal = MemoryJournal(TENANT)
    Story(journal, MEAL)
    *_, last = journal.replay()
    head = {
        name: getattr(last.record, name) for name in UnknownRecord.__struct_fields__ if name not in {"kind", "body"}
    }
    unknown = UnknownRecord(**head, kind="margin_called", body=msgspec.Raw(b"{}"))
    newer = Entry(last.position, unknown, last.data, last.hash)
    with (
        closing(MarksFile(tmp_path)) as file,
        pytest.raises(UserError, match="margin_called"),
        file.turn(),
        file.filling() as filling,
    ):
        gather([newer], filling, seen=lambda _: None)


def test_a_journal_without_trades_has_no_marks(tmp_path: Path) -> None:
    journal = MemoryJournal(TENANT)
    Story(journal, MEAL)
    found, rows, holdings = recomputed(journal, tmp_path)
    assert (found.trades, found.marks, found.accounts, rows, holdings) == (0, 0, {}, b"", [])
