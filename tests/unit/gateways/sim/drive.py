"""Drive a gateway as an engine would: the same orders at the same batches, and a memory of what it was told."""

from __future__ import annotations

import random
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from terminal.domain.market import Batch
from terminal.domain.orders.order import Offset, Side, TimeCondition
from terminal.domain.reports import LinkDown, LinkUp, Report
from terminal.engine.ports import Gateway, WireCancel, WireOrder
from tests.unit.gateways.sim.made import AP, ME, OTHER, RB, I, order

T = TypeVar("T")

Told = tuple[int, int] | Report | None  # a batch is remembered as (index, at)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    coroutine.close()
    raise AssertionError("a local gateway waited")


def orders_at(index: int) -> tuple[WireOrder | WireCancel, ...]:
    """Return what is sent after a batch: the same for the same batch, whoever drives."""
    draw = random.Random(f"orders {index}")
    if draw.random() > 0.5:
        return ()
    name, base, tick = draw.choice([(RB, 3700, 1), (I, 830, 1), (AP, 7400, 1)])
    terms = order(
        f"key:{index}",
        draw.choice(list(Side)),
        draw.randint(1, 6),
        base + draw.randint(-12, 12) * tick,
        instrument=name,
        offset=draw.choice([Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY]),
        condition=draw.choice([TimeCondition.GFD, TimeCondition.GFD, TimeCondition.FAK, TimeCondition.FOK]),
        account=draw.choice([ME, OTHER]),
    )
    earlier = draw.randint(1, 8)
    cancel = WireCancel(account=terms.account, wire_key=order(f"key:{index - earlier}", Side.BUY, 1, 1).wire_key)
    return (terms, cancel) if draw.random() < 0.3 else (terms,)


async def drive(
    gateway: Gateway, *, from_batch: int = 0, until: int | None = None, until_down: bool = False
) -> list[Told]:
    """Log in, play to the end (or to a batch, or to the loss of the link), return everything told.

    After each live batch its orders are sent.
    """
    told: list[Told] = []
    await gateway.connect(from_batch=from_batch)
    while True:
        item = await gateway.next()
        told.append((item.index, item.at) if isinstance(item, Batch) else item)
        if item is None or (until_down and isinstance(item, LinkDown)):
            return told
        if isinstance(item, Batch) and item.index >= gateway.history_until:
            for wire in orders_at(item.index):
                if isinstance(wire, WireOrder):
                    await gateway.submit(wire)
                else:
                    await gateway.cancel(wire)
            if item.index % 50 == 0:
                await gateway.query(ME, item.index)
            if item.index == until:
                return told


def reports(told: list[Told]) -> list[Report]:
    """Return the private reports and answers, without batches and logins."""
    return [item for item in told if item is not None and not isinstance(item, (tuple, LinkUp))]
