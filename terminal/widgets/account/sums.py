"""Explain each figure of the account: how it is reckoned, and the terms it is the sum of now.

What stands below a formula adds up to the figure at every moment: all of it is of one book. Yuan, to the fen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.strategy.fields import short_code

if TYPE_CHECKING:
    from terminal.engine.book.lines import Book, PositionLine

FEN: Final = 2
MOST: Final = 8  # positions named one by one, the largest; the others are one line
PLUS, MINUS, NONE = "+", figures.MINUS, ""

Explain = Callable[["Book", bool], str]  # of a book, in the view of profit by the trade or by the day
_Part = tuple[str, str, Decimal]  # its sign, its name, its amount


def equity(book: Book, by_trade: bool) -> str:  # noqa: FBT001  # one of a table of functions
    """Explain 客户权益."""
    money = book.money
    if by_trade:
        parts = [
            (NONE, Term.BALANCE, book.by_trade.balance),
            (PLUS, Term.FLOATING_PROFIT, book.by_trade.floating_profit),
        ]
    else:
        parts = [
            (NONE, Term.STATIC_EQUITY, money.static_equity),
            (PLUS, Term.CLOSE_PROFIT, money.close_profit),
            (PLUS, Term.POSITION_PROFIT, money.position_profit),
            *_where_any(PLUS, Term.PREMIUM_FLOW, money.premium),
            (MINUS, Term.COMMISSION, money.commission),
        ]
    return _sum(Term.EQUITY, parts, money.equity)


def available(book: Book, by_trade: bool) -> str:  # noqa: ARG001, FBT001  # the same in both views
    """Explain 可用."""
    money = book.money
    parts = [
        (NONE, Term.EQUITY, money.equity),
        (MINUS, Term.MARGIN, money.margin),
        (MINUS, Term.FROZEN_MARGIN, money.frozen_margin),
        (MINUS, Term.FROZEN_COMMISSION, money.frozen_commission),
        *_where_any(MINUS, Term.FROZEN_PREMIUM, money.frozen_premium),
    ]
    why = f"\n其中冻结含 {book.frozen_for}：得到的期货按行权价算保证金，另加行权手续费" if book.frozen_for else ""
    return f"{_sum(Term.AVAILABLE, parts, money.available)}{why}"


def risk_degree(book: Book, by_trade: bool) -> str:  # noqa: ARG001, FBT001  # the same in both views
    """Explain 风险度."""
    money = book.money
    formula = f"{Term.RISK_DEGREE} = {Term.MARGIN} ÷ {Term.EQUITY}"
    terms = f"{_yuan(money.margin)} ÷ {_yuan(money.equity)}"
    if money.equity > 0:
        return f"{formula}\n{terms}\n= {figures.percent(money.risk_degree, FEN)}"
    shown = figures.percent(money.risk_degree)
    return f"{formula}\n{terms}\n{Term.EQUITY}不大于零，除不出来：有{Term.MARGIN}时显示 {shown}"


def margin(book: Book, by_trade: bool) -> str:  # noqa: ARG001, FBT001  # the same in both views
    """Explain 保证金."""
    amounts = [(line, line.margin) for line in book.positions]
    formula = f"{Term.MARGIN} = 各持仓的价格 × 手数 × 合约乘数 × 保证金率之和；按大边收取的品种只收多空中较大的一边"
    return _by_position(formula, amounts, book.money.margin, rest="按大边收取、取整到分")


def position_profit(book: Book, by_trade: bool) -> str:  # noqa: FBT001  # one of a table of functions
    """Explain 持仓盈亏, or by the trade 浮动盈亏."""
    if by_trade:
        formula = f"{Term.FLOATING_PROFIT} = 各持仓 (现价 − {Term.OPEN_PRICE}) × 手数 × 合约乘数之和，空头反号"
        amounts = [(line, line.trade_profit) for line in book.positions]
        return _by_position(formula, amounts, book.by_trade.floating_profit)
    formula = (
        f"{Term.POSITION_PROFIT} = 各持仓 (现价 − {Term.POSITION_PRICE}) × 手数 × 合约乘数之和，空头反号；"
        "今仓对开仓价，昨仓对昨结算"
    )
    return _by_position(formula, [(line, line.day_profit) for line in book.positions], book.money.position_profit)


def close_profit(book: Book, by_trade: bool) -> str:  # noqa: FBT001  # one of a table of functions
    """Explain 平仓盈亏, and show it as what the rest of the account leaves for it."""
    money = book.money
    if by_trade:
        closed = book.by_trade.close_profit
        how = "当日各笔平仓 (平仓价 − 开仓价) × 手数 × 合约乘数之和，空头反号；逐笔见「成交」"
        parts = [
            (NONE, Term.BALANCE, book.by_trade.balance),
            (MINUS, "期初结存与当日出入金", book.by_trade.balance - closed + money.commission),
            (PLUS, Term.COMMISSION, money.commission),
        ]
    else:
        closed = money.close_profit
        how = (
            "当日各笔平仓之和：平今 (平仓价 − 开仓价)，平昨 (平仓价 − 昨结算)，× 手数 × 合约乘数，空头反号；"
            "逐笔见「成交」"
        )
        parts = [
            (NONE, Term.EQUITY, money.equity),
            (MINUS, Term.STATIC_EQUITY, money.static_equity),
            (MINUS, Term.POSITION_PROFIT, money.position_profit),
            *_where_any(MINUS, Term.PREMIUM_FLOW, money.premium),
            (PLUS, Term.COMMISSION, money.commission),
        ]
    return f"{Term.CLOSE_PROFIT} = {how}\n{_sum(Term.CLOSE_PROFIT, parts, closed)}"


def _where_any(sign: str, name: Term, amount: Decimal) -> list[tuple[str, Term, Decimal]]:
    # Premium is of options alone: an account without any is not told of it.
    return [(sign, name, amount)] if amount else []


def _sum(name: str, parts: Sequence[_Part], total: Decimal) -> str:
    formula = " ".join(f"{sign} {one}".strip() for sign, one, _ in parts)
    lines = [f"{sign} {one} {_yuan(amount)}".strip() for sign, one, amount in parts]
    return "\n".join((f"{name} = {formula}", *lines, f"= {_yuan(total)} 元"))


def _by_position(
    formula: str, amounts: list[tuple[PositionLine, Decimal | None]], total: Decimal, *, rest: str = "取整到分"
) -> str:
    # Rounded one by one they may miss the total by a fen; what is missing is a line of its own, so that it adds up.
    known = sorted(
        ((line, round(amount, FEN)) for line, amount in amounts if amount is not None),
        key=lambda one: -abs(one[1]),
    )
    shown = [(_position(line), amount) for line, amount in known[:MOST]]
    others = sum((amount for _, amount in known[MOST:]), Decimal(0))
    if known[MOST:]:
        shown.append((f"其余 {len(known) - MOST} 项持仓", others))
    left = round(total, FEN) - sum((amount for _, amount in shown), Decimal(0))
    if left:
        shown.append((rest, left))
    lines = [f"{name} {figures.signed(amount, FEN)}" for name, amount in shown] or ["没有持仓"]
    return "\n".join((formula, *lines, f"= {_yuan(total)} 元"))


def _position(line: PositionLine) -> str:
    return f"{short_code(line.instrument)} {Term.LONG if line.side is Side.BUY else Term.SHORT} {line.lots} 手"


def _yuan(amount: Decimal) -> str:
    return figures.number(amount, FEN)
