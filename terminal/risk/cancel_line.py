"""Control C12: the cancels of a contract in a trading day stay below the exchange's line of frequent cancelling.

Counted are the cancels the exchange carried out, over this account and those under joint control, less what the rule
exempts. Binds opening orders only: a cancel is never refused, and neither is a close. People are reminded from three
fifths of the line on; automatic orders stop at nine tenths, so that the rest is left to people; at the line nobody
opens. A line nobody knows binds nothing. Values are cancels.
"""

from __future__ import annotations

from terminal.domain.orders.order import Origin
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.terms import Term
from terminal.risk.check import Check
from terminal.risk.wording import contract_name

_AUTOMATIC = Origin.STRATEGY


def cancel_line(check: Check) -> Finding | None:
    """Remind of many cancels, and refuse what opens beyond the line."""
    count = check.cancels
    if not count or check.reducing:
        return None
    instrument = check.instrument
    if instrument is None or instrument.cancel_line is None:
        return None
    line = instrument.cancel_line.cancels
    where = Term.__members__.get(instrument.exchange, instrument.exchange)
    said = f"{contract_name(check)}本交易日已撤单 {count:,} 次"
    if count >= line:
        sentence = f"{said}，达到{where}频繁报撤单的认定线 {line:,} 次，不能开仓；撤单与平仓不受影响。"
        return _finding("CANCELS_AT_LINE", Verdict.DENY, count, line, sentence)
    if count * 10 >= line * 9 and check.cause.origin is _AUTOMATIC:
        sentence = f"{said}，将达到{where}频繁报撤单的认定线 {line:,} 次，自动委托不再开仓；撤单与平仓不受影响。"
        return _finding("CANCELS_NEAR_LINE", Verdict.DENY, count, line, sentence)
    if count * 10 >= line * 6:
        sentence = f"{said}，{where}频繁报撤单的认定线是 {line:,} 次；请少撤。"
        return _finding("CANCELS_MANY", Verdict.WARN, count, line, sentence)
    return None


def _finding(code: str, verdict: Verdict, count: int, line: int, sentence: str) -> Finding:
    return Finding(control="C12", code=code, verdict=verdict, value=str(count), limit=str(line), sentence=sentence)
