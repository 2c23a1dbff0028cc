"""Draw what else a person at a simulated desk presses: stops and releases, strategies, limits, alerts, spot prices.

The two persons of such a run may do everything between them: both trade, one of them is of risk and one checks, so a
release, looser limits and either one's large order find their second person at the other desk.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.fact.statement import StatementRefusal, StatementResult
from terminal.domain.ids import ConfirmationId, OrderId, PersonId, ProductId, StockId, StrategyId
from terminal.domain.orders.batch import BatchOrder, Member
from terminal.domain.orders.conditional import ConditionalState, WhenShort
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.otc import FormulaMark, HandMark, OtcEnding, OtcKind, OtcTerms
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.stock import StateStocks, StockReading
from terminal.domain.words.risk import Level, Scope
from terminal.engine.alert.alarms import BasisAlarm
from terminal.shell.opening import NamedSpread, Opening
from tests.engine_people import make_opening
from tests.engine_world import LIMITS, ONE, RB, SPOT, TRADER, I, terms
from tests.scenario.waiting_orders import ABOVE, BELOW, close, reaches, send, wanted
from tests.two_desks_people import GRID, SETTINGS, wish
from tests.two_desks_spot import about_spot

if TYPE_CHECKING:
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.person import PersonState
    from terminal.engine.state import AccountState, State

BASIS = "基差 i"
RB_PRODUCT, STORED, TEN = ProductId("SHFE.rb"), Decimal(1_000_000), Decimal(10)  # tonnes
SETTLED_DAY = 20200820  # the one before the runs
FINISHED = 0.6  # the share of reversals that are to fill at once, or whose close is taken back
MINDED = 0.8  # the share of presses that are about a reversal that stands, while one does
GROUPED = 0.05  # the share of those about control that make a group of accounts
OF_A_GROUP = 0.1  # the share of presses that are for a group, while there is one
AGREED = 0.06  # the share of presses about a contract of no exchange, while there is one
AGREED_ENDS = 0.5  # the share of what is asked about a contract of no exchange that ends it
GROUP = "螺纹"
CONTROL = 0.4  # the share of these wishes; the others are documents, orders and decisions about them


def shared_opening() -> Opening:
    """Return how a run begins in which the trader is of risk as well, and a spot price can raise an alert."""
    opening = make_opening(
        # More in store than anybody trades here: no order is refused for it.
        limits=replace(
            LIMITS, hedge_bounds=(HedgeBound(group=GROUP, physical_tonnes=STORED, weights={RB_PRODUCT: TEN}),)
        ),
        cash=Decimal(20_000_000),
        spreads=(NamedSpread(name=BASIS, legs=((SPOT, Decimal(1), 1), (I, Decimal(-1), -1))),),
        alarms=(
            BasisAlarm(account=ONE, spread=BASIS, instrument=I, low=Decimal(-10), high=Decimal(10), cooldown_seconds=1),
        ),
    )
    both = {ONE: (Role.TRADER, Role.RISK)}
    persons = tuple(replace(one, roles=both) if one.person == TRADER else one for one in opening.persons)
    return replace(opening, persons=persons)


def any_wish(state: State, person: PersonId, luck: Random) -> c.CommandBody:
    """Return something to press, of every kind there is."""
    account, kept = state.accounts.get(ONE), state.persons.get(person)
    if kept is not None and kept.groups and luck.random() < OF_A_GROUP:
        return _for_a_group(kept, luck)
    if account is not None and luck.random() < MINDED and any(row.stands for row in account.reversals.rows.values()):
        return _reverse(account, luck)
    if account is not None and account.otc.rows and luck.random() < AGREED:
        return _agreed(account, luck)
    if account is None or luck.random() >= CONTROL:
        return wish(state, person, luck)
    if luck.random() < GROUPED:
        return _for_a_group(kept, luck)
    (draw,) = luck.choices(tuple(DRAWN), tuple(DRAWN.values()))
    return draw(account, luck)


def _for_a_group(kept: PersonState | None, luck: Random) -> c.CommandBody:
    # A group of the one account: made, ordered for, and what was ordered taken back.
    group = None if kept is None else kept.groups.get("组")
    if kept is None or group is None or luck.random() < 0.1:
        member = Member(account=ONE, multiplier=Decimal(luck.choice((1, 2))))
        return SaveGroup(name="组", base_version=0 if group is None else group.version, members=(member,))
    if kept.batches and luck.random() < 0.5:
        return CancelBatch(batch=next(reversed(kept.batches)))
    order = BatchOrder(instrument=RB, side=Side.BUY, offset=Offset.OPEN, lots=1, price=Decimal(3680))
    return SubmitBatch(group="组", group_version=group.version, order=order)


def _kill(account: AccountState, luck: Random) -> c.CommandBody:
    # Mostly what nobody has opened in, so that both persons may release it; the whole account ends a run's trading.
    scopes = (
        Scope(strategy=_strategy(account, luck, StrategyStatus.RUNNING)),
        Scope(instrument=I),
        Scope(instrument=RB),
        Scope(),
    )
    (scope,) = luck.choices(scopes, (12, 6, 1, 1))
    return c.Kill(account=ONE, scope=scope, reason="行情异常")


def _release(account: AccountState, luck: Random) -> c.CommandBody:
    stood = list(account.kills.values())
    return c.Release(account=ONE, scope=luck.choice(stood).scope, reason="已查明") if stood else _kill(account, luck)


def _start(account: AccountState, luck: Random) -> c.CommandBody:
    name = StrategyId(f"grid{len(account.strategies) + 1}")
    settings = replace(SETTINGS, stop=Decimal(3600 + luck.randrange(30)))
    return c.StartStrategy(account=ONE, strategy=name, settings=settings)


def _pause(account: AccountState, luck: Random) -> c.CommandBody:
    return c.PauseStrategy(account=ONE, strategy=_strategy(account, luck, StrategyStatus.RUNNING))


def _resume(account: AccountState, luck: Random) -> c.CommandBody:
    return c.ResumeStrategy(account=ONE, strategy=_strategy(account, luck, StrategyStatus.PAUSED))


def _stop(account: AccountState, luck: Random) -> c.CommandBody:
    return c.StopStrategy(account=ONE, strategy=_strategy(account, luck, StrategyStatus.RUNNING))


def _strategy(account: AccountState, luck: Random, status: StrategyStatus) -> StrategyId:
    found = [name for name, row in account.strategies.items() if row.status is status]
    return luck.choice(found or [GRID])


def _limits(account: AccountState, luck: Random) -> c.CommandBody:
    now = account.limits or Limits()
    lots = (now.position_lots or 1000) + luck.choice((-7, -3, 5, 11))
    return c.ChangeLimits(account=ONE, base_version=now.version, limits=replace(now, position_lots=lots))


def _acknowledge(account: AccountState, luck: Random) -> c.CommandBody:
    levels = [row for row in account.levels.values() if row.level >= Level.ORANGE and row.seen_by is None]
    if levels:
        row = luck.choice(levels)
        return c.AcknowledgeLevel(account=ONE, scope=row.scope, signal=row.signal, level=row.level)
    return c.AcknowledgeAlert(account=ONE, alert=luck.choice(list(account.open_alerts) or [account.alerts + 1]))


def _spot(_account: AccountState, luck: Random) -> c.CommandBody:
    # Whoever has asked for prices has asked for stocks as well.
    price = luck.choice((800, 830, 860))
    if price == 830:
        reading = StockReading(day=20200819, tonnes=Decimal(price))
        return StateStocks(series=StockId("港口库存"), readings=(reading,), source="港口周报")
    return c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="现货商电话")


def _cash(_account: AccountState, luck: Random) -> c.CommandBody:
    return c.MoveCash(account=ONE, amount=Decimal(luck.choice((-1000, 5000))), reason="划转")


def _hand_in(_account: AccountState, luck: Random) -> c.CommandBody:
    # What differs locks opening until somebody hands in that it is clean.
    differs = int(luck.random() < 0.2)
    result = StatementResult(
        trading_day=SETTLED_DAY,
        digest="ab" * 32,
        matched=9,
        ours_only=0,
        theirs_only=0,
        field_differences=differs,
        following=0,
        left_out=differs,
    )
    return c.HandInStatement(account=ONE, result=result)


def _refuse(_account: AccountState, luck: Random) -> c.CommandBody:
    refusal = StatementRefusal(file="x.txt", digest=luck.choice("0123456789abcdef") * 64, reason="结算单不平。")
    return c.RefuseStatement(account=ONE, refusal=refusal)


def _agreed(account: AccountState, luck: Random) -> c.CommandBody:
    # A contract of no exchange: booked, valued, ended; what waits for the second person is asked for once more.
    if not account.otc.rows:
        terms = OtcTerms(
            number="YQ-1",
            counterparty="甲",
            kind=OtcKind.FORWARD,
            side=luck.choice((Side.BUY, Side.SELL)),
            tonnes=Decimal(600),
            reference=RB,
            price=Decimal(3700),
            expires=20201231,
            group=GROUP,
        )
        return BookOtc(account=ONE, terms=terms)
    number, row = next(iter(account.otc.rows.items()))
    if luck.random() < AGREED_ENDS:
        return EndOtc(
            account=ONE, ending=OtcEnding(number=number, booking=row.booking, amount=Decimal(-100), reason="协商")
        )
    said = HandMark(value=Decimal(luck.randrange(1000)), source="对手")
    return MarkOtc(
        account=ONE,
        number=number,
        booking=row.booking,
        base_version=row.version,
        mark=luck.choice((FormulaMark(), said)),
    )


def _edit(account: AccountState, luck: Random) -> c.CommandBody:
    waiting = [name for name, row in account.confirmations.items() if row.state is ConfirmationState.PENDING]
    changed = terms(Side.BUY, luck.choice((2, 280)), 3690)
    return c.EditOrder(account=ONE, confirmation=luck.choice(waiting or [ConfirmationId("A1-C000001")]), terms=changed)


def _cancel(account: AccountState, luck: Random) -> c.CommandBody:
    return c.CancelOrder(account=ONE, order=luck.choice(list(account.live) or [OrderId("A1-000001")]))


def _close(account: AccountState, luck: Random) -> c.CommandBody:
    # What is held is closed at the other side's price; nothing held is refused.
    net = account.book.net_lots().get(RB, 0)
    side = luck.choice((Side.BUY, Side.SELL)) if not net else Side.SELL if net > 0 else Side.BUY
    return c.ClosePosition(account=ONE, terms=terms(side, luck.choice((1, 2)), _crossing(side)))


def _lock(account: AccountState, luck: Random) -> c.CommandBody:
    # Against what is held; nothing held is refused.
    net, side = account.book.net_lots().get(RB, 0), luck.choice((Side.BUY, Side.SELL))
    side = side if not net else Side.SELL if net > 0 else Side.BUY
    return c.LockPosition(account=ONE, terms=terms(side, 1, _crossing(side)))


def _unlock(account: AccountState, luck: Random) -> c.CommandBody:
    if luck.choice((True, False)):
        return c.UnlockPosition(account=ONE, terms=terms(Side.SELL, 1, 3706), other_price=Decimal(3694))
    side = luck.choice((Side.BUY, Side.SELL))
    return c.UnlockPosition(account=ONE, terms=terms(side, 1, _crossing(side)))


def _place(account: AccountState, luck: Random) -> c.CommandBody:
    # Mostly what the market's next moves reach; some of it opens and some closes. What is paused goes on first.
    row = _waiting(account, luck)
    if row is not None and row.state is ConditionalState.PAUSED:
        return c.ResumeConditional(account=ONE, conditional=row.conditional)
    reached = luck.choice((reaches(3699, ABOVE), reaches(3706, ABOVE), reaches(3696, BELOW)))
    side = luck.choice((Side.BUY, Side.SELL))
    release = luck.choice((send(side, luck.choice((1, 2)), _crossing(side)), close(1, side=side)))
    return c.PlaceConditional(account=ONE, wanted=wanted(reached, release))


def _guard(account: AccountState, luck: Random) -> c.CommandBody:
    # One or both exits of what is held, mostly within reach; where nothing is held it is refused.
    side = Side.SELL if account.book.net_lots().get(RB, 0) >= 0 else Side.BUY
    below, above = (BELOW, ABOVE) if side is Side.SELL else (ABOVE, BELOW)
    stop, take = (3698, 3704) if side is Side.SELL else (3704, 3698)
    release = close(luck.choice((1, 2)), side=side, when_short=luck.choice(tuple(WhenShort)))
    exits = tuple(wanted(reaches(price, way), release) for price, way in ((stop, below), (take, above)))
    return c.GuardPosition(account=ONE, exits=luck.choice((exits, exits, exits[:1])))


def _change(account: AccountState, luck: Random) -> c.CommandBody:
    row = _waiting(account, luck)
    if row is None:
        return _place(account, luck)
    changed = wanted(reaches(luck.choice((3704, 3708))), send(lots=luck.choice((1, 3)), price=3690))
    return c.EditConditional(account=ONE, conditional=row.conditional, base_version=row.version, wanted=changed)


def _steer(account: AccountState, luck: Random) -> c.CommandBody:
    row = _waiting(account, luck)
    if row is None:
        return _place(account, luck)
    if row.state is ConditionalState.PAUSED:
        return c.ResumeConditional(account=ONE, conditional=row.conditional)
    wishes = (c.PauseConditional(account=ONE, conditional=row.conditional),) * 2
    return luck.choice((*wishes, c.WithdrawConditional(account=ONE, conditional=row.conditional)))


def _waiting(account: AccountState, luck: Random) -> ConditionalRow | None:
    # Mostly one that is paused, where there is: nothing else lets it go on.
    rows = account.conditionals.standing()
    paused = [row for row in rows if row.state is ConditionalState.PAUSED]
    return luck.choice(paused or rows) if rows else None


def _reverse(account: AccountState, luck: Random) -> c.CommandBody:
    # The way that is held, mostly at a price that fills; one that stands is gone on with or given up.
    standing = [row for row in account.reversals.rows.values() if row.stands]
    if standing:
        row = luck.choice(standing)
        if row.state is ReversalState.UNFINISHED:
            at = Decimal(3700 - 12 * row.wanted.terms.side.sign)  # where nothing of this account stands against it
            return c.FinishReversal(account=ONE, reversal=row.reversal, price=at)
        if luck.random() < FINISHED:
            return c.CancelAll(account=ONE)
        return c.GiveUpReversal(account=ONE, reversal=row.reversal)
    side = Side.SELL if account.book.net_lots().get(RB, 0) > 0 else Side.BUY
    price = _crossing(side) if luck.random() < FINISHED else 3700 + 15 * -side.sign
    return c.ReversePosition(account=ONE, terms=terms(side, luck.choice((1, 2)), price))


def _crossing(side: Side) -> int:
    return 3710 if side is Side.BUY else 3690


DRAWN: dict[Callable[[AccountState, Random], c.CommandBody], int] = {
    _kill: 2,
    _release: 10,
    _start: 3,
    _pause: 5,
    _resume: 9,
    _stop: 1,
    _limits: 6,
    _acknowledge: 9,
    _spot: 5,
    _cash: 1,
    _hand_in: 2,
    _refuse: 1,
    _edit: 3,
    _cancel: 4,
    _close: 10,
    _lock: 12,
    _unlock: 6,
    _reverse: 8,
    _place: 3,
    _guard: 6,
    _change: 5,
    _steer: 10,
    _agreed: 9,
    about_spot: 5,
}
