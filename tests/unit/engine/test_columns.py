from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.view import Earlier, SpreadWatch
from terminal.engine.prices.columns import Columns
from terminal.engine.prices.samples import FRESH_SECONDS, Since
from terminal.strategies.own.windows import rebound, watches_of
from tests.engine_market import AP, FAR, RB, UNIVERSE, I, Price, Shown, instruments, make_batch

SECOND = 1_000_000_000
BEGIN = 1_000 * SECOND
ALWAYS: Since = lambda _: 0  # noqa: E731  # everything has always traded
Legs = tuple[tuple[InstrumentId, Decimal, int], ...]


def columns() -> Columns:
    return Columns(UNIVERSE, instruments())


def show(
    into: Columns,
    shown: dict[InstrumentId, Shown],
    *,
    at: int = BEGIN,
    lots: int = 10,
    last: dict[InstrumentId, Price] | None = None,
    facts: tuple[DayFacts, ...] = (),
) -> list[int]:
    return into.update(make_batch(into.batch + 1, at, shown, lots=lots, last=last, facts=facts))


# --- quotes ----------------------------------------------------------------------------------------------------


def test_before_the_first_quote_there_is_none() -> None:
    assert columns().quote(RB) is None
    assert columns().quote(InstrumentId("SHFE.xx2101")) is None
    assert columns().last_price(RB) is None


def test_a_quote_is_in_ticks_and_what_is_absent_is_none() -> None:
    book = columns()
    assert show(book, {I: ("830", None), RB: (None, 3701)}) == [2, 0]
    ore, rebar = book.quote(I), book.quote(RB)
    assert ore is not None
    assert rebar is not None
    assert (ore.bid, ore.ask, ore.last, ore.volume, ore.open_interest) == (1660, None, None, None, None)
    assert (rebar.bid, rebar.ask) == (None, 3701)
    assert (ore.exchange_at, ore.received_at) == (BEGIN, BEGIN)


def test_a_new_row_replaces_the_whole_old_one() -> None:
    book = columns()
    show(book, {RB: (3700, 3701)}, last={RB: 3700})
    show(book, {RB: (None, 3702)}, at=BEGIN + 1)
    quote = book.quote(RB)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.last, quote.received_at) == (None, 3702, None, BEGIN + 1)


def test_of_two_rows_in_one_batch_the_later_counts() -> None:
    book = columns()
    rows = np.zeros((2, WIDTH), dtype=np.int64)
    rows[:, Column.LAST], rows[:, Column.MASK] = (3700, 3705), Valid.LAST
    slots = book.update(Batch(index=0, at=BEGIN, slots=np.array([0, 0], dtype=np.int64), rows=rows))
    assert slots == [0, 0]
    assert book.last_price(RB) == 3705


def test_the_market_clock_never_turns_back() -> None:
    book = columns()
    show(book, {RB: (3700, 3701)})
    with pytest.raises(InvariantError, match="turns the market clock back"):
        show(book, {RB: (3700, 3701)}, at=BEGIN - 1)
    show(book, {RB: (3700, 3702)})  # the same instant is no earlier one
    assert (book.at, book.batch) == (BEGIN, 1)


def test_each_exchange_has_its_own_feed() -> None:
    book = columns()
    show(book, {RB: (3700, 3701)})
    show(book, {I: ("830", "830.5")}, at=BEGIN + 5)
    assert (book.heard(RB), book.heard(FAR), book.heard(I), book.heard(AP)) == (BEGIN, BEGIN, BEGIN + 5, 0)
    assert book.heard(InstrumentId("SHFE.xx2101")) == 0


def test_the_price_to_mark_at_is_last_then_the_middle_then_yesterdays_settlement() -> None:
    book = columns()
    book.say(DayFacts(instrument=I, trading_day=20200821, pre_settlement=1650))
    assert book.last_price(I) == 825
    show(book, {I: ("830", "830.5")})
    assert book.last_price(I) == Decimal("830.25")
    show(book, {I: ("830", None)})
    assert book.last_price(I) == 825
    show(book, {I: ("830", "830.5")}, last={I: "829.5"})
    assert book.last_price(I) == Decimal("829.5")


