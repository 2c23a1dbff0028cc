"""Match our money of a day with the statement's account summary (资金状况).

Roots come first: what moved the money. Then what follows from them. A figure whose difference the roots, the trades or
the positions explain to the cent is marked as following, so that one wrong fee is one difference and not five.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from terminal.domain.products.fees import round_half_up
from terminal.reports.reconcile.own_day import OwnFunds
from terminal.reports.reconcile.result import ZERO, Difference, Outcome, Row, Subject, signed
from terminal.reports.statement.lines import FundsLine, Layout

_HUNDREDTH: Final = Decimal("0.01")

# Figures of days on which there is such a thing: where they are not printed, they are zero.
OCCASIONAL: Final = {
    "期权执行盈亏": 1,
    "交割盈亏": 1,
    "行权手续费": -1,
    "交割手续费": -1,
    "申报费": -1,
    "权利金收入": 1,
    "权利金支出": -1,
}
OPTION_VALUES: Final = {"多头期权市值": 1, "空头期权市值": -1}
_SELDOM: Final = frozenset({*OCCASIONAL, *OPTION_VALUES})
_MARKET_EQUITY: Final = "市值权益"  # made of others, and not every house prints it

# Signs with which the figures before it make a figure; in this order each is explained by ones already compared.
_BALANCE: Final = {"期初结存": 1, "出入金": 1, "平仓盈亏": 1, "手续费": -1, **OCCASIONAL}
_OF_EQUITY: Final[dict[str, dict[str, int]]] = {
    "可用资金": {"客户权益": 1, "保证金占用": -1},
    _MARKET_EQUITY: {"客户权益": 1, **OPTION_VALUES},
}
_MADE_OF: Final[dict[Layout, dict[str, dict[str, int]]]] = {
    Layout.BY_DAY: {"期末结存": {**_BALANCE, "持仓盯市盈亏": 1}, "客户权益": {"期末结存": 1}, **_OF_EQUITY},
    Layout.BY_TRADE: {"期末结存": _BALANCE, "客户权益": {"期末结存": 1, "浮动盈亏": 1}, **_OF_EQUITY},
}
_PERCENT: Final = "风险度"

# What our books do not keep. Zero agrees with them; anything else is a difference that is theirs only.
NOT_KEPT: Final = (
    "货币质入",
    "货币质出",
    "质押变化金额",
    "货币质押变化金额",
    "基础保证金",
    "质押金",
    "货币质押保证金占用",
    "交割保证金",
    "应追加资金",
)


def own_figures(funds: OwnFunds, layout: Layout) -> dict[str, Decimal]:
    """Return our figures under the statement's names, rounded to the cent; 风险度 in percent."""
    by_day = layout is Layout.BY_DAY
    figures = {
        "期初结存": funds.static_equity if by_day else funds.balance,
        "出入金": funds.moved,
        "平仓盈亏": funds.profit_by_day if by_day else funds.profit_by_trade,
        **({"持仓盯市盈亏": funds.position_profit} if by_day else {"浮动盈亏": funds.floating_profit}),
        "期权执行盈亏": funds.exercised,
        "交割盈亏": funds.delivered_by_day if by_day else funds.delivered_by_trade,
        "手续费": funds.commission,
        "行权手续费": funds.exercise_fee,
        "交割手续费": funds.delivery_fee,
        "申报费": funds.filing_fee,
        "权利金收入": funds.received,
        "权利金支出": funds.paid,
        "期末结存": funds.equity if by_day else funds.balance_after,
        "客户权益": funds.equity,
        "保证金占用": funds.margin,
        "可用资金": funds.equity - funds.margin,
        "多头期权市值": funds.long_value,
        "空头期权市值": funds.short_value,
        _MARKET_EQUITY: funds.equity + funds.long_value - funds.short_value,
    }
    rounded = {name: round_half_up(amount) for name, amount in figures.items()}
    if funds.equity > 0:
        rounded[_PERCENT] = (funds.margin / funds.equity * 100).quantize(_HUNDREDTH, ROUND_HALF_UP)
    return rounded


def compare_funds(
    ours: OwnFunds, theirs: Mapping[str, FundsLine], layout: Layout, explained: Mapping[str, Decimal]
) -> list[Row]:
    """Compare the figures the statement prints.

    `explained` are differences, theirs less ours, that trades or positions already show, by the figure they go into.
    """
    rows: list[Row] = []
    moved: dict[str, Decimal] = {}
    for name, own in own_figures(ours, layout).items():
        line = theirs.get(name)
        if line is None or (name in _SELDOM and not own and not line.amount):
            continue
        said = abs(line.amount) if name in OPTION_VALUES else line.amount  # some print short options as a debt
        moved[name] = said - own
        expected = explained.get(name)
        if name in _MADE_OF[layout]:
            made_of = _MADE_OF[layout][name].items()
            expected = sum((sign * moved.get(part, ZERO) for part, sign in made_of), ZERO)
        is_ratio = name == _PERCENT
        follows = _follows_ratio(moved) if is_ratio else expected == moved[name]
        rows.append(
            _row(
                name, own, msgspec.structs.replace(line, amount=said), follows=follows, unit="%" if is_ratio else " 元"
            )
        )
    for name in NOT_KEPT:
        line = theirs.get(name)
        if line is not None and line.amount:
            rows.append(_theirs_only(name, line))
    return rows


def not_printed(ours: OwnFunds, theirs: Mapping[str, FundsLine], layout: Layout) -> list[str]:
    """Return a sentence for every figure of ours that the statement does not print: it cannot agree."""
    own = own_figures(ours, layout)
    needed = [name for name, amount in own.items() if name != _MARKET_EQUITY and (amount or name not in _SELDOM)]
    return [f"资金状况没有打印{name}。" for name in needed if name not in theirs]


def not_known(
    ours: OwnFunds, theirs: Mapping[str, FundsLine], layout: Layout, counted: Mapping[str, FundsLine]
) -> list[str]:
    """Return a sentence for every figure that only this statement has; it is in no sum, or the statement is refused."""
    known = {*own_figures(ours, layout), *NOT_KEPT} & counted.keys()
    return [
        f"资金状况第 {line.line} 行的{name} {line.amount} 没有核对。"
        for name, line in theirs.items()
        if line.amount and name not in known
    ]


def _follows_ratio(moved: Mapping[str, Decimal]) -> bool:
    return bool(moved.get("客户权益") or moved.get("保证金占用"))


def _row(name: str, own: Decimal, line: FundsLine, *, follows: bool, unit: str) -> Row:
    delta = line.amount - own
    if not delta:
        return Row(subject=Subject.FUNDS, what=name, outcome=Outcome.MATCHED, lines=(line.line,))
    sentence = f"资金的{name}：我方 {own}，结算单第 {line.line} 行 {line.amount}，差 {signed(delta)}{unit}。"
    yuan = delta if unit == " 元" else None
    difference = Difference(
        field=name, ours=str(own), theirs=str(line.amount), yuan=yuan, sentence=sentence, follows=follows
    )
    return Row(subject=Subject.FUNDS, what=name, outcome=Outcome.DIFFERS, lines=(line.line,), differences=(difference,))


def _theirs_only(name: str, line: FundsLine) -> Row:
    sentence = f"资金的{name}只在结算单（第 {line.line} 行）：{line.amount} 元，我方账上没有这一项。"
    difference = Difference(field=name, ours="", theirs=str(line.amount), yuan=line.amount, sentence=sentence)
    return Row(
        subject=Subject.FUNDS, what=name, outcome=Outcome.THEIRS_ONLY, lines=(line.line,), differences=(difference,)
    )
