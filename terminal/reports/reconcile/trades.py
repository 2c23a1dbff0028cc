"""Match our trades of a day with the statement's (成交记录).

By the exchange's trade number, with contract and side, where the statement prints it: numbers are unique only within
those. Some brokers print running numbers of their own; where not one number agrees, and where there is none, trades are
matched by what they are: first all of contract, side, offset, price, lots, flag and time, then with one of price, lots,
or offset and flag let go, so that a figure that differs shows as that figure and not as two strangers.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.calendar import SECOND_NS, show
from terminal.domain.fees import round_half_up
from terminal.domain.order import HedgeFlag, Offset, Side
from terminal.domain.terms import Term
from terminal.reports.reconcile.own_day import OwnTrade
from terminal.reports.reconcile.result import ZERO, Difference, Outcome, Row, Subject, signed
from terminal.reports.statement.lines import Layout, TradeLine
from terminal.reports.statement.words import squeezed

SIDE_TERMS: Final = {Side.BUY: Term.BUY, Side.SELL: Term.SELL}
FLAG_TERMS: Final = {
    HedgeFlag.SPECULATION: Term.SPECULATION,
    HedgeFlag.ARBITRAGE: Term.ARBITRAGE,
    HedgeFlag.HEDGE: Term.HEDGE,
}
_OFFSET_TERMS: Final = {
    Offset.OPEN: Term.OPEN,
    Offset.CLOSE: Term.CLOSE,
    Offset.CLOSE_TODAY: Term.CLOSE_TODAY,
    Offset.CLOSE_YESTERDAY: Term.CLOSE_YESTERDAY,
}
_EXPLICIT: Final = frozenset({"SHFE", "INE"})  # elsewhere 平今 and 平昨 are words for the same close (DOMAIN 4.3)

_Key = Callable[[OwnTrade], Hashable]
_TheirKey = Callable[[TradeLine], Hashable]


class Pairs(NamedTuple):
    """Hold trades of both sides that belong together, and those that found no other."""

    both: list[tuple[OwnTrade, TradeLine]]
    ours: list[OwnTrade]
    theirs: list[TradeLine]
    by_number: bool


class Effect(NamedTuple):
    """Hold by how much the trades' fees and profits differ, theirs less ours; `None`: not printed per trade."""

    fee: Decimal
    close_profit: Decimal | None


class TradesFound(NamedTuple):
    """Hold what comparing the trades gave."""

    rows: list[Row]
    effect: Effect
    notes: list[str]


def compare_trades(
    ours: Iterable[OwnTrade], theirs: Iterable[TradeLine], layout: Layout, *, whole: bool
) -> TradesFound:
    """Compare trades; of a statement that was cut, those of ours that it no longer tells are not held against it."""
    own, printed = [*ours], [*theirs]
    pairs = pair(own, printed)
    notes = []
    if not pairs.by_number and own and any(line.number for line in printed):
        notes.append("结算单的成交序号与交易所成交编号没有一个相同，成交按合约、买卖、开平、价格、手数配对。")
    rows = [_compared(trade, line, layout) for trade, line in pairs.both]
    rows += [_theirs_only(line) for line in pairs.theirs]
    if whole:
        rows += [_ours_only(trade) for trade in pairs.ours]
    elif pairs.ours:
        notes.append(f"成交记录不完整，我方有 {len(pairs.ours)} 笔成交没有核对。")
    late = [trade for trade in own if trade.late]
    if late:
        notes.append(f"我方有 {len(late)} 笔成交在结算之后才收到，金额记在下一交易日。")
    return TradesFound(rows, _effect(own, printed, layout), notes)


# --- matching --------------------------------------------------------------------------------------------------------


def pair(ours: list[OwnTrade], theirs: list[TradeLine]) -> Pairs:
    """Return which trades belong together."""
    both, own, printed = _join(ours, theirs, _number, _their_number)
    by_number = bool(both) and all(line.number for line in theirs)
    if both:
        return Pairs(both, own, printed, by_number)
    for key, their_key in _KEYS:
        found, own, printed = _join(own, printed, key, their_key)
        both += found
    return Pairs(both, own, printed, by_number=False)


