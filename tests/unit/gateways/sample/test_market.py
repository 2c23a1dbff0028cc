from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import islice, pairwise
from math import ceil

import numpy as np
import pytest
from msgspec.structs import replace

from terminal.domain.days.calendar import instant, natural_day
from terminal.domain.days.sessions import Phase
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.market import WIDTH, Batch, Column, Valid
from terminal.domain.products.instrument import Kind
from terminal.gateways.sample.scenario import DEMO, SIMULATION, Scenario, living
from tests.unit.gateways.sample.played import has, new_market, play, reference


def digest(batches: list[Batch]) -> str:
    found = hashlib.sha256()
    for batch in batches:
        found.update(repr((batch.index, batch.at, batch.day_facts)).encode())
        found.update(np.ascontiguousarray(batch.slots).tobytes())
        found.update(np.ascontiguousarray(batch.rows).tobytes())
    return found.hexdigest()


def test_the_same_seed_and_start_give_the_same_bytes() -> None:
    first, second = (list(islice(new_market(3).batches(), 5000)) for _ in range(2))
    assert digest(first) == digest(second)


def test_another_seed_gives_another_market() -> None:
    assert digest(list(islice(new_market(3).batches(), 500))) != digest(list(islice(new_market(4).batches(), 500)))


@pytest.mark.parametrize("scenario", [DEMO, SIMULATION], ids=["demo", "simulation"])
@pytest.mark.parametrize("seed", [1, 7, 20])
def test_a_market_taken_up_at_any_batch_goes_on_byte_for_byte(seed: int, scenario: Scenario) -> None:
    days = 9 if scenario is SIMULATION else 6
    played = play(seed, days, scenario)
    edges = [played.market.first_batch(number) for number in range(days)]
    inside = np.random.default_rng(seed).integers(0, len(played.batches) - 50, 6).tolist()
    for index in (*edges, *(edge - 1 for edge in edges[1:]), *inside):
        taken_up = list(islice(new_market(seed, scenario).batches(index), 40))
        assert digest(taken_up) == digest(list(played.batches[index : index + 40])), index
    # To the end of a day whose yesterday was never played: its settlements must come out the same.
    index = edges[-1] + 5
    late = list(islice(new_market(seed, scenario).batches(index), len(played.batches) - index))
    assert digest(late) == digest(list(played.batches[index:]))


def test_a_living_market_taken_up_where_it_is_whole_goes_on_byte_for_byte() -> None:
    live_from = instant(20250304, 13, 30)
    scenario = replace(living(live_from), products=(ProductId("SHFE.rb"), ProductId("DCE.i")))
    market = new_market(7, scenario)
    end = market.first_batch(1) + 400  # the night after: its limits come from an afternoon that was played whole
    played = list(islice(market.batches(), end))
    assert played[-1].at > instant(20250304, 21)
    afternoon = next(batch.index for batch in played if batch.at >= live_from)
    for index in (afternoon - 3, afternoon, afternoon + 7_000, market.first_batch(1), end - 30):
        assert digest(played[index : index + 30]) == digest(list(islice(new_market(7, scenario).batches(index), 30)))


def test_batches_count_from_zero_without_a_gap_and_the_clock_never_falls() -> None:
    played = play()
    assert [batch.index for batch in played.batches] == list(range(len(played.batches)))
    assert all(before.at <= after.at for before, after in pairwise(played.batches))
    assert all(batch.rows.shape == (len(batch.slots), WIDTH) and len(batch.slots) for batch in played.batches)
    assert all(batch.rows.dtype == batch.slots.dtype == np.int64 for batch in played.batches)


def test_a_burst_reaches_us_after_the_exchange_stamped_it_and_before_its_next_one() -> None:
    played = play()
    delay = played.at - played.rows[:, Column.EXCHANGE_AT]
    assert delay.min() > 0
    assert delay.max() < DEMO.step_ms * 1_000_000


def test_every_exchange_has_its_products_with_three_delivery_months_or_more() -> None:
    played = play()
    products: dict[str, dict[str, set[InstrumentId]]] = {}
    for slot in np.unique(played.slots[has(played.rows, Valid.BID)]).tolist():
        instrument = reference().instrument(played.market.universe[slot], 20250304)
        products.setdefault(instrument.exchange, {}).setdefault(instrument.code, set()).add(instrument.id)
    assert set(products) == {"SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"}
    assert sum(len(codes) for codes in products.values()) >= 12
    assert all(len(months) >= 3 for codes in products.values() for months in codes.values())


