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
- With `trail_to` an empty grid follows a price on the winning side (`terminal.strategies.grid.trailing`).
- Outside its bounds the grid enters nothing. HOLD waits there; STOP cancels and ends with what it holds; FLATTEN
  closes and ends. The stop lies beyond the last line: there a HOLD grid closes too, only STOP keeps its lots. How it
  closes stands in `terminal.strategies.grid.flatten`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.facts import AccountFact, StrategyMarked
from terminal.domain.fact.marks import Finished, FlattenHeld, GridTrailed, RangeEntered, RangeLeft, StrategyMark
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.parameters.lasting import GRID_FREE
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import WORDS, differing
from terminal.strategies.children import take
from terminal.strategies.draft import Draft
from terminal.strategies.grid.flatten import FLAT, take_close, wind_up
from terminal.strategies.grid.ground import Grounds
from terminal.strategies.grid.ladder import check_ladder
from terminal.strategies.grid.moment import ENTRY, GridMemory, Moment
from terminal.strategies.grid.quiet import quiet_of
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.grid.trailing import check_trailing, why_not_whole
from terminal.strategies.grid.unseen import fold_seen, sees_anew, tell_unseen
from terminal.strategies.lasting import lasting
from terminal.strategies.legless import Legless
from terminal.strategies.sight import look, unseen

if TYPE_CHECKING:
    from terminal.domain.view import SpreadWatch, View


class GridStrategy(Legless[GridSettings, GridMemory]):
    """Implement `Strategy` for grids."""

    kind = "grid"

    def __init__(self) -> None:
        self._grounds = Grounds()

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
        if new.instrument != old.instrument:
            return why_not_whole(old, new, empty=not any(memory.held) and not memory.ledger.busy)
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
        if tag == FLAT:
            take_close(memory, fact, at)
        filled = abs(take(memory.ledger, fact, tag, at))
        if filled and tag == FLAT:
            _release(memory, filled)
            memory.told.clear()
        elif filled:
            _, line, what = tag.split(":")
            place = int(line) - 1
            memory.held[place] += filled if what == ENTRY else -filled
            memory.turns[place] += 0 if what == ENTRY else filled
        if filled and not any(memory.held):
            sees_anew(memory)

    def decide(
        self, strategy: StrategyId, settings: GridSettings, memory: GridMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what the grid wants now; while winding, nothing but its orders cancelled."""
        if memory.stage is Stage.FINISHED:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        ground = self._grounds.of(settings, memory, view.instrument(settings.instrument))
        sight = look(view, settings.instrument)
        if memory.stage is Stage.RUNNING and not winding:
            tell_unseen(draft, ground.settings, memory, view, sight)
        if sight is None:
            return draft.decision()
        moment = Moment(ground, memory, draft, sight)
        if winding:
            draft.cancel_all("收尾：撤销挂单")
        elif memory.stage is not Stage.RUNNING:
            wind_up(moment)  # which needs no lines
        elif ground.too_fine is not None:  # a start refuses it; the contract's ticks have become others since
            _end_too_fine(draft, memory, ground.too_fine)
        elif not moment.trails():
            moment.run()
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: GridSettings, memory: GridMemory, view: View) -> Quiet | None:
        """Return within which quotes the grid goes on wanting nothing, `None` where that is not known."""
        if memory.stage is Stage.FINISHED:
            return EVER
        if memory.stage is not Stage.RUNNING:
            return None
        sight = look(view, settings.instrument)
        if sight is None:
            return unseen(view, settings.instrument)
        if memory.blind or memory.doubted_at:
            return None  # that its stop cannot be judged is said once it has lasted
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        ground = self._grounds.of(settings, memory, sight.instrument)
        moment = Moment(ground, memory, draft, sight)
        if ground.too_fine is not None or moment.trails():
            return None
        moment.run()
        return quiet_of(moment) if draft.decision() == NOTHING else None


def _fold_mark(settings: GridSettings, memory: GridMemory, mark: StrategyMark, at: int) -> None:
    match mark:
        case RangeLeft():
            memory.left_at = at
            memory.stage = left_for(settings.out_of_range, stopped=mark.stopped)
            if memory.stage is not Stage.RUNNING:
                sees_anew(memory)
        case ExitSeen() | ExitDoubted():
            fold_seen(memory, mark, at)
            memory.lone = isinstance(mark, ExitDoubted) and mark.lone
        case RangeEntered():
            memory.left_at = None
        case FlattenHeld():
            memory.told.append(mark.cause)
            memory.told_at = at
        case GridTrailed():
            memory.moved, memory.moved_at, memory.relaid = mark.moved, at, mark.moved - mark.shifted
        case Finished():
            memory.stage = Stage.FINISHED
        case _:
            pass


def _end_too_fine(draft: Draft, memory: GridMemory, why: str) -> None:
    # Of lines that coincide none can be sold apart: what is out comes back first, so that what is left is known.
    draft.cancel_all("网格线重合，撤销挂单")
    if not memory.ledger.busy:
        held = sum(memory.held)
        kept = f"，保留 {held} 手" if held else ""
        draft.mark(Finished(summary=f"网格不能再做：{why.rstrip('。')}，网格已停止{kept}。", cut=True))


def _release(memory: GridMemory, lots: int) -> None:
    # What a flattening close sold belongs to the outermost lines first.
    for place in reversed(range(len(memory.held))):
        part = min(max(memory.held[place], 0), lots)
        memory.held[place] -= part
        memory.turns[place] += part
        lots -= part
