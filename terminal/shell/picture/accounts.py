"""Make the lines of accounts: whether opening is allowed, the worst level, kill switches, and who holds the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import Role
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.words.risk import Level
from terminal.engine.alert.causing import causing_persons
from terminal.engine.book.scopes import WHOLE_ACCOUNT, scope_key, worst_level
from terminal.engine.confirmations.voiding import parked_by_others
from terminal.engine.folds.statement import bar_to_release, closed_why
from terminal.engine.screen import AccountLine, ReleaseAsk, ReleaseBar
from terminal.engine.wishes.releases import first_asker, has_lapsed
from terminal.engine.wording import person_name, place_name

if TYPE_CHECKING:
    from terminal.domain.words.risk import Scope
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


def account_line(present: Present, account: AccountState) -> AccountLine:
    """Return how an account stands."""
    why = why_closed(present, account)
    reds = tuple(row.scope for row in account.levels.values() if row.level is Level.RED)
    kills = tuple(row.scope for row in account.kills.values())
    latched = tuple(dict.fromkeys((*kills, *reds)))
    holder = account.holder
    return AccountLine(
        account=account.account,
        name=account.name,
        trading_day=account.trading_day,
        usual_flag=_usual_flag(account),
        linked=account.linked,
        opening_allowed=not why,
        why_closed=why,
        level=max((row.level for row in account.levels.values()), default=Level.NORMAL),
        killed=kills,
        reds=reds,
        release_asks=tuple(
            ReleaseAsk(
                scope=scope,
                person=asked[0],
                name=person_name(account, asked[0]),
                lapsed=has_lapsed(asked[1], present.at),
            )
            for scope in latched
            if (asked := account.releases.get(scope_key(scope))) is not None
        ),
        release_bars=tuple(bar for scope in latched if (bar := _bar(present, account, scope)) is not None),
        holder=None if holder is None else holder[0],
        holder_name="" if holder is None else person_name(account, holder[0]),
        holder_device=None if holder is None else holder[1],
        unreconciled=closed_why(account),
        hedge_groups=() if account.limits is None else tuple(one.group for one in account.limits.hedge_bounds),
        parked_by_others=len(parked_by_others(account, present.person)),
    )


def _usual_flag(account: AccountState) -> HedgeFlag:
    hedges = account.limits is not None and account.limits.is_hedge_account
    return HedgeFlag.HEDGE if hedges else HedgeFlag.SPECULATION


def _bar(present: Present, account: AccountState, scope: Scope) -> ReleaseBar | None:
    causing = causing_persons(account, scope)
    names = tuple(sorted(person_name(account, person) for person in causing))
    first = first_asker(account, scope, present.at)
    why_not = ""
    if present.person in causing:
        why_not = f"{person_name(account, present.person)}（您）今日在该范围内的开仓与此有关，不能参与解除；须另外两人"
    elif bar_to_release(account, scope, present.person):
        why_not = f"{person_name(account, present.person)}（您）交来了这份不符的对账结果，不能参与解除；须另外两人"
    elif not account.barrier.passed or account.barrier.differences:
        why_not = "尚未与交易所对账一致，不能解除；一致之后再解除"
    elif first is not None and first not in {*causing, present.person}:
        both = {*account.roles(present.person), *account.roles(first)}
        if Role.RISK not in both:
            why_not = f"{person_name(account, first)} 已申请，第二人须是风控人员；您没有风控权限，不能确认解除"
    return ReleaseBar(scope=scope, names=names, why_not=why_not) if names or why_not else None


def why_closed(present: Present, account: AccountState) -> str:
    """Return why this desk may not open in the account now, and what to do; "" when it may.

    What stands in the way of one strategy or one contract alone does not close the account.
    """
    if not account.linked:
        return "与交易所的连接断开，不能开仓；重连并对账一致后自动恢复。"
    if not account.barrier.passed:
        differences = "；".join(account.barrier.differences)
        if differences:
            return f"与交易所对账不一致（{differences}），不能开仓；请核对。"
        return "正在与交易所对账，不能开仓；一致后自动恢复。"
    if WHOLE_ACCOUNT in account.kills:
        return "账户已一键停止，只可平仓；须两人解除后再开仓。"
    unreconciled = closed_why(account)
    if unreconciled:
        return f"{unreconciled}，只可平仓；请查明后重新对账，或由两人解除。"
    if worst_level(account, None, None) is Level.RED:
        return "账户风险级别红色，只可平仓；须两人解除后再开仓。"
    if account.limits is None:
        return "账户没有设置限额，不能开仓；请风控人员先设置。"
    holder = account.holder
    if holder is not None and holder != (present.person, present.device):
        return f"账户由 {place_name(account, *holder)} 持有，本终端不能下单，撤单与停止不受限；接管后可下单。"
    return ""
