"""Draw what a person at a simulated desk presses about a spread against spot: its start, and spot that was bought."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from terminal.domain import commands as c
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.strategies.spread.memory import undone_spot
from tests.engine_world import ONE, RB, SPOT

if TYPE_CHECKING:
    from terminal.engine.state import AccountState

CARRY = StrategyId("carry")
TEN = Decimal(10)  # tonnes of a lot
# Rebar against another's spot: what counts is that its price is always reached, once somebody has stated a spot price.
SETTINGS = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=SPOT, coefficient=Decimal(1), lots=0),
        SpreadLeg(instrument=RB, coefficient=Decimal(-1), lots=-1, active=True),
    ),
    buy_at=Decimal(-2000),
    sell_at=Decimal(5000),
    max_sets=2,
    spot_side=SpotSide(tonnes=TEN, alert_minutes=1),
)


def about_spot(account: AccountState, luck: Random) -> c.CommandBody:
    """Return a start of the spread, or a confirmation: of what is undone, of too much, or of the wrong side."""
    row = account.strategies.get(CARRY)
    if row is None:
        return c.StartStrategy(account=ONE, strategy=CARRY, settings=SETTINGS)
    undone = undone_spot(row.settings, row.memory)
    if not undone and luck.random() < 0.7:
        return c.QuoteSpot(instrument=SPOT, price=Decimal(830), source="现货商电话")
    return ConfirmSpot(
        account=ONE,
        strategy=CARRY,
        side=Side.SELL if undone < 0 or luck.random() < 0.2 else Side.BUY,
        tonnes=max(abs(undone), TEN) * luck.choice((1, 1, 2)),
        price=Decimal(luck.choice((815, 830, 845))),
        contract=f"HT-{luck.randrange(9)}",
    )