# --- days ------------------------------------------------------------------------------------------------------


def test_a_batch_may_say_something_about_a_day_and_show_nothing() -> None:
    book = columns()
    said = DayFacts(instrument=RB, trading_day=20200821, pre_settlement=3690, upper_limit=3911, lower_limit=3469)
    assert show(book, {}, facts=(said,)) == []
    assert (book.at, book.batch) == (BEGIN, 0)
    show(book, {RB: (3700, 3701)})
    quote = book.quote(RB)
    assert quote is not None
    assert (quote.pre_settlement, quote.upper_limit, quote.lower_limit) == (3690, 3911, 3469)


def test_what_is_said_about_a_day_piece_by_piece_adds_up() -> None:
    book = columns()
    show(book, {RB: (3700, 3701)})
    book.say(DayFacts(instrument=RB, trading_day=20200821, pre_settlement=3690))
    book.say(DayFacts(instrument=RB, trading_day=20200821, upper_limit=3911))
    quote = book.quote(RB)
    assert quote is not None
    assert (quote.pre_settlement, quote.upper_limit, quote.lower_limit) == (3690, 3911, None)


def test_a_new_day_forgets_the_old_days_band_and_an_old_day_says_nothing_any_more() -> None:
    book = columns()
    show(book, {RB: (3700, 3701)})
    book.say(DayFacts(instrument=RB, trading_day=20200821, pre_settlement=3690, upper_limit=3911, settlement=3705))
    book.say(DayFacts(instrument=RB, trading_day=20200824, pre_settlement=3705))
    book.say(DayFacts(instrument=RB, trading_day=20200821, upper_limit=9999))
    quote = book.quote(RB)
    assert quote is not None
    assert (quote.pre_settlement, quote.upper_limit) == (3705, None)
    assert book.settled == {(RB, 20200821): 3705}, "a settlement is remembered under its own day"


def test_a_late_settlement_is_kept_for_its_day() -> None:
    book = columns()
    book.say(DayFacts(instrument=RB, trading_day=20200824, pre_settlement=3705))
    book.say(DayFacts(instrument=RB, trading_day=20200821, settlement=3706))
    assert book.settled[RB, 20200821] == 3706
    assert book.days[0].trading_day == 20200824


def test_a_word_about_an_instrument_of_another_market_is_nothing() -> None:
    book = columns()
    book.say(DayFacts(instrument=InstrumentId("DCE.m2101"), trading_day=20200821, settlement=1))
    assert book.settled == {}


def test_the_marks_of_an_ended_day_are_kept_until_the_day_after_it_is_settled() -> None:
    book, later = columns(), 1 << 62
    show(book, {RB: (3700, 3701)})
    heard = book.received[book.slot_of[RB]]
    assert book.closing_price(RB, 20200821, later) == Decimal("3700.5"), "nothing of another day was heard yet"
    assert book.closing_price(RB, 20200821, heard) is None, "it is of a later day"
    book.end_day(20200821)
    show(book, {RB: (3600, 3601)})
    assert book.closing_price(RB, 20200821, 0) == Decimal("3700.5")
    assert book.closing_price(RB, 20200821, 0, since=heard + 1) is None, "it had stood since before"
    book.forget_days(20200824)
    assert book.closing_price(RB, 20200821, 0) == Decimal("3700.5"), "a fill of it may still be told"
    book.end_day(20200824)
    book.forget_days(20200825)
    assert book.closing_price(RB, 20200821, 0) is None
    assert book.closing_price(RB, 20200824, 0) == Decimal("3600.5")


# --- spreads ---------------------------------------------------------------------------------------------------

