"""Ask for another person (复核), or note that one has already looked.

An approved manual order was seen by a checker with everything the rules found, so what needs a checker is then only
recorded. An automatic order never waits for a person: the approval of its parent covers the parent's size (C2) and
nothing that arises on the way.
"""

from __future__ import annotations

from terminal.domain.orders.order import Origin
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check

_AUTOMATIC = Origin.STRATEGY


def second_person(
    check: Check,
    *,
    control: str,
    code: str,
    value: str,
    limit: str,
    what: str,
    otherwise: str,
    parent_counts: bool = False,
) -> Finding:
    """Return CONFIRM2, or WARN where a checker approved; `parent_counts` if the approval of a parent is enough.

    `what` happened, and `otherwise` is how the order passes without a second person.
    """
    automatic = check.cause.origin is _AUTOMATIC
    verdict = Verdict.CONFIRM2
    if check.approved and (parent_counts or not automatic):
        verdict = Verdict.WARN
        sentence = f"{what}；已由另一人复核。"
    elif automatic:
        sentence = f"{what}；自动委托不等待复核，本次未报出，{otherwise}后可再报。"
    else:
        sentence = f"{what}；需由另一人复核，或{otherwise}。"
    return Finding(control=control, code=code, verdict=verdict, value=value, limit=limit, sentence=sentence)