def test_at_least_eight_products_have_a_spot_quote_which_is_a_last_price_alone() -> None:
    played = play()
    spots = [name for name in played.market.universe if reference().instrument(name, 20250304).kind is Kind.SPOT]
    assert len(spots) >= 8
    for name in spots:
        rows = played.of(name)
        assert len(rows) > 0
        assert (rows[:, Column.MASK] == int(Valid.LAST)).all()
        assert (rows[:, Column.LAST] > 0).all()


def test_prices_lie_inside_the_days_limits_and_bid_below_ask() -> None:
    played = play()
    band = {(fact.instrument, fact.trading_day): fact for fact in played.said()}
    for number, day in enumerate(played.market.trading_days[:4]):
        today = played.number == number
        for slot in np.unique(played.slots[today]).tolist():
            name = played.market.universe[slot]
            if name.startswith("SPOT."):
                continue
            fact, rows = band[name, day], played.rows[today & (played.slots == slot)]
            assert fact.lower_limit is not None
            assert fact.upper_limit is not None
            for column, bit in ((Column.BID, Valid.BID), (Column.ASK, Valid.ASK), (Column.LAST, Valid.LAST)):
                prices = rows[has(rows, bit), column]
                assert ((prices >= fact.lower_limit) & (prices <= fact.upper_limit)).all(), (name, day)
            both = rows[has(rows, Valid.BID) & has(rows, Valid.ASK)]
            assert (both[:, Column.BID] < both[:, Column.ASK]).all()
            assert (both[:, [Column.BID_LOTS, Column.ASK_LOTS]] > 0).all()


@pytest.mark.parametrize("seed", range(12))
def test_no_price_leaves_its_limits_whatever_the_seed(seed: int) -> None:
    played = play(seed, 20, SIMULATION)
    band = {(fact.instrument, fact.trading_day): fact for fact in played.said()}
    for number, day in enumerate(played.market.trading_days[:20]):
        today = played.number == number
        for slot in np.unique(played.slots[today]).tolist():
            fact = band.get((played.market.universe[slot], day))
            rows = played.rows[today & (played.slots == slot)]
            last = rows[has(rows, Valid.LAST), Column.LAST]
            if fact is not None and fact.lower_limit is not None and fact.upper_limit is not None:
                assert fact.lower_limit <= last.min() <= last.max() <= fact.upper_limit


def test_limits_are_the_products_band_around_yesterdays_settlement() -> None:
    played = play()
    settled = {(fact.instrument, fact.trading_day): fact.settlement for fact in played.said() if fact.settlement}
    days, checked = played.market.trading_days, 0
    for fact in played.said():
        product = reference().instrument(fact.instrument, fact.trading_day)
        before = settled.get((fact.instrument, days[days.index(fact.trading_day) - 1]))
        assert fact.pre_settlement is not None
        assert fact.upper_limit is not None
        if fact.trading_day > days[0] and before is not None:
            assert fact.pre_settlement == before
            checked += 1
        if product.price_limit is not None:
            assert fact.upper_limit == int(fact.pre_settlement * (1 + product.price_limit))
            assert fact.lower_limit == ceil(fact.pre_settlement * (1 - product.price_limit))
    assert checked > 100


def test_each_contract_hears_its_day_once_at_the_first_auction_and_once_at_settlement() -> None:
    played = play()
    heard: dict[tuple[InstrumentId, int], list[bool]] = {}
    for fact in played.said():
        heard.setdefault((fact.instrument, fact.trading_day), []).append(fact.settlement is not None)
    assert all(times == [False, True] for times in heard.values())


def test_settlement_is_the_mean_of_all_trades_weighted_by_lots() -> None:
    played = play()
    for fact in played.said():
        if fact.settlement is None:
            continue
        number = played.market.trading_days.index(fact.trading_day)
        rows = played.of(fact.instrument, number)
        lots = np.diff(rows[:, Column.VOLUME], prepend=0)
        turnover = int((lots * rows[:, Column.LAST]).sum())
        mean = Decimal(turnover) / Decimal(int(lots.sum()))
        assert abs(mean - fact.settlement) <= Decimal("0.5"), fact