TICKS = st.integers(1, 20_000)
COEFFICIENTS = st.sampled_from(
    [Decimal(text) for text in ("1", "-1", "1.6", "-1.6", "0.5", "-0.25", "2", "0.125", "-3.2", "0.000002")]
)


@st.composite
def quoted(draw: st.DrawFn) -> tuple[Legs, dict[InstrumentId, tuple[Decimal, Decimal]]]:
    names = draw(st.lists(st.sampled_from((RB, FAR, I, AP)), min_size=1, max_size=4, unique=True))
    legs = tuple((name, draw(COEFFICIENTS), 1) for name in names)
    prices = {}
    for name in names:
        bid = draw(TICKS)
        ask = bid + draw(st.integers(0, 50))
        tick = instruments()[name].tick
        prices[name] = (bid * tick, ask * tick)
    return legs, prices


@given(quoted())
def test_a_spread_is_the_exact_sum_of_its_legs(
    given_legs: tuple[Legs, dict[InstrumentId, tuple[Decimal, Decimal]]],
) -> None:
    legs, prices = given_legs
    book = columns()
    spread = book.add_spread("made", legs)
    show(book, {name: (bid, ask) for name, (bid, ask) in prices.items()})
    assert book.price_spreads(list(range(len(UNIVERSE)))) == [spread]
    buy = sum((factor * prices[name][1 if factor > 0 else 0] for name, factor, _ in legs), Decimal(0))
    sell = sum((factor * prices[name][0 if factor > 0 else 1] for name, factor, _ in legs), Decimal(0))
    quote = spread.quote()
    assert quote is not None
    assert (quote.buy, quote.sell) == (buy, sell)
    assert sell <= buy


def test_the_margin_of_a_steel_mill_is_exact() -> None:
    # 盘面利润: one tonne of rebar less 1.6 tonnes of ore. In binary floats 1.6 x 830.5 is not 1328.8.
    book = columns()
    spread = book.add_spread("利润", ((RB, Decimal(1), 1), (I, Decimal("-1.6"), -1)))
    show(book, {RB: (3700, 3701), I: ("830", "830.5")})
    book.price_spreads([0])
    assert (spread.buy, spread.sell) == (2_373_000_000, 2_371_200_000)
    assert spread.quote() == (Decimal(2373), Decimal("2371.2"), 10, 10)


def test_a_leg_that_is_missing_one_sided_or_old_leaves_no_spread() -> None:
    book = columns()
    spread = book.add_spread("跨期", ((RB, Decimal(1), 1), (FAR, Decimal(-1), -1)))
    show(book, {RB: (3700, 3701)})
    book.price_spreads([0])
    assert spread.quote() is None
    show(book, {FAR: (3600, None)})
    book.price_spreads([1])
    assert spread.quote() is None
    show(book, {FAR: (3600, 3602)})
    book.price_spreads([1])
    assert spread.quote() is not None
    # Rebar is sixty seconds old: still fresh. A nanosecond more, and it is not.
    show(book, {FAR: (3600, 3602)}, at=BEGIN + FRESH_SECONDS * SECOND)
    book.price_spreads([1])
    assert spread.quote() is not None
    show(book, {FAR: (3600, 3602)}, at=BEGIN + FRESH_SECONDS * SECOND + 1)
    book.price_spreads([1])
    assert (spread.quote(), spread.buy, spread.sell) == (None, None, None)


def test_only_the_spreads_a_batch_touched_are_priced_each_once() -> None:
    book = columns()
    calendar = book.add_spread("跨期", ((RB, Decimal(1), 1), (FAR, Decimal(-1), -1)))
    profit = book.add_spread("利润", ((RB, Decimal(1), 1), (I, Decimal("-1.6"), -1)))
    apples = book.add_spread("苹果", ((AP, Decimal(1), 1),))
    assert book.price_spreads(show(book, {RB: (3700, 3701), FAR: (3600, 3602)})) == [calendar, profit]
    assert book.price_spreads(show(book, {I: ("830", "830.5")})) == [profit]
    assert book.price_spreads(show(book, {AP: (7400, 7401)})) == [apples]
    assert book.price_spreads([]) == []


