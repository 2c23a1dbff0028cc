"""Lay a plan's grid out for its kernel, or say why the kernel must not play it."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.grid import play
from terminal.backtest.kernel.lay import (
    Laid,
    cancels_most,
    check_known,
    check_limits,
    check_priced,
    check_repeats,
    working_most,
)
from terminal.backtest.kernel.market import refused
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.risk.message_rate import opening_rate, whole_rate
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.moment import ENTRY, EXIT, scope_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.backtest.kernel.market import Market
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

# What the kernel knows of a grid's settings; whatever else a grid may be told must not be told.
KNOWN: Final = frozenset({
    "account", "instrument", "side", "spacing", "anchor", "step", "ratio", "lines", "lots_per_line", "stop", "lower",
    "upper", "out_of_range", "hedge_flag", "shifted",
})  # fmt: skip
MOST_MESSAGES: Final = k.MESSAGES - 1


class GridFamily:
    """Play one grid."""

    def __init__(self, memory: k.Grid, sign: int) -> None:
        self.memory = memory
        self._sign = sign

    def play(self) -> int:
        """Play the whole market, and return why it stopped, 0 where it came to the end."""
        play(self.memory)
        return int(self.memory.now[k.STOPPED])

    @property
    def orders(self) -> Table:
        """Return the orders in the order they were sent."""
        return self._deals(self.memory.orders[: self.memory.now[k.ORDERS]])

    @property
    def fills(self) -> Table:
        """Return the fills in the order they came."""
        return self._deals(self.memory.fills[: self.memory.now[k.FILLS]])

    def _deals(self, told: Table) -> Table:
        # A slot is the entry (even) or the exit of a line, and prices are turned by the grid's sign.
        batch, slot, lots, price, old = told.T
        exits = slot & 1
        closes = np.where(old > 0, k.CLOSES_YESTERDAY, k.CLOSES_TODAY) if self.memory.given[k.EXPLICIT] else k.CLOSES
        sides, offsets = np.where(exits, -self._sign, self._sign), np.where(exits, closes, k.OPENS)
        return np.stack([batch, np.zeros_like(batch), sides, offsets, lots, price * self._sign], axis=1)


def lay(plan: Plan, settings: GridSettings, market: Market) -> Laid:
    """Return a plan's grid over a market of its one contract."""
    limits = plan.opening.limits[0].limits
    if settings.trail_to is not None:
        raise refused("策略要是不跟随的网格")
    check_known(settings, KNOWN, "网格")
    if [one.id for one in market.instruments] != [settings.instrument]:
        raise refused("行情要只有网格的合约")
    check_priced(market)
    if market.beside[:, k.BEGUN].any():
        raise refused("网格的行情要每一批都有报价")
    total = settings.lines * settings.lots_per_line
    check_limits(market, limits, (total,), (settings.lots_per_line,), smallest=settings.lots_per_line)
    check_repeats(limits)
    whole, opening = whole_rate(limits), opening_rate(limits)
    if whole.ten > MOST_MESSAGES or limits.repeats_in_window > MOST_MESSAGES:
        raise refused(f"报撤频率与重复委托的限额要在 {MOST_MESSAGES} 之内")
    (instrument,) = market.instruments
    sign, tick = settings.side.sign, instrument.tick
    given = np.zeros(k.GIVEN, dtype=np.int64)
    lower, upper = _up(settings.lower / tick), _down(settings.upper / tick)
    given[k.LOWER], given[k.UPPER] = (lower, upper) if sign > 0 else (-upper, -lower)
    given[k.STOP] = _down(settings.stop / tick) if sign > 0 else -_up(settings.stop / tick)
    given[k.LINES], given[k.PER_LINE] = settings.lines, settings.lots_per_line
    given[k.HOLDS] = settings.out_of_range is OutOfRange.HOLD
    given[k.BURST], given[k.SUSTAINED] = whole.second, whole.ten
    given[k.ENTRY_BURST], given[k.ENTRY_SUSTAINED] = opening.second, opening.ten
    given[k.REPEATS] = limits.repeats_in_window
    given[k.CANCELS_MOST], given[k.WORKING_MOST] = cancels_most(instrument), working_most(limits)
    given[k.EXPLICIT], given[k.BUYS_FIRST] = instrument.explicit_close_today, sign > 0
    ladder = np.array(levels(settings, tick), dtype=np.int64) * sign
    family = GridFamily(_memory(given, ladder, market.long if sign > 0 else market.short), sign)
    slack = settings.lots_per_line * k.FAR_LINES
    return Laid(family, settings, market.instruments, (slack,), limits, plan.opening.accounts[0].cash)


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_CEILING))


def _down(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_FLOOR))


def _memory(given: Table, ladder: Table, market: Table) -> k.Grid:
    lines = int(given[k.LINES])
    now = np.zeros(k.KNOWN, dtype=np.int64)
    now[[k.LEFT_AT, k.SENT]] = k.NONE
    now[k.BUYING], now[k.SELLING] = -k.NEVER, k.NEVER
    slots = np.zeros((2 * lines, k.FIELDS), dtype=np.int64)
    slots[:, k.CANCELLED] = k.NONE
    scopes = [scope_of(slot // 2 + 1, EXIT if slot % 2 else ENTRY) for slot in range(2 * lines)]
    slots[np.argsort(scopes), k.SCOPE] = np.arange(2 * lines)
    return k.Grid(
        given=given,
        ladder=ladder,
        market=market,
        now=now,
        slots=slots,
        active=np.zeros(2 * lines + 1, dtype=np.int64),
        found=np.zeros((3, 2 * lines + k.FAR_LINES), dtype=np.int64),
        held=np.zeros(lines, dtype=np.int64),
        queue=np.zeros((k.QUEUE, 5), dtype=np.int64),
        messages=np.zeros(k.MESSAGES, dtype=np.int64),
        entries=np.zeros(k.MESSAGES, dtype=np.int64),
        orders=np.zeros((len(market) // 2 + 1000, 5), dtype=np.int64),
        fills=np.zeros((len(market) // 2 + 1000, 5), dtype=np.int64),
    )
