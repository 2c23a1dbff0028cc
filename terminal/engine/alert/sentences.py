"""Make the alerts of strategies, and write the contracts and lots in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AlertRaised
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level
from terminal.engine.book.rolled import wanted_by_others
from terminal.risk.wording import yuan
from terminal.strategies.sight import worth

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow


def alert_for(
    row: StrategyRow, code: str, instrument: InstrumentId, what: str, level: Level = Level.ORANGE
) -> AlertRaised:
    """Return an alert of a strategy about one contract; the sentence begins with the strategy."""
    return AlertRaised(
        account=row.account,
        level=level,
        code=code,
        instrument=instrument,
        sentence=f"策略 {row.strategy}：{what}",
    )


def named(look: Look, instrument: InstrumentId) -> str:
    """Return a contract by name and code."""
    return f"{look.instrument(instrument).name}（{instrument}）"


def lots_text(look: Look, instrument: InstrumentId, lots: int) -> str:
    """Return lots with their value at the latest price."""
    return lots_worth(lots, worth(look, instrument, lots))


def lots_worth(lots: int, value: Decimal | None) -> str:
    """Return lots with their value in yuan, as far as it is known."""
    return f"{lots} 手（{'价值未知' if value is None else f'约 {yuan(value)}'}）"


def same_lots(look: Look, row: StrategyRow, settings: RollSettings, lots: int) -> str:
    """Return that other rolls count near lots that this one tells as left, so that nobody moves them twice."""
    position = look.position(row.account, settings.near, settings.hedge_flag)
    held = position.long if settings.side is Side.BUY else position.short
    others = wanted_by_others(look.state.accounts[row.account], row.strategy, settings)
    if lots + sum(others.values()) <= held:
        return ""
    each = "、".join(f"移仓 {name} 也要移 {wanted} 手" for name, wanted in others.items())
    return f"（{each}，账户里一共只有 {held} 手，人工移不要重复）" if others else ""