def test_volume_grows_within_a_day_and_starts_again_at_zero() -> None:
    played = play()
    for name in played.market.mains(0).values():
        for number in range(4):
            volume = played.of(name, number)[:, Column.VOLUME]
            if len(volume):
                assert volume[0] == 0
                assert (np.diff(volume) >= 0).all()
                assert volume[-1] > 0


def test_quotes_come_only_while_the_exchange_trades() -> None:
    played = play()
    quoted = has(played.rows, Valid.BID) | has(played.rows, Valid.ASK)
    for slot in np.unique(played.slots[quoted]).tolist():
        contract = reference().instrument(played.market.universe[slot], 20250304)
        for number, day in enumerate(played.market.trading_days[:4]):
            template = contract.session_on(day)
            assert template is not None
            times = np.unique(played.at[quoted & (played.slots == slot) & (played.number == number)])
            plan = reference().calendar.day_plan(template, day)
            open_now = np.zeros(len(times), np.bool_)
            for part in plan:
                if part.phase is Phase.CONTINUOUS:
                    open_now |= (times >= part.begins_at) & (times < part.ends_at)
            assert open_now.all()


def test_every_row_belongs_to_the_trading_day_the_calendar_says() -> None:
    played = play()
    for batch in played.batches[::50]:
        number = max(n for n in range(4) if played.market.first_batch(n) <= batch.index)
        assert reference().calendar.trading_day(batch.at) == played.market.trading_days[number]


def test_a_friday_night_belongs_to_monday_and_a_holiday_eve_has_no_night() -> None:
    # 2025-03-07 is a Friday; the exchanges close on 2025-04-04 (清明).
    monday = play(7, 6).market.trading_days.index(20250310)
    first = play(7, 6).batches[play(7, 6).market.first_batch(monday)]
    assert natural_day(first.at) == 20250307
    eve = play(7, 2, start=instant(20250402, 17))
    after = eve.market.trading_days.index(20250407)
    assert natural_day(eve.batches[eve.market.first_batch(after)].at) == 20250407


def test_inside_a_window_snapshots_follow_fast_enough_for_a_fresh_feed() -> None:
    played = play()
    gaps = np.diff([batch.at for batch in played.batches])
    within = gaps[gaps <= 2_000_000_000]  # further apart the market clock jumps
    assert len(within) / len(gaps) > 0.99
    assert within.max() <= 500_000_000


def test_the_market_ends_with_its_last_trading_day() -> None:
    scenario = Scenario(products=(ProductId("SHFE.rb"),), window_steps=10, trading_days=3)
    market = new_market(1, scenario)
    batches = list(market.batches())
    assert len(market.trading_days) == 3
    assert len(batches) == market.first_batch(3)
    assert batches[-1].day_facts[0].settlement is not None
    assert list(market.batches(len(batches))) == []


def test_expired_contracts_leave_and_new_ones_come_for_a_year() -> None:
    scenario = Scenario(products=(ProductId("SHFE.cu"), ProductId("CFFEX.T")), window_steps=10, trading_days=240)
    market = new_market(5, scenario)
    for number in range(0, 240, 12):
        listed = [fact.instrument for fact in market.day_facts(number)]
        day = market.trading_days[number]
        assert len(listed) == 4 + 3
        for name in listed:
            last = reference().instrument(name, day).expiry
            assert last is None or last >= day


def test_whole_sessions_are_played_when_asked_for() -> None:
    scenario = Scenario(products=(ProductId("SHFE.rb"),), window_steps=None, trading_days=1)
    market = new_market(2, scenario)
    seen = {batch.at // 500_000_000 for batch in market.batches() if len(batch.slots) and not batch.day_facts}
    assert len(seen) >= (2 * 3600 + 225 * 60) * 2  # the night and 3 h 45 min of the day, twice a second


def test_day_facts_can_be_asked_for_without_playing() -> None:
    played = play()
    number = 2
    begin = played.market.first_batch(number)
    said = {
        fact
        for batch in played.batches[begin : played.market.first_batch(number + 1)]
        for fact in batch.day_facts
        if fact.settlement is None
    }
    assert set(new_market().day_facts(number)) == said
