"""Let each strategy live through a random market and a random exchange, and hold it to the invariants of SAFETY.

The exchange answers in any order: fills in parts, rejects, silence that becomes UNKNOWN and is proven one way or the
other, cancels that race fills which are told only afterwards, day ends. The gate refuses at random, sessions break.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from terminal.domain.days.sessions import Phase
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import OrderState, Side, TimeCondition
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    GridSettings,
    Liquidity,
    Manual,
    OutOfRange,
    RollSettings,
    Slices,
    SpreadLeg,
    SpreadSettings,
)
from terminal.domain.view import Quote
from terminal.strategies.spread.balance import unbalanced
from tests.unit.strategies.traded import Order, future
from tests.unit.strategies.world import ACCOUNT, SECOND, World

A, B, C = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601"), InstrumentId("SHFE.hc2601")
STEPS = 500
LIMITS = (900, 1100)


class Chaos:
    """Moves market and exchange at random; `luck` is how often an order fares well."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.luck = random.choice([0.15, 0.5, 0.85])
        self.trust = random.choice([0.5, 0.9, 1.0])  # how often the gate allows
        self.rests, self.resumes = random.choice([0.0, 0.01, 0.05]), 0.05  # how often people pause and resume
        self.prices = dict.fromkeys(world.instruments, 1000)
        self.owed: list[Order] = []
        world.gate = lambda _: random.random() < self.trust
        for name in world.instruments:
            self._show(name)

    def run(self) -> None:
        for step in range(STEPS):
            self._market()
            self._exchange()
            self._people()
            self.world.step()
            self.world.sweep()
            if step % 100 == 99:
                self.world.restart()

    def wind_down(self) -> None:
        """Let somebody pause it, wherever it is, and an exchange that answers: then it comes to rest."""
        self.luck, self.trust, self.rests, self.resumes = 0.85, 1.0, 1.0, 0.0
        for _ in range(STEPS * 6):
            if self.world.resting or self.world.finished:
                return
            self._market()
            self._exchange()
            self._people()
            self.world.step()
        raise AssertionError("the strategy does not come to rest")

    def _people(self) -> None:
        world, fate = self.world, self.random.random()
        if world.resting or world.winding:
            if fate < self.resumes:
                world.resume()
        elif fate < self.rests:
            world.rest()

    def _show(self, name: InstrumentId) -> None:
        random, price = self.random, self.prices[name]
        bid: int | None = price - random.randint(0, 1)
        ask: int | None = price + random.randint(1, 2)
        if random.random() < 0.03:
            bid, ask = (None, ask) if random.random() < 0.5 else (bid, None)
        self.world.show(name, bid, ask, lots=random.randint(1, 12), last=price, limits=LIMITS)

    def _market(self) -> None:
        world, random = self.world, self.random
        world.at += int(random.choice([0.1, 0.5, 0.5, 1, 3, 20]) * SECOND)
        for name in world.instruments:
            if random.random() < 0.8:
                step = random.choice([-3, -1, 0, 0, 1, 3])
                self.prices[name] = max(LIMITS[0], min(LIMITS[1], self.prices[name] + step))
                self._show(name)
        fate = random.random()
        if fate < 0.01:
            only = random.choice([None, *world.instruments])
            world.phase(Phase.CONTINUOUS, ends_in=random.choice([2, 5, 30]), only=only)
        elif fate < 0.02 or any(world.at >= session.ends_at for session in world.sessions.values()):
            world.phase(random.choice([Phase.BREAK, Phase.CONTINUOUS]), ends_in=random.choice([10, 600]))
        elif fate < 0.022:
            for row in list(self.owed):
                self._pay(row)
            world.end_day()
        for name, session in world.sessions.items():
            world.sessions[name] = structs.replace(session, cancels=session.phase is Phase.CONTINUOUS)
        world.open_allowed = random.random() < 0.97

    def _exchange(self) -> None:
        for row in list(self.owed):
            if self.random.random() < 0.5:
                self._pay(row)
        for row in self.world.live():
            if self.random.random() < 0.6:
                self._answer(row)

    def _answer(self, row: Order) -> None:
        world, random = self.world, self.random
        fate = random.random()
        if row.state is OrderState.UNKNOWN:
            self._prove(row, fate)
        elif row.state in {OrderState.RECORDED, OrderState.SENT} and fate < 0.1:
            world.lost(row)
        elif row.state in {OrderState.RECORDED, OrderState.SENT} and fate > self.luck + 0.1:
            world.rejected(row)
        elif row.cancel_asked and not world.sessions[row.terms.instrument].cancels:
            if fate < 0.3:
                world.refuse_cancel(row)
        elif row.terms.time_condition is TimeCondition.FAK or row.cancel_asked:
            if fate < self.luck:
                self._some(row)
            if row.live:
                self._out(row)
        elif fate < self.luck / 2:
            self._some(row)
        elif fate > 0.99:
            self._out(row)
        elif row.state in {OrderState.RECORDED, OrderState.SENT}:
            world.accept(row)

    def _prove(self, row: Order, fate: float) -> None:
        if fate < 0.1:
            self.world.voided(row)
        elif fate < 0.2:
            self.world.rejected(row)
        elif fate < 0.3:
            self._some(row)

    def _some(self, row: Order) -> None:
        self.world.fill(row, self.random.randint(1, row.terms.lots - row.filled))

    def _out(self, row: Order) -> None:
        left = row.terms.lots - row.filled
        owed = self.random.randint(0, left - 1) if self.random.random() < 0.3 else 0
        self.world.cancelled(row, owed=owed)
        if owed:
            self.owed.append(row)

    def _pay(self, row: Order) -> None:
        lots = self.random.randint(1, row.reserved)
        self.world.fill(row, lots)
        if not row.reserved:
            self.owed.remove(row)