def test_sets_are_what_the_thinnest_leg_shows() -> None:
    book = columns()
    spread = book.add_spread("利润", ((RB, Decimal(1), 10), (I, Decimal("-1.6"), -1)))
    rows = np.zeros((2, WIDTH), dtype=np.int64)
    rows[:, Column.BID], rows[:, Column.ASK], rows[:, Column.MASK] = 10, 11, Valid.BID | Valid.ASK
    rows[0, Column.BID_LOTS], rows[0, Column.ASK_LOTS] = 59, 31
    rows[1, Column.BID_LOTS], rows[1, Column.ASK_LOTS] = 4, 2
    book.update(Batch(index=0, at=BEGIN, slots=np.array([0, 2], dtype=np.int64), rows=rows))
    assert spread.sets(buying=True) == 3  # 31 // 10 asks of rebar, 4 bids of ore
    assert spread.sets(buying=False) == 2  # 59 // 10 bids of rebar, 2 asks of ore


def test_a_coefficient_finer_than_a_millionth_of_a_yuan_is_refused() -> None:
    with pytest.raises(InvariantError, match="finer than a millionth"):
        columns().add_spread("fine", ((RB, Decimal("0.0000001"), 1),))
    with pytest.raises(InvariantError, match="not in this market"):
        columns().add_spread("far", ((InstrumentId("DCE.m2101"), Decimal(1), 1),))


# --- windows ---------------------------------------------------------------------------------------------------


@given(
    prices=st.lists(st.one_of(st.none(), st.integers(3600, 3620)), max_size=80),
    step=st.integers(1, 4),
    size=st.integers(1, 12),
)
def test_a_window_ranks_its_latest_sample_like_a_plain_list(prices: list[int | None], step: int, size: int) -> None:
    # A batch a second; `None` is a second in which the far leg shows one side only.
    watch = SpreadWatch(legs=((RB, Decimal(1)), (FAR, Decimal(-1))), sample_seconds=step, window=size)
    book = columns()
    book.watch(watch)
    samples: list[Decimal] = []
    due = 0
    for second, price in enumerate(prices):
        far: Shown = (3500, None) if price is None else (price - 100, price - 98)
        book.sample(show(book, {RB: (3700, 3701), FAR: far}, at=BEGIN + second * SECOND), ALWAYS)
        if price is not None and second >= due:
            samples.append(Decimal("3700.5") - (price - 99))
            due = second + step
        rank = book.watches[watch].rank()
        if not samples:
            assert rank is None
            continue
        kept = samples[-size:]
        assert rank is not None
        assert (rank.value, rank.permille, rank.samples) == (kept[-1], permille(kept[-1], kept[:-1]), len(kept))
        lower, higher = (sum(sign * (one - kept[-1]) > 0 for one in kept) for sign in (-1, 1))
        assert (rank.below, rank.above) == (lower, higher)
        # Seen a moment later, the next sample not due yet, it is one more of them; just sampled, it is counted once.
        now = book.watches[watch].rank_now(BEGIN + second * SECOND)
        if price is None:
            assert now is None
        else:
            seen, is_new = Decimal("3700.5") - (price - 99), due != second + step
            beside = kept if is_new else kept[:-1]
            assert now is not None
            assert (now.value, now.samples, now.permille) == (seen, len(beside) + 1, permille(seen, beside))


def permille(value: Decimal, others: Sequence[Decimal]) -> int:
    """The middle rank, spelled out: half of those that equal it are below it."""
    place = sum((other < value) + Decimal("0.5") * (other == value) for other in others)
    return int(place * 1000 / (len(others) + 1))


