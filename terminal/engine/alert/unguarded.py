"""Say that a paused grid or spread stands beyond its stop: nobody closes it, a paused strategy decides nothing.

It is looked at with the levels, about once a second of market time, and told once for each pause. One lone quote may
stand anywhere: what it is told by does not count when all that is known of the price lies beyond the stop later. So it
is with a book of which one side, at which its lots would be closed, is at the stop: that is told once it has lasted for
a minute of the session, as a running grid counts it: a look at which a side is missing or old says nothing of that.
What was told is no fact: after a restart it is told again, which is the careful side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.market import Column
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.domain.quiet import EVER, Band, Quiet
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Level
from terminal.engine.sentences.strategy import grid_kind
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.stop import before, is_reached
from terminal.strategies.grid.trailing import standing
from terminal.strategies.grid.unseen import STEADY, Beyond, half_words
from terminal.strategies.sight import look as sight_of
from terminal.strategies.spread.bounds import judged as judged_spread
from terminal.strategies.spread.exits import reached, way_held
from terminal.strategies.spread.lines import trailed as trailed_spread
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import SIDES, grid_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

WATCHING: Final = frozenset({Stage.RUNNING, Stage.FLATTENING})
BOTH: Final = "两边都到再提醒一次"
UNFINISHED: Final = "到止损止盈或离开区间后的平仓没有做完"


class Why(NamedTuple):
    """Hold in words what of a paused strategy nobody does, and whether it is told by more than one lone side.

    What `waits` is told once it has lasted.
    """

    words: str
    sure: bool = True
    waits: bool = False


# A side is missing or old, or it does not trade: what waits to be told neither begins nor ends by that.
UNKNOWN: Final = Why("")


class Unguarded:
    """Tell each paused strategy that stands beyond its stop; holds only what was told."""

    def __init__(self) -> None:
        self._told: dict[StrategyId, bool] = {}  # whether by more than one lone side
        self._since: dict[StrategyId, int] = {}  # when what waits to be told began, UTC ns

    @property
    def told(self) -> bool:
        """Return whether anything told, or about to be, stands until a look finds its pause over."""
        return bool(self._told) or bool(self._since)

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what stands beyond its stop now, once for each pause."""
        rows = account.strategies
        paused = StrategyStatus.PAUSED
        self._told = {name: sure for name, sure in self._told.items() if name in rows and rows[name].status is paused}
        minded: Sequence[tuple[StrategyRow, GridSettings | SpreadSettings]] = look.each(account, _settings)
        waiting = {row.strategy for row, _ in minded}
        self._since = {name: at for name, at in self._since.items() if name in waiting}
        for row, settings in minded:
            told = self._told.get(row.strategy)
            if told:
                continue
            why = _why(look, row, settings)
            if why is UNKNOWN:
                continue
            if why is None or not why.waits:
                self._since.pop(row.strategy, None)
            elif not self._lasts(look, row):
                continue
            if why is not None and (told is None or why.sure):
                self._told[row.strategy] = why.sure
                turn.say(_alert(look, row, settings, why.words))

    def _lasts(self, look: Look, row: StrategyRow) -> bool:
        # Of this very session: what stood before a break has not lasted through it.
        begins_at = max(look.session(name).begins_at for name, _ in _held(row))
        if self._since.get(row.strategy, -1) < begins_at:
            self._since[row.strategy] = look.now
        return look.now - self._since[row.strategy] >= STEADY


def stop_given_up(row: StrategyRow) -> str:
    """Return what a person who pauses this strategy gives up with it, "" for nothing: to be added to a sentence."""
    memory, settings = row.memory, row.settings
    if not isinstance(memory, GridMemory | SpreadMemory) or memory.stage not in WATCHING:
        return ""
    if isinstance(settings, SpreadSettings) and settings.grid is None:
        return "；暂停期间止损止盈不判" if guarded(settings) else ""
    return "；暂停期间没有止损"


def quiet(look: Look, row: StrategyRow) -> Quiet | None:
    """Return within which quotes a look at a paused strategy finds none beyond its stop."""
    settings = _settings(row)
    if settings is None:
        return EVER
    if not isinstance(settings, GridSettings) or _why(look, row, settings) not in (None, UNKNOWN):
        return None
    low, high = before(settings, look.instrument(settings.instrument).tick)
    return Quiet(bands=tuple(Band(settings.instrument, column, low, high) for column in (Column.BID, Column.ASK)))


