"""State what every strategy is: settings in, memory folded from facts, a decision out.

A strategy remembers only what facts tell it, so a restart that folds the journal has the same strategy again. It is
called once per market batch that changed one of its instruments (and after each batch of reports that concern it), and
about once a second of market time while a leg of it lacks lots, however quiet its contracts are. It answers the same
when asked twice, and never learns of anything outside its `View`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact
    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.orders.intents import Decision
    from terminal.domain.quiet import Quiet
    from terminal.domain.view import SpreadWatch, View

S = TypeVar("S", contravariant=True)  # noqa: PLC0105  # S is for settings
M = TypeVar("M")


class Strategy(Protocol[S, M]):
    """Describe one kind of strategy; the object itself holds no state."""

    kind: str

    def check(self, settings: S) -> str | None:
        """Return what is wrong with the settings in one sentence, or `None`."""

    def instruments(self, settings: S) -> tuple[InstrumentId, ...]:
        """Return the instruments whose quotes wake the strategy."""

    def watches(self, settings: S) -> tuple[SpreadWatch, ...]:
        """Return the spread windows the strategy wants kept."""

    def whole(self, settings: S) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the most lots of each instrument the whole task may trade: the parent of control C2."""

    def sizes(self, settings: S) -> dict[str, int]:
        """Return the fields that say how much is traded or left open, by name; their growth may need two persons."""

    def may_change(self, old: S, new: S, memory: M) -> str | None:
        """Return why a strategy with this memory cannot go on with the new settings, or `None`.

        What the memory was folded with (contracts, side, legs, lines, timings) stays for the strategy's life.
        """

    def begin(self, settings: S) -> M:
        """Return the memory before any fact."""

    def fold(self, settings: S, memory: M, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact about the strategy into its memory.

        The engine passes `StrategyMarked` (tag empty) and every order fact whose order this strategy caused, with the
        order's tag: OrderRecorded, OrderAccepted, OrderRejected, OrderFilled, OrderCancelled, OrderExpired,
        OrderVoided, OrderUnknown, CancelRecorded and CancelRefused (whoever asked for the cancel), and OrderRefused
        (the gate said no; tag from its cause). `at` is the market clock of the fact, UTC ns.
        """

    def decide(self, strategy: StrategyId, settings: S, memory: M, view: View, *, winding: bool = False) -> Decision:
        """Return what the strategy wants now; changes nothing.

        While `winding` (收尾) it wants only what brings its legs to balance, and everything else of its own cancelled.
        """

    def quiet(self, strategy: StrategyId, settings: S, memory: M, view: View) -> Quiet | None:
        """Return within which quotes, and until when, `decide` wants nothing, as now; `None` where that is not known.

        A backtest passes over the batches inside (`domain.quiet`): what is told here must be true, and may be narrow.
        Only quotes of the strategy's own instruments and the clock move meanwhile, never a fact.
        """

    def lacking(self, settings: S, memory: M) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the signed lots each instrument lacks of balance, by fills alone; none where there are no legs."""

    def naked_lots(self, settings: S, memory: M) -> int:
        """Return the unbalanced lots over all legs (I12); the settings' `naked_lots` is their limit."""

    def naked_at_worst(self, settings: S, memory: M) -> int:
        """Return the most lots that are unbalanced should what is under way fill, in whatever order, or not at all."""

    def settled(self, settings: S, memory: M) -> bool:
        """Return whether the strategy may rest now: no leg lacks lots, and nothing under way may unbalance one."""

    def balances(self, settings: S, memory: M, instrument: InstrumentId, lots: int) -> bool:
        """Return whether an order of signed lots serves balance alone, beside what is under way.

        No other one passes while winding, and none that does repeats another one (C9).
        """
