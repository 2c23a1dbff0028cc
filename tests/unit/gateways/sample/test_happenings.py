from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.domain.ids import ProductId
from terminal.domain.market import Column, Valid
from terminal.gateways.sample.scenario import SIMULATION, Event, EventKind
from tests.unit.gateways.sample.played import Played, has, new_market, play, reference

SEEDS = [1, 7, 11]


def found(played: Played, kind: EventKind, days: int = 4) -> list[Event]:
    return [event for event in played.market.events(0, days) if event.kind is kind]


def during(played: Played, event: Event) -> NDArray[np.int64]:
    slot = played.market.universe.index(event.instrument)
    stamp = played.rows[:, Column.EXCHANGE_AT]
    rows: NDArray[np.int64] = played.rows[(played.slots == slot) & (stamp >= event.begins_at) & (stamp < event.ends_at)]
    return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_event_happens_within_three_days(seed: int) -> None:
    kinds = {event.kind for event in new_market(seed).events(0, 3)}
    assert kinds >= set(EventKind) - {EventKind.LIMIT_UP, EventKind.LIMIT_DOWN}
    assert kinds & {EventKind.LIMIT_UP, EventKind.LIMIT_DOWN}


def test_the_first_day_already_has_a_lock_a_halt_a_basis_run_and_a_main_change() -> None:
    kinds = {event.kind for event in new_market().events(0, 1)}
    assert {EventKind.HALT, EventKind.BASIS, EventKind.MAIN_CHANGE, EventKind.GAP} <= kinds
    assert kinds & {EventKind.LIMIT_UP, EventKind.LIMIT_DOWN}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_limit_lock_leaves_one_side_of_the_book_and_opens_again(seed: int) -> None:
    played = play(seed)
    facts = {(fact.instrument, fact.trading_day): fact for fact in played.said()}
    locks = [event for event in played.market.events(0, 4) if event.kind.startswith("LIMIT")]
    assert len(locks) >= 3
    for event in locks:
        rows, fact = during(played, event), facts[event.instrument, event.trading_day]
        up = event.kind is EventKind.LIMIT_UP
        gone, left, limit = (
            (Valid.ASK, Column.BID, fact.upper_limit) if up else (Valid.BID, Column.ASK, fact.lower_limit)
        )
        locked = rows[~has(rows, gone)]
        assert len(locked) >= 40  # twenty seconds or more
        assert (locked[:, left] == limit).all()
        assert (locked[:, Column.LAST] == limit).all()
        assert has(rows[:3], gone).all()
        assert has(rows[-3:], gone).all()


