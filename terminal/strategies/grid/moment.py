"""Decide for a grid at one moment: which lines want orders, and whether its bounds are crossed.

The theory stands beside it in `strategy`. Prices are in ticks; `sign` turns a short grid into a long one.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from functools import cache
from itertools import compress, islice
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.marks import GridTrailed, RangeEntered
from terminal.domain.parameters.strategy import OutOfRange
from terminal.strategies.children import SECOND, Ledger
from terminal.strategies.grid.judged import Since, crossing, judged
from terminal.strategies.grid.stage import CALM, Stage
from terminal.strategies.grid.trailing import may_follow, room
from terminal.strategies.grid.unseen import beyond_lasts, counts_anew, lone_lasts, old_from
from terminal.strategies.last_days import last_day_of

if TYPE_CHECKING:
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.ground import Ground
    from terminal.strategies.sight import Sight

ENTRY, EXIT = "entry", "exit"
NEAR_LINES = 3  # so many lines on each side of the market get orders
FAR_LINES = 5  # a working order farther away than this is cancelled
GROWN = 30 * SECOND  # an exit that an entry still outgrows is renewed not more often than this


class GridMemory(msgspec.Struct, tag="grid_memory"):
    """Hold what the facts say: the lots each line holds (line 1 first), orders, and where the price was."""

    held: list[int]
    turns: list[int]  # lots each line has bought and sold again
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    stage: Stage = Stage.RUNNING
    left_at: int | None = None  # when the price left the bounds, while it is outside
    moved: Decimal = Decimal(0)  # how far it has followed the price, yuan
    moved_at: int = 0
    relaid: Decimal = Decimal(0)  # of that, how far by laying its geometric lines out anew
    misses: int = 0  # closes of the flattening that filled nothing
    closed_at: int = 0  # when one last filled
    refusal: tuple[str, str] | None = None  # of the latest close: a code, and who refused it why
    told: list[str] = []  # the causes it has stated for closing nothing, since something was closed
    told_at: int = 0  # when it stated the latest, UTC ns
    blind: bool = False  # people are told that its stop cannot be judged
    blind_day: int = 0  # the trading day on which they last were, while it has held something ever since
    doubted_at: int = 0  # since when it cannot, while they are not told yet, UTC ns
    calmed_at: int = 0  # when it last could again, UTC ns
    lone: bool = False  # what is doubted is whether a lone side beyond the last price is the market
    beyond_at: int = 0  # since when its lots could be closed at its stop while not all of the price is there, UTC ns
    warned_at: int = 0  # when it was last stated that this will stop it
    off_on_at: int = 0  # since when that comes and goes, or is there
    put_off_day: int = 0  # the trading day on which people were last told that this puts the stop off

    def resumed(self) -> None:
        """Take that a person lets it run on: nobody looked in the pause whether what was doubted has lasted."""
        self.doubted_at = 0
        counts_anew(self)


@cache
def scope_of(line: int, what: str) -> str:
    """Return the scope, and the tag, of a line's entry or exit: `line:3:entry`. Lines count from 1."""
    return f"line:{line}:{what}"


@cache
def line_of(scope: str) -> int:
    """Return the line of a scope, or tag, of an entry or exit."""
    return int(scope.split(":")[1])


