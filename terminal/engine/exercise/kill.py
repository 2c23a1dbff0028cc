"""Stop what opens among the requests about options when a kill switch covers them (SAFETY 5, 6).

A request to exercise that opens a future is an opening act, so it is withdrawn like an opening order: as soon as the
exchange is known to have it, up to the exchange's hour, and again where a withdrawal was lost. It follows from the
state, so no restart forgets it. Kept is what opens nothing: abandonment (放弃), cash settlement, and a self-close that
closes all it brings; to withdraw those would let the option be exercised, or keep a position that was to be closed.
After the hour nothing can be withdrawn: people are told what will be exercised, and that they can close it then. What
is in the money on its last day is exercised without any request: only people may abandon it, for that gives up money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.exercise import ExerciseWithdrawalSent
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.orders.exercise import ExerciseState, deadline
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.book.coming import by_itself, coming
from terminal.engine.book.scopes import kill_over
from terminal.engine.books.exercise import STOPPED_LATE, key_of
from terminal.engine.ports import WireWithdrawal
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.wording import LONG_SHORT, short

if TYPE_CHECKING:
    from terminal.domain.products.option import OptionTerms
    from terminal.engine.book.coming import Coming
    from terminal.engine.books.exercise import ExerciseRow
    from terminal.engine.standing import KillRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn

SECOND: Final = 1_000_000_000
AGAIN_AFTER: Final = 30 * SECOND  # where a withdrawal was lost


class _Stopped(NamedTuple):
    row: ExerciseRow
    one: Coming  # what it brings
    kill: KillRow
    may_withdraw: bool  # the hour has not come, and the exchange has not refused it

    @property
    def words(self) -> str:
        return f"{self.row.request}（{wish_text(self.row.wish)}）"


def withdraw_stopped(turn: Turn, account: AccountState) -> None:
    """Withdraw what a kill switch covers and opens, or say that it is too late."""
    for found in _stopped(turn.state, account, turn.at):
        row = found.row
        if not found.may_withdraw:
            _tell_late(turn, account, found)
        elif account.linked and _is_due(row, turn.at):
            by = found.kill.person
            turn.say(ExerciseWithdrawalSent(account=account.account, request=row.request, person=by, reason=Term.KILL))
            turn.do(WireWithdrawal(account=account.account, wire_key=row.wire_key))


def _is_due(row: ExerciseRow, at: int) -> bool:
    # What the exchange is not known to have cannot be withdrawn: of that nothing would be heard.
    may_again = not row.withdrew_at or at - row.withdrew_at >= AGAIN_AFTER
    return row.state is ExerciseState.TAKEN and not row.withdrawing and may_again


def report(state: State, account: AccountState, at: int) -> str:
    """Return what becomes of the standing requests under the kill switches that stand; empty where there are none.

    Each part of it begins with "；"; `at` is the market clock, UTC ns.
    """
    opening = _stopped(state, account, at)
    opens = {found.row.request for found in opening}
    listed = state.tenant.instruments
    kept = [
        f"{row.request}（{wish_text(row.wish)}）"
        for row in account.exercises.standing()
        if row.request not in opens and _kill_over(account, row, listed[row.wish.instrument].option) is not None
    ]
    now = [found for found in opening if found.may_withdraw and found.row.state is ExerciseState.TAKEN]
    doubtful = [found.words for found in opening if found.may_withdraw and found.row.state is not ExerciseState.TAKEN]
    last = {short(found.one.option.id) for found in now if found.one.option.expiry == account.trading_day}
    last |= {
        short(one.option.id)
        for one in by_itself(listed, account)
        if kill_over(account, one.option.id) or kill_over(account, one.future)
    }
    parts = [f"正在撤销行权申请 {'、'.join(found.words for found in now)}，以交易所回报为准"] if now else []
    parts += [f"{'、'.join(sorted(last))} 本交易日到期，实值仍会自动行权，不要请申请放弃"] if last else []
    parts += [f"行权申请 {'、'.join(doubtful)} 还没有回报，确认受理后即撤"] if doubtful else []
    parts += [_late(found) for found in opening if not found.may_withdraw]
    parts += [f"申请 {'、'.join(kept)} 不开仓，保留"] if kept else []
    return "".join(f"；{part}" for part in parts)


def _stopped(state: State, account: AccountState, at: int) -> list[_Stopped]:
    found: list[_Stopped] = []
    if not account.kills or not account.exercises.rows:
        return found
    for one in coming(state.tenant.instruments, account):
        row = next((row for row in account.exercises.standing() if row.request == one.name), None)
        kill = None if row is None or not one.opened else _kill_over(account, row, one.option.option)
        if row is None or kill is None:
            continue
        until = deadline(one.option, account.trading_day)
        found.append(_Stopped(row, one, kill, until is not None and at < until and not row.is_kept))
    return found


def _kill_over(account: AccountState, row: ExerciseRow, option: OptionTerms | None) -> KillRow | None:
    over = kill_over(account, row.wish.instrument)
    return over if over is not None or option is None else kill_over(account, option.underlying)


def _late(found: _Stopped) -> str:
    one, why = found.one, "交易所不接受撤销" if found.row.is_kept else "截止时间已过"
    why += "" if found.row.state is ExerciseState.TAKEN else "（没有回报，交易所未必收到）"
    gets = f"{short(one.future)} {LONG_SHORT[one.side]} {one.opened} 手"
    return f"行权申请 {found.words} {why}，不能撤销：日终仍按申请行权，得到 {gets}，请备足保证金，得到之后可以平仓"


def _tell_late(turn: Turn, account: AccountState, found: _Stopped) -> None:
    name, request = found.row.wish.instrument, found.row.request
    if key_of(STOPPED_LATE, name, request) not in account.exercises.told:
        turn.say(
            AlertRaised(
                account=account.account,
                level=Level.ORANGE,
                code=STOPPED_LATE,
                instrument=name,
                sentence=f"{Term.KILL}：{_late(found)}。",
                about=request,
            )
        )
