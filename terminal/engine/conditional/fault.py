"""Say what is wrong with a conditional order as a person wrote it, whatever the market does (条件单)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.domain.orders.conditional import (
    MOST_PARTS,
    AllOf,
    AnyOf,
    AtPrice,
    BasisReaches,
    BreaksEven,
    CloseLots,
    MarketOpens,
    PriceReaches,
    PriceWithin,
    Quoted,
    SpreadReaches,
    TimeReached,
    Validity,
    contracts_of,
    parts_of,
)
from terminal.domain.orders.order import Offset
from terminal.domain.products.combination import is_combination
from terminal.domain.products.fees import fees_known
from terminal.domain.products.instrument import PRICE_CEILING, Kind
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import shown
from terminal.engine.conditional.times import due_of, ends_at
from terminal.engine.conditional.wording import clock_text, part_text, validity_text
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.conditional import Conditional, Part, Release
    from terminal.engine.look import Look

MOST_TICKS: Final = 1_000
MOST_COEFFICIENT: Final = 1_000  # of a spread's second leg
FINEST: Final = 4  # digits after the point, of a spread, a basis or a coefficient
DAY_SECONDS: Final = 24 * 3600


def fault(look: Look, wanted: Conditional) -> str:
    """Return the sentence about what is wrong, empty where nothing is."""
    parts = parts_of(wanted.condition)
    if isinstance(wanted.condition, AllOf | AnyOf) and not 2 <= len(parts) <= MOST_PARTS:
        return f"“且”与“或”应连接 2 至 {MOST_PARTS} 个条件，这里有 {len(parts)} 个；请改正。"
    for name in (wanted.release.instrument, *(name for part in parts for name in contracts_of(part))):
        known = look.state.tenant.instruments.get(name)
        if known is not None and known.kind is Kind.OPTION:
            return f"条件单、止损止盈现在只用于期货，{short(name)} 是期权；请直接下单。"
        if is_combination(name):
            return f"条件单、止损止盈现在只用于单个期货合约，{short(name)} 是组合合约；请直接下单，或各腿分别设条件。"
        if known is None or known.kind is not Kind.FUTURE or name not in look.columns.slot_of:
            return f"没有可交易的合约 {shown(name)}，请核对合约代码。"
    wrong = next((what for part in parts if (what := _of_part(look, part))), "") or _of_release(look, wanted.release)
    return wrong or _of_validity(look, wanted)


def times(look: Look, wanted: Conditional) -> tuple[tuple[int, ...], int | None, str]:
    """Return when the parts may hold first, when it ends, and why that can never come to anything, empty if it can."""
    parts, found = parts_of(wanted.condition), due_of(look, wanted)
    due = tuple(at or 0 for at in found)
    for part, at in zip(parts, found, strict=True):
        if at is None:
            clock = f" {clock_text(part.clock)} " if isinstance(part, TimeReached) else "以后"
            return due, None, f"{short(part.instrument)} {clock}不在交易时段之内，条件不会成立；请改时间。"
    end = ends_at(look, wanted, due)
    if end is not None and end <= look.now:
        return due, end, f"{short(wanted.release.instrument)} 的有效期（{validity_text(wanted)}）已经过去，请改有效期。"
    late = [at for at in due if end is not None and at >= end]
    if late and (len(late) == len(due) or not isinstance(wanted.condition, AnyOf)):
        part = parts[due.index(late[0])]
        said = part_text(part, late[0])
        return due, end, f"{said}：晚于有效期（{validity_text(wanted)}），条件不会成立；请改有效期。"
    return due, end, ""


def _of_part(look: Look, part: Part) -> str:
    match part:
        case PriceReaches():
            return _of_price(look, part.instrument, part.price)
        case PriceWithin():
            if part.lowest > part.highest:
                return f"{short(part.instrument)} 的价格区间下限 {part.lowest} 高于上限 {part.highest}，请改正。"
            return _of_price(look, part.instrument, part.lowest) or _of_price(look, part.instrument, part.highest)
        case TimeReached():
            if not 0 <= part.clock < DAY_SECONDS:
                return f"时间应在 00:00:00 至 23:59:59 之间，{part.clock} 秒不是；请改正。"
        case BreaksEven():
            if not fees_known(look.instrument(part.instrument)):
                return f"{short(part.instrument)} 的手续费未知，算不出保本价；请在方案中写明手续费。"
        case SpreadReaches():
            return _of_spread(look, part)
        case BasisReaches():
            return _of_basis(look, part)
        case MarketOpens():
            pass
    return ""


def _of_spread(look: Look, part: SpreadReaches) -> str:
    one, other, times = look.instrument(part.instrument), look.instrument(part.less), part.coefficient
    name = f"{short(one.id)} 减 {short(other.id)} 的价差"
    if one.id == other.id:
        return f"价差的两腿都是 {short(one.id)}，请另选一腿。"
    if one.quote_unit != other.quote_unit:
        return f"{name}：一腿按{one.quote_unit}报价，另一腿按{other.quote_unit}，不能相减；请另选一腿。"
    if not 0 < times <= MOST_COEFFICIENT or times != round(times, FINEST):
        return f"{name}的系数应大于 0、至多 {MOST_COEFFICIENT}，最多 {FINEST} 位小数，现为 {times}；请改正。"
    if part.quoted is Quoted.LAST:
        return f"{name}不看最新价：两腿最后一笔成交不在同一时刻；请选「{Term.SELL_AT}」或「{Term.BUY_AT}」。"
    return _of_value(name, part.value)


def _of_basis(look: Look, part: BasisReaches) -> str:
    future, spot = look.instrument(part.instrument), look.state.tenant.instruments.get(part.spot)
    if spot is None or spot.kind is not Kind.SPOT or part.spot not in look.columns.slot_of:
        return f"没有现货品种 {shown(part.spot)}，请另选现货，或在方案中写上。"
    name = f"{short(part.spot)} 减 {short(future.id)} 的基差"
    if spot.code != future.code:
        return f"{name}：现货与期货不是同一品种；请另选现货。"
    if spot.quote_unit != future.quote_unit:
        return f"{name}：现货按{spot.quote_unit}报价，期货按{future.quote_unit}，不能相减；请另选现货。"
    return _of_value(name, part.value)


def _of_value(name: str, value: Decimal) -> str:
    if abs(value) < PRICE_CEILING and value == round(value, FINEST):
        return ""
    return f"{name}应小于 {PRICE_CEILING}，最多 {FINEST} 位小数，现为 {value}；请改正。"


def _of_price(look: Look, instrument: InstrumentId, price: Decimal) -> str:
    tick = look.instrument(instrument).tick
    if price <= 0 or price % tick:
        return f"{short(instrument)} 的价格 {price} 不是最小变动价位 {tick} 的正整数倍，请改价。"
    return ""


def _of_release(look: Look, release: Release) -> str:
    known = look.instrument(release.instrument)
    if release.lots < 1:
        return f"{short(known.id)} 的手数须为正整数，请改手数。"
    if isinstance(release.price, AtPrice):
        wrong = _of_price(look, release.instrument, release.price.price)
        if wrong:
            return wrong
    elif abs(release.price.ticks) > MOST_TICKS:
        return f"超价 {release.price.ticks} 跳太多，最多 {MOST_TICKS} 跳；请改正。"
    if isinstance(release, CloseLots):
        return ""
    if known.max_lots is not None and release.lots > known.max_lots:
        return f"{short(known.id)} 超过交易所每次最大下单量 {known.max_lots:,} 手，请分成几张。"
    explicit = {Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY}
    if release.offset in explicit and not known.explicit_close_today:
        return f"{known.exchange} 不分平今与平昨，请改用「平仓」。"
    return ""


def _of_validity(look: Look, wanted: Conditional) -> str:
    if wanted.validity is not Validity.GTD:
        return "" if wanted.last_day is None else "只有“有效至某日”才写日期，请去掉日期或改有效期。"
    day = wanted.last_day
    try:
        if day is not None and look.calendar.is_trading_day(day):
            return _of_last_day(look, wanted.release.instrument, day)
    except UserError:
        pass
    return f"“有效至”要写一个交易日，{'没有写' if day is None else day}；请改日期。"


def _of_last_day(look: Look, instrument: InstrumentId, day: int) -> str:
    expiry = look.instrument(instrument).expiry
    if day < look.trading_day:
        return f"有效至 {day} 已经过去，请改日期。"
    if expiry is not None and day > expiry:
        return f"{short(instrument)} 的最后交易日是 {expiry}，有效至 {day} 在它以后；请改日期。"
    return ""
