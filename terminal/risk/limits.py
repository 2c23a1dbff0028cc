"""Compare two sets of limits: tightening applies at once, loosening needs a second person.

Most limits allow more when they are larger. Nobody having set one mostly allows nothing (SAFETY I20); a strategy
without a day-loss limit has the account's, and an account without a hedge plan is not held to one. Where a change may
allow more on one side and less on the other (hedge bounds, the kind of account, which products a plan names) a person
looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from terminal.domain.books.holding import decimal_text
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.words.typed_text import shown

LARGER_ALLOWS_MORE = {
    "confirm_value_yuan": "委托价值复核线",
    "max_value_yuan": "委托价值上限",
    "collar_confirm_ticks": "价格偏离复核线（跳）",
    "collar_confirm_fraction": "价格偏离复核线（比例）",
    "collar_max_fraction": "价格偏离上限",
    "feed_max_age_seconds": "行情最长间隔",
    "quote_max_age_seconds": "报价最长间隔",
    "position_lots": "持仓限额",
    "position_confirm_fraction": "持仓复核线",
    "hedge_confirm_fraction": "套保复核线",
    "margin_confirm": "风险度复核线",
    "margin_max": "风险度上限",
    "day_loss_yuan": "当日亏损限额",
    "messages_per_second_average": "报撤单速度（10 秒平均）",
    "messages_in_one_second": "报撤单速度（1 秒）",
    "repeats_in_window": "重复执行次数",
    "refusals_in_window": "连续被拒次数",
    "working_orders_confirm": "未了委托复核线",
    "working_orders_max": "未了委托上限",
    "working_orders_per_instrument": "单合约未了委托上限",
}
SMALLER_ALLOWS_MORE = {"duplicate_window_seconds": "重复委托时窗", "sandbox_rounds": "启动前沙盘轮数"}
ANY_CHANGE = {"hedge_bounds": "套保敞口", "is_hedge_account": "套保账户"}
STRATEGY_DAY_LOSS = "策略当日亏损限额"
POSITION_BY_INSTRUMENT = "合约持仓限额"
QUOTE_AGE_BY_INSTRUMENT = "合约报价最长间隔"
HEDGE_PLAN = "套保方案手数"
NAMES = {
    **LARGER_ALLOWS_MORE,
    **SMALLER_ALLOWS_MORE,
    **ANY_CHANGE,
    "strategy_day_loss_yuan": STRATEGY_DAY_LOSS,
    "position_lots_by_instrument": POSITION_BY_INSTRUMENT,
    "quote_max_age_by_instrument": QUOTE_AGE_BY_INSTRUMENT,
    "hedge_plan_lots": HEDGE_PLAN,
}

SHOWN = 3  # differences named in one sentence
LONGEST_SHOWN = 40  # characters of one value there

_NOTHING = Decimal(-1)
_ENDLESS = Decimal("Infinity")


def loosens(old: Limits | None, new: Limits) -> tuple[str, ...]:
    """Return the Chinese names of limits that allow more than before; an account's first limits all do."""
    if old is None:
        return ("首次设置限额",)
    found = [name for field, name in LARGER_ALLOWS_MORE.items() if _size(new, field) > _size(old, field)]
    found += [name for field, name in SMALLER_ALLOWS_MORE.items() if _size(new, field) < _size(old, field)]
    found += [name for field, name in ANY_CHANGE.items() if getattr(new, field) != getattr(old, field)]
    if _size(new, "strategy_day_loss_yuan", unset=_ENDLESS) > _size(old, "strategy_day_loss_yuan", unset=_ENDLESS):
        found.append(STRATEGY_DAY_LOSS)
    if _rises(
        (old.position_lots_by_instrument, old.position_lots), (new.position_lots_by_instrument, new.position_lots)
    ):
        found.append(POSITION_BY_INSTRUMENT)
    if _rises(
        (old.quote_max_age_by_instrument, old.quote_max_age_seconds),
        (new.quote_max_age_by_instrument, new.quote_max_age_seconds),
    ):
        found.append(QUOTE_AGE_BY_INSTRUMENT)
    if _plan_loosens(old.hedge_plan_lots, new.hedge_plan_lots):
        found.append(HEDGE_PLAN)
    return tuple(found)


def _size(limits: Limits, field: str, *, unset: Decimal = _NOTHING) -> Decimal:
    value: Decimal | int | None = getattr(limits, field)
    return unset if value is None else Decimal(value)


_PerInstrument = tuple[Mapping[InstrumentId, int], int | None]  # its own limits, and everybody else's


def _rises(old: _PerInstrument, new: _PerInstrument) -> bool:
    (before, before_else), (after, after_else) = old, new
    named = {*before, *after}
    return any(_allowed(after.get(key, after_else)) > _allowed(before.get(key, before_else)) for key in named)


def _allowed(value: int | None) -> int:
    return -1 if value is None else value


def _plan_loosens(old: dict[ProductId, int] | None, new: dict[ProductId, int] | None) -> bool:
    if old is None or new is None:
        return old is not None
    return old.keys() != new.keys() or any(new[product] > lots for product, lots in old.items())


class Change(NamedTuple):
    """Hold one limit that differs, as text, and whether it allows more than before."""

    name: str
    before: str
    after: str
    looser: bool


def changes(old: Limits | None, new: Limits) -> tuple[Change, ...]:
    """Return every limit that differs, in the order people know them; before the first limits all are unset."""
    loose = frozenset(loosens(old, new))
    found = []
    for field, name in NAMES.items():
        before, after = None if old is None else getattr(old, field), getattr(new, field)
        if before != after:
            found.append(Change(name, _text(before), _text(after), old is None or name in loose))
    return tuple(found)


def conflict(now: Limits | None, base_version: int, wanted: Limits) -> str:
    """Return the sentence for limits that were edited over another version than the present one, with both values."""
    head = f"限额已是第 {0 if now is None else now.version} 版，您修改的是第 {base_version} 版"
    parts = []
    for field, name in NAMES.items():
        before, after = None if now is None else getattr(now, field), getattr(wanted, field)
        if before != after:
            theirs, yours = (shown(_text(one), LONGEST_SHOWN) for one in _apart(before, after))
            parts.append(f"{name}现为 {theirs}、您填 {yours}")
    if not parts:
        return f"{head}，内容与现行限额相同，无需再改。"
    more = f"，另有 {len(parts) - SHOWN} 项" if len(parts) > SHOWN else ""
    return f"{head}；不同之处：{'，'.join(parts[:SHOWN])}{more}。请重新打开后修改。"


def _apart(before: object, after: object) -> tuple[object, object]:
    # Of a long list only what differs is named, so that two of them that begin alike are not cut to the same words.
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _only(before, after), _only(after, before)
    if isinstance(before, tuple) and isinstance(after, tuple):
        return tuple(one for one in before if one not in after), tuple(one for one in after if one not in before)
    return before, after


def _only(here: Mapping[object, object], there: Mapping[object, object]) -> dict[object, object]:
    return {key: value for key, value in here.items() if key not in there or there[key] != value}


def _text(value: object) -> str:
    if value is None:
        return "未设"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return "、".join(f"{key} {_text(one)}" for key, one in sorted(value.items())) or "无"
    if isinstance(value, tuple):
        return "、".join(_bound(one) for one in value if isinstance(one, HedgeBound)) or "无"
    return str(value)


def _bound(bound: HedgeBound) -> str:
    planned = f"（含预期 {_text(bound.planned_tonnes)} 吨）" if bound.planned_tonnes else ""
    return f"{bound.group} {_text(bound.physical_tonnes + bound.planned_tonnes)} 吨{planned}"