def no_self_match(world: World) -> None:
    for name in world.instruments:
        resting = [row for row in world.live() if row.terms.instrument == name]
        bids = [row.terms.price for row in resting if row.terms.side is Side.BUY]
        asks = [row.terms.price for row in resting if row.terms.side is Side.SELL]
        assert not bids or not asks or max(bids) < min(asks), "the strategy could trade with itself"


@settings(max_examples=40)
@given(st.randoms(use_true_random=True))
def test_a_grid_never_holds_more_on_a_line_than_it_may(random: Random) -> None:
    side = random.choice([Side.BUY, Side.SELL])
    settings = GridSettings(
        account=ACCOUNT,
        instrument=A,
        side=side,
        anchor=Decimal(1005) if side is Side.BUY else Decimal(995),
        step=Decimal(random.choice([2, 5])),
        lines=8,
        lots_per_line=3,
        stop=Decimal(920) if side is Side.BUY else Decimal(1080),
        lower=Decimal(940),
        upper=Decimal(1060),
        out_of_range=random.choice(list(OutOfRange)),
        trail_to=random.choice([None, Decimal(1000) + side.sign * 30]),
    )
    world = World(settings, [future(A)])
    # Lots of other people on the same account: the grid must not close them.
    (world.long if side is Side.BUY else world.short)[A] = random.choice([0, 50])

    def check() -> None:
        no_self_match(world)
        flat = abs(world.net("flat")) + abs(world.under_way("flat"))
        held = 0
        for line in range(1, settings.lines + 1):
            entry, leave = f"line:{line}:entry", f"line:{line}:exit"
            bought, sold = abs(world.net(entry)), abs(world.net(leave))
            assert len(world.live(entry)) <= 1
            assert len(world.live(leave)) <= 1
            assert abs(world.under_way(leave)) <= bought - sold
            held += bought - sold
            assert bought + abs(world.under_way(entry)) - sold - flat <= settings.lots_per_line
        assert flat <= held

    world.on_fact = check
    Chaos(world, random).run()
    assert world.busiest_minute() <= 60


