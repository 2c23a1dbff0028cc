"""Refuse where nobody has set the limits: what cannot be read is a "no" (SAFETY I20).

Reducing closes stay possible (SAFETY I22): the few controls that bind them then use the defaults of SAFETY 5.
"""

from __future__ import annotations

from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check

DEFAULTS = Limits()


def limits_unset(check: Check, control: str) -> Finding:
    """Return the refusal of a control whose limits nobody has set."""
    return Finding(
        control=control,
        code="LIMITS_UNSET",
        verdict=Verdict.DENY,
        value="",
        limit="",
        sentence=f"账户 {check.terms.account} 尚未设置风险限额，不能开仓；请风控人员先设置限额。",
    )
