"""List conditional orders (条件单) beside the orders, and let a person change, pause, resume and withdraw them.

What lowers risk is never blocked here: pausing and withdrawing go out whatever the account says, and their answer is
told in the foot. All of them live in the runner: closing this desk ends none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from terminal.domain.commands import PauseConditional, ResumeConditional, WithdrawConditional
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.words.terms import Term
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.conditional.wording import STATES
from terminal.engine.folds.conditional import EDITABLE
from terminal.engine.screen import ResultLine
from terminal.widgets.orders.conditional_columns import CONDITIONAL_COLUMNS, ConditionalRow, row_text
from terminal.widgets.parts.ledger import Ledger, Shape

if TYPE_CHECKING:
    from PySide6.QtWidgets import QToolButton

    from terminal.domain.ids import AccountId, CommandId, ConditionalId, InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import Hand
    from terminal.widgets.dress.look import Look
    from terminal.widgets.orders.foot import OrderFoot

EMPTY: Final = (
    "没有条件单",
    "等价格、时间或开盘再报的委托列在这里；它们在运行器里等着，关了工作台也照样看行情。",
    "下一步：在「下单」面板的「条件」一栏选价格、时间、预埋、保本、价差或基差。",
)
NONE_CHOSEN: Final = f"▲ 先在「{Term.CONDITIONAL_ORDERS}」里选中一行，才知道是哪一张"
ONE_ONLY: Final = "▲ 一次只能修改一张条件单，请只选一行"
Steer = PauseConditional | ResumeConditional | WithdrawConditional


class ConditionalTab(QObject):
    """Hold the table, its buttons, and what was asked from here; `edit_wanted` tells which line is to be changed."""

    edit_wanted = Signal(object)

    def __init__(self, look: Look, hand: Hand, foot: OrderFoot) -> None:
        super().__init__()
        self._hand, self._foot = hand, foot
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._days: dict[AccountId, int] = {}
        self._asked: dict[CommandId, str] = {}
        self._old = False
        self.ledger = Ledger(
            Shape[ConditionalLine, ConditionalRow](
                Term.CONDITIONAL_ORDERS, CONDITIONAL_COLUMNS, lambda line: line.account, self._row, EMPTY
            ),
            look,
        )
        self.buttons: tuple[QToolButton, ...] = foot.add(
            (
                (Term.MODIFY, "在下单面板里修改选中的条件单（回车，或双击一行）", self.edit),
                (Term.PAUSE, "暂停选中的条件单，恢复之前不看行情", self.pause),
                (Term.RESUME, "让选中的条件单接着等", self.resume),
                (Term.WITHDRAW, "撤掉选中的条件单，不再报出（Del）", self.withdraw),
            )
        )
        self.show_buttons(shown=False)
        self.ledger.grid.activated.connect(lambda _: self.edit())

    def show_lines(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take the latest lines; what was over before today is not listed."""
        for name, line in lines.items():
            before = self.ledger.lines.get(name)
            if before is not None and self._foot.told.text() == row_text(before, old=self._old):
                self._foot.tell(row_text(line, old=self._old), "none")  # the sentence of the chosen row goes with it
        placed = sorted(lines.items(), key=lambda item: (item[1].placed_at, item[0]))
        self.ledger.take((name, line) for name, line in placed if self._is_listed(line))
        self.ledger.drop(name for name, line in placed if not self._is_listed(line))

    def show_days(self, days: dict[AccountId, int]) -> None:
        """Take the trading day of each account: what ended on an earlier one goes."""
        self._days |= days
        self.ledger.drop([key for key, line in self.ledger.lines.items() if not self._is_listed(line)])
        self.ledger.refresh()

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Take the contracts."""
        self._instruments = instruments

    def show_old(self, *, old: bool) -> None:
        """Take whether what stands is of before the link was cut."""
        self._old = old
        self.ledger.refresh()

    def show_buttons(self, *, shown: bool) -> None:
        """Show the buttons while this view is looked at."""
        for button in self.buttons:
            button.setVisible(shown)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Say what became of what was asked from here; other results are ignored."""
        for line in results:
            asked = self._asked.pop(line.command, None)
            if asked is not None:
                said = f"{'●' if line.ok else '■'} {asked}：{line.sentence}"
                self._foot.tell(said, "none" if line.ok else "deny")

    @property
    def standing(self) -> int:
        """Return how many listed rows may still be sent."""
        return sum(self.ledger.lines[self.ledger.rows.key(at)].stands for at in range(self.ledger.rows.rowCount()))

    # --- acts ---------------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Have the one that is selected filled in to be changed."""
        chosen = [self.ledger.lines[key] for key in self.ledger.chosen()]
        if len(chosen) != 1:
            self._foot.tell(ONE_ONLY if chosen else NONE_CHOSEN, "warn")
        elif chosen[0].state not in EDITABLE:
            self._foot.tell(f"▲ 条件单 {chosen[0].conditional} {STATES[chosen[0].state]}，不能修改", "warn")
        else:
            self.edit_wanted.emit(chosen[0])

    def pause(self) -> None:
        """Pause those of the selected that wait."""
        self._steer(Term.PAUSE, PauseConditional, lambda line: line.state is ConditionalState.WAITING)

    def resume(self) -> None:
        """Let those of the selected go on that are paused."""
        self._steer(Term.RESUME, ResumeConditional, lambda line: line.state is ConditionalState.PAUSED)

    def withdraw(self) -> None:
        """Withdraw those of the selected that have not been sent."""
        self._steer(Term.WITHDRAW, WithdrawConditional, lambda line: line.stands)

    def _steer(self, what: Term, wish: type[Steer], fits: Callable[[ConditionalLine], bool]) -> None:
        chosen = [self.ledger.lines[key] for key in self.ledger.chosen()]
        if not chosen:
            self._foot.tell(NONE_CHOSEN, "warn")
            return
        fitting = [line for line in chosen if fits(line)]
        for line in fitting:
            asked = f"{what}条件单 {line.conditional}"
            self._asked[self._hand.send(wish(account=line.account, conditional=line.conditional))] = asked
            self._foot.tell(f"○ {asked}：已发出，等待回答", "none")
        if not fitting:
            self._foot.tell(f"▲ 选中的条件单现在不能{what}", "warn")

    def _is_listed(self, line: ConditionalLine) -> bool:
        return line.stands or line.trading_day >= self._days.get(line.account, 0)

    def _row(self, line: ConditionalLine) -> ConditionalRow:
        earlier = line.stands and line.trading_day < self._days.get(line.account, 0)
        return ConditionalRow(line, self._instruments.get(line.instrument), self._old, earlier)
