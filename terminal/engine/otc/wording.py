"""Write contracts that no exchange lists (场外) the way sentences and lists do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side
from terminal.domain.otc import FormulaMark, OtcBooking, OtcKind
from terminal.domain.products.option import Right
from terminal.domain.words.amount_text import amount_text
from terminal.engine.wording import day_text, short, yuan

if TYPE_CHECKING:
    from terminal.domain.otc import OtcMark, OtcStep, OtcTerms

RIGHTS: Final = {Right.CALL: "看涨", Right.PUT: "看跌"}


def kind_words(terms: OtcTerms) -> str:
    """Return which kind of contract it is to us, like `买入场外看跌期权`."""
    side = "买入" if terms.side is Side.BUY else "卖出"
    if terms.kind is OtcKind.OPTION and terms.right is not None:
        return f"{side}场外{RIGHTS[terms.right]}期权"
    return f"{side}{terms.kind.value}"


def contract_title(terms: OtcTerms) -> str:
    """Return a contract as one reads it out: number, kind, tonnes, reference, price, last day, counterparty."""
    premium = f"，权利金 {amount_text(terms.premium)}" if terms.premium else ""
    return (
        f"场外合约 {terms.number}：{kind_words(terms)} {amount_text(terms.tonnes)} 吨 {short(terms.reference)} "
        f"@{amount_text(terms.price)}{premium}，{day_text(terms.expires)} 到期，对手 {terms.counterparty}"
    )


def step_title(step: OtcStep) -> str:
    """Return what is asked for: a booking or an ending, in one line."""
    if isinstance(step, OtcBooking):
        return f"登记{contract_title(step.terms)}，计入 {step.terms.group}"
    amount = step.amount
    paid = "不收不付" if not amount else f"{'收' if amount > 0 else '付'} {yuan(abs(amount), 2)}"
    return f"了结场外合约 {step.number}，{paid}：{step.reason}"


def mark_words(mark: OtcMark | None) -> str:
    """Return how a contract is valued, in words."""
    if mark is None:
        return "尚未估值"
    if isinstance(mark, FormulaMark):
        if mark.volatility is None:
            return "按标的现价"
        return f"按公式，波动率 {amount_text(mark.volatility)}%，利率 {amount_text(mark.rate)}%"
    delta = "" if mark.delta is None else f"，Delta {amount_text(mark.delta)}"
    return f"人工：{mark.source}{delta}"