def test_lots_of_a_missing_side_are_zero_and_its_price_is_not_valid() -> None:
    played = play()
    for bit, price, lots in ((Valid.BID, Column.BID, Column.BID_LOTS), (Valid.ASK, Column.ASK, Column.ASK_LOTS)):
        missing = played.rows[~has(played.rows, bit)]
        assert len(missing) > 0
        assert (missing[:, [price, lots]] == 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_halt_is_said_once_without_a_book_and_then_nothing_comes(seed: int) -> None:
    played = play(seed)
    halts = found(played, EventKind.HALT)
    assert halts
    for event in halts:
        rows = during(played, event)
        assert len(rows) == 1
        assert not has(rows, Valid.BID).any()
        assert not has(rows, Valid.ASK).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thin_contract_loses_one_side_and_shows_a_lot_or_two_on_the_other(seed: int) -> None:
    played = play(seed)
    thins = found(played, EventKind.THIN)
    assert thins
    for event in thins:
        rows = during(played, event)
        assert len(rows) > 0
        assert (has(rows, Valid.BID) ^ has(rows, Valid.ASK)).all()
        assert (rows[:, Column.BID_LOTS] + rows[:, Column.ASK_LOTS] <= 2).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_open_interest_of_the_next_contract_overtakes_the_main_one(seed: int) -> None:
    played = play(seed)
    changes = found(played, EventKind.MAIN_CHANGE)
    assert {ProductId("DCE.i"), ProductId("SHFE.rb"), ProductId("SHFE.cu")} <= {
        reference().instrument(event.instrument, event.trading_day).product for event in changes
    }
    for event in changes:
        number = played.market.trading_days.index(event.trading_day)
        product = reference().instrument(event.instrument, event.trading_day).product
        old, new = played.market.mains(number)[product], event.instrument
        assert played.market.mains(number + 1)[product] == new
        before, after = played.of(old, number), played.of(new, number)
        assert before[0, Column.OPEN_INTEREST] > after[0, Column.OPEN_INTEREST]
        assert before[-1, Column.OPEN_INTEREST] < after[-1, Column.OPEN_INTEREST]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_basis_runs_beyond_two_sigma_and_returns(seed: int) -> None:
    played = play(seed)
    runs = found(played, EventKind.BASIS)
    assert runs
    for event in runs:
        number = played.market.trading_days.index(event.trading_day)
        product = next(
            name for name in played.market.mains(number) if name.partition(".")[2] == event.instrument.split(".")[1]
        )
        future = reference().instrument(played.market.mains(number)[product], event.trading_day)
        spot = played.of(event.instrument, number)
        rows = played.of(future.id, number)
        place = np.searchsorted(rows[:, Column.EXCHANGE_AT], spot[:, Column.EXCHANGE_AT], side="right") - 1
        cents = int(future.tick / Decimal("0.01"))
        basis = spot[:, Column.LAST] - rows[place, Column.LAST] * cents
        stamp = spot[:, Column.EXCHANGE_AT]
        inside = (stamp >= event.begins_at) & (stamp < event.ends_at)
        away = np.abs(basis - np.median(basis[~inside]))
        assert away[inside].max() > 2 * basis[~inside].std()
        assert away[stamp >= event.ends_at].max(initial=0) < away[inside].max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gap_opens_away_from_the_last_close(seed: int) -> None:
    played = play(seed, 7)
    gaps = [event for event in found(played, EventKind.GAP, 7) if event.trading_day > played.market.trading_days[0]]
    assert gaps
    for event in gaps:
        number = played.market.trading_days.index(event.trading_day)
        usual = [
            abs(int(played.of(name, day)[2, Column.LAST]) - int(played.of(name, day - 1)[-1, Column.LAST]))
            for name in (event.instrument,)
            for day in range(1, 7)
            if day != number
        ]
        last, first = played.of(event.instrument, number - 1)[-1], during(played, event)[0]
        assert abs(int(first[Column.LAST]) - int(last[Column.LAST])) > np.median(usual)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("product", ["SHFE.rb", "DCE.m", "CZCE.TA"])
def test_a_grid_makes_whole_rounds_within_a_day(seed: int, product: str) -> None:
    played = play(seed)
    rows = played.of(played.market.mains(0)[ProductId(product)], 0)
    book = rows[has(rows, Valid.BID) & has(rows, Valid.ASK)]
    line, step = int(np.median(book[:, Column.BID])), 3
    rounds, holding = 0, False
    for bid, ask in book[:, [Column.BID, Column.ASK]].tolist():
        if not holding and ask <= line:
            holding = True
        elif holding and bid >= line + step:
            holding, rounds = False, rounds + 1
    assert rounds >= 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("product", ["SHFE.rb", "DCE.m", "SHFE.cu"])
def test_a_calendar_spread_can_be_bought_low_and_sold_high_across_the_book(seed: int, product: str) -> None:
    played = play(seed)
    main = played.market.mains(0)[ProductId(product)]
    near = played.market.universe.index(main)
    buys, sells, latest = [], [], {}
    for batch in played.batches[: played.market.first_batch(1)]:
        touched = False
        for slot, row in zip(batch.slots.tolist(), batch.rows.tolist(), strict=True):
            if slot in (near, near + 1):
                latest[slot], touched = row, True
        if touched and all(latest.get(slot, [0] * 8)[Column.MASK] & 3 == 3 for slot in (near, near + 1)):
            buys.append(latest[near + 1][Column.ASK] - latest[near][Column.BID])
            sells.append(latest[near + 1][Column.BID] - latest[near][Column.ASK])
    # Ranked against its own day, the spread is cheap at times and dear at others, by more than crossing both books.
    assert np.percentile(buys, 15) + 2 < np.percentile(sells, 85)


def test_a_quiet_market_without_events_is_possible() -> None:
    scenario = SIMULATION.__class__(products=SIMULATION.products, window_steps=30, with_events=False)
    market = new_market(3, scenario)
    assert market.events(0, 10) == ()
    assert all(
        has(batch.rows, Valid.BID).all() for batch in play(3, 2, scenario).batches if has(batch.rows, Valid.BID).any()
    )