def _join(
    ours: list[OwnTrade], theirs: list[TradeLine], key: _Key, their_key: _TheirKey
) -> tuple[list[tuple[OwnTrade, TradeLine]], list[OwnTrade], list[TradeLine]]:
    waiting: dict[Hashable, deque[OwnTrade]] = defaultdict(deque)
    for trade in ours:
        waiting[key(trade)].append(trade)
    both, left = [], []
    for line in theirs:
        known = their_key(line)
        found = waiting.get(known) if known is not None else None
        if found:
            both.append((found.popleft(), line))
        else:
            left.append(line)
    rest = {id(trade) for trades in waiting.values() for trade in trades}
    return both, [trade for trade in ours if id(trade) in rest], left


def _number(trade: OwnTrade) -> Hashable:
    return *_contract(trade), _bare(trade.number)


def _their_number(line: TradeLine) -> Hashable:
    return (*_their_contract(line), _bare(line.number)) if line.number else None


def _bare(number: str) -> str:
    return squeezed(number).lstrip("0")  # counters pad them with blanks, some brokers with zeros


def _contract(trade: OwnTrade) -> tuple[str, str, Side]:
    exchange, _, symbol = trade.instrument.id.partition(".")
    return exchange, symbol.casefold(), trade.side


def _their_contract(line: TradeLine) -> tuple[str, str, Side]:
    return str(line.exchange), line.symbol.casefold(), line.side


def _offset(exchange: str, offset: Offset) -> Offset:
    if offset is Offset.OPEN:
        return offset
    if exchange not in _EXPLICIT:
        return Offset.CLOSE
    return Offset.CLOSE_TODAY if offset is Offset.CLOSE_TODAY else Offset.CLOSE_YESTERDAY


