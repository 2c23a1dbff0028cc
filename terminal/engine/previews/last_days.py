"""Say before a spread or a grid starts, or is changed, that a contract of it is in its last three trading days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.strategy.expired import traded
from terminal.engine.wording import short
from terminal.strategies.last_days import last_day_of, last_days

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look


def last_days_words(look: Look, settings: StrategySettings) -> str:
    """Return in words which contracts end soon and what becomes of what is held; "" where none does.

    A conversion has its own words of its options' last day.
    """
    left = [(name, last_days(look, name)) for name in traded(settings)]
    today = [short(name) for name, days in left if days == 0]
    soon = [f"{short(name)} 还有 {days} 个交易日到最后交易日" for name, days in left if days]
    alone = "，其余各腿就缺了它的对冲" if isinstance(settings, SpreadSettings) else ""
    ends = f"到期还持有的即交割或了结{alone}"
    if not today and not soon:
        return ""
    said = [f"本交易日（{look.trading_day}）是 {'、'.join(today)} 的最后交易日，只平不开"] if today else []
    return f"{'，'.join((*said, *soon))}：{ends}"


def opens_nothing_words(look: Look, settings: StrategySettings) -> str:
    """Return in words that nothing is opened today, as it is a contract's last trading day; "" where it is not."""
    name = last_day_of(look, traded(settings))
    return "" if name is None else f"本交易日（{look.trading_day}）是 {short(name)} 的最后交易日，只平不开"
