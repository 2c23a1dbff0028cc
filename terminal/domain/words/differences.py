"""Say where two settings of one kind differ, element by element: nobody agrees to what is only said to be changed."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.parameters.strategy import SpreadLeg
from terminal.domain.words.elements import NONE, element_text, texts_apart
from terminal.domain.words.settings import WORDS, differing, shown
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.words.elements import Element

_ELEMENTS: Final = {"legs": str(Term.LEG), "timings": str(Term.TIMING), "numbers": ""}


class Difference(NamedTuple):
    """Hold one thing that differs: the field it stands in, what it is called, and how each of both says it."""

    field: str
    name: str
    before: str
    after: str


def differences(old: StrategySettings, new: StrategySettings) -> tuple[Difference, ...]:
    """Return what differs between two settings of one kind, in the order of their fields."""
    return tuple(_found(old, new))


def _found(old: StrategySettings, new: StrategySettings) -> Iterator[Difference]:
    for field in differing(old, new):
        if field not in _ELEMENTS:
            yield Difference(field, WORDS[field], shown(old, field), shown(new, field))
            continue
        for place, (one, other) in enumerate(zip_longest(getattr(old, field), getattr(new, field)), 1):
            if one != other:
                yield _apart(field, place, one, other)


def _apart(field: str, place: int, one: Element | None, other: Element | None) -> Difference:
    word = _ELEMENTS[field]
    name = f"{word} {place}" if word else WORDS[field]
    if one is None or other is None:
        before, after = (NONE if it is None else element_text(it) for it in (one, other))
        return Difference(field, name, before, after)
    before, after = texts_apart(one, other)
    if isinstance(one, SpreadLeg) and isinstance(other, SpreadLeg) and one.instrument == other.instrument:
        name = f"{name} {one.instrument.partition('.')[2]}"  # of another contract the texts name both
    return Difference(field, name, before, after)
