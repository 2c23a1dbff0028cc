"""Write orders, amounts and names the way every sentence of the screen does.

Cards, events and previews say the same order with the same words: side and offset, contract, lots, price. Amounts have
U+2212 for minus and thousands commas; prices have none, as on a ticket.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import ConfirmationId, DeviceId, InstrumentId, PersonId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.kind_words import price_words
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, OrderTerms, Side, TimeCondition
from terminal.domain.products.combination import contracts_of
from terminal.domain.products.ending import How
from terminal.domain.words.amount_text import MINUS, amount_text
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import FLAGS as SPOKEN_FLAGS
from terminal.domain.words.terms import Term
from terminal.risk.levels import QUIET_FOR, SIGNALS

if TYPE_CHECKING:
    from terminal.domain.orders.combined_order import LegOf
    from terminal.domain.words.risk import Scope
    from terminal.engine.state import AccountState, OrderRow
    from terminal.risk.levels import Signal

HOWS: Final = {
    How.EXERCISED: "行权",
    How.ASSIGNED: "履约",
    How.LAPSED: "到期作废",
    How.DELIVERED: "交割",
    How.NETTED: "自对冲",
}
BUY_SELL: Final = {Side.BUY: "买", Side.SELL: "卖"}
LONG_SHORT: Final = {Side.BUY: "多", Side.SELL: "空"}
OFFSETS: Final = {
    Offset.OPEN: "开",
    Offset.CLOSE: "平",
    Offset.CLOSE_TODAY: "平今",
    Offset.CLOSE_YESTERDAY: "平昨",
}
FLAGS: Final = {HedgeFlag.SPECULATION: "", HedgeFlag.ARBITRAGE: " 套利", HedgeFlag.HEDGE: " 套保"}
CONDITIONS: Final = {TimeCondition.GFD: "", TimeCondition.FAK: " FAK", TimeCondition.FOK: " FOK"}
CONFIRMATIONS: Final = {
    ConfirmationState.PENDING: Term.WAITING.value,
    ConfirmationState.APPROVED: "已批准",
    ConfirmationState.CONSUMED: "已批准并执行",
    ConfirmationState.REJECTED: "已驳回",
    ConfirmationState.WITHDRAWN: "已撤回",
    ConfirmationState.EXPIRED: "已过时限",
    ConfirmationState.SUPERSEDED: "已被修改，原件作废",
    ConfirmationState.STALE: "状态已变化",
    ConfirmationState.REVOKED: "已作废",
}
ORDER_ENDS: Final = {  # of one that did not fill
    OrderState.CANCELLED: "已撤",
    OrderState.REJECTED: "被交易所拒绝",
    OrderState.EXPIRED: "收盘失效",
    OrderState.VOID: "没有报出",
}
LEVELS: Final = ("正常", "黄色", "橙色", "红色")  # by `Level`
SYSTEM: Final = "系统"
AT_COMMAND_LINE: Final = "local:"  # whoever acts by a command of this machine, before the name of its user
_MACHINES: Final = {PersonId("runner"): SYSTEM, PersonId("plan"): "方案"}


def short(instrument: InstrumentId) -> str:
    """Return a contract's code without its exchange, as traders say it.

    >>> short(InstrumentId("SHFE.rb2601"))
    'rb2601'
    """
    _, _, code = instrument.partition(".")
    return code or instrument


def verb(terms: OrderTerms) -> str:
    """Return side and offset, like `买开` or `卖平今`."""
    return f"{BUY_SELL[terms.side]}{OFFSETS[terms.offset]}"


def order_title(terms: OrderTerms, leg: LegOf | None = None) -> str:
    """Return an order as one reads it out: `买开 rb2601 490 手 @3215`; flag and condition follow where special.

    Of a leg it is what the whole asks: `买开 i2101 3 手 @30.5（组合 SP i2101&i2105 第一腿）`.
    """
    price = price_words(terms)
    if leg is not None:
        price = f"{amount_text(leg.price)}（{combination_words(leg)}）"
    return (
        f"{verb(terms)} {short(terms.instrument)} {terms.lots:,} 手 @{price}"
        f"{FLAGS[terms.hedge_flag]}{CONDITIONS[terms.time_condition]}"
    )


def combination_words(leg: LegOf) -> str:
    """Return of which combination an order is which leg: `组合 SP i2101&i2105 第一腿`."""
    return f"组合 {short(leg.combination)} 第{'一' if leg.is_first else '二'}腿"


def refused_title(terms: OrderTerms, combination: InstrumentId | None) -> str:
    """Return a refused order as one reads it out; of a combination's leg the whole, whose difference nobody kept."""
    if combination is None:
        return order_title(terms)
    side = terms.side if contracts_of(combination)[0] == terms.instrument else terms.side.opposite
    return (
        f"{BUY_SELL[side]}{OFFSETS[terms.offset]} {short(combination)} {terms.lots:,} 手"
        f"{FLAGS[terms.hedge_flag]}{CONDITIONS[terms.time_condition]}"
    )


