"""Control C4: the position stays inside its limit when every live and UNKNOWN order fills.

Long and short count each for itself. Two limits bind: the company's, over all hedge flags, and the exchange's
(持仓限额) of the contract's month phase, without the lots under the hedge flag, which have a quota of their own. Binds
opening orders only. A company limit nobody set means no trading; where the tables know no limit of the exchange, the
company's stands alone. Values are lots.
"""

from __future__ import annotations

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import limits_unset
from terminal.risk.wording import POSITIONS, contract_name

_BUY = Side.BUY
_HEDGE = HedgeFlag.HEDGE


def position_limit(check: Check) -> Finding | None:
    """Refuse an opening order beyond the position limit; ask a checker near it."""
    if check.reducing:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C4")
    beyond = _exchange_limit(check)
    if beyond is not None:
        return beyond
    side = check.terms.position_side
    worst = check.worst_long if side is _BUY else check.worst_short
    most = limits.position_lots
    if limits.position_lots_by_instrument:
        most = limits.position_lots_by_instrument.get(check.terms.instrument, most)
    if most is None:
        return _unset(check, worst)
    if worst > most:
        return _over(check, side, worst, most)
    near = limits.position_confirm_fraction * most
    if worst > near:
        return second_person(
            check,
            control="C4",
            code="POSITION_NEAR_LIMIT",
            value=str(worst),
            limit=decimal_text(near),
            what=(
                f"{contract_name(check)}未了委托全部成交后{POSITIONS[side]} {worst:,} 手，"
                f"超过限额 {most:,} 手的 {decimal_text(limits.position_confirm_fraction * 100)}%"
            ),
            otherwise=f"减少到 {int(near):,} 手以内",
        )
    return None


def _exchange_limit(check: Check) -> Finding | None:
    limit = None if check.instrument is None else check.instrument.position_limit
    if limit is None or check.terms.hedge_flag is _HEDGE:
        return None
    most = limit.most(None if check.quote is None else check.quote.open_interest)
    worst = check.worst_unhedged
    if worst <= most:
        return None
    return Finding(
        control="C4",
        code="EXCHANGE_POSITION_LIMIT",
        verdict=Verdict.DENY,
        value=str(worst),
        limit=str(most),
        sentence=(
            f"{contract_name(check)}未了委托全部成交后非套保{POSITIONS[check.terms.position_side]} {worst:,} 手，"
            f"超过交易所现阶段的持仓限额 {most:,} 手；请减少 {worst - most:,} 手，或先平仓、撤单。"
        ),
    )


def _unset(check: Check, worst: int) -> Finding:
    return Finding(
        control="C4",
        code="POSITION_LIMIT_UNSET",
        verdict=Verdict.DENY,
        value=str(worst),
        limit="",
        sentence=f"{contract_name(check)}没有设置持仓限额，不能开仓；请风控人员先设置。",
    )


def _over(check: Check, side: Side, worst: int, most: int) -> Finding:
    return Finding(
        control="C4",
        code="POSITION_LIMIT",
        verdict=Verdict.DENY,
        value=str(worst),
        limit=str(most),
        sentence=(
            f"{contract_name(check)}未了委托全部成交后{POSITIONS[side]} {worst:,} 手，超过持仓限额 {most:,} 手；"
            f"请减少 {worst - most:,} 手，或先平仓、撤单。"
        ),
    )
