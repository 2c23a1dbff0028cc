"""Refuse what has not been rehearsed where rehearsals are asked for (H8: three full rounds before live).

No account says of itself that it is live: what its gateway sends goes wherever that gateway leads. So the rule hangs
on a limit of the account, 启动前沙盘轮数, which is 0 where the exchange is simulated. Lowering it takes two persons, as
loosening any limit does. Rounds are the word of whoever handed them in, and nobody has played them again: so what goes
live waits for a second person besides (SAFETY 7), who is told whose word it is. A strategy that already runs is never
stopped by it, and may be paused, resumed, stopped, and changed to what trades in the same manner in no larger size:
nobody is kept from managing what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.sandbox import Disturbance
from terminal.domain.sandbox import Standing, another_manner, counts, same_manner, same_round, standing
from terminal.engine.wording import person_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState, State

NAMES: Final = {Disturbance.LINK: "断线", Disturbance.REJECTION: "拒单", Disturbance.RESTART: "重启"}
NAMED: Final = 3  # tapes, plans or people in one sentence
DIGITS: Final = 8  # of a digest, enough to find it by


def rounds_wanted(account: AccountState) -> int:
    """Return how many full rounds a strategy needs here; 0 where nobody asks for any."""
    return 0 if account.limits is None else account.limits.sandbox_rounds


def standing_of(state: State, account: AccountState, settings: StrategySettings) -> Standing:
    """Return how far settings have come by what is on record for the account."""
    return standing((row.round for row in account.sandbox), settings, state.tenant.version)


def standing_words(state: State, account: AccountState, settings: StrategySettings) -> str:
    """Return how far settings have come as a card shows it, "" where nobody asks: 沙盘 2/3 轮，缺重启演练."""
    wanted = rounds_wanted(account)
    if not wanted:
        return ""
    come = standing_of(state, account, settings)
    lack = f"，缺{unmet_words(come.unmet)}演练" if come.full and come.unmet else ""
    return f"沙盘 {min(come.full, wanted)}/{wanted} 轮{lack}"


def unmet_words(unmet: tuple[Disturbance, ...]) -> str:
    """Return disturbances by their names."""
    return "、".join(NAMES[one] for one in unmet)


def why_unrehearsed(state: State, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return why a strategy may not start with settings, or come to them, for want of rounds; "" where it may."""
    wanted, row = rounds_wanted(account), account.strategies.get(strategy)
    if not wanted or (row is not None and same_manner(row.settings, settings)):
        return ""
    if standing_of(state, account, settings).passes(wanted):
        return ""
    return (
        f"账户 {account.account} 要求先在沙盘走满 {wanted} 轮（含断线、拒单、重启演练），"
        f"这样的设置现在是{standing_words(state, account, settings)}；"
        "请用 hengduo sandbox 走完，再用 --hand-in 交来。"
    )


def why_second(state: State, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return why a second person is asked before settings trade on an account that asks for rounds, and on whose word.

    "" where nobody is: no rounds are asked for, or a strategy that runs keeps its manner of trading.
    """
    row = account.strategies.get(strategy)
    if not rounds_wanted(account) or (row is not None and not another_manner(row.settings, settings)):
        return ""
    version = state.tenant.version
    found = {same_round(one.round): one for one in account.sandbox if counts(one.round, settings, version)}.values()
    tapes = _named(one.round.tape_sha256[:DIGITS] for one in found)
    plans = _named(one.round.plan_sha256[:DIGITS] for one in found)
    people = _named(person_name(account, one.person) for one in found)
    what = "启动策略" if row is None else "改换打法"
    return f"实盘账户{what}须复核（沙盘 {len(found)} 轮，行情 {tapes}，方案 {plans}，交来人 {people}）"


def _named(names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    return "、".join(known[:NAMED]) + (f" 等 {len(known)} 个" if len(known) > NAMED else "")
