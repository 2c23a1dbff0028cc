"""State what the futures of a spread against spot (期现价差) leave for people to do, and tell what they leave undone.

The engine does it and not the strategy: fills arrive, and people forget, while a strategy is paused or stopped too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import AlertRaised, OrderFilled, StrategyMarked
from terminal.domain.fact.spot_marks import SpotDue, SpotOverdue
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.quiet import NEVER
from terminal.domain.words.risk import Level
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.sentences.spot import spot_mark
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.spot_side import lots_without, needed_tonnes, spot_leg, undone_tonnes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.domain.fact.spot_marks import SpotMark
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.spot_side import SpotSide
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

    _Spread = tuple[SpreadSettings, SpotSide, SpreadMemory]

MINUTE = 60 * 1_000_000_000
GIVING_UP: Final = f"做不到就停止策略、平掉期货一侧，再在策略卡上按“{SpotTerm.CONFIRM_SPOT}”说{SpotTerm.WAIVED}"


def spot_price(look: Look, name: InstrumentId) -> Decimal | None:
    """Return the spot price last stated, yuan a quotation unit; `None` where it is missing or has expired."""
    quote = look.quote(name)
    if quote is None or quote.last is None or quote.received_at < look.spot_since():
        return None
    return look.instrument(name).price(quote.last)


def state_spot_filled(turn: Turn, look: Look) -> None:
    """State what the fills of this turn ask of people."""
    filled = {said.fact.account: None for said in turn.said if isinstance(said.fact, OrderFilled)}
    for name in filled:
        for row, spread in look.each(turn.state.accounts[name], _with_spot):
            _state(turn, row, _due(look, spread))


def look_at_spot_sides(turn: Turn, look: Look, account: AccountState) -> None:
    """State what is still to be stated of an account's spot sides: each second, so that a crash leaves nothing out."""
    for row, spread in look.each(account, _with_spot):
        _state(turn, row, _due(look, spread))
        _state(turn, row, _overdue(turn, look, spread))


def _with_spot(row: StrategyRow) -> _Spread | None:
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return None
    return settings, settings.spot_side, memory


def _state(turn: Turn, row: StrategyRow, marks: Iterator[SpotMark]) -> None:
    for mark in marks:
        turn.say(StrategyMarked(account=row.account, strategy=row.strategy, at=turn.at, mark=mark))
        if isinstance(mark, SpotOverdue):
            what = f"{spot_mark(mark)}；请买卖后在策略卡上落实，{GIVING_UP}。"
            turn.say(
                AlertRaised(
                    account=row.account,
                    level=Level.ORANGE,
                    code="SPOT_OVERDUE",
                    instrument=mark.spot,
                    sentence=f"策略 {row.strategy}：{what}",
                )
            )


def _due(look: Look, spread: _Spread) -> Iterator[SpotDue]:
    settings, _, memory = spread
    net = memory.legs[active_leg(settings)].net
    more = needed_tonnes(settings, net) - memory.spot.asked
    if more:
        name = spot_leg(settings).instrument
        undone = undone_tonnes(settings, net, memory.spot)
        yield SpotDue(spot=name, tonnes=more, undone=undone, price=spot_price(look, name))


def _overdue(turn: Turn, look: Look, spread: _Spread) -> Iterator[SpotOverdue]:
    settings, side, memory = spread
    since, day = memory.spot.since, look.trading_day
    if since is None or memory.spot.overdue_day == day or turn.at - since < side.alert_minutes * MINUTE:
        return
    undone = undone_tonnes(settings, memory.legs[active_leg(settings)].net, memory.spot)
    name = spot_leg(settings).instrument
    price = spot_price(look, name)
    yield SpotOverdue(
        spot=name,
        undone=undone,
        lots=lots_without(settings, undone),
        value_yuan=None if price is None else abs(undone) * price,
        since=since,
        trading_day=day,
    )


def tells_spot_at(look: Look, account: AccountState) -> int:
    """Return from when on something is to be stated of an account's spot sides within the trading day."""
    due = NEVER
    for _, spread in look.each(account, _with_spot):
        _, side, memory = spread
        if any(_due(look, spread)):
            return look.now
        if memory.spot.since and memory.spot.overdue_day != look.trading_day:
            due = min(due, memory.spot.since + side.alert_minutes * MINUTE)
    return due
