"""Say before readings of a stock (库存) are stated what they replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.words.risk import Verdict
from terminal.engine.prices.spot import may_quote
from terminal.engine.prices.stock import refused_stocks, replaced_text, stands, stocks_text
from terminal.engine.screen import Preview

if TYPE_CHECKING:
    from terminal.domain.stock import StateStocks
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker


def stocks_preview(look: Look, asker: Asker, request: int, body: StateStocks) -> Preview:
    """Return the verdict on readings, what they replace in words, and what stands now for whoever sends them."""
    wrong = refused_stocks(look.state, body, look.natural_day)
    if wrong is not None:
        return Preview(request=request, verdict=Verdict.DENY, sentence=wrong[1])
    if not may_quote(look.state, asker.person):
        return Preview(request=request, verdict=Verdict.DENY, sentence=f"{asker.person} 没有登记库存权限")
    sentence = stocks_text(body) + replaced_text(look.state, body)
    return Preview(request=request, verdict=Verdict.ALLOW, sentence=sentence, stands=stands(look.state, body))
