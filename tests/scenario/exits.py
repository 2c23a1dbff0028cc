"""Attach a stop and a take-profit to a position the short way."""

from __future__ import annotations

from typing import TypedDict, Unpack

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import ConditionalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Side
from terminal.engine.books.conditional import ConditionalRow
from tests.engine_world import ONE, TRADER, World
from tests.scenario.waiting_orders import ABOVE, BELOW, close, reaches, wanted

STOP, TAKE = 3690, 3710


class Terms(TypedDict, total=False):
    """Hold what differs from a long position's stop at `STOP` and take-profit at `TAKE`, both cancelling first."""

    stop: int | None
    take: int | None
    when: d.WhenShort
    at: d.ReleasePrice
    side: Side


def exits(lots: int, **terms: Unpack[Terms]) -> tuple[d.Conditional, ...]:
    side = terms.get("side", Side.SELL)
    release = close(lots, side=side, when_short=terms.get("when", d.WhenShort.CANCEL_FIRST))
    profit = msgspec.structs.replace(release, price=terms.get("at", release.price))
    below, above = (BELOW, ABOVE) if side is Side.SELL else (ABOVE, BELOW)
    stop, take = terms.get("stop", STOP), terms.get("take", TAKE)
    found = []
    if stop is not None:
        found.append(wanted(reaches(stop, below), release, d.Validity.GTC))
    if take is not None:
        found.append(wanted(reaches(take, above), profit, d.Validity.GTC))
    return tuple(found)


def guard(world: World, wishes: tuple[d.Conditional, ...], beside: ConditionalId | None = None) -> CommandDone:
    return world.do(TRADER, c.GuardPosition(account=ONE, exits=wishes, beside=beside))


def attached(world: World, lots: int, **terms: Unpack[Terms]) -> list[ConditionalRow]:
    done = guard(world, exits(lots, **terms))
    assert done.ok, done.sentence
    return [row for row in world.account.conditionals.rows.values() if row.attached]


def states_and_lots(world: World) -> list[tuple[S, int]]:
    return [(row.state, row.wanted.release.lots) for row in world.account.conditionals.rows.values()]
