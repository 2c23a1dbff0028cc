"""Keep the two halves of a roll between accounts (跨账户移仓) together: find each other's, and tell each of the other.

The halves stand in two accounts, and nothing but their numbers joins them: neither account's stream
names the other (SAFETY I25). What one learns of the other is said in its own stream, in the turn that made it so: the
lots, value and fees of the other leg, and whether the other half can go on. So a restart, a desk, or a verifier that
folds one account alone has the same half as the runner (SAFETY I15), and no crash can come between a fill and its news.

Far's half cannot go on when it does not run, when its account may not open, when its leg is broken, or when a rule
would hold back what near's half might still make it open. Near then stands still at once, and goes on only after the
cause has been gone for a while. A half whose fellow was stopped, or was never let start, is stopped as well: near's at
once, far's after it has caught up, unless what lacks is a person's business by then (`unwound`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.fact.control import DECIDING, Rest, StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderFilled, Role, StrategyMarked
from terminal.domain.fact.marks import FarHeld, FellowTold
from terminal.domain.orders.confirmation import Stored
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.products.fees import ZERO
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import WORDS
from terminal.engine.alert.alerts import alert_of
from terminal.engine.alert.roll_watch import tell_far_covered
from terminal.engine.orders.automatic import parent_of
from terminal.engine.orders.edge import outside
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.halves_check import (
    AT_ANY_TIME,
    held_back,
    is_barred,
    opening_orders,
    why_far_held,
)
from terminal.engine.strategy.unwound import unwound
from terminal.engine.strategy.winding import bring_to_rest, must_wind_down
from terminal.strategies.children import SECOND
from terminal.strategies.roll.halves import far_name, fellow_name
from terminal.strategies.roll.last_days import far_is_over
from terminal.strategies.roll.memory import FAR, FAR_LEG, NEAR_LEG, RollMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terminal.domain.ids import PersonId, StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, State, StrategyRow
    from terminal.engine.turn import Turn

STEADY = 10 * SECOND  # a half that could not go on is believed again after this
STATUSES = {
    StrategyStatus.PAUSED: "已暂停",
    StrategyStatus.WINDING: "正在收尾",
    StrategyStatus.STOPPED: "已停止",
}
WAITS = "正等复核"
ENDED = "已结束"


class Joined(NamedTuple):
    """Hold one half with what its kind makes certain."""

    account: AccountState
    row: StrategyRow
    settings: RollSettings
    memory: RollMemory

    @property
    def fellow_name(self) -> StrategyId:
        """Return the number of the other half."""
        return fellow_name(self.row.strategy, self.settings.half)

    @property
    def complete(self) -> bool:
        """Return whether both legs are all there, as far as this half was told."""
        return self.memory.closed == self.memory.opened >= self.settings.lots


def half_of(state: State, row: StrategyRow) -> Joined | None:
    """Return a strategy as a half of a roll between accounts, `None` where it is none."""
    settings, memory = row.settings, row.memory
    if type(settings) is not RollSettings or settings.half is None or not isinstance(memory, RollMemory):
        return None
    return Joined(state.accounts[row.account], row, settings, memory)


def fellow_of(state: State, half: Joined) -> Joined | None:
    """Return the other half, `None` where it has not started, or is forgotten."""
    for account in state.accounts.values():
        row = account.strategies.get(half.fellow_name)
        other = None if row is None else half_of(state, row)
        if other is not None and other.settings.half is not half.settings.half:
            return other
    return None


def both_of(state: State, row: StrategyRow) -> tuple[StrategyRow, ...]:
    """Return a strategy, and the other half where it is one of a roll between accounts."""
    half = half_of(state, row)
    fellow = None if half is None else fellow_of(state, half)
    return (row,) if fellow is None else (row, fellow.row)


def fellow_stops(look: Look, row: StrategyRow) -> str:
    """Return in a clause what becomes of the other half once this one is stopped; "" where there is none to stop.

    Nobody is told which account that is in: who trades in one may have no part in the other.
    """
    half = half_of(look.state, row)
    fellow = None if half is None else fellow_of(look.state, half)
    if half is None or fellow is None or fellow.row.status in OVER:
        return ""
    if half.settings.half is Half.FAR:
        return "；平近月的一半随之停止"
    lack = half.memory.closed - fellow.memory.opened
    if lack <= 0:
        return "；开远月的一半随之停止"
    if unwound(look, fellow.account, fellow.row) or not must_wind_down(fellow.account, fellow.row, Rest.STOPPED):
        return f"；开远月的一半随之立即停止，它缺的 {lack} 手不再由它补"
    return f"；开远月的一半先补开它缺的 {lack} 手，再停止"


def fellow_goes_on(look: Look, row: StrategyRow) -> str:
    """Return in a clause what the other half does while this one is paused; "" where it does nothing to tell."""
    half = half_of(look.state, row)
    fellow = None if half is None else fellow_of(look.state, half)
    if half is None or fellow is None or fellow.row.status not in DECIDING:
        return ""
    if half.settings.half is Half.FAR:
        return "；平近月的一半随之等待，不再平"
    lack = half.memory.closed - fellow.memory.opened
    return f"；开远月的一半照常补开它缺的 {lack} 手，不要它开请把它也暂停" if lack > 0 else ""


def is_taken(state: State, strategy: StrategyId) -> bool:
    """Return whether a half of a roll of this number runs, is over or waits for a second person, in any account."""
    for account in state.accounts.values():
        for name in (strategy, far_name(strategy)):
            row = account.strategies.get(name)
            if (row is not None and half_of(state, row) is not None) or _waits(account, name, None):
                return True
    return False


def far_account_of(state: State, settings: RollSettings, person: PersonId) -> AccountState | None:
    """Return the account a roll opens far in; `None` where there is none, or none this person trades in."""
    account = None if settings.far_account is None else state.accounts.get(settings.far_account)
    return account if account is not None and Role.TRADER in account.roles(person) else None


def no_far_account() -> str:
    """Return the one sentence for an account that does not exist and one the person has no part in: it names none."""
    return f"没有这个{WORDS['far_account']}，或您在其中没有交易权限。"


def by_the_runner() -> str:
    """Return the sentence for a half that somebody asks for as such."""
    return f"跨账户移仓请填{WORDS['far_account']}，由运行端分成两半。"


def _waits(account: AccountState, strategy: StrategyId, half: Half | None) -> bool:
    # For a start or for anything else: one that runs is found before this is asked.
    for row in account.pending.values():
        if strategy not in row.confirmation.stored:
            continue
        stored = msgspec.json.decode(row.confirmation.stored, type=Stored)
        settings = stored.settings
        if stored.strategy == strategy and isinstance(settings, RollSettings) and settings.half is not None:
            return half is None or settings.half is half
    return False


def hear(turn: Turn, look: Look, row: StrategyRow) -> None:
    """Tell both halves of a roll between accounts how the other one stands, where that has changed.

    A roll in one account is told whether far may be opened.
    """
    if type(row.settings) is not RollSettings:
        return  # nearly all, and each decision begins here
    tell_far_covered(turn, look, row)
    _hear_alone(turn, look, row)
    for one in both_of(turn.state, row):
        half = half_of(turn.state, one)
        if half is not None and one.status not in OVER:
            _hear(turn, look, half)


def _hear_alone(turn: Turn, look: Look, row: StrategyRow) -> None:
    settings, memory = row.settings, row.memory
    if not isinstance(settings, RollSettings) or settings.half is not None or not isinstance(memory, RollMemory):
        return
    if row.status not in DECIDING or not memory.began or memory.finished:
        return
    lack = max(memory.closed - memory.opened, 0)
    anew = lack > 0 and not memory.held_lack and (bool(memory.refused) or is_barred(look, row, settings))
    if memory.held and not anew and turn.at - memory.held_at < STEADY:
        return
    why = why_far_held(look, turn.state.accounts[row.account], row, settings, memory)
    if bool(why) == bool(memory.held) and not anew:
        return
    mark = FarHeld(instrument=settings.far, why=why, lack=lack)
    turn.say(StrategyMarked(account=row.account, strategy=row.strategy, at=turn.at, mark=mark))
    alert = alert_of(look, row, mark)
    if alert is not None:
        turn.say(alert)


def _hear(turn: Turn, look: Look, half: Joined) -> None:
    row, fellow = half.row, fellow_of(turn.state, half)
    mark = _told(turn, look, half, fellow)
    if mark is not None:
        turn.say(StrategyMarked(account=row.account, strategy=row.strategy, at=turn.at, mark=mark))
        _alert(turn, look, half, fellow, mark)
    if half.complete or (fellow is not None and not _has_ended(half, fellow)):
        return
    if fellow is None and _starts(turn.state, half):
        return
    why = f"任务的另一半{STATUSES.get(fellow.row.status, ENDED)}" if fellow is not None else "任务的另一半没有启动"
    # The stop of the one is the word for both: what a person has opened by hand meanwhile is not opened once more.
    by_hand = bool(unwound(look, half.account, row))
    reason = f"{why}，不再收尾" if by_hand else why
    bring_to_rest(turn, half.account, row, Rest.STOPPED, reason, at_once=by_hand)


def _alert(turn: Turn, look: Look, half: Joined, fellow: Joined | None, mark: FellowTold) -> None:
    # Both accounts' people: one of them can mend it, and the other one waits for that.
    # Of a far half that is over, or whose contract is, nothing is waited for: it says what it lacks when it ends.
    alert = alert_of(look, half.row, mark)
    if alert is None or fellow is None or _opens_no_more(look, fellow):
        return
    turn.say(alert)
    memory = fellow.memory
    sentence = (
        f"跨账户移仓 {fellow.row.strategy} 的近月停下等本账户：开远月的一半{mark.why}；"
        f"近月已平 {half.memory.closed} 手，本账户已开 {memory.opened} 手。"
    )
    turn.say(msgspec.structs.replace(alert, account=fellow.account.account, sentence=sentence))


def _has_ended(half: Joined, fellow: Joined) -> bool:
    # Near's half is over with lots left where near has expired; far's ends only with all of far opened.
    over = OVER if half.settings.half is Half.FAR else {StrategyStatus.STOPPED}
    return fellow.row.status in over


def _starts(state: State, half: Joined) -> bool:
    wanted = Half.FAR if half.settings.half is Half.NEAR else Half.NEAR
    return any(_waits(account, half.fellow_name, wanted) for account in state.accounts.values())


def _told(turn: Turn, look: Look, half: Joined, fellow: Joined | None) -> FellowTold | None:
    before, near = half.memory.fellow, half.settings.half is Half.NEAR
    known = (half.memory.opened, half.memory.far_value) if near else (half.memory.closed, half.memory.near_value)
    if fellow is None:
        why, lots, value, fees = WAITS, *known, before.fees if before else ZERO
    else:
        why, memory = _why_not(look, half, fellow), fellow.memory
        lots, value = (memory.opened, memory.far_value) if near else (memory.closed, memory.near_value)
        fees = memory.fees
    recent = before is not None and turn.at - before.turned_at < STEADY
    if before is not None and recent and not before.ready:
        why = before.why  # books flicker: what kept it is believed gone only after a while
    turned = before is None or before.why != why
    if not turned and before is not None and (lots, value, fees) == (*known, before.fees):
        return None
    leg = FAR_LEG if near else NEAR_LEG
    return FellowTold(leg=leg, lots=lots, value=value, fees=fees, ready=not why, why=why, turned=turned)


def _why_not(look: Look, half: Joined, fellow: Joined) -> str:
    if fellow.row.status in STATUSES:
        return STATUSES[fellow.row.status]
    if half.settings.half is Half.FAR:
        return ""  # near's half is not waited for: far follows what is closed
    if _opens_no_more(look, fellow):
        return "" if fellow.complete else ENDED
    if not look.opening_allowed(fellow.account.account, fellow.row.strategy, fellow.settings.far):
        return "所在账户现在不能开仓"
    if fellow.memory.far.broken is not None:
        return "断腿，正在补齐"
    refused = fellow.memory.refused and fellow.memory.closed > fellow.memory.opened
    return "所在账户的风控不允许再开" if refused or _is_held_back(look, fellow) else ""


def _opens_no_more(look: Look, far: Joined) -> bool:
    return far.row.status is StrategyStatus.FINISHED or far_is_over(far.settings, look)


def _is_held_back(look: Look, far: Joined) -> bool:
    # What near may make it open, at most: the whole naked room, less what is on its way already.
    settings, memory = far.settings, far.memory
    under_way = abs(memory.ledger.reserved(FAR))
    lots = min(settings.naked_lots, settings.lots - memory.opened) - under_way
    orders = opening_orders(look, far.account, settings, lots) if lots > 0 else ()
    if not orders or memory.finished:
        return False
    parent, approved = parent_of(look, far.row, settings.far), far.row.envelope is not None
    beyond = outside(look, far.account, far.row, orders[-1].terms)
    found = held_back(look, far.account, far.row.strategy, orders, AT_ANY_TIME, parent=parent, approved=approved)
    return beyond is not None or found is not None


def tell_unfollowed(turn: Turn, look: Look) -> None:
    """Tell both accounts of near lots that were closed when far's half was at rest: nobody opens far for them now.

    An order of near may be filled on its way back, after people were told that both legs are in step.
    """
    for row in list(_filled(turn)):
        half = half_of(turn.state, row)
        if half is None:
            continue
        fellow = fellow_of(turn.state, half)
        if half.settings.half is Half.FAR or fellow is None or fellow.row.status in DECIDING:
            continue
        lack = half.memory.closed - fellow.memory.opened
        for one in (half, fellow) if lack > 0 else ():
            turn.say(_unfollowed(look, one, half, fellow.row.status, lack))


def _unfollowed(look: Look, one: Joined, half: Joined, status: StrategyStatus, lack: int) -> AlertRaised:
    over, (opens, takes_back) = status in OVER, ("买入", "买") if one.settings.side.sign > 0 else ("卖出", "卖")
    name = look.instrument(one.settings.far).name
    then = "没有策略再补；请" if over else "恢复它即补齐；不能等的请"
    return AlertRaised(
        account=one.account.account,
        level=Level.ORANGE,
        code="FELLOW_OVER" if over else "LEG_NAKED",
        instrument=one.settings.far,
        sentence=f"跨账户移仓 {half.row.strategy}：开远月的一半{STATUSES.get(status, ENDED)}后近月又成交，"
        f"远月 {name} 还缺 {lack} 手，{then}人工{opens}开仓，或{takes_back}回近月。",
    )


def _filled(turn: Turn) -> Iterator[StrategyRow]:
    for said in turn.said:
        if type(said.fact) is OrderFilled:
            account = turn.state.accounts[said.fact.account]
            order = account.orders.get(said.fact.order)
            row = (
                None if order is None or order.cause.strategy is None else account.strategies.get(order.cause.strategy)
            )
            if row is not None:
                yield row


def unlike(state: State) -> Iterable[str]:
    """Yield a sentence for each pair of halves that is not as one roll would be (SAFETY I11, I12)."""
    for account in state.accounts.values():
        for row in account.strategies.values():
            near = half_of(state, row)
            far = None if near is None or near.settings.half is Half.FAR else fellow_of(state, near)
            if near is None or far is None or near.account.had_zombie or far.account.had_zombie:
                continue
            ahead = near.memory.closed - far.memory.opened
            if not 0 <= ahead <= near.settings.naked_lots:
                yield (
                    f"I12 roll {row.strategy}: near closed {near.memory.closed}, far opened {far.memory.opened} lots, "
                    f"{near.settings.naked_lots} may be between them"
                )
