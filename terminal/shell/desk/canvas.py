"""Draw what a desk has folded, and say so where it cannot be drawn.

A picture fails in as many ways as there are lines in it. That ends nothing: the connection stands, and the kill switch
with it, but nothing is ordered over a screen that does not show everything. It is tried again from the beginning with
the next snapshot and the next connection.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.fact.facts import Fact
    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import Quote
    from terminal.engine.screen import EventLine
    from terminal.engine.state import State
    from terminal.shell.picture.past import Past
    from terminal.shell.picture.picture import Picture

UNSHOWN: Final = (
    "运行器的记录里有本程序显示不了的内容，画面可能不全，不能下单；请升级本程序后重新打开。详情见标准错误输出。"
)


class Canvas:
    """Guard a picture. `unshown` says why it is not whole, or is empty."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self.unshown = ""

    def begin(self, state: State, past: Past) -> None:
        """Show a whole state anew, and what was before."""
        self.unshown = ""
        self._draw(lambda: self._picture.restart(state, past))
        self._look_at(past)

    def saw(self, fact: Fact, line: EventLine | None, past: Past) -> None:
        """Take a fact that was just folded, and the line that says it."""
        self._draw(lambda: self._picture.saw(fact, line))
        self._look_at(past)

    def _look_at(self, past: Past) -> None:
        if past.is_torn:
            past.is_torn, self.unshown = False, UNSHOWN

    def quotes(self, changed: Mapping[InstrumentId, Quote], at: int, trading_day: int) -> None:
        """Take the latest quotes and the market clock they came with."""
        self._draw(lambda: self._picture.quotes(changed, at, trading_day))

    def flush(self) -> None:
        """Post what has changed."""
        self._draw(self._picture.flush)

    def _draw(self, draw: Callable[[], object]) -> None:
        if self.unshown:
            return
        try:
            draw()
        except Exception as problem:  # noqa: BLE001  # see above
            traceback.print_exception(problem)
            self.unshown = UNSHOWN