class Moment:
    """Hold what one call of `decide` shares."""

    def __init__(self, ground: Ground, memory: GridMemory, draft: Draft, sight: Sight) -> None:
        self.settings = ground.settings
        self.memory = memory
        self.draft = draft
        self.sight = sight
        self.ladder = ground.levels
        self.sign = self.settings.side.sign
        self.under_way: dict[str, int] = {}  # lots, by scope
        self._entering: set[int] = set()  # the lines whose entries are under way
        self._entries: tuple[list[int], int | None, int | None] | None = None  # worked out when first asked for
        self._exits: list[int] | None = None
        self._depths = ground.depths
        for child in memory.ledger.reserving():
            scope, lots = child.scope, child.lots - child.filled
            self.under_way[scope] = self.under_way[scope] + lots if scope in self.under_way else lots
            if not child.closing:
                self._entering.add(line_of(scope))

    def run(self) -> None:
        """Decide while the grid runs."""
        if self._crossed_bounds():
            return
        entries, exits = self.near_entries[0], self.exits
        self._cancel_unwanted(entries, exits)
        # One order a decision: a burst of refused ones would pause the strategy (C10).
        for line in exits[:NEAR_LINES]:
            if self._exit(line):
                return
        if self.memory.left_at is None and self.sight.flows:
            for line in entries[:NEAR_LINES]:
                if self._enter(line):
                    return

    # --- following the price ---

    def trails(self) -> bool:
        """Follow the price if it is time to; return whether nothing else is to be done now."""
        if self.settings.trail_to is None:
            return False
        memory, tick = self.memory, self.sight.instrument.tick
        if any(memory.held) or not self.sight.flows:
            return False
        found = judged(self.settings, self.sight, lasts=False)  # both sides are displayed
        if found is None or not found.whole:
            return False
        more = room(self.settings, int(found.price // tick), tick)
        if not more or (memory.moved_at and self.draft.now - memory.moved_at < CALM):
            return False
        if memory.ledger.busy:
            self.draft.cancel_all("网格跟随价格，撤单后整体移动")
            return True
        moved = memory.moved + more
        self.draft.mark(GridTrailed(moved=moved, anchor=self.settings.anchor + more, shifted=moved - memory.relaid))
        return True

    # --- bounds ---

    def _crossed_bounds(self) -> bool:
        settings, memory = self.settings, self.memory
        view, now = self.draft.view, self.draft.now
        found = judged(settings, self.sight, lasts=memory.lone and lone_lasts(memory, view, settings.instrument))
        since = Since(memory.left_at, memory.beyond_at > 0 and self._beyond_lasts())
        mark = crossing(settings, found, since, now, lambda: may_follow(settings, empty=not any(memory.held)))
        if mark is not None:
            self.draft.mark(mark)
        if mark is None or isinstance(mark, RangeEntered):
            return False
        if mark.stopped or settings.out_of_range is not OutOfRange.HOLD:
            self.draft.cancel_all("价格离开网格区间，撤销挂单")
        return True

    def _beyond_lasts(self) -> bool:
        # By a quote that came after people were warned.
        memory, quote, now = self.memory, self.sight.quote, self.draft.now
        begins_at = self.draft.view.session(self.settings.instrument).begins_at
        anew = quote.received_at > memory.warned_at and now < old_from(self.sight)
        return anew and beyond_lasts(memory, now, begins_at)

    # --- which lines want orders: the FAR_LINES nearest to the market, nearest first ---

    @property
    def near_entries(self) -> tuple[list[int], int | None, int | None]:
        """Return the lines that want an entry, the nearest first, and two prices in ticks times sign.

        The first is of the line that a best price beyond it would add, the second of the one that it would take away.
        """
        if self._entries is None:
            self._entries = self._find_entries()
        return self._entries

    def _find_entries(self) -> tuple[list[int], int | None, int | None]:
        if self.memory.left_at is not None or last_day_of(self.draft.view, (self.settings.instrument,)) is not None:
            return [], None, None  # what is opened on the last trading day is delivered or settled that night
        beyond = self._lowest_exit()
        ask = self.sight.displayed(self.settings.side.opposite)
        best = None if ask is None else ask.price * self.sign
        held, entering, sign, ladder = self.memory.held, self._entering, self.sign, self.ladder
        found, adds, takes = list[int](), None, None
        for line in range(self._first_entry(beyond), len(ladder)):
            working = line in entering
            if held[line - 1] and not working:
                continue
            price = ladder[line] * sign
            if not working:
                if best is None or price >= best:
                    adds = price
                    continue
                takes = price if takes is None else takes
            found.append(line)
            if len(found) == FAR_LINES:
                break
        return found, adds, takes

    def _first_entry(self, beyond: int | None) -> int:
        # Levels fall from line to line (times sign): the first line below what must not be met.
        if beyond is None:
            return 1
        return bisect_right(self._depths, -beyond, lo=1)

    def _lowest_exit(self) -> int | None:
        # A line's exit counts as long as it holds anything; a fill that is owed will make it hold.
        exits = self.exits
        return self.ladder[exits[0] - 1] * self.sign if exits else None

    @property
    def exits(self) -> list[int]:
        """Return the lines that want an exit, the nearest first: what holds, the outermost before the others."""
        if self._exits is None:
            held = self.memory.held
            holding = (line for line in compress(range(len(held), 0, -1), reversed(held)) if held[line - 1] > 0)
            self._exits = list(islice(holding, FAR_LINES))
        return self._exits

    @property
    def closing(self) -> int:
        """Return the lots that closes under way may still trade, whatever line they are of."""
        return sum(child.reserved for child in self.memory.ledger.children.values() if child.closing)

    def reserved(self, line: int, what: str) -> int:
        """Return the lots under way in a line's entries or exits."""
        return self.under_way.get(scope_of(line, what), 0)

    def _cancel_unwanted(self, entries: list[int], exits: list[int]) -> None:
        if not self.under_way:
            return
        wanted = {scope_of(line, ENTRY) for line in entries} | {scope_of(line, EXIT) for line in exits}
        for scope in sorted(self.under_way.keys() - wanted):
            self.draft.cancel(scope, "网格线不再需要挂单")

    # --- orders ---

    def _enter(self, line: int) -> bool:
        if line in self._entering or self.memory.held[line - 1] > 0 or self._room() < self.settings.lots_per_line:
            return False
        return self._send(line, ENTRY, self.settings.lots_per_line, self.ladder[line], "网格入场")

    def _room(self) -> int:
        # Lines filled under earlier settings may hold more than a line does now: the whole stays what it may be.
        entries = sum(lots for scope, lots in self.under_way.items() if scope.endswith(ENTRY))
        return self.settings.lines * self.settings.lots_per_line - sum(self.memory.held) - entries

    def _exit(self, line: int) -> bool:
        held, price = self.memory.held[line - 1], self.ladder[line - 1]
        scope = scope_of(line, EXIT)
        out = self.reserved(line, EXIT)
        if out:
            if held > out and self._may_renew(line):
                self.draft.cancel(scope, "入场又有成交，平仓单并入后重挂")
            return False
        if self.entry_at_or_beyond(price):
            return False
        return self._send(line, EXIT, held, price, "网格止盈")

    def _may_renew(self, line: int) -> bool:
        if line not in self._entering:
            return True
        sent = min(child.recorded_at for _, child in self.memory.ledger.in_scope(scope_of(line, EXIT)))
        return self.draft.now - sent >= GROWN

    def entry_at_or_beyond(self, price: int) -> bool:
        """Return whether an entry under way could trade with a close at a price in ticks, which the gate refuses."""
        limit = self.sight.instrument.price(price)
        return any(
            not child.closing and child.reserved and (child.price - limit) * self.sign >= 0
            for child in self.memory.ledger.children.values()
        )

    def _send(self, line: int, what: str, lots: int, ticks: int, reason: str) -> bool:
        closing = what == EXIT
        return self.draft.order(
            self.sight,
            scope=scope_of(line, what),
            tag=scope_of(line, what),
            side=self.settings.side.opposite if closing else self.settings.side,
            closing=closing,
            lots=lots,
            ticks=ticks,
            reason=f"{reason}，第 {line} 格",
        )
