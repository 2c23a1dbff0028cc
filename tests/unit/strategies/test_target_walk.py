"""Let a target live through a random market and a random exchange: it sends one order at a time and never too much."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.target import Aim, FixedBand, TargetMode, TargetSettings
from tests.unit.strategies.test_random_walk import Chaos
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

A = InstrumentId("SHFE.rb2510")
LOW, HIGH, MOST = 40, 60, 90  # per cent of a thousand tonnes are as many lots


def target(random: Random) -> TargetSettings:
    return TargetSettings(
        account=ACCOUNT,
        group="螺纹",
        instrument=A,
        source=FixedBand(low=Decimal(LOW), high=Decimal(HIGH)),
        mode=TargetMode.EXECUTE,
        aim=random.choice(list(Aim)),
        most_lots=MOST,
        batch_lots=random.choice([1, 7, 100]),
        hedge_flag=HedgeFlag.SPECULATION,
        pause_seconds=random.choice([0, 30]),
        chase_seconds=random.choice([1, 5]),
    )


def hedged(world: World, side: Side) -> int:
    """Return the lots that hedge, opened by orders of this side."""
    return side.sign * (world.long.get(A, 0) - world.short.get(A, 0))


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=True))
def test_a_target_sends_one_order_at_a_time_closes_first_and_never_leaves_its_bounds(random: Random) -> None:
    world = World(target(random), [future(A)])
    side = random.choice([Side.BUY, Side.SELL])
    world.exposure = Decimal(-1000 * side.sign)
    wrong = world.short if side is Side.BUY else world.long  # what other people hold the wrong way
    wrong[A] = random.choice([0, 15])
    begun = hedged(world, side)

    def judge() -> None:
        reserved = [row for row in world.book.values() if row.reserved]
        assert len(reserved) <= 1
        assert begun <= hedged(world, side) <= HIGH
        net = hedged(world, side) - begun
        opening = sum(row.reserved for row in reserved if row.terms.is_opening)
        assert abs(net) + opening <= MOST
        assert not (opening and wrong[A]), "opened before the wrong way was closed"

    world.on_fact = judge
    chaos = Chaos(world, random)
    chaos.run()
    # When the exchange answers and nobody pauses it, the ratio comes into its band, and it trades no more.
    chaos.luck, chaos.trust, chaos.rests, chaos.resumes = 0.85, 1.0, 0.0, 1.0
    for _ in range(3000):
        chaos._market()
        chaos._exchange()
        chaos._people()
        world.step()
        if LOW <= hedged(world, side) <= HIGH and not world.live() and not chaos.owed:
            break
    else:
        raise AssertionError(f"{hedged(world, side)} lots are hedged, and it does not come to rest")
