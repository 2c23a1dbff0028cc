"""Play people at several desks: they change running strategies, see alerts, keep documents, take accounts over."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.risk import Level
from terminal.engine.state import StrategyRow
from terminal.simulation.cast import ACCOUNTS, MAKERS, RISK, SUPERVISOR, TRADER, VISITOR
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck

_GOING = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING, StrategyStatus.PAUSED})
_ACTS = 0.01  # of the moments
_STALE = 0.1  # of the edits, over an older version


class Sharers:
    """Do by chance what desks do to what they share; a luck of its own leaves the others' draws alone."""

    def __init__(self, seed: int) -> None:
        self._luck = Luck(seed)
        self._takes = self._luck.chance(0.25)  # in most worlds nobody takes an account over

    def act(self, room: Room) -> None:
        """Do one thing, now and then."""
        luck = self._luck
        if not luck.chance(_ACTS):
            return
        account, way = luck.one_of(ACCOUNTS), luck.randrange(20)
        if way < 11:
            self._change(room, account)
        elif way < 15:
            self._acknowledge(room, account)
        elif way < 19:
            self._save(room)
        elif self._takes:
            room.ask(luck.one_of((*MAKERS, VISITOR)), c.TakeAccount(account=account))

    def _change(self, room: Room, account: AccountId) -> None:
        rows = [row for row in room.account(account).strategies.values() if row.status in _GOING]
        if not rows:
            return
        luck, row = self._luck, self._luck.one_of(rows)
        body = c.ChangeStrategy(
            account=account,
            strategy=row.strategy,
            base_version=row.version - luck.chance(_STALE),
            settings=self._other(row),
        )
        room.ask(luck.one_of((*MAKERS, TRADER, RISK), (4, 4, 4, 1)), body)

    def _other(self, row: StrategyRow) -> StrategySettings:
        luck, old = self._luck, row.settings
        match old:
            case GridSettings():
                lots = max(1, old.lots_per_line + luck.randrange(-2, 4))
                wider = old.upper + luck.randrange(3)
                return replace(old, lots_per_line=lots, upper=wider, lines=old.lines + luck.chance(0.05))
            case SpreadSettings() if old.grid is not None:
                sets = luck.randrange(1, 5)
                return replace(old, sets=sets, max_sets=sets * old.grid.lines, naked_lots=old.naked_lots + 1)
            case SpreadSettings():
                most = max(1, old.max_sets + luck.randrange(-3, 3))
                return replace(old, max_sets=most, sets=luck.randrange(1, 5), buy_at=old.buy_at + Decimal(1))
            case RollSettings():
                lots = max(1, old.lots + luck.randrange(-4, 3))
                return replace(old, lots=lots, batch_lots=luck.randrange(1, 5), chase_seconds=luck.randrange(1, 4))
            case OwnSettings():
                return replace(old, max_lots=max(1, old.max_lots + luck.randrange(-2, 3)))
            case TargetSettings():
                return replace(old, most_lots=max(1, old.most_lots + luck.randrange(-2, 4)), batch_lots=2)

            case ExecutionSettings():
                lots = max(1, old.total_lots + luck.randrange(-3, 4))
                return replace(old, total_lots=lots, max_chases=luck.randrange(1, 9))

    def _acknowledge(self, room: Room, account: AccountId) -> None:
        there = room.account(account)
        numbers = [*there.open_alerts, there.alerts + 1]  # the last one was never raised
        person = self._luck.one_of((TRADER, SUPERVISOR, RISK, VISITOR))
        levels = [row for row in there.levels.values() if row.level >= Level.ORANGE]  # also one that was seen
        if levels:
            row = self._luck.one_of(levels)
            wish = c.AcknowledgeLevel(account=account, scope=row.scope, signal=row.signal, level=row.level)
            room.ask(person, wish)
        room.ask(person, c.AcknowledgeAlert(account=account, alert=self._luck.one_of(numbers)))

    def _save(self, room: Room) -> None:
        luck = self._luck
        person, name = luck.one_of((TRADER, SUPERVISOR, VISITOR)), luck.one_of(("layout", "draft"))
        kept = room.state.persons[person].documents.get(name) if person in room.state.persons else None
        base = kept.version if kept is not None else 0
        body = "" if luck.chance(0.2) else f'{{"width": {luck.randrange(2000)}}}'
        room.ask(person, c.SaveDocument(name=name, base_version=base - luck.chance(_STALE), body=body))
