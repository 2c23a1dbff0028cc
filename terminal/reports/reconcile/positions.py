"""Match our positions at the end of a day with the statement's (持仓明细, else 持仓汇总).

Positions are compared per contract, hedge flag and side: lots opened today and before, what they cost, the settlement
price, the profit of the statement's layout, and the margin the lots bind before 大边. Options have a value (期权市值)
instead of a profit; what houses print as one is not compared. 持仓汇总 alone does not tell the
day lots were opened on, so then today and yesterday are not compared, nor is the cost.

A broker rounds each row to the cent, we round the side: sums of n rows count as equal within n half cents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import round_half_up
from terminal.domain.products.margin import Margins
from terminal.domain.words.terms import Term
from terminal.reports.reconcile.own_day import OwnPosition
from terminal.reports.reconcile.result import ZERO, Difference, Outcome, Row, Subject, lines_text, signed
from terminal.reports.reconcile.trades import FLAG_TERMS
from terminal.reports.statement.lines import DetailLine, Layout, SummaryLine

_HALF_CENT: Final = Decimal("0.005")
_SIDE_TERMS: Final = {Side.BUY: Term.LONG, Side.SELL: Term.SHORT}

Key = tuple[str, HedgeFlag, Side]


class Printed(NamedTuple):
    """Hold one side of a position as the statement has it; `None` where it does not tell."""

    symbol: str
    lines: tuple[int, ...]
    today: int | None
    lots: int
    cost: Decimal | None
    settlement: Decimal
    profit: Decimal | None
    margin: Decimal | None
    value: Decimal | None = None  # of options; some houses print that of short ones as a debt


class PositionsFound(NamedTuple):
    """Hold what comparing the positions gave; the effects are theirs less ours in yuan, `None`: not told."""

    rows: list[Row]
    profit: Decimal | None
    margin: Decimal | None
    long_value: Decimal | None
    short_value: Decimal | None


def of_detail(detail: Iterable[DetailLine], layout: Layout, trading_day: int) -> dict[Key, Printed]:
    """Return the positions of 持仓明细."""
    rows: dict[Key, list[DetailLine]] = defaultdict(list)
    for line in detail:
        rows[line.symbol.casefold(), line.flag, line.side].append(line)
    found = {}
    for key, lines in rows.items():
        profits = [line.day_profit if layout is Layout.BY_DAY else line.floating_profit for line in lines]
        known = [profit for profit in profits if profit is not None]
        values = [abs(line.option_value) for line in lines if line.option_value is not None]
        lots = sum(line.lots for line in lines)
        found[key] = Printed(
            symbol=lines[0].symbol,
            lines=tuple(line.line for line in lines),
            today=sum(line.lots for line in lines if line.open_day == trading_day),
            lots=lots,
            cost=sum((line.open_price * line.lots for line in lines), ZERO),
            settlement=_one_price(lines),
            profit=sum(known, ZERO) if len(known) == len(lines) else None,
            margin=sum((line.margin for line in lines), ZERO),
            value=sum(values, ZERO) if len(values) == len(lines) else None,
        )
    return {key: one for key, one in found.items() if one.lots}


def of_summary(summary: Iterable[SummaryLine], layout: Layout) -> dict[Key, Printed]:
    """Return the positions of 持仓汇总; profit and margin of a locked position stand there for both sides at once."""
    found = {}
    for line in summary:
        is_locked = bool(line.long_lots and line.short_lots)
        profit = line.day_profit if layout is Layout.BY_DAY else line.floating_profit
        for side, lots in ((Side.BUY, line.long_lots), (Side.SELL, line.short_lots)):
            value = line.long_option_value if side is Side.BUY else line.short_option_value
            if lots:
                found[line.symbol.casefold(), line.flag, side] = Printed(
                    symbol=line.symbol,
                    lines=(line.line,),
                    today=None,
                    lots=lots,
                    cost=None,
                    settlement=line.settlement,
                    profit=None if is_locked else profit,
                    margin=None if is_locked else line.margin,
                    value=None if value is None else abs(value),
                )
    return found


def compare_positions(
    ours: Iterable[OwnPosition], theirs: dict[Key, Printed], layout: Layout, multipliers: Mapping[str, Decimal]
) -> PositionsFound:
    """Compare positions, ours first and in their order."""
    left = dict(theirs)
    rows: list[Row] = []
    own_profit, netted, values = ZERO, _Netted(), {Side.BUY: _Values(), Side.SELL: _Values()}
    futures = dict(theirs)
    for position in ours:
        symbol = position.instrument.id.partition(".")[2]
        what = f"{symbol} {_SIDE_TERMS[position.side]} {FLAG_TERMS[position.flag]}"
        printed = left.pop((symbol.casefold(), position.flag, position.side), None)
        if position.is_option:
            values[position.side].take(position, printed)
            futures.pop((symbol.casefold(), position.flag, position.side), None)
        else:
            own_profit += _profit(position, layout, position.settlement)
        netted.take(position, printed)
        rows.append(_ours_only(what, position) if printed is None else _compared(what, position, printed, layout))
    rows += [_theirs_only(key, printed, multipliers.get(key[0])) for key, printed in left.items()]
    return PositionsFound(
        rows,
        _effect([printed.profit for printed in futures.values()], own_profit),
        None if left else netted.effect(),
        None if left else values[Side.BUY].effect(),
        None if left else values[Side.SELL].effect(),
    )


class _Values:
    # What the options of one side are worth, in the statement less in our books.

    def __init__(self) -> None:
        self._moved, self._known = ZERO, True

    def take(self, position: OwnPosition, printed: Printed | None) -> None:
        theirs = ZERO if printed is None else printed.value
        self._known &= theirs is not None
        self._moved += (theirs or ZERO) - position.value(position.settlement)

    def effect(self) -> Decimal | None:
        return self._moved if self._known else None


class _Netted:
    # The margin of the account as the exchange charges it (大边), once with our rows and once with the statement's.

    def __init__(self) -> None:
        self._ours, self._theirs = Margins(), Margins()
        self._known = True

    def take(self, position: OwnPosition, printed: Printed | None) -> None:
        ours = position.margin(position.settlement)
        theirs = ZERO if printed is None else printed.margin
        self._known &= ours is not None and theirs is not None
        for margins, amount in ((self._ours, ours), (self._theirs, theirs)):
            pool = margins.pool(position.instrument, position.flag)
            margins.add(pool, position.side, amount or ZERO, ZERO)

    def effect(self) -> Decimal | None:
        return self._theirs.held - self._ours.held if self._known else None


def _one_price(lines: list[DetailLine]) -> Decimal:
    # Rows of one contract that disagree about its settlement price are weighed by their lots.
    lots = sum(line.lots for line in lines)
    prices = {line.settlement for line in lines}
    if len(prices) == 1 or not lots:
        return lines[0].settlement
    return sum((line.settlement * line.lots for line in lines), ZERO) / lots


def _effect(theirs: list[Decimal | None], ours: Decimal) -> Decimal | None:
    known = [amount for amount in theirs if amount is not None]
    return sum(known, ZERO) - ours if len(known) == len(theirs) else None


def _profit(position: OwnPosition, layout: Layout, settlement: Decimal) -> Decimal:
    by_day = layout is Layout.BY_DAY
    return round_half_up(position.profit_by_day(settlement) if by_day else position.profit_by_trade(settlement))


class _Comparing:
    def __init__(self, what: str, printed: Printed) -> None:
        self._what = what
        self._printed = printed
        self.found: list[Difference] = []

    def differ(self, field: str, ours: object, theirs: object, yuan: Decimal | None, *, follows: bool = False) -> None:
        where = lines_text(self._printed.lines)
        size = "" if yuan is None else f"，差 {signed(yuan)} 元"
        sentence = f"持仓 {self._what} 的{field}：我方 {ours}，结算单{where} {theirs}{size}。"
        self.found.append(
            Difference(field=field, ours=str(ours), theirs=str(theirs), yuan=yuan, sentence=sentence, follows=follows)
        )

    def amount(self, field: str, ours: Decimal, theirs: Decimal | None, *, explained: Decimal | None) -> None:
        """Compare an amount; `explained` is what it would be for us with the lots or the price of the statement."""
        if theirs is None or self._equal(theirs, ours):
            return
        follows = explained is not None and self._equal(theirs, explained)
        self.differ(field, ours, theirs, theirs - ours, follows=follows)

    def _equal(self, theirs: Decimal, ours: Decimal) -> bool:
        rows = len(self._printed.lines)
        return abs(theirs - ours) <= (_HALF_CENT * rows if rows > 1 else ZERO)


def _compared(what: str, position: OwnPosition, printed: Printed, layout: Layout) -> Row:
    to = _Comparing(what, printed)
    value, settlement = position.instrument.value, position.settlement
    same_lots = position.lots == printed.lots
    if not same_lots or printed.today not in {None, position.today}:
        ours, theirs = _split(position.lots, position.today), _split(printed.lots, printed.today)
        yuan = None if same_lots else value(settlement, printed.lots - position.lots)
        to.differ("今昨仓" if same_lots else "手数", ours, theirs, yuan)
    if same_lots and printed.cost is not None and printed.cost != position.cost:
        yuan = (printed.cost - position.cost) * position.instrument.multiplier
        to.differ("开仓均价", _mean(position.cost, position.lots), _mean(printed.cost, printed.lots), yuan)
    price = printed.settlement
    if price != settlement:
        to.differ("结算价", settlement, price, position.side.sign * value(price - settlement, position.lots))
    # With other lots the profit must be another one; with another price it is known which.
    if position.is_option:
        of_price = position.value(price) if same_lots else printed.value
        to.amount("期权市值", position.value(settlement), printed.value, explained=of_price)
    else:
        name = "盯市盈亏" if layout is Layout.BY_DAY else "浮动盈亏"
        of_price = _profit(position, layout, price) if same_lots else printed.profit
        to.amount(name, _profit(position, layout, settlement), printed.profit, explained=of_price)
    margin = position.margin(settlement)
    if margin is not None:
        of_price = position.margin(price) if same_lots else printed.margin
        to.amount("保证金", margin, printed.margin, explained=of_price)
    outcome = Outcome.DIFFERS if to.found else Outcome.MATCHED
    return Row(subject=Subject.POSITION, what=what, outcome=outcome, lines=printed.lines, differences=tuple(to.found))


def _split(lots: int, today: int | None) -> str:
    return f"{lots} 手" if today is None else f"{lots} 手（今 {today} 昨 {lots - today}）"


def _mean(total: Decimal, lots: int) -> str:
    return f"{total / lots:.4f}".rstrip("0").rstrip(".")


def _ours_only(what: str, position: OwnPosition) -> Row:
    yuan = -position.instrument.value(position.settlement, position.lots)
    sentence = f"持仓 {what} {position.lots} 手只在我方：结算单没有，合约价值 {-yuan:.2f} 元。"
    difference = Difference(field="持仓", ours=f"{position.lots} 手", theirs="", yuan=yuan, sentence=sentence)
    return Row(subject=Subject.POSITION, what=what, outcome=Outcome.OURS_ONLY, differences=(difference,))


def _theirs_only(key: Key, printed: Printed, multiplier: Decimal | None) -> Row:
    _, flag, side = key
    what = f"{printed.symbol} {_SIDE_TERMS[side]} {FLAG_TERMS[flag]}"
    yuan = None if multiplier is None else printed.settlement * printed.lots * multiplier
    size = "合约不在我方资料中，价值不明" if yuan is None else f"合约价值 {yuan:.2f} 元"
    sentence = f"持仓 {what} {printed.lots} 手只在结算单（{lines_text(printed.lines)}）：我方没有，{size}。"
    difference = Difference(field="持仓", ours="", theirs=f"{printed.lots} 手", yuan=yuan, sentence=sentence)
    return Row(
        subject=Subject.POSITION, what=what, outcome=Outcome.THEIRS_ONLY, lines=printed.lines, differences=(difference,)
    )