@settings(max_examples=40)
@given(st.randoms(use_true_random=True))
def test_a_spread_never_holds_more_unbalanced_lots_than_it_may(random: Random) -> None:
    legs = (
        SpreadLeg(instrument=A, coefficient=Decimal(1), lots=random.choice([1, 3]), active=True),
        SpreadLeg(instrument=B, coefficient=Decimal(-1), lots=-random.choice([1, 2, 5])),
        SpreadLeg(instrument=C, coefficient=Decimal("0.5"), lots=1),
    )
    settings = SpreadSettings(
        account=ACCOUNT,
        legs=legs[: random.choice([2, 3])],
        buy_at=Decimal(0) if random.random() < 0.5 else Decimal(499),
        sell_at=Decimal(1) if random.random() < 0.5 else Decimal(501),
        sets=2,
        max_sets=3,
        naked_lots=random.choice([6, 7, 9]),
        quoting=random.choice(
            [
                None,
                SpreadQuoting(tolerance_ticks=random.randint(0, 2), reach_ticks=random.choice([3, 20]), rest_seconds=3),
            ]
        ),
    )
    if settings.buy_at >= settings.sell_at:
        return
    world = World(settings, [future(A), future(B), future(C)])

    def check() -> None:
        no_self_match(world)
        nets = [world.net(f"leg:{leg}") for leg in range(len(settings.legs))]
        ways = [world.under_way(f"leg:{leg}") for leg in range(len(settings.legs))]
        assert unbalanced(settings, nets) <= settings.naked_lots
        assert unbalanced(settings, nets, nets[0] + ways[0]) <= settings.naked_lots
        for leg, net, way in zip(settings.legs, nets, ways, strict=True):
            assert abs(net + way) <= settings.max_sets * abs(leg.lots)
        assert sum(1 for row in world.live("leg:0")) <= 1
        if world.resting:
            assert unbalanced(settings, nets) == 0
            assert not any(ways)

    world.on_fact = check
    chaos = Chaos(world, random)
    chaos.run()
    chaos.wind_down()
    check()
    assert world.busiest_minute() <= 29 * 2 * len(settings.legs)


@settings(max_examples=40)
@given(st.randoms(use_true_random=True))
def test_a_roll_never_closes_near_further_ahead_of_far_than_it_may(random: Random) -> None:
    settings = RollSettings(
        account=ACCOUNT,
        near=A,
        far=B,
        side=random.choice([Side.BUY, Side.SELL]),
        lots=40,
        batch_lots=random.choice([3, 10]),
        timings=random.choice(
            [
                (DaysToExpiry(days=5),),
                (Liquidity(batches=Decimal(1), ticks=9), Manual()),
                (Slices(first_day=20200820, slices=2),),
            ]
        ),
        naked_lots=random.choice([1, 4, 20]),
        max_chases=3,
        batch_pause_seconds=random.choice([0, 30]),
    )
    world = World(settings, [future(A), future(B)])
    world.expiry[A] = 5
    world.days[20200820] = random.choice([0, -1])
    held = world.long if settings.side is Side.BUY else world.short
    held[A] = random.choice([40, 40, 25, 100])

    def check() -> None:
        closed, opened = abs(world.net("near")), abs(world.net("far"))
        closing, opening = abs(world.under_way("near")), abs(world.under_way("far"))
        assert closed + closing <= settings.lots
        assert opened + opening <= closed
        assert closed + closing - opened <= settings.naked_lots
        assert not world.resting or (closed == opened and closing == opening == 0)

    world.on_fact = check
    chaos = Chaos(world, random)
    chaos.run()
    chaos.wind_down()
    check()
    assert world.busiest_minute() <= 29 * 2 * 2


def test_with_an_exchange_that_answers_all_three_come_to_their_end() -> None:
    settings = RollSettings(
        account=ACCOUNT, near=A, far=B, side=Side.BUY, lots=20, batch_lots=5, timings=(DaysToExpiry(days=5),)
    )
    world = World(settings, [future(A), future(B)])
    world.expiry[A] = 5
    world.long[A] = 20
    chaos = Chaos(world, Random(7))
    chaos.luck, chaos.trust = 0.9, 1.0
    for _ in range(8):
        chaos.run()
    assert world.finished
    assert (world.net("near"), world.net("far")) == (-20, 20)


def test_the_fake_market_shows_what_it_was_told() -> None:
    world = World(
        GridSettings(
            account=ACCOUNT,
            instrument=A,
            side=Side.BUY,
            anchor=Decimal(1000),
            step=Decimal(5),
            lines=2,
            lots_per_line=1,
            stop=Decimal(900),
            lower=Decimal(950),
            upper=Decimal(1050),
        ),
        [future(A)],
    )
    world.show(A, 1, 2, lots=3)
    assert world.quote(A) == Quote(1, 2, 1, 3, 3, None, None, None, None, None, world.at, world.at)
