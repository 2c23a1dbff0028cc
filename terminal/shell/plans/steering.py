"""Read what a plan tells a strategy of its own to do: start, pause, go on, stop, and what was done of its spot side."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import commands as c
from terminal.domain.spot_commands import ConfirmSpot
from terminal.shell.plans import tables as t
from terminal.shell.plans.spot_tables import ConfirmSpotTable

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.shell.plans.wishes import Wish


def steered(
    row: t.StartTable | t.PauseTable | t.ResumeTable | t.StopTable | ConfirmSpotTable, settings: StrategySettings
) -> Wish:
    """Return the command of a table about a strategy with these settings."""
    account, strategy = settings.account, row.strategy
    match row:
        case t.StartTable():
            return c.StartStrategy(account=account, strategy=strategy, settings=settings)
        case t.PauseTable():
            return c.PauseStrategy(account=account, strategy=strategy)
        case t.ResumeTable():
            return c.ResumeStrategy(account=account, strategy=strategy)
        case t.StopTable():
            return c.StopStrategy(account=account, strategy=strategy)
        case ConfirmSpotTable():
            return ConfirmSpot(
                account=account,
                strategy=strategy,
                side=row.side,
                tonnes=row.tonnes,
                price=row.price,
                contract=row.contract,
                waived=row.waived,
            )
        case _:
            assert_never(row)
