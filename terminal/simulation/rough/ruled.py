"""Play people who have written rules of their own: they start them, change their numbers, and trade beside them."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.parameters.own import OwnSettings
from terminal.engine.state import StrategyRow
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS
from terminal.simulation.desk import Room
from terminal.simulation.rough.rules import own, own_of_two
from terminal.simulation.starting import ACTIVE, steer

_MOST = 2  # running per account
_OF_TWO = 0.5  # see two contracts


class Ruled:
    """Keep two rules busy in each account."""

    def __init__(self) -> None:
        self._started = 0

    def act(self, room: Room) -> None:
        """Do one thing in one of the accounts."""
        account = room.luck.one_of(ACCOUNTS)
        rows = [row for row in room.account(account).strategies.values() if row.status in ACTIVE]
        way = room.luck.randrange(14)
        if len(rows) < _MOST and way < 8:
            self._start(room, account)
        elif way < 10:
            terms = hands.by_hand(room.luck, room.look, room.state, account)
            if terms is not None:
                room.ask(room.luck.one_of(MAKERS), c.SubmitOrder(terms=terms, reason="人工"))
        elif rows and way < 12:
            _change(room, room.luck.one_of(rows))
        elif rows:
            steer(room, room.luck.one_of(rows), room.luck.randrange(8, 12))

    def _start(self, room: Room, account: AccountId) -> None:
        there = hands.traded(room.look, room.state)
        if not there:
            return
        instrument, _ = room.luck.one_of(there)
        others = [one.id for one, _ in there if one.id != instrument.id]
        self._started += 1
        flag = hands.flag_of(room.luck, account)
        if others and room.luck.chance(_OF_TWO):
            name, both = StrategyId(f"pair-{self._started}"), (instrument.id, room.luck.one_of(others))
            settings = own_of_two(room.luck, account, both, flag)
        else:
            name = StrategyId(f"own-{self._started}")
            settings = own(room.luck, account, instrument.id, flag)
        room.ask(room.luck.one_of(MAKERS), c.StartStrategy(account=account, strategy=name, settings=settings))


def _change(room: Room, row: StrategyRow) -> None:
    settings = row.settings
    if not isinstance(settings, OwnSettings):
        return
    lots = Decimal(room.luck.randrange(1, settings.max_lots + 2))  # now and then more than it may hold
    numbers = tuple(replace(one, value=lots) if one.name == "lots" else one for one in settings.numbers)
    most = settings.max_lots + room.luck.randrange(-1, 2)
    changed = replace(settings, numbers=numbers, max_lots=settings.max_lots if settings.rest else most)
    body = c.ChangeStrategy(account=row.account, strategy=row.strategy, base_version=row.version, settings=changed)
    room.ask(room.luck.one_of(MAKERS), body)
