"""Make a line of a conditional order as a desk is told of it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import ConditionalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.order import Offset, Side
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.conditional.wording import condition_text, release_text, validity_text
from tests.gui.desk import ACCOUNT, DAY, NOW, REBAR


def waiting_line(
    number: int = 1, state: ConditionalState = ConditionalState.WAITING, **more: object
) -> ConditionalLine:
    at = d.PriceReaches(instrument=REBAR, quoted=d.Quoted.LAST, way=d.Way.AT_OR_BELOW, price=Decimal(3190))
    release = d.SendOrder(instrument=REBAR, side=Side.SELL, offset=Offset.CLOSE, lots=5, price=d.AtOpposite(ticks=2))
    wanted = d.Conditional(condition=at, release=release)
    made = ConditionalLine(
        conditional=ConditionalId(f"{ACCOUNT}-T00000{number}"),
        account=ACCOUNT,
        instrument=REBAR,
        wanted=wanted,
        version=1,
        state=state,
        condition=condition_text(at),
        release=release_text(release),
        validity=validity_text(wanted),
        note="",
        source="李",
        placed_at=NOW + number,
        trading_day=DAY,
    )
    return msgspec.structs.replace(made, **more)
