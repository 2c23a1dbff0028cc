"""Make an engine with a market of many instruments, many spreads and three strategies, all through the front door."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terminal.domain.commands import Command, StartStrategy
from terminal.domain.days.calendar import instant
from terminal.domain.errors import InvariantError
from terminal.domain.fact.facts import AccountOpened, InstrumentListed, LimitsSet, Role, RolesGranted
from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, StrategyId, TenantId
from terminal.domain.market import WIDTH, Batch, Column, Valid
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    GridSettings,
    OpenInterestCrossover,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
)
from terminal.domain.products.product import Fee, Fees
from terminal.domain.reports import LinkUp, QueryAnswer
from terminal.engine.prices.columns import Columns
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Actor
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.parameters.strategy import StrategySettings

TENANT = TenantId("bench")
ACCOUNT = AccountId("A")
TRADER = PersonId("trader")
DEVICE = DeviceId("desk")
DAY = 20240110
START = instant(DAY, 9, 30)
HALF_SECOND = 500_000_000
BASE = 3500  # ticks every price walks around
SEED = 20240110


def universe(count: int) -> tuple[InstrumentId, ...]:
    """Return the ids of `count` made-up contracts."""
    return tuple(InstrumentId(f"SHFE.rb{number:04d}x") for number in range(count))


def make_engine(count: int, spreads: int) -> Engine:
    """Return an engine over `count` contracts with `spreads` two-leg spreads and three running strategies."""
    pairs = [(number % count, (number * 7 + 1) % count) for number in range(spreads)]
    engine = open_engine(count, pairs)
    start(engine, _settings(universe(count)))
    return engine


def open_engine(count: int, pairs: Sequence[tuple[int, int]]) -> Engine:
    """Return an engine past its barrier over `count` contracts, with a spread of each pair of them."""
    reference = load_reference()
    known = reference.find("rb2405", DAY)
    fee = Fee(by_value=Decimal("0.0001"))
    rebar = msgspec.structs.replace(
        known,
        margin_rate=Decimal("0.09"),
        fees=Fees(open=fee, close=fee, close_today=fee),
        expiry=20240515,
    )
    names = universe(count)
    state = State()
    turn = Turn(state, START, "bench", Actor(PersonId("bench"), DEVICE))
    for name in names:
        turn.say(InstrumentListed(instrument=msgspec.structs.replace(rebar, id=name)))
    cash = Decimal(100_000_000)
    turn.say(AccountOpened(account=ACCOUNT, name="基准", cash=cash, trading_day=DAY, investor="1"))
    turn.say(RolesGranted(account=ACCOUNT, person=TRADER, name="交易员", roles=(Role.TRADER,)))
    turn.say(LimitsSet(account=ACCOUNT, limits=Limits(position_lots=10_000, day_loss_yuan=Decimal(50_000_000))))
    columns = Columns(names, state.tenant.instruments)
    for number, (near, far) in enumerate(pairs):
        columns.add_spread(f"S{number}", ((names[near], Decimal(1), 1), (names[far], Decimal(-1), -1)))
    engine = Engine(state, columns, reference.calendar)
    engine.receive(first_batch(count))
    engine.receive(LinkUp(session="1", trading_day=DAY))
    answer = QueryAnswer(
        account=ACCOUNT, query=1, trading_day=DAY, orders=(), trades=(), positions=(), reports_before=0
    )
    engine.receive(answer)
    return engine


def start(engine: Engine, several: Sequence[StrategySettings]) -> None:
    """Start strategies, each by a command of its own; one that is refused is a broken invariant."""
    for number, settings in enumerate(several):
        body = StartStrategy(account=ACCOUNT, strategy=StrategyId(f"S{number}"), settings=settings)
        command = Command(command=CommandId(f"c{number}"), person=TRADER, device=DEVICE, at=START, body=body)
        engine.receive(command)
        if engine.result is None or not engine.result.ok:
            raise InvariantError(f"a measured strategy was meant to start: {engine.result}")


def _settings(names: tuple[InstrumentId, ...]) -> tuple[StrategySettings, ...]:
    far_away = Decimal(BASE + 2000)
    grid = GridSettings(
        account=ACCOUNT,
        instrument=names[0],
        side=Side.BUY,
        anchor=Decimal(BASE - 500),
        step=Decimal(5),
        lines=10,
        lots_per_line=1,
        stop=Decimal(BASE - 700),
        lower=Decimal(BASE - 690),
        upper=Decimal(BASE + 500),
    )
    legs = (
        SpreadLeg(instrument=names[1], coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=names[2], coefficient=Decimal(-1), lots=-1),
    )
    spread = SpreadSettings(account=ACCOUNT, legs=legs, buy_at=-far_away, sell_at=far_away)
    timings = (DaysToExpiry(days=1), OpenInterestCrossover(ratio=Decimal(3)))
    roll = RollSettings(
        account=ACCOUNT, near=names[3], far=names[4], side=Side.BUY, lots=10, batch_lots=5, timings=timings
    )
    return grid, spread, roll


def first_batch(count: int) -> Batch:
    """Return a batch that quotes every contract once."""
    return next(iter(bursts(count, 1)))


def bursts(count: int, batches: int, *, start: int = 0) -> list[Batch]:
    """Return bursts that quote all contracts each half second, prices in a seeded walk."""
    chance = np.random.Generator(np.random.PCG64(SEED))
    found = []
    middle = np.full(count, BASE, dtype=np.int64)
    slots = np.arange(count, dtype=np.int64)
    for number in range(batches):
        middle += chance.integers(-1, 2, count)
        rows = np.zeros((count, WIDTH), dtype=np.int64)
        rows[:, Column.BID] = middle
        rows[:, Column.ASK] = middle + 1
        rows[:, Column.LAST] = middle
        rows[:, Column.BID_LOTS] = rows[:, Column.ASK_LOTS] = 50
        rows[:, Column.VOLUME] = number * 10
        rows[:, Column.OPEN_INTEREST] = 100_000
        rows[:, Column.MASK] = int(Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST)
        at = START + (start + number) * HALF_SECOND
        rows[:, Column.EXCHANGE_AT] = at
        found.append(Batch(index=start + number, at=at, slots=slots, rows=rows))
    return found
