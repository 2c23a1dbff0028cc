"""Draw what a person at a simulated desk presses next, from what that desk shows."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec

from terminal.domain import commands as c
from terminal.domain.ids import PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.engine.standing import ConfirmationRow
from terminal.engine.state import State
from tests.engine_world import ONE, RB, terms

GRID = StrategyId("grid")
SETTINGS = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    anchor=Decimal(3690),
    step=Decimal(10),
    lines=3,
    lots_per_line=1,
    stop=Decimal(3600),
    lower=Decimal(3640),
    upper=Decimal(3800),
)


def wish(state: State, person: PersonId, luck: Random) -> c.CommandBody:
    """Return something to press: documents, orders, approvals and edits over the versions this desk knows."""
    account = state.accounts.get(ONE)
    what = luck.choices(("order", "large", "decide", "cancel", "document", "grid", "take"), (6, 3, 6, 1, 5, 4, 1))[0]
    if what == "large":
        return c.SubmitOrder(terms=terms(Side.BUY, 300, 3690))
    if what == "cancel":
        return c.CancelAll(account=ONE)
    if what == "take":
        return c.TakeAccount(account=ONE)
    if what == "document":
        name = luck.choice(("layout", "draft"))
        kept = state.persons[person].documents.get(name) if person in state.persons else None
        return c.SaveDocument(name=name, base_version=kept.version if kept else 0, body=str(luck.randrange(10**6)))
    if what == "grid" and account is not None:
        row = account.strategies.get(GRID)
        if row is None:
            return c.StartStrategy(account=ONE, strategy=GRID, settings=SETTINGS)
        settings = msgspec.structs.replace(SETTINGS, stop=Decimal(3600 + luck.randrange(30)))
        return c.ChangeStrategy(account=ONE, strategy=GRID, base_version=row.version, settings=settings)
    pending = [] if account is None else [row for row in account.confirmations.values() if _is_open(row)]
    if what == "decide" and pending:
        return _decision(luck.choice(pending), person, luck)
    return c.SubmitOrder(terms=terms(luck.choice((Side.BUY, Side.SELL)), 1, luck.choice((3690, 3701, 3710))))


def _is_open(row: ConfirmationRow) -> bool:
    return row.state is ConfirmationState.PENDING


def _decision(row: ConfirmationRow, person: PersonId, luck: Random) -> c.CommandBody:
    one = row.confirmation
    if one.maker == person and luck.random() < 0.7:
        if luck.random() < 0.5:
            return c.WithdrawOrder(account=ONE, confirmation=one.confirmation)
        return c.EditOrder(account=ONE, confirmation=one.confirmation, terms=terms(Side.BUY, 1, 3690))
    if luck.random() < 0.2:
        return c.RejectOrder(
            account=ONE, confirmation=one.confirmation, order_hash=one.order_hash, signature="", reason="不同意"
        )
    return c.ApproveOrder(account=ONE, confirmation=one.confirmation, order_hash=one.order_hash, signature="")
