"""Compare how our lots left without a trade with the statement's 行权明细 and 交割明细.

A house may print the lots of one end in several rows, and an exchange may tell them in several: both are added up by
contract, side, way and, where it is printed, hedge flag. What a row calls its profit is held against ours only where
the rows add up to the account summary: some print there what the exercise of a commodity option is worth, which is in
no balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.ending import How
from terminal.domain.products.fees import round_half_up
from terminal.reports.reconcile.own_day import OwnEnd
from terminal.reports.reconcile.result import ZERO, Difference, Outcome, Row, Subject, lines_text, signed
from terminal.reports.reconcile.trades import FLAG_TERMS
from terminal.reports.statement.lines import DeliveryLine, ExerciseLine, Layout, Part, Statement

_WAYS: Final = {
    Part.EXERCISED: frozenset({How.EXERCISED, How.ASSIGNED, How.LAPSED}),
    Part.DELIVERED: frozenset({How.DELIVERED}),
}
_PROFITS: Final = {Part.EXERCISED: "期权执行盈亏", Part.DELIVERED: "交割盈亏"}
_FEES: Final = {Part.EXERCISED: "行权手续费", Part.DELIVERED: "交割手续费"}
_HOWS: Final = {How.EXERCISED: "行权", How.ASSIGNED: "履约", How.LAPSED: "放弃", How.DELIVERED: "交割"}
_SIDES: Final = {Side.BUY: "多", Side.SELL: "空"}

_Line = ExerciseLine | DeliveryLine
_Key = tuple[str, Side, How, HedgeFlag | None]


class EndsFound(NamedTuple):
    """Hold what comparing the ends gave; `explained` is by how much sums of the account summary differ."""

    rows: list[Row]
    explained: dict[str, Decimal]
    notes: list[str]


class _Ours(NamedTuple):
    # All ends of one key, added up.
    what: str
    lots: int
    price: Decimal  # as the statement prints it: of an option its strike
    amount: Decimal
    profit: Decimal
    fee: Decimal


class _Theirs(NamedTuple):
    symbol: str
    lines: tuple[int, ...]
    lots: int
    price: Decimal
    amount: Decimal | None
    profit: Decimal | None
    fee: Decimal | None


def compare_ends(ours: Sequence[OwnEnd], statement: Statement) -> EndsFound:
    """Compare both tables; one that is not printed, or was cut, holds nothing of ours against the statement."""
    found = EndsFound([], {}, [])
    for part, lines in ((Part.EXERCISED, statement.exercised), (Part.DELIVERED, statement.delivered)):
        own = [one for one in ours if one.ending.how in _WAYS[part]]
        _compare_part(found, part, own, lines, statement)
    return found


def _compare_part(
    found: EndsFound, part: Part, ours: list[OwnEnd], lines: Sequence[_Line], statement: Statement
) -> None:
    section = statement.section(part)
    if section is None:
        if ours:
            found.notes.append(f"结算单没有{part}，我方 {len(ours)} 笔按资金状况的合计与持仓核对。")
        return
    layout = statement.head.layout
    flagged = all(line.flag is not None for line in lines)
    theirs = _added_up(lines, ours)
    printed_sides = {key[:2] for key in theirs}
    is_of_balance = _all_of(line.profit for line in lines) == statement.amount(_PROFITS[part])
    if not is_of_balance:
        found.notes.append(f"{part}的盈亏相加不是资金状况的{_PROFITS[part]}，逐行的盈亏没有核对。")
    own = _grouped(ours, layout, flagged=flagged)
    for key, printed in theirs.items():
        mine = own.pop(key, None)
        if mine is None:
            found.rows.append(_theirs_only(key, printed))
        else:
            found.rows.append(_compared(part, mine, printed, key, with_profit=is_of_balance))
    for key, mine in own.items():
        if key[2] is How.LAPSED and key[:2] not in printed_sides:
            found.notes.append(f"结算单的{part}没有印出{mine.what}，放弃没有金额，按持仓核对。")
        elif section.whole:
            found.rows.append(_ours_only(mine))
        else:
            found.notes.append(f"{part}不完整，我方的{mine.what}没有核对。")
    _explain(found, part, ours, lines, layout, with_profit=is_of_balance)


def _explain(
    found: EndsFound, part: Part, ours: list[OwnEnd], lines: Sequence[_Line], layout: Layout, *, with_profit: bool
) -> None:
    fee, profit = _all_of(line.fee for line in lines), _all_of(line.profit for line in lines)
    if fee is not None:
        found.explained[_FEES[part]] = fee - sum((one.fee for one in ours), ZERO)
    if profit is not None and with_profit:
        own = sum((_profit(one, layout) for one in ours), ZERO)
        found.explained[_PROFITS[part]] = profit - round_half_up(own)


def _all_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _profit(one: OwnEnd, layout: Layout) -> Decimal:
    return one.by_day if layout is Layout.BY_DAY else one.by_trade


def _own_symbol(one: OwnEnd) -> str:
    return one.instrument.id.partition(".")[2].casefold()


def _symbol(line: _Line, ours: Iterable[OwnEnd]) -> str:
    # Of a product and a month of delivery: the contract of ours that has both, else as it is printed.
    symbol = line.symbol.casefold()
    if symbol.isdigit():
        for one in ours:
            is_product = line.product.casefold() in {
                one.instrument.product_name.casefold(),
                one.instrument.code.casefold(),
            }
            month = symbol[1:] if one.instrument.exchange == "CZCE" and len(symbol) == len("2501") else symbol
            if is_product and _own_symbol(one).endswith(month):  # CZCE writes one digit of the year
                return _own_symbol(one)
        return f"{line.product}{symbol}"
    return symbol


def _how(line: _Line) -> How:
    if isinstance(line, DeliveryLine):
        return How.DELIVERED
    if not line.exercised:
        return How.LAPSED
    return How.EXERCISED if line.side is Side.BUY else How.ASSIGNED


def _grouped(ours: Iterable[OwnEnd], layout: Layout, *, flagged: bool) -> dict[_Key, _Ours]:
    groups: dict[_Key, list[OwnEnd]] = defaultdict(list)
    for one in ours:
        ending = one.ending
        groups[_own_symbol(one), ending.side, ending.how, ending.flag if flagged else None].append(one)
    return {key: _own_sum(key, ends, layout) for key, ends in groups.items()}


def _own_sum(key: _Key, ends: list[OwnEnd], layout: Layout) -> _Ours:
    instrument, option = ends[0].instrument, ends[0].instrument.option
    lots = sum(one.ending.lots for one in ends)
    price = ends[0].ending.price if option is None else option.strike
    return _Ours(
        what=_what(key, instrument.id.partition(".")[2], lots),
        lots=lots,
        price=price,
        amount=round_half_up(instrument.value(price, lots)),
        profit=round_half_up(sum((_profit(one, layout) for one in ends), ZERO)),
        fee=sum((one.fee for one in ends), ZERO),
    )


def _added_up(lines: Iterable[_Line], ours: Sequence[OwnEnd]) -> Mapping[_Key, _Theirs]:
    groups: dict[_Key, list[_Line]] = defaultdict(list)
    for line in lines:
        groups[_symbol(line, ours), line.side, _how(line), line.flag].append(line)
    return {
        key: _Theirs(
            symbol=rows[0].symbol if key[0] == rows[0].symbol.casefold() else key[0],
            lines=tuple(line.line for line in rows),
            lots=sum(line.lots for line in rows),
            # Of rows with several prices the first that is not the others' stands out.
            price=next((line.price for line in rows if line.price != rows[0].price), rows[0].price),
            amount=_all_of(line.amount for line in rows),
            profit=_all_of(line.profit for line in rows),
            fee=_all_of(line.fee for line in rows),
        )
        for key, rows in groups.items()
    }


def _compared(part: Part, mine: _Ours, printed: _Theirs, key: _Key, *, with_profit: bool) -> Row:
    found: list[Difference] = []

    def differ(field: str, ours: object, theirs: object, yuan: Decimal, *, follows: bool = False) -> None:
        where = lines_text(printed.lines)
        sentence = f"{mine.what}的{field}：我方 {ours}，结算单{where} {theirs}，差 {signed(yuan)} 元。"
        found.append(
            Difference(field=field, ours=str(ours), theirs=str(theirs), yuan=yuan, sentence=sentence, follows=follows)
        )

    unit = mine.amount / mine.lots / mine.price if mine.price else ZERO  # the multiplier
    if printed.price != mine.price:
        field = "交割价" if part is Part.DELIVERED else "行权价"
        differ(field, mine.price, printed.price, (printed.price - mine.price) * mine.lots * unit)
    if printed.lots != mine.lots:
        differ("手数", mine.lots, printed.lots, (printed.lots - mine.lots) * mine.price * unit)
    if printed.amount is not None and printed.amount != mine.amount:
        expected = round_half_up(printed.price * printed.lots * unit)
        field = "交割金额" if part is Part.DELIVERED else "行权金额"
        differ(field, mine.amount, printed.amount, printed.amount - mine.amount, follows=printed.amount == expected)
    if printed.fee is not None and printed.fee != mine.fee:
        differ(_FEES[part], mine.fee, printed.fee, printed.fee - mine.fee)
    if with_profit and printed.profit is not None and printed.profit != mine.profit:
        yuan = printed.profit - mine.profit
        moved = key[1].sign * (printed.price - mine.price) * mine.lots * unit
        differ(_PROFITS[part], mine.profit, printed.profit, yuan, follows=yuan == moved != 0)
    outcome = Outcome.DIFFERS if found else Outcome.MATCHED
    return Row(subject=Subject.ENDING, what=mine.what, outcome=outcome, lines=printed.lines, differences=tuple(found))


def _ours_only(mine: _Ours) -> Row:
    sentence = f"{mine.what}只在我方：结算单没有，金额 {mine.amount} 元。"
    difference = Difference(field="整笔", ours=str(mine.amount), theirs="", yuan=-mine.amount, sentence=sentence)
    return Row(subject=Subject.ENDING, what=mine.what, outcome=Outcome.OURS_ONLY, differences=(difference,))


def _theirs_only(key: _Key, printed: _Theirs) -> Row:
    what, amount = _what(key, printed.symbol, printed.lots), printed.amount
    size = "" if amount is None else f"，金额 {amount} 元"
    sentence = f"{what}只在结算单（{lines_text(printed.lines)}）：我方没有{size}。"
    shown = "" if amount is None else str(amount)
    difference = Difference(field="整笔", ours="", theirs=shown, yuan=amount, sentence=sentence)
    return Row(
        subject=Subject.ENDING,
        what=what,
        outcome=Outcome.THEIRS_ONLY,
        lines=printed.lines,
        differences=(difference,),
    )


def _what(key: _Key, symbol: str, lots: int) -> str:
    _, side, how, flag = key
    flagged = "" if flag is None else f" {FLAG_TERMS[flag]}"
    return f"{symbol}{flagged} {_SIDES[side]} {_HOWS[how]} {lots} 手"