def half_told(ended: OrderRow, awaited: OrderRow) -> str:
    """Return that one leg has ended and trades of the other one are still to be told, without a full stop."""
    how = ORDER_ENDS.get(ended.state, "已全部成交")
    return f"{short(ended.terms.instrument)} {how}，{short(awaited.terms.instrument)} 的成交还没有报到"


def order_differences(old: OrderTerms, new: OrderTerms) -> tuple[str, ...]:
    """Return what another order in the place of one has otherwise, both values of each: `手数 110 → 120`."""
    both = (
        ("合约", short(old.instrument), short(new.instrument)),
        ("买卖", verb(old), verb(new)),
        ("手数", f"{old.lots:,}", f"{new.lots:,}"),
        ("价格", price_words(old), price_words(new)),
        ("投保", SPOKEN_FLAGS[old.hedge_flag], SPOKEN_FLAGS[new.hedge_flag]),
        ("成交属性", old.time_condition.value, new.time_condition.value),
    )
    return tuple(f"{name} {before} → {after}" for name, before, after in both if before != after)


def number(amount: Decimal | int, places: int = 0) -> str:
    """Return an amount rounded half up, with commas and U+2212.

    >>> number(Decimal("-1234.5"), 1)
    '−1,234.5'
    """
    exact = Decimal(amount).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{exact + 0:,.{places}f}".replace("-", MINUS)  # + 0 turns -0 into 0


def yuan(amount: Decimal, places: int = 0) -> str:
    """Return an amount of money, like `¥1,575` or `−¥86,340`."""
    text = number(amount, places)
    return f"{MINUS}¥{text[1:]}" if text.startswith(MINUS) else f"¥{text}"


def signed_yuan(amount: Decimal, places: int = 0) -> str:
    """Return a gain or loss with its sign, like `+¥1,575`; what rounds to zero has none."""
    text = yuan(amount, places)
    return text if text.startswith(MINUS) or not any(digit in text for digit in "123456789") else f"+{text}"


def cash_title(amount: Decimal) -> str:
    """Return money that comes in or goes out, like `入金 ¥5,000.00`."""
    return f"{'入金' if amount > 0 else '出金'} {yuan(abs(amount), 2)}"


def signed_lots(lots: int) -> str:
    """Return net lots as a position, like `多 12 手`, `空 3 手` or `无持仓`."""
    if not lots:
        return "无持仓"
    return f"{'多' if lots > 0 else '空'} {abs(lots)} 手"


def both_sides(long: int, short_lots: int) -> str:
    """Return what is held on both sides; an opening against what is held is no reduction (锁仓).

    >>> both_sides(200, 190)
    '多 200、空 190 手（锁仓）'
    """
    if long and short_lots:
        return f"多 {long}、空 {short_lots} 手（{Term.LOCKED}）"
    return signed_lots(long - short_lots)


def percent(share: Decimal, places: int = 1) -> str:
    """Return a share as per cent.

    >>> percent(Decimal("0.13"), 0)
    '13%'
    """
    return f"{number(share * 100, places)}%"


def used_percent(used: int, most: int) -> str:
    """Return how much of a limit is used as per cent; only all of it reads 100%.

    >>> used_percent(499, 500), used_percent(9999, 10000), used_percent(500, 500), used_percent(10001, 10000)
    ('99.8%', '99.9%', '100%', '100.1%')
    """
    share = Decimal(used) * 100 / most
    rounding = ROUND_DOWN if used < most else ROUND_UP
    return f"{decimal_text(share.quantize(Decimal('0.1'), rounding=rounding))}%"


