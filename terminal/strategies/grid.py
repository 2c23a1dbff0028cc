"""Trade a ladder of lines (网格): a long grid buys at line i and sells one spacing higher; a short grid mirrors it.

The theory. A line is 空 (nothing), 挂 (its entry rests), 成 (it holds lots) or 平 (its exit rests). All of it follows
from the line's own fills and orders: after a night, a gap or a restart a line goes on from what it holds, never from
the last price. One entry and one exit order at most per line (the exchange may need the exit in two parts, of today's
and of older lots); a line enters only when it holds nothing, so it never holds more than its lots.

- An entry rests: it is sent only while the market is on the far side of its price. An exit covers what is filled;
  when an entry went on filling, the exit is taken out and sent anew for all of it.
- Exit before entry. Line i takes its profit where line i - 1 enters. While line i holds, nothing is bought at or
  above its exit, so a grid never meets itself (control C14).
- Only the nearest lines have orders, and one that drifted away is cancelled later than a near one is sent, so that a
  price that hovers between two lines does not cost cancels.
- With `trail_to` an empty grid follows a price on the winning side (`terminal.strategies.trailing`).
- Outside its bounds the grid enters nothing. HOLD waits there; STOP cancels and ends with what it holds; FLATTEN
  closes and ends. The stop lies beyond the last line: there a HOLD grid closes too, only STOP keeps its lots.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.amount_text import amount_text
from terminal.domain.facts import AccountFact, StrategyMarked
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.intents import NOTHING, Decision
from terminal.domain.lasting_settings import GRID_FREE
from terminal.domain.marks import Finished, GridTrailed, RangeEntered, RangeLeft, StrategyMark
from terminal.domain.order import Side, TimeCondition
from terminal.domain.setting_words import WORDS, differing
from terminal.domain.strategy_settings import GridSettings, OutOfRange
from terminal.strategies.children import SECOND, Ledger, take
from terminal.strategies.draft import Draft
from terminal.strategies.ladder import check_ladder, check_on_ticks, levels
from terminal.strategies.lasting import lasting
from terminal.strategies.sight import Sight, look
from terminal.strategies.trailing import check_trailing, room, trailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.view import SpreadWatch, View

ENTRY, EXIT, FLAT = "entry", "exit", "flat"
NEAR_LINES = 3  # so many lines on each side of the market get orders
FAR_LINES = 5  # a working order farther away than this is cancelled
GROWN = 30 * SECOND  # an exit that an entry still outgrows is renewed not more often than this
CALM = 60 * SECOND  # time outside the bounds before the price may be inside again


class Stage(StrEnum):
    """Name what a grid is doing."""

    RUNNING = "RUNNING"
    STOPPING = "STOPPING"  # cancels, then ends with what it holds
    FLATTENING = "FLATTENING"  # cancels, closes, then ends
    FINISHED = "FINISHED"


class GridMemory(msgspec.Struct, tag="grid_memory"):
    """Hold what the facts say: the lots each line holds (line 1 first), orders, and where the price was."""

    held: list[int]
    turns: list[int]  # lots each line has bought and sold again
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    stage: Stage = Stage.RUNNING
    left_at: int | None = None  # when the price left the bounds, while it is outside
    moved: Decimal = Decimal(0)  # how far it has followed the price, yuan
    moved_at: int = 0


class GridStrategy:
    """Implement `Strategy` for grids."""

    kind = "grid"

    def check(self, settings: GridSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        if settings.lots_per_line < 1:
            return "网格每格手数应为正整数。"
        return check_ladder(settings) or check_trailing(settings)

    def instruments(self, settings: GridSettings) -> tuple[InstrumentId, ...]:
        """Return the grid's instrument."""
        return (settings.instrument,)

    def watches(self, settings: GridSettings) -> tuple[SpreadWatch, ...]:
        """Return none: only the price decides."""
        return ()

    def whole(self, settings: GridSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the lots of all lines."""
        return ((settings.instrument, settings.lines * settings.lots_per_line),)

    def sizes(self, settings: GridSettings) -> dict[str, int]:
        """Return the lots of a line."""
        return {"lots_per_line": settings.lots_per_line}

    def may_change(self, old: GridSettings, new: GridSettings, memory: GridMemory) -> str | None:
        """Return why the grid cannot go on with the new settings, or `None`."""
        if memory.stage is not Stage.RUNNING:
            return "网格正在停止，不能再改设置。"
        moving = [WORDS[name] for name in differing(old, new) if name in {"stop", "lower", "upper"}]
        if memory.moved and moving:
            return f"网格已跟随移动 {amount_text(memory.moved)} 元，{'、'.join(moving)}随它移动，不能再改。"
        return lasting(old, new, GRID_FREE)

    def begin(self, settings: GridSettings) -> GridMemory:
        """Return the memory before any fact."""
        return GridMemory(held=[0] * settings.lines, turns=[0] * settings.lines)

    def fold(self, settings: GridSettings, memory: GridMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        if isinstance(fact, StrategyMarked):
            _fold_mark(settings, memory, fact.mark, at)
            return
        filled = abs(take(memory.ledger, fact, tag, at))
        if filled and tag == FLAT:
            _release(memory, filled)
        elif filled:
            _, line, what = tag.split(":")
            place = int(line) - 1
            memory.held[place] += filled if what == ENTRY else -filled
            memory.turns[place] += 0 if what == ENTRY else filled

    def decide(
        self, strategy: StrategyId, settings: GridSettings, memory: GridMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what the grid wants now; while winding, nothing but its orders cancelled."""
        if memory.stage is Stage.FINISHED:
            return NOTHING
        sight = look(view, settings.instrument)
        if sight is None:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        written, settings = settings, trailed(settings, memory.moved)
        ladder = levels(settings, sight.instrument.tick)
        moment = _Moment(settings, memory, draft, sight, ladder)
        if winding:
            draft.cancel_all("收尾：撤销挂单")
        elif (too_fine := check_on_ticks(settings, sight.instrument)) is not None:  # a start refuses it; once none did
            draft.mark(Finished(summary=too_fine))
        elif memory.stage is Stage.RUNNING:
            if not moment.trails(written):
                moment.run()
        else:
            moment.wind_up()
        return draft.decision()

    def lacking(self, settings: GridSettings, memory: GridMemory) -> tuple[tuple[InstrumentId, int], ...]:
        """Return nothing: a grid has no legs to balance."""
        return ()

    def naked_lots(self, settings: GridSettings, memory: GridMemory) -> int:
        """Return zero: a grid has no legs to balance."""
        return 0

    def settled(self, settings: GridSettings, memory: GridMemory) -> bool:
        """Return true: a line keeps what it holds, and what fills before its cancel is held too."""
        return True

    def balances(self, settings: GridSettings, memory: GridMemory, instrument: InstrumentId, lots: int) -> bool:
        """Return false: a grid never winds down."""
        return False


@cache
def scope_of(line: int, what: str) -> str:
    """Return the scope, and the tag, of a line's entry or exit: `line:3:entry`. Lines count from 1."""
    return f"line:{line}:{what}"


def _fold_mark(settings: GridSettings, memory: GridMemory, mark: StrategyMark, at: int) -> None:
    match mark:
        case RangeLeft():
            memory.left_at = at
            choice = settings.out_of_range
            if choice is OutOfRange.STOP:
                memory.stage = Stage.STOPPING
            elif choice is OutOfRange.FLATTEN or mark.stopped:
                memory.stage = Stage.FLATTENING
        case RangeEntered():
            memory.left_at = None
        case GridTrailed():
            memory.moved, memory.moved_at = mark.moved, at
        case Finished():
            memory.stage = Stage.FINISHED
        case _:
            pass


def _release(memory: GridMemory, lots: int) -> None:
    # What a flattening close sold belongs to the outermost lines first.
    for place in reversed(range(len(memory.held))):
        part = min(max(memory.held[place], 0), lots)
        memory.held[place] -= part
        memory.turns[place] += part
        lots -= part


class _Moment:
    # One call of decide: what its functions share. Prices are in ticks; `sign` turns a short grid into a long one.

    def __init__(
        self, settings: GridSettings, memory: GridMemory, draft: Draft, sight: Sight, ladder: tuple[int, ...]
    ) -> None:
        self.settings = settings
        self.memory = memory
        self.draft = draft
        self.sight = sight
        self.ladder = ladder
        self.sign = settings.side.sign
        self.under_way: dict[str, int] = {}  # lots, by scope
        for child in memory.ledger.children.values():
            if child.reserved:
                self.under_way[child.scope] = self.under_way.get(child.scope, 0) + child.reserved

    def run(self) -> None:
        if self._crossed_bounds():
            return
        entries = self._entries()
        exits = self._exits()
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

    def trails(self, written: GridSettings) -> bool:
        """Follow the price if it is time to; return whether nothing else is to be done now."""
        price, memory = self.sight.reference(), self.memory
        if written.trail_to is None or price is None or any(memory.held) or not self.sight.flows:
            return False
        more = room(written, memory.moved, price, self.sight.instrument.tick)
        if not more or (memory.moved_at and self.draft.now - memory.moved_at < CALM):
            return False
        if memory.ledger.busy:
            self.draft.cancel_all("网格跟随价格，撤单后整体移动")
            return True
        self.draft.mark(GridTrailed(moved=memory.moved + more, anchor=self.settings.anchor + more))
        return True

    # --- bounds ---

    def _crossed_bounds(self) -> bool:
        price = self.sight.reference()
        if price is None:
            return False
        settings, now = self.settings, self.sight.instrument.price(price)
        stopped = (now - settings.stop) * self.sign <= 0
        inside = settings.lower <= now <= settings.upper and not stopped
        left_at = self.memory.left_at
        if stopped or (left_at is None and not inside):
            self.draft.mark(RangeLeft(price=now, stopped=stopped))
            if stopped or settings.out_of_range is not OutOfRange.HOLD:
                self.draft.cancel_all("价格离开网格区间，撤销挂单")
            return True
        if left_at is not None and inside and self.draft.now - left_at >= CALM:
            self.draft.mark(RangeEntered(price=now))
        return False

    # --- which lines want orders: the FAR_LINES nearest to the market, nearest first ---

    def _entries(self) -> list[int]:
        if self.memory.left_at is not None:
            return []
        beyond = self._lowest_exit()
        ask = self.sight.displayed(self.settings.side.opposite)
        best = None if ask is None else ask.price * self.sign
        held, under_way, sign = self.memory.held, self.under_way, self.sign  # the longest loop of a decision
        found = []
        for line, ticks in enumerate(self.ladder[1:], start=1):
            working = under_way.get(scope_of(line, ENTRY), 0)
            if held[line - 1] and not working:
                continue
            price = ticks * sign
            rests = working or (best is not None and price < best)
            if rests and (beyond is None or price < beyond):
                found.append(line)
                if len(found) == FAR_LINES:
                    break
        return found

    def _lowest_exit(self) -> int | None:
        # A line's exit counts as long as it holds anything; a fill that is owed will make it hold.
        outermost = next(self._holding(), None)
        return None if outermost is None else self.ladder[outermost - 1] * self.sign

    def _holding(self) -> Iterator[int]:
        held = self.memory.held
        return (line for line in range(len(held), 0, -1) if held[line - 1] > 0)

    def _exits(self) -> list[int]:
        return list(islice(self._holding(), FAR_LINES))

    def _reserved(self, line: int, what: str) -> int:
        return self.under_way.get(scope_of(line, what), 0)

    def _cancel_unwanted(self, entries: list[int], exits: list[int]) -> None:
        wanted = {scope_of(line, ENTRY) for line in entries} | {scope_of(line, EXIT) for line in exits}
        for scope in sorted(self.under_way.keys() - wanted):
            self.draft.cancel(scope, "网格线不再需要挂单")

    # --- orders ---

    def _enter(self, line: int) -> bool:
        if self._reserved(line, ENTRY) or self.memory.held[line - 1] > 0 or self._room() < self.settings.lots_per_line:
            return False
        return self._send(line, ENTRY, self.settings.lots_per_line, self.ladder[line], "网格入场")

    def _room(self) -> int:
        # Lines filled under earlier settings may hold more than a line does now: the whole stays what it may be.
        entries = sum(lots for scope, lots in self.under_way.items() if scope.endswith(ENTRY))
        return self.settings.lines * self.settings.lots_per_line - sum(self.memory.held) - entries

    def _exit(self, line: int) -> bool:
        held, price = self.memory.held[line - 1], self.ladder[line - 1]
        scope = scope_of(line, EXIT)
        out = self._reserved(line, EXIT)
        if out:
            if held > out and self._may_renew(line):
                self.draft.cancel(scope, "入场又有成交，平仓单并入后重挂")
            return False
        if self._entry_at_or_beyond(price):
            return False
        return self._send(line, EXIT, held, price, "网格止盈")

    def _may_renew(self, line: int) -> bool:
        if not self._reserved(line, ENTRY):
            return True
        sent = min(child.recorded_at for _, child in self.memory.ledger.in_scope(scope_of(line, EXIT)))
        return self.draft.now - sent >= GROWN

    def _entry_at_or_beyond(self, price: int) -> bool:
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

    # --- the end ---

    def wind_up(self) -> None:
        if self.memory.ledger.busy:
            self.draft.cancel_all("网格停止，撤销挂单")
            return
        held = sum(self.memory.held)
        # Somebody may have closed the position by hand: then there is nothing left to flatten.
        position = self.draft.view.position(self.settings.account, self.settings.instrument, self.settings.hedge_flag)
        there = position.long if self.settings.side is Side.BUY else position.short
        if self.memory.stage is Stage.FLATTENING and held > 0 and there > 0:
            self._flatten(held)
        else:
            kept = f"，保留 {held} 手" if held else ""
            self.draft.mark(Finished(summary=f"网格已停止：价格离开区间{kept}。"))

    def _flatten(self, held: int) -> None:
        side = self.settings.side.opposite
        shown = self.sight.opposite(side)
        if shown is None:
            return
        self.draft.order(
            self.sight,
            scope=FLAT,
            tag=FLAT,
            side=side,
            closing=True,
            lots=min(held, shown.lots),
            ticks=shown.price,
            reason="网格离开区间，平仓",
            time_condition=TimeCondition.FAK,
        )