def test_a_window_takes_no_sample_from_an_old_leg() -> None:
    watch = SpreadWatch(legs=((RB, Decimal(1)), (FAR, Decimal(-1))), sample_seconds=1, window=5)
    book = columns()
    book.watch(watch)
    book.sample(show(book, {RB: (3700, 3701), FAR: (3600, 3602)}), ALWAYS)
    book.sample(show(book, {RB: (3710, 3711)}, at=BEGIN + (FRESH_SECONDS + 1) * SECOND), ALWAYS)
    rank = book.watches[watch].rank()
    assert rank is not None
    assert (rank.value, rank.samples) == (Decimal("99.5"), 1)


def test_a_watch_asked_for_twice_is_kept_once() -> None:
    watch = SpreadWatch(legs=((RB, Decimal(1)),), sample_seconds=1, window=5)
    book = columns()
    book.watch(watch)
    book.watch(SpreadWatch(legs=((RB, Decimal(1)),), sample_seconds=1, window=5))
    book.sample(show(book, {RB: (3700, 3701)}), ALWAYS)
    rank = book.watches[watch].rank()
    assert rank is not None
    assert rank.samples == 1


# --- over rolls -------------------------------------------------------------------------------------------------------


@given(
    gaps=st.lists(st.integers(-200, 200), min_size=2, max_size=2),
    turns=st.lists(st.integers(1, 6), min_size=2, max_size=2),
    prices=st.lists(st.integers(3600, 3700), min_size=16, max_size=16),
    size=st.integers(1, 20),
)
def test_a_window_that_goes_on_over_two_rolls_is_the_one_a_restart_reads_off_the_tape(
    gaps: list[int], turns: list[int], prices: list[int], size: int
) -> None:
    # Given a rule bound to rebar, to its far month after the first roll, and back after the second
    own = OwnSettings(
        account=AccountId("a"), instrument=RB, code="", sha256="", title="", max_lots=1, sample_seconds=1, window=size
    )
    first, second = turns[0], turns[0] + turns[1]
    once = rebound(own, RB, FAR, BEGIN + first * SECOND, Decimal(gaps[0]))
    twice = rebound(once, FAR, RB, BEGIN + second * SECOND, Decimal(gaps[1]))
    assert watches_of(twice)[0].before == watches_of(once)[0]
    assert watches_of(once)[0].before == watches_of(own)[0]
    live, again = columns(), columns()
    live.watch(watches_of(own)[0])
    again.watch(watches_of(twice)[0])
    expected = []
    for place, price in enumerate(prices):
        for book in (live, again):
            shown: dict[InstrumentId, Shown] = {RB: (price, price + 1), FAR: (price + 300, price + 301)}
            book.sample(show(book, shown, at=BEGIN + place * SECOND), ALWAYS)
        far = first < place <= second
        added = sum(gaps) if place <= first else gaps[1] if far else 0
        expected.append(price + (300 if far else 0) + 0.5 + added)
        # As each roll is over, live, the window goes on from the one before it.
        if place == first:
            live.watch(watches_of(once)[0])
        if place == second:
            live.watch(watches_of(twice)[0])
    # Then both hold the prices of one series, in which only the rolls' own gaps were taken out.
    assert live.watches[watches_of(twice)[0]].samples() == again.watches[watches_of(twice)[0]].samples()
    assert list(live.watches[watches_of(twice)[0]].samples()) == expected[-size:]


def test_a_contract_that_has_left_the_market_leaves_its_rule_what_is_quoted_since() -> None:
    gone = Earlier(legs=((InstrumentId("SHFE.rb2010"), Decimal(1)),), until=BEGIN, shift=Decimal(-30))
    watch = SpreadWatch(legs=((RB, Decimal(1)),), sample_seconds=1, window=5, earlier=(gone,))
    book = columns()
    book.watch(watch)
    book.sample(show(book, {RB: (3700, 3701)}, at=BEGIN + SECOND), ALWAYS)
    assert book.watches[watch].samples() == (3700.5,)
