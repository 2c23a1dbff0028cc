"""Let a person say in a spread's form whether its active leg takes or quotes (挂单), and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.words.settings import ACTIVE_ORDERS, ActiveOrders
from terminal.widgets.strategy.words import NAMES_OF_QUOTING

if TYPE_CHECKING:
    from terminal.widgets.strategy.form import StrategyForm


class QuotingPart:
    """Hold the fields of quoting in a spread's form; its figures are hidden while the active leg only takes."""

    def __init__(self, form: StrategyForm) -> None:
        self._form = form
        self.way = form.choice("quoting", ACTIVE_ORDERS)
        self.way.setToolTip("挂单：主动腿挂在成交后按对手价对冲正好是所要价差的价上；价差一到就能成交的，照样直接成交")
        self.numbers = {name: form.number(name) for name in NAMES_OF_QUOTING}
        self.numbers["tolerance_ticks"].setToolTip("他腿盘口动了，成交会比所要的差这么多跳以内仍挂着，超过就撤")
        self.numbers["reach_ticks"].setToolTip("离对手价更远的不挂，挂着的撤回")
        self.numbers["rest_seconds"].setToolTip("两次挂单至少隔这么久；当日撤单用得越多，隔得越久")
        self.numbers["max_cancels"].setToolTip("一个交易日里挂单撤这么多次之后，只按对手价成交")

    @property
    def quoting(self) -> SpreadQuoting | None:
        """Return what the fields say; `None` for taking."""
        if self.way.value == ActiveOrders.TAKE:
            return None
        return SpreadQuoting(**{name: int(box.value) for name, box in self.numbers.items()})

    def fill(self, quoting: SpreadQuoting | None) -> None:
        """Put quoting into the fields, exactly."""
        self.way.put(ActiveOrders.TAKE if quoting is None else ActiveOrders.QUOTE)
        shown = SpreadQuoting() if quoting is None else quoting
        for name, box in self.numbers.items():
            box.put(getattr(shown, name))
        self.show()

    def show(self) -> None:
        """Show the figures only where they count."""
        there = self.way.value != ActiveOrders.TAKE
        for name in NAMES_OF_QUOTING:
            field = self._form.fields[name]
            field.setVisible(there)
            field.control.setEnabled(there)  # all of them are free while it runs
