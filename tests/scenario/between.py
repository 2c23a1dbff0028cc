"""Roll between two accounts: who trades in both, what is asked for, and what the facts alone say of the group."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import (
    AlertRaised,
    CommandDone,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRejected,
    OrderVoided,
    Role,
)
from terminal.domain.ids import AccountId, InstrumentId, OrderId, PersonId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings
from terminal.engine.state import StrategyRow
from terminal.shell.opening import Opening
from terminal.strategies.roll.halves import far_name
from tests.engine_people import ROLES, make_opening
from tests.engine_world import FAR, LIMITS, ONE, OTHER, RB, STRANGER, TRADER, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL

LOTS, NAKED = 6, 2
FAR_ROLL = far_name(ROLL)
NAMES = {ONE: ROLL, OTHER: FAR_ROLL}


def people(*, limits: Limits = LIMITS, far: Limits | None = None) -> Opening:
    """Everybody has in the second account the part they have in the first; the stranger trades in the second alone."""
    opening = make_opening(limits=limits, cash=Decimal(20_000_000), spreads=(), alarms=())
    both = {person: {ONE: roles, OTHER: roles} for person, roles in ROLES.items()}
    both[STRANGER] = {OTHER: (Role.TRADER, Role.CHECKER, Role.RISK)}
    own = {ONE: limits, OTHER: far or limits}
    return replace(
        opening,
        persons=tuple(replace(one, roles=both[one.person]) for one in opening.persons),
        limits=tuple(replace(one, limits=own[one.account]) for one in opening.limits),
    )


def between(**changes: Any) -> RollSettings:
    made = RollSettings(
        account=ONE,
        near=RB,
        far=FAR,
        side=Side.BUY,
        lots=LOTS,
        batch_lots=3,
        timings=(DaysToExpiry(days=900),),
        naked_lots=NAKED,
        batch_pause_seconds=0,
        far_account=OTHER,
    )
    return replace(made, **changes)


def held(
    begin: Begin, *, lots: int = LOTS, limits: Limits = LIMITS, far: Limits | None = None, **options: Any
) -> World:
    """Begin a world in which the first account holds what is to be rolled."""
    world = begin(opening=people(limits=limits, far=far), **options)
    for _ in range(lots // 2):  # small enough for one person, whatever the limits of a test
        world.buy(2, 3701)
        world.wait(3)
    assert net(world, ONE, RB) == lots
    return world


def ask_for(world: World, settings: RollSettings | None = None, *, by: PersonId = TRADER) -> CommandDone:
    wanted = settings or between()
    return world.do(by, c.StartStrategy(account=wanted.account, strategy=ROLL, settings=wanted))


def half(world: World, account: AccountId) -> StrategyRow:
    return world.state.accounts[account].strategies[NAMES[account]]


def net(world: World, account: AccountId, instrument: InstrumentId) -> int:
    return world.state.accounts[account].book.net_lots().get(instrument, 0)


def walk(world: World, seconds: int = 30, *, lots: int = 500) -> None:
    """Let the near bid fall on what rests now and then, so that both legs trade."""
    for second in range(seconds):
        low = second % 3 == 2
        world.show({RB: (3700, 3701), FAR: (3600, 3602)} if not low else {RB: (3701, 3702)}, lots=lots)


def walk_until_closed(world: World, lots: int) -> None:
    for _ in range(40):
        if half_closed(world) >= lots:
            return
        walk(world, 1)
        world.show({RB: (3701, 3702)})
    raise AssertionError(f"near never closed {lots} lots")


def half_closed(world: World) -> int:
    return sum(fill.lots for fill in fills(world) if fill.account == ONE and fill.side is Side.SELL)


def fills(world: World) -> list[OrderFilled]:
    return world.facts(OrderFilled)


def alerts_in(world: World, account: AccountId, code: str) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if (one.account, one.code) == (account, code)]


def judge(world: World, *, naked: int = NAKED, lots: int = LOTS) -> tuple[int, int]:
    """Assert after every single fact that the group is within its tolerance; return near closed and far opened.

    Counted from orders and fills alone: what is on its way to be closed counts as closed, so that no fill can break it.
    """
    own: dict[OrderId, tuple[AccountId, int]] = {}  # account, lots that may still fill
    closed = opened = 0
    for record in world.records():
        match record.fact:
            case OrderRecorded() as fact if fact.cause.strategy in NAMES.values():
                where = (fact.terms.account, fact.terms.instrument, fact.terms.is_opening)
                assert where in {(ONE, RB, False), (OTHER, FAR, True)}
                own[fact.order] = (fact.terms.account, fact.terms.lots)
            case OrderFilled() as fact if fact.order in own:
                own[fact.order] = (fact.account, own[fact.order][1] - fact.lots)
                closed, opened = (closed + fact.lots, opened) if fact.account == ONE else (closed, opened + fact.lots)
            case OrderCancelled() | OrderExpired() | OrderRejected() | OrderVoided() as fact if fact.order in own:
                own[fact.order] = (own[fact.order][0], 0)
            case _:
                continue
        under_way = sum(left for account, left in own.values() if account == ONE)
        assert 0 <= closed - opened <= naked
        assert closed + under_way - opened <= naked
        assert opened <= closed <= lots
    return closed, opened


def order_far_by_hand(world: World, lots: int, price: int) -> CommandDone:
    wanted = terms(Side.BUY, lots, price, instrument=FAR, account=OTHER, offset=Offset.OPEN)
    return world.do(STRANGER, c.SubmitOrder(terms=wanted))
