"""Say the elements of a strategy's settings in words: legs, timings, the numbers of a rule, the parts of a curve.

Of two elements only what they do not share is said, so that nobody agrees to a change they cannot see.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.domain.parameters.own import Before, OwnContract, OwnNumber
from terminal.domain.parameters.strategy import CurvePart, SpreadLeg, Timing
from terminal.domain.parameters.timing_kinds import READINGS, TIMING_KINDS, Part, Sort, tag_of
from terminal.domain.words.amount_text import MINUS
from terminal.domain.words.execution_texts import curve_text
from terminal.domain.words.terms import Term
from terminal.domain.words.timings import timing_name

NONE: Final = "无"
YES_NO: Final = {True: "是", False: "否"}
THE_SPREADS_OWN: Final = "同整个价差"  # the patience of a leg that has none of its own
_PATIENCE: Final = {"hedge_seconds": (Term.HEDGE_SECONDS, "秒"), "max_chases": (Term.MAX_CHASES, "次")}

Element = SpreadLeg | Timing | OwnNumber | OwnContract | Before | CurvePart | str | int


def element_text(element: Element) -> str:
    """Return an element as people read it."""
    match element:
        case SpreadLeg():
            return f"{_code(element.instrument)} {'，'.join(_leg(element).values())}"
        case OwnNumber():
            return f"{element.title} {_exact(element.value)} {element.unit}".strip()
        case OwnContract():
            most = f"{Term.MAX_HELD} {element.max_lots} 手" if element.max_lots else "只看"
            return f"{_code(element.instrument)} {most}"
        case Before():
            return _code(element.instrument)
        case CurvePart():
            return curve_text([element])
        case str() | int():
            return str(element)
        case _:
            return timing_name(element)


def texts_apart(one: Element, other: Element) -> tuple[str, str]:
    """Return what two elements of a kind say differently, one text each; the whole where they are not comparable."""
    if isinstance(one, SpreadLeg) and isinstance(other, SpreadLeg) and one.instrument == other.instrument:
        ours, theirs = _leg(one), _leg(other)
        names = [name for name in ours if ours[name] != theirs[name]]
        return "，".join(ours[name] for name in names), "，".join(theirs[name] for name in names)
    if isinstance(one, Timing) and isinstance(other, Timing) and tag_of(one) == tag_of(other):
        return _timing(one, other), _timing(other, one)
    return element_text(one), element_text(other)


def _timing(timing: Timing, other: Timing) -> str:
    # Its name holds its threshold; the parts that it does not tell are said beside it where they differ.
    untold = [
        part
        for part in TIMING_KINDS[tag_of(timing)].parts
        if getattr(timing, part.field) != getattr(other, part.field)
        and timing_name(timing) == timing_name(replace(timing, **{part.field: getattr(other, part.field)}))
    ]
    return "，".join((timing_name(timing), *(_part(part, getattr(timing, part.field)) for part in untold)))


def _part(part: Part, value: object) -> str:
    if value is None:
        return f"{part.name} {NONE}"
    if part.sort is Sort.YES:
        return f"{part.name} {YES_NO[bool(value)]}"
    if part.sort is Sort.READING:
        return f"{part.name} {next(word for reading, word in READINGS.items() if reading == value)}"
    text = _exact(value) if isinstance(value, Decimal | int) else str(value)
    return f"{part.name} {text} {part.unit}".strip()


def _leg(leg: SpreadLeg) -> dict[str, str]:
    patience = {
        name: f"{term} {THE_SPREADS_OWN if value is None else f'{value} {unit}'}"
        for name, (term, unit) in _PATIENCE.items()
        for value in [getattr(leg, name)]
    }
    return {
        "coefficient": f"{Term.COEFFICIENT} {_exact(leg.coefficient)}",
        "lots": f"{Term.LOTS_PER_SET} {_exact(leg.lots)} 手",
        "active": f"{Term.ACTIVE_LEG} {YES_NO[leg.active]}",
        "pay_up_ticks": f"{Term.PAY_UP} {leg.pay_up_ticks} 跳",
        "closes": f"{'平' if leg.closes else '开'}仓",
        **patience,
    }


def _code(instrument: str) -> str:
    return instrument.partition(".")[2] or instrument


def _exact(value: Decimal | int) -> str:
    return (str(value) if isinstance(value, int) else f"{value:f}").replace("-", MINUS)
