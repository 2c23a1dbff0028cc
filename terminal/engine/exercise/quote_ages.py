"""Say of quotes that are old how old they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.products.option_figures import quote_age
from terminal.engine.wording import short
from terminal.strategies.sight import FRESH, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look

MINUTE: Final = 60 * SECOND
IN_MINUTES: Final = 2 * MINUTE  # an age from here on is said in minutes


def aged(look: Look, names: Iterable[InstrumentId]) -> Iterator[str]:
    """Yield of each instrument whose quote is older than a minute how old it is."""
    for name in names:
        age = quote_age(look, name)
        if age > FRESH:
            said = f"{age // SECOND} 秒" if age < IN_MINUTES else f"{age // MINUTE} 分钟"
            yield f"{short(name)} 的报价是 {said}前的"
