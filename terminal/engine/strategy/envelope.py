"""Bound what a parent may be approved for, and say what is wrong with its settings (SAFETY I23)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.confirmation import Envelope, Stored
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.spread_formula import mixed_currencies
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.route_terms import ROUTES
from terminal.domain.words.settings import WORDS
from terminal.domain.words.typed_text import shown
from terminal.engine.prices.samples import SCALE
from terminal.engine.strategy.spot_fault import spot_fault
from terminal.engine.wording import short
from terminal.strategies.execution.check import misfit
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.execution.schedule import largest_child, sliced
from terminal.strategies.grid.ladder import check_on_ticks, levels
from terminal.strategies.grid.trailing import farthest
from terminal.strategies.own.fit import contracts_fault
from terminal.strategies.roll.fit import contracts_fault as roll_fault
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.prospects import never_met
from terminal.strategies.spread.route import listed
from terminal.strategies.table import strategy_of
from terminal.strategies.target.memory import TargetMemory
from terminal.strategies.target.prospects import never_kept

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow

DAY = 24 * 3600 * 1_000_000_000
TURNOVER = 10  # a parent may open its whole size this many times before it is approved again
ENDS_AFTER = 30 * DAY  # a parent lives at most this long; a longer one is approved again
BAND = Decimal("0.10")  # children trade within this fraction of the price the checker saw


def envelope_of(look: Look, settings: StrategySettings, *, runs: bool = False) -> Envelope | None:
    """Return the envelope of a strategy's whole task now, or `None` while an instrument has no price.

    Of a roll that `runs` near that is over is no part: nothing of it trades any more, and it may have no price. Of far
    a lone bid or offer is price enough then: a one-sided book is what the roll may have to be changed for.
    """
    lots, value, largest = 0, Decimal(0), 0
    lowest: dict[str, Decimal] = {}
    highest: dict[str, Decimal] = {}
    for name, count in strategy_of(settings).whole(settings):
        if runs and _left_behind(look, settings, name):
            continue
        price = look.columns.last_price(name)
        if price is None and runs and isinstance(settings, RollSettings):
            price = _lone_side(look, name)
        if price is None:
            return None
        lots += count
        largest = max(largest, count)
        value += _value(look.state.tenant.instruments[name], settings, price, count)
        lowest[name], highest[name] = price * (1 - BAND), price * (1 + BAND)
    if isinstance(settings, ExecutionSettings) and sliced(settings.style):
        largest = largest_child(settings, None, look)
    return Envelope(
        total_lots=lots * TURNOVER,
        total_value_yuan=value,
        lowest_price=lowest,
        highest_price=highest,
        largest_child_lots=largest,
        ends_at=look.now + ENDS_AFTER,
    )


def _lone_side(look: Look, name: InstrumentId) -> Decimal | None:
    quote = look.quote(name)
    ticks = None if quote is None else quote.ask if quote.bid is None else quote.bid
    return None if ticks is None else look.instrument(name).price(ticks)


def _left_behind(look: Look, settings: StrategySettings, name: InstrumentId) -> bool:
    # A roll outlives near where far still lacks lots; whatever else runs ends with its contract.
    left = look.days_to_expiry(name) if isinstance(settings, RollSettings) and name == settings.near else None
    return left is not None and left < 0


def _value(known: Instrument, settings: StrategySettings, price: Decimal, lots: int) -> Decimal:
    # What it opens is worth what it pays: a grid its own lines' prices, which are known, and the others the latest.
    if not isinstance(settings, GridSettings):
        return known.value(price, lots)
    lines = levels(farthest(settings), known.tick)[1:]
    return sum((known.value(known.price(level), settings.lots_per_line) for level in lines), Decimal(0))


def not_approved(account: AccountState, row: StrategyRow, settings: StrategySettings) -> str:
    """Return which contracts of its settings a strategy's approval does not name, "" where it needs none or names all.

    A roll has bound it to another contract since then. It is a clause for people, without a full stop. A roll itself
    keeps its contracts; what was agreed to once near is over does not name near.
    """
    if row.envelope is None or isinstance(settings, RollSettings):
        return ""
    envelope = msgspec.json.decode(account.confirmations[row.envelope].confirmation.stored, type=Stored).envelope
    named = {} if envelope is None else envelope.lowest_price
    lacking = "、".join(short(name) for name, _ in strategy_of(settings).whole(settings) if name not in named)
    return f"它的复核没有包括 {lacking}；请打开修改、按现行设置提交一次，由另一人复核" if lacking else ""


def unfit(look: Look, settings: StrategySettings) -> str | None:
    """Return in one sentence why settings do not fit the listed contracts, or `None`.

    A grid's lines coincide at the ticks: it would end at its first decision. A roll's far is of another product than
    near. A spread's legs, or the contracts of a rule, are counted in two currencies: they have no price together. Spot
    is only looked at, and nothing else is.
    """
    if isinstance(settings, GridSettings):
        return check_on_ticks(settings, look.instrument(settings.instrument))
    if isinstance(settings, OwnSettings):
        return contracts_fault([look.instrument(one.instrument) for one in settings.contracts])
    if isinstance(settings, RollSettings):
        return roll_fault(look.instrument(settings.near), look.instrument(settings.far))
    if isinstance(settings, SpreadSettings):
        return (
            mixed_currencies(look.instrument(leg.instrument) for leg in settings.legs)
            or spot_fault(look, settings)
            or _route_fault(look, settings)
        )
    return None


def _route_fault(look: Look, settings: SpreadSettings) -> str | None:
    if settings.route is not SpreadRoute.COMBINATION or listed(settings, look) is not None:
        return None
    legs = " 与 ".join(short(leg.instrument) for leg in settings.legs)
    return (
        f"{legs} 没有组合合约，{WORDS['route']}不能是{ROUTES[settings.route]}；请改为{ROUTES[SpreadRoute.CHEAPER]}或"
        f"{ROUTES[SpreadRoute.SYNTHETIC]}，或在数据目录的 reference/combinations.csv 中补充。"
    )


def finer_than_priced(look: Look, settings: StrategySettings) -> InstrumentId | None:
    """Return a spread's leg whose coefficient gives prices finer than the millionth of a yuan the columns keep.

    Such a spread cannot be priced at all: asking for it is a broken invariant.
    """
    legs = settings.legs if isinstance(settings, SpreadSettings) else ()
    return next(
        (leg.instrument for leg in legs if leg.coefficient * look.instrument(leg.instrument).tick * SCALE % 1), None
    )


def not_listed(look: Look, settings: StrategySettings) -> str | None:
    """Return in one sentence which contract of a strategy this market does not have, or `None`."""
    for name in strategy_of(settings).instruments(settings):
        if name not in look.columns.slot_of:
            far = isinstance(settings, RollSettings) and name == settings.far
            what = (
                f"{WORDS['far']} {shown(name)} 不在行情中：可能还没有上市" if far else f"合约 {shown(name)} 不在行情中"
            )
            return f"{what}，请核对代码或另选合约。"
    return None


def hopeless(look: Look, settings: StrategySettings, row: StrategyRow | None = None) -> str | None:
    """Return in one sentence why a strategy would wait for ever or cannot be done: field and reason, or `None`.

    `row` is that of a strategy that runs: what came to pass under it is no mistake of who changes it.
    """
    had, held = (None, None) if row is None else (row.settings, row.memory)
    if isinstance(settings, ExecutionSettings):
        began_at = held.began_at if isinstance(held, ExecutionMemory) else None
        return misfit(settings, look, had if isinstance(had, ExecutionSettings) else None, began_at)
    if isinstance(settings, TargetSettings):
        noted = held.days if isinstance(held, TargetMemory) else ()
        return never_kept(settings, look, had if isinstance(had, TargetSettings) else None, noted)
    if isinstance(settings, RollSettings):
        memory = held if isinstance(held, RollMemory) else None
        return never_met(settings, look, had if isinstance(had, RollSettings) else None, memory)
    return None
