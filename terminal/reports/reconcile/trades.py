"""Compare our trades of a day with the statement's (成交记录), figure by figure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.fees import round_half_up
from terminal.domain.words.terms import Term
from terminal.reports.reconcile.matching import own_offset, own_profit, pair, their_offset
from terminal.reports.reconcile.own_day import OwnTrade
from terminal.reports.reconcile.result import ZERO, Difference, Outcome, Row, Subject, signed
from terminal.reports.statement.lines import Layout, TradeLine

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


class Effect(NamedTuple):
    """Hold by how much the trades' sums differ, theirs less ours; `None`: not printed per trade."""

    fee: Decimal
    close_profit: Decimal | None
    received: Decimal | None  # premium
    paid: Decimal | None


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
    pairs = pair(own, printed, layout)
    notes = []
    if own and not pairs.by_number and any(line.number for line in printed):
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
    if own_offset(trade) is not their_offset(line):
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
    profit = own_profit(trade, layout)
    is_option = trade.instrument.option is not None
    if is_option and line.premium is not None and trade.premium != line.premium:
        follows = is_other and abs(line.premium) == line.turnover
        differ("权利金收支", round_half_up(trade.premium), line.premium, line.premium - trade.premium, follows=follows)
    # What a close of options earned, houses reckon in several ways, and it is in no balance.
    if not is_option and line.close_profit is not None and profit != line.close_profit:
        yuan = line.close_profit - profit
        differ("平仓盈亏", profit, line.close_profit, yuan, follows=is_other and _is_of_price(trade, line, yuan))
    outcome = Outcome.DIFFERS if found else Outcome.MATCHED
    return Row(subject=Subject.TRADE, what=what, outcome=outcome, lines=(line.line,), differences=tuple(found))


def _is_of_price(trade: OwnTrade, line: TradeLine, yuan: Decimal) -> bool:
    moved = trade.side.opposite.sign * trade.instrument.value(line.price - trade.price, trade.lots)
    return trade.lots == line.lots and yuan == moved


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
    premiums = [line.premium for line in theirs if line.premium is not None]
    received = sum((max(one, ZERO) for one in premiums), ZERO) - sum((max(one.premium, ZERO) for one in ours), ZERO)
    paid = sum((max(-one, ZERO) for one in premiums), ZERO) - sum((max(-one.premium, ZERO) for one in ours), ZERO)
    own = sum((own_profit(trade, layout) for trade in ours), ZERO)
    return Effect(
        fee,
        sum(profits, ZERO) - own if len(profits) == len(theirs) else None,
        received if len(premiums) == len(theirs) else None,
        paid if len(premiums) == len(theirs) else None,
    )