def plain_percent(share: Decimal) -> str:
    """Return an exact share as per cent without idle zeros, like `13%` or `9.5%`."""
    return f"{decimal_text(share * 100)}%"


def day_text(day: int) -> str:
    """Return a trading day like 20200821 as `2020-08-21`."""
    return f"{day // 10_000}-{day // 100 % 100:02}-{day % 100:02}"


def person_name(account: AccountState, person: PersonId) -> str:
    """Return what a person is called in an account; the runner is the system."""
    known = account.members.get(person)
    if known is None and person.startswith(AT_COMMAND_LINE):
        return f"命令行（{person.removeprefix(AT_COMMAND_LINE)}）"
    return known.name if known is not None else _MACHINES.get(person, person)


def place_name(account: AccountState, person: PersonId, device: DeviceId) -> str:
    """Return a person at a device: `赵@desk-1`."""
    return f"{person_name(account, person)}@{device}"


def not_an_order(confirmation: ConfirmationId) -> str:
    """Return that what waits under a number is none that another order could stand in the place of."""
    return f"待复核项 {confirmation} 不是一笔委托，不能改成委托；请撤回后重新提交。"


def under_number(sentence: str, confirmation: ConfirmationId) -> str:
    """Return an answer with the number of what it leaves waiting for a second person; a reader looks for its end.

    >>> under_number("放宽限额需复核", ConfirmationId("A-1-C000008"))
    '放宽限额需复核（编号 A-1-C000008）'
    """
    return f"{sentence}（编号 {confirmation}）"


def scope_name(scope: Scope) -> str:
    """Return what a level or a kill switch covers, as a sentence's beginning."""
    if scope.strategy is not None:
        return f"策略 {scope.strategy}"
    return "整个账户" if scope.instrument is None else f"合约 {short(scope.instrument)}"


def level_title(scope: Scope, signal: str) -> str:
    """Return what a level measures, and of what: 合约 rb2601持仓占限额."""
    known = SIGNALS.get(signal)
    return f"{scope_name(scope)}{signal if known is None else known.title}"


def level_reached(signal: Signal, level: Level, value: str, clock: str) -> str:
    """Return since when a level stands, what its signal showed then, and its line.

    One that came down from above was below its line already; a released red one keeps the figure that made it red.

    >>> level_reached(SIGNALS["position_use"], Level.ORANGE, "95.40", "13:41")
    '13:41 达 95.40 %（线 ≥ 95 %）'
    >>> level_reached(SIGNALS["position_use"], Level.YELLOW, "0.00", "13:43")
    '13:43 由更高级别降下，当时 0.00 %（线 ≥ 80 %）'
    >>> level_reached(SIGNALS["position_use"], Level.ORANGE, "101.00", "13:45")
    '13:45 起，曾达 101.00 %（线 ≥ 95 %）'
    """
    called = signal.level(Decimal(value)) if value else level
    came = (
        "起，曾达" if called > level else "达" if signal.upholds(level, Decimal(value or 0)) else "由更高级别降下，当时"
    )
    shown = f"{clock} {came} {value} {signal.unit}" if value else f"{clock} 起"
    return f"{shown}（线 {signal.text(level)}）"


def level_falls(signal: Signal, now: Decimal) -> str:
    """Return where a figure stands that no longer reaches the line of its level.

    >>> level_falls(SIGNALS["position_use"], Decimal("94.99"))
    '现为 94.9 %'
    """
    return f"现为 {now.quantize(Decimal('0.1'), rounding=ROUND_DOWN)} {signal.unit}"


def falling_advice(signal: Signal, level: Level, now: Decimal) -> str:
    """Return what becomes of a level whose figure no longer reaches its line; red stands until two persons lift it.

    >>> falling_advice(SIGNALS["position_use"], Level.ORANGE, Decimal(0))
    '不用处理：满 120 秒自行降级'
    >>> falling_advice(SIGNALS["position_use"], Level.ORANGE, Decimal(92))
    '低于 90 % 满 120 秒才自行降级'
    """
    if level is Level.RED:
        return "原因已消，但红色不自行解除：须两人解除，其中一人须为风控"
    seconds = QUIET_FOR[level] // SECOND_NS
    if signal.quiet(level, now):
        return f"不用处理：满 {seconds} 秒自行降级"
    return f"低于 {decimal_text(signal.quiet_line(level) or now)} {signal.unit} 满 {seconds} 秒才自行降级"