def _clock(trade: OwnTrade) -> str:
    return show(trade.at // SECOND_NS * SECOND_NS)[11:19]


def _own_offset(trade: OwnTrade) -> Offset:
    return _offset(trade.instrument.exchange, trade.offset)


def _their_offset(line: TradeLine) -> Offset:
    return _offset(line.exchange, line.offset)


_KEYS: Final[tuple[tuple[_Key, _TheirKey], ...]] = (
    (
        lambda t: (*_contract(t), _own_offset(t), t.price, t.lots, t.flag, _clock(t)),
        lambda s: (*_their_contract(s), _their_offset(s), s.price, s.lots, s.flag, s.time) if s.time else None,
    ),
    (
        lambda t: (*_contract(t), _own_offset(t), t.price, t.lots, t.flag, t.fee),
        lambda s: (*_their_contract(s), _their_offset(s), s.price, s.lots, s.flag, s.fee),
    ),
    (
        lambda t: (*_contract(t), _own_offset(t), t.price, t.lots, t.flag),
        lambda s: (*_their_contract(s), _their_offset(s), s.price, s.lots, s.flag),
    ),
    (
        lambda t: (*_contract(t), t.price, t.lots, t.offset is Offset.OPEN),
        lambda s: (*_their_contract(s), s.price, s.lots, s.offset is Offset.OPEN),
    ),
    (
        lambda t: (*_contract(t), _own_offset(t), t.lots, t.flag),
        lambda s: (*_their_contract(s), _their_offset(s), s.lots, s.flag),
    ),
    (
        lambda t: (*_contract(t), _own_offset(t), t.price, t.flag),
        lambda s: (*_their_contract(s), _their_offset(s), s.price, s.flag),
    ),
)


# --- comparing -------------------------------------------------------------------------------------------------------


def _compared(trade: OwnTrade, line: TradeLine, layout: Layout) -> Row:
    what = _own_name(trade)
    found: list[Difference] = []

    def differ(field: str, ours: object, theirs: object, yuan: Decimal | None, *, follows: bool = False) -> None:
        size = "" if yuan is None else f"，差 {signed(yuan)} 元"
        sentence = f"成交 {what} 的{field}：我方 {ours}，结算单第 {line.line} 行 {theirs}{size}。"
        found.append(
            Difference(field=field, ours=str(ours), theirs=str(theirs), yuan=yuan, sentence=sentence, follows=follows)
        )

    value = trade.instrument.value
    if trade.price != line.price:
        differ("成交价", trade.price, line.price, value(line.price - trade.price, trade.lots))
    if trade.lots != line.lots:
        differ("手数", trade.lots, line.lots, value(trade.price, line.lots - trade.lots))
    if _own_offset(trade) is not _their_offset(line):
        differ("开平", _OFFSET_TERMS[trade.offset], _OFFSET_TERMS[line.offset], None)
    if trade.flag is not line.flag:
        differ("投保", FLAG_TERMS[trade.flag], FLAG_TERMS[line.flag], None)
    is_other = any(one.field in {"成交价", "手数", "开平"} for one in found)
    turnover = round_half_up(trade.turnover)
    if turnover != line.turnover:
        expected = round_half_up(value(line.price, line.lots))
        differ("成交额", turnover, line.turnover, line.turnover - turnover, follows=line.turnover == expected)
    if trade.fee != line.fee:
        differ("手续费", trade.fee, line.fee, line.fee - trade.fee)
    profit = _profit(trade, layout)
    if line.close_profit is not None and profit != line.close_profit:
        yuan = line.close_profit - profit
        differ("平仓盈亏", profit, line.close_profit, yuan, follows=is_other and _is_of_price(trade, line, yuan))
    outcome = Outcome.DIFFERS if found else Outcome.MATCHED
    return Row(subject=Subject.TRADE, what=what, outcome=outcome, lines=(line.line,), differences=tuple(found))


def _is_of_price(trade: OwnTrade, line: TradeLine, yuan: Decimal) -> bool:
    moved = trade.side.opposite.sign * trade.instrument.value(line.price - trade.price, trade.lots)
    return trade.lots == line.lots and yuan == moved


def _profit(trade: OwnTrade, layout: Layout) -> Decimal:
    return round_half_up(trade.profit_by_day if layout is Layout.BY_DAY else trade.profit_by_trade)


def _ours_only(trade: OwnTrade) -> Row:
    what, value = _own_name(trade), round_half_up(trade.turnover)
    sentence = f"成交 {what} 只在我方：结算单没有这一笔，合约价值 {value} 元。"
    difference = Difference(field="整笔", ours=str(value), theirs="", yuan=-value, sentence=sentence)
    return Row(subject=Subject.TRADE, what=what, outcome=Outcome.OURS_ONLY, differences=(difference,))


def _theirs_only(line: TradeLine) -> Row:
    what = _name(line.symbol, line.side, line.offset, line.lots, line.price, line.number)
    sentence = f"成交 {what} 只在结算单（第 {line.line} 行）：我方没有这一笔，合约价值 {line.turnover} 元。"
    difference = Difference(field="整笔", ours="", theirs=str(line.turnover), yuan=line.turnover, sentence=sentence)
    return Row(
        subject=Subject.TRADE, what=what, outcome=Outcome.THEIRS_ONLY, lines=(line.line,), differences=(difference,)
    )


def _own_name(trade: OwnTrade) -> str:
    symbol = trade.instrument.id.partition(".")[2]
    return _name(symbol, trade.side, trade.offset, trade.lots, trade.price, trade.number)


def _name(symbol: str, side: Side, offset: Offset, lots: int, price: Decimal, number: str) -> str:
    numbered = f"（编号 {number.strip()}）" if number.strip() else ""
    return f"{symbol} {SIDE_TERMS[side]}{_OFFSET_TERMS[offset]} {lots} 手 {price.normalize():f}{numbered}"


def _effect(ours: list[OwnTrade], theirs: list[TradeLine], layout: Layout) -> Effect:
    fee = sum((line.fee for line in theirs), ZERO) - sum((trade.fee for trade in ours), ZERO)
    profits = [line.close_profit for line in theirs if line.close_profit is not None]
    if len(profits) < len(theirs):
        return Effect(fee, None)
    return Effect(fee, sum(profits, ZERO) - sum((_profit(trade, layout) for trade in ours), ZERO))
