"""Describe how conditional orders (条件单) read in a table."""

from __future__ import annotations

from typing import Final, NamedTuple

from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.conditional.wording import STATES
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone

SHAPES: Final = {
    ConditionalState.WAITING: ("●", Tone.ACCENT),
    ConditionalState.PAUSED: ("○", Tone.QUIET),
    ConditionalState.TRIGGERED: ("▲", Tone.WARN),
    ConditionalState.RELEASED: ("◆", Tone.DOWN),
    ConditionalState.FAILED: ("■", Tone.ALERT),
    ConditionalState.WITHDRAWN: ("◇", Tone.DIM),
    ConditionalState.EXPIRED: ("◇", Tone.DIM),
}


class ConditionalRow(NamedTuple):
    """Hold a conditional order, its contract once that is listed, and whether it is of before the cut."""

    line: ConditionalLine
    instrument: Instrument | None
    old: bool = False
    earlier: bool = False  # placed on a trading day before the account's


def state_text(line: ConditionalLine, *, old: bool = False) -> str:
    """Return its state with its shape; one that may have gone out since the link was cut says that it is of before."""
    if old and line.stands:
        return f"○ {Term.BEFORE_CUT}{STATES[line.state]}"
    return f"{SHAPES[line.state][0]} {STATES[line.state]}"


def _tone(row: ConditionalRow) -> Tone:
    return Tone.DIM if row.old and row.line.stands else SHAPES[row.line.state][1]


def row_text(line: ConditionalLine, *, old: bool = False) -> str:
    """Return all of it in one line, for where there is room."""
    what = f"{line.conditional} {state_text(line, old=old)} {line.condition} 时 {line.release}，{line.validity}"
    return f"{what}；{line.note}" if line.note else what


CONDITIONAL_COLUMNS: Final[tuple[Column[ConditionalRow], ...]] = (
    Column(
        Term.TIME,
        94,
        lambda row: (figures.day_and_clock if row.earlier else figures.clock)(row.line.placed_at),
        kind=Kind.NAME,
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.placed_at,
    ),
    Column(Term.STATE, 92, lambda row: state_text(row.line, old=row.old), kind=Kind.NAME, tone=_tone),
    Column(Term.CONDITION, 150, lambda row: row.line.condition, kind=Kind.NAME),
    Column(Term.WHAT_IT_SENDS, 204, lambda row: row.line.release, kind=Kind.NAME),
    Column(Term.TIME_CONDITION, 92, lambda row: row.line.validity, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(Term.LIVES_IN, 68, lambda _: Term.RUNNER, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(Term.SOURCE, 64, lambda row: row.line.source, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(
        Term.NOTE,
        102,
        lambda row: row.line.note,
        kind=Kind.NAME,
        tone=lambda row: Tone.WARN if row.line.state is ConditionalState.FAILED else Tone.QUIET,
    ),
)