def _settings(row: StrategyRow) -> GridSettings | SpreadSettings | None:
    # Of a paused strategy that holds lots and would close them at its stop, or is closing them; where it stands now.
    memory, settings = row.memory, row.settings
    if row.status is not StrategyStatus.PAUSED or not isinstance(memory, GridMemory | SpreadMemory):
        return None
    if memory.stage not in WATCHING or not _held(row):
        return None
    if isinstance(settings, SpreadSettings):
        return trailed_spread(settings, memory.moved) if settings.grid is not None or guarded(settings) else None
    return standing(settings, memory) if isinstance(settings, GridSettings) and isinstance(memory, GridMemory) else None


def _held(row: StrategyRow) -> list[tuple[InstrumentId, int]]:
    return [(name, abs(one.lots)) for name, one in row.lots.items() if one.lots]


def _why(look: Look, row: StrategyRow, settings: GridSettings | SpreadSettings) -> Why | None:
    memory = row.memory
    closes = isinstance(memory, GridMemory | SpreadMemory) and memory.stage is Stage.FLATTENING
    if isinstance(settings, SpreadSettings):
        found = _of_spread(look, settings, memory) if isinstance(memory, SpreadMemory) else None
    else:
        found = _of_price(look, settings)
    if closes:  # whatever the price is, what has begun to close goes on
        return Why(found.words if found not in (None, UNKNOWN) else UNFINISHED)
    return found


def _of_price(look: Look, settings: GridSettings) -> Why | None:
    # That the stop is reached, `None` where it is not.
    sight = sight_of(look, settings.instrument)
    found = None if sight is None else judged(settings, sight, lasts=True)  # a paused one waits for nothing
    if sight is None or found is None:
        return UNKNOWN
    now, name = found.price, settings.instrument
    called = f"{look.instrument(name).name}（{name}）"
    if found.half(settings) is not None:
        return Why(f"{called}{half_words(settings, found, ('买价', '卖价'))}（{BOTH}）", sure=False, waits=True)
    if not is_reached(settings, now):
        return None if found.whole else UNKNOWN
    at = f"{called}价格 {amount_text(now)} 已到止损价 {amount_text(settings.stop)}"
    running = judged(settings, sight, lasts=False)
    sure = running is not None and running.whole and is_reached(settings, running.price)
    return Why(at if sure else f"{at}（只有一边报价，{BOTH}）", sure)


def _of_spread(look: Look, settings: SpreadSettings, memory: SpreadMemory) -> Why | None:
    quote, grid = priced(settings, look), settings.grid
    if grid is not None:
        by = judged_spread(settings, grid, quote)
        if by is not None and by.half(grid) is not None:
            return Why(f"{grid_kind(settings)[:2]}{half_words(grid, by, SIDES)}（{BOTH}）", sure=False, waits=True)
        if by is None:
            seen = grid_seen(look, settings, grid, by)
            return UNKNOWN if seen is None or seen.found.beyond is Beyond.UNKNOWN else None
        if not is_reached(grid, by.price):
            return None
        return Why(f"{grid_kind(settings)[:2]} {amount_text(by.price)} 已到止损价 {amount_text(grid.stop)}")
    held = way_held(settings, memory)
    found = None if quote is None or not held else reached(settings, held, quote)
    if quote is None or found is None or not found[1]:
        return None
    return Why(f"平仓价差 {amount_text(quote.sell if held > 0 else quote.buy)} 已到止损价 {amount_text(found[0])}")


def _alert(look: Look, row: StrategyRow, settings: GridSettings | SpreadSettings, why: str) -> AlertRaised:
    about, kind, code = _about(settings)
    lots = "、".join(f"{look.instrument(name).name}（{name}）{lots} 手" for name, lots in _held(row))
    held = f"{_held(row)[0][1]} 手" if isinstance(settings, GridSettings) else lots
    what = f"{why}，{kind}持有 {held}；策略已暂停（{row.reason}），暂停期间没有止损；请人工平仓，或恢复策略由它处理。"
    return AlertRaised(
        account=row.account, level=Level.ORANGE, code=code, instrument=about, sentence=f"策略 {row.strategy}：{what}"
    )


def _about(settings: GridSettings | SpreadSettings) -> tuple[InstrumentId, str, str]:
    if isinstance(settings, GridSettings):
        return settings.instrument, "网格", "GRID_UNGUARDED"
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    if settings.grid is None:
        return lead, "价差", "EXIT_UNGUARDED"
    return lead, grid_kind(settings), "GRID_UNGUARDED"
