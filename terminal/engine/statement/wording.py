"""Say in one sentence what comparing a statement came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.statement import Verdict
from terminal.engine.wording import day_text, signed_yuan

if TYPE_CHECKING:
    from terminal.domain.fact.statement import StatementResult


def statement_sentence(result: StatementResult) -> str:
    """Return which day it is of, what agrees, what differs, and what was not compared."""
    found = f"{day_text(result.trading_day)} 结算单对账：相符 {result.matched} 项"
    missing = f"，结算单不完整，{len(result.not_compared)} 处没有核对" if result.not_compared else ""
    if result.verdict is not Verdict.DIFFERS:
        return f"{found}，没有差异{missing}"
    equity = "" if result.equity_yuan is None else f"，客户权益差 {signed_yuan(result.equity_yuan, 2)}"
    counts = (
        ("只在我方", result.ours_only),
        ("只在结算单", result.theirs_only),
        ("字段不符", result.field_differences),
    )
    parts = "、".join(f"{name} {count}" for name, count in counts if count)
    following = f"，随之的差异 {result.following} 处" if result.following else ""
    return f"{found}，差异 {result.differences} 处（{parts}）{following}{equity}{missing}"
