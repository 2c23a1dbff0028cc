"""Whatever the ratios, a round of which legs do not follow comes back to balance once the broken leg can be left."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.fact.marks import LegBroken, Repair, RoundEnded
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import TimeCondition
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.balance import lacks, unbalanced
from terminal.strategies.spread.memory import SpreadMemory
from tests.unit.strategies.spreading import trade
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

LOTS = st.sampled_from((1, 2, 3, 5, 7, 10))


def names(count: int) -> list[InstrumentId]:
    return [InstrumentId(f"CZCE.AP{place:03d}") for place in range(count)]


def of_lots(lots: list[int], sets: int) -> SpreadSettings:
    """Buy a spread of these lots; every price is 1000, so that it costs what the signs leave."""
    lead = abs(lots[0])
    legs = tuple(
        SpreadLeg(instrument=name, coefficient=Decimal(1 if one > 0 else -1), lots=one, active=not place)
        for place, (name, one) in enumerate(zip(names(len(lots)), lots, strict=True))
    )
    return SpreadSettings(
        account=ACCOUNT,
        legs=legs,
        buy_at=Decimal(100_000),
        sell_at=Decimal(200_000),
        sets=sets,
        max_sets=sets,
        naked_lots=sum(-(-abs(one) // lead) for one in lots[1:]) + 3,
        hedge_seconds=3,
        max_chases=1,
    )


@settings(max_examples=60)
@given(
    st.lists(st.tuples(LOTS, st.sampled_from((1, -1))), min_size=2, max_size=8),
    st.integers(1, 3),
    st.booleans(),
    st.data(),
)
def test_a_round_whose_legs_follow_in_part_comes_back_to_balance(
    drawn: list[tuple[int, int]], sets: int, closes: bool, data: st.DataObject
) -> None:
    wanted = of_lots([lots * sign for lots, sign in drawn], sets)
    made = World(wanted, [future(leg.instrument) for leg in wanted.legs])
    for leg in wanted.legs:
        made.show(leg.instrument, 1000, 1001)
    if closes:  # Given all of it held, and now a price at which it is sold
        trade(made)
        assert made.net("leg:0")
        made.wait(61)
        made.settings = wanted = replace(wanted, buy_at=Decimal(-200_000), sell_at=Decimal(-100_000))
    ended = len(made.of(RoundEnded))
    stuck = follow_in_part(made, data)
    # When everything that finds somebody fills
    for _ in range(60):
        made.wait(2.2)
        made.step()
        for row in made.live():
            if row.cancel_asked:
                made.cancelled(row)
            elif row.terms.time_condition is TimeCondition.FAK:
                made.take(row)
            elif row.terms.instrument not in stuck or row.terms.side.sign * way_of(wanted, row.tag, closes) < 0:
                made.fill(row)
        assert isinstance(made.memory, SpreadMemory)
        assert unbalanced(wanted, made.memory.nets) <= wanted.naked_lots
        if len(made.of(RoundEnded)) > ended:
            break
    # Then nothing lacks and nothing is over, no lot was left to wait, and the broken legs were told of.
    assert isinstance(made.memory, SpreadMemory)
    assert not any(lacks(wanted, made.memory.nets))
    assert not made.live()
    if stuck:
        assert len(made.of(RoundEnded)) > ended
        assert {mark.repair for mark in made.of(LegBroken)} == {Repair.UNWIND}
    made.restart()


def follow_in_part(made: World, data: st.DataObject) -> set[InstrumentId]:
    """Let legs follow the next slice in part, with nobody on the side they would need for the rest; return those."""
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    stuck = set()
    for row in made.live():
        filled = data.draw(st.integers(0, row.terms.lots))
        if filled:
            made.fill(row, filled)
        if row.live:
            stuck.add(row.terms.instrument)
            made.accept(row)
            made.show(row.terms.instrument, *((1000, None) if row.terms.side.sign > 0 else (None, 1001)))
    return stuck


def way_of(wanted: SpreadSettings, tag: str, closes: bool) -> int:
    """Return the side on which a leg follows while the spread is bought, or sold again."""
    return wanted.legs[int(tag.rpartition(":")[2])].lots * (-1 if closes else 1)


def test_what_a_round_paid_is_read_back_as_it_was_kept() -> None:
    made = World(of_lots([1, -5], 1), [future(name) for name in names(2)])
    for name in names(2):
        made.show(name, 1000, 1001)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"), 2)
    assert isinstance(made.memory, SpreadMemory)
    again = msgspec.json.decode(msgspec.json.encode(made.memory), type=SpreadMemory)
    assert {scope: (one.lots, one.value, one.price) for scope, one in again.paid.items()} == {
        "leg:0": (1, 1001, 1001),
        "leg:1": (-2, -2000, 1000),
    }
