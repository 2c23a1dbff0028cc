"""Play the risk desk: kill switch and release, limits, cash, cancels."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId, InstrumentId, PersonId
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope
from terminal.simulation.cast import ACCOUNTS, MAKERS, OPERATOR, RISK, SUPERVISOR, TRADER, VISITOR
from terminal.simulation.desk import SECOND, Room

_LOOK_EVERY = 8 * SECOND


class Steerers:
    """Release what is locked after a while, and do by chance what risk desks do."""

    def __init__(self) -> None:
        self._looked_at = 0

    def look(self, room: Room) -> None:
        """Notice kills, red levels and paused strategies, and mean to lift them."""
        if room.at - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = room.at
        for account in ACCOUNTS:
            there = room.account(account)
            if there.limits is None:
                limits = Limits(position_lots=400, day_loss_yuan=Decimal(5_000_000))
                room.ask(RISK, c.ChangeLimits(account=account, base_version=0, limits=limits))
            locked = [row.scope for row in there.kills.values()]
            locked += [row.scope for row in there.levels.values() if row.level is Level.RED]
            for scope in dict.fromkeys(locked):
                if room.luck.chance(0.6):
                    _release(room, account, scope)
            if not locked:
                for row in there.strategies.values():
                    if row.status is StrategyStatus.PAUSED and room.luck.chance(0.6):
                        room.ask(TRADER, c.ResumeStrategy(account=account, strategy=row.strategy))

    def act(self, room: Room) -> None:
        """Do one thing."""
        account = room.luck.one_of(ACCOUNTS)
        way = room.luck.randrange(20)
        if way < 6:
            _cancel(room, account)
        elif way < 8:
            _kill(room, account)
        elif way < 12:
            _change_limits(room, account)
        elif way < 14:
            amount = Decimal(room.luck.randrange(-50, 60) * 1000)
            room.ask(RISK, c.MoveCash(account=account, amount=amount, reason="出入金"))
        elif way < 18:
            _quote_spot(room)
        else:
            body = c.MoveCash(account=account, amount=Decimal(1_000_000), reason="无权限")
            room.ask(VISITOR, body)


def _release(room: Room, account: AccountId, scope: Scope) -> None:
    body = c.Release(account=account, scope=scope, reason="已查明")
    first = room.luck.one_of((RISK, TRADER, SUPERVISOR))
    room.ask(first, body)
    if room.luck.chance(0.3):
        room.ask(first, body)  # the same person once more is no second person
    second = room.luck.one_of((OPERATOR, SUPERVISOR)) if first == RISK else RISK
    room.later(1, lambda then: _ask(then, second, body))


def _ask(room: Room, person: PersonId, body: c.Release) -> None:
    room.ask(person, body)


def _cancel(room: Room, account: AccountId) -> None:
    live = room.account(account).live
    if not live:
        return
    if room.luck.chance(0.15):
        room.ask(TRADER, c.CancelAll(account=account))
        return
    order = room.luck.one_of(tuple(live))
    room.ask(room.luck.one_of((*MAKERS, RISK)), c.CancelOrder(account=account, order=order))


def _kill(room: Room, account: AccountId) -> None:
    there = room.account(account)
    scopes = [Scope()]
    scopes += [Scope(strategy=name) for name in there.strategies]
    scopes += [Scope(instrument=row.terms.instrument) for row in there.live.values()]
    body = c.Kill(account=account, scope=room.luck.one_of(scopes), reason="演练")
    room.ask(room.luck.one_of((TRADER, SUPERVISOR, RISK)), body)


def _change_limits(room: Room, account: AccountId) -> None:
    now = room.account(account).limits
    if now is None:
        return
    factor = room.luck.one_of((Decimal("0.9"), Decimal("0.99"), Decimal("1.1")))
    limits = replace(now, confirm_value_yuan=(now.confirm_value_yuan * factor).quantize(Decimal(1)))
    version = now.version - (1 if room.luck.chance(0.2) else 0)
    room.ask(RISK, c.ChangeLimits(account=account, base_version=version, limits=limits))


def _quote_spot(room: Room) -> None:
    spots = [name for name in room.look.columns.universe if name.startswith("SPOT.")]
    if spots:
        name: InstrumentId = room.luck.one_of(spots)
        body = c.QuoteSpot(instrument=name, price=Decimal(room.luck.randrange(500, 9000)), source="模拟")
        room.ask(TRADER, body)
