"""Word what levels, kill switches and alerts state, each as one sentence for the event list (事件).

An alarm is what was measured or noticed: a raised alert, and a level that went up. What a person does about it is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.fact import facts as f
from terminal.domain.fact.statement import Verdict
from terminal.domain.words.risk import Level
from terminal.engine.statement.wording import statement_sentence
from terminal.engine.wording import LEVELS, level_title, person_name, scope_name
from terminal.risk.levels import KILL_SIGNAL, SIGNALS
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.engine.state import AccountState, State

RISK: Final = "风控"
STATEMENT_LEVELS: Final = {Verdict.CLEAN: Level.NORMAL, Verdict.PARTIAL: Level.YELLOW, Verdict.DIFFERS: Level.RED}
RiskFact = (
    f.LevelChanged
    | f.LevelReleased
    | f.LevelAcknowledged
    | f.KillSwitched
    | f.KillReleased
    | f.ReleaseAsked
    | f.AlertRaised
    | f.AlertAcknowledged
    | f.StatementReconciled
    | f.StatementRefused
    | f.SandboxRecorded
)


def risk(state: State, fact: RiskFact) -> Worded:
    """Return such a fact as people read it."""
    account = state.accounts[fact.account]
    match fact:
        case f.AlertRaised():
            return Worded(fact.account, RISK, fact.sentence, fact.instrument, fact.level, is_alarm=True)
        case f.AlertAcknowledged():
            return Worded(fact.account, person_name(account, fact.person), f"已确认第 {fact.alert} 号提醒")
        case f.LevelAcknowledged():
            what = f"已确认{level_title(fact.scope, fact.signal)}{LEVELS[fact.level]}级别"
            return Worded(fact.account, person_name(account, fact.person), what, fact.scope.instrument)
        case f.LevelChanged():
            return _changed(fact)
        case f.StatementReconciled():
            what, level = statement_sentence(fact.result), STATEMENT_LEVELS[fact.result.verdict]
            return Worded(fact.account, person_name(account, fact.person), what, None, level)
        case f.SandboxRecorded():
            names = "、".join(dict.fromkeys(one.strategy for one in fact.result.rounds))
            full = sum(one.full for one in fact.result.rounds)
            what = f"交来沙盘 {len(fact.result.rounds)} 轮（{names}），其中全流程 {full} 轮"
            return Worded(fact.account, person_name(account, fact.person), what)
        case f.StatementRefused():
            what = f"交来的结算单 {fact.refusal.file} 被拒绝，没有对账"
            return Worded(fact.account, person_name(account, fact.person), what, None, Level.ORANGE)
        case _:
            return _by_people(account, fact)


def _changed(fact: f.LevelChanged) -> Worded:
    known = SIGNALS.get(fact.signal)
    shown = f" {fact.value} {'' if known is None else known.unit}（线 {fact.threshold}）"
    if fact.signal == KILL_SIGNAL:
        shown = "已解除"  # it is pulled, and nothing is measured
    rises = fact.after > fact.before
    moved = f"级别由{LEVELS[fact.before]}{'升至' if rises else '降至'}{LEVELS[fact.after]}"
    what = f"{level_title(fact.scope, fact.signal)}{shown}：{moved}"
    return Worded(fact.account, RISK, what, fact.scope.instrument, fact.after, is_alarm=rises)


def _by_people(
    account: AccountState, fact: f.LevelReleased | f.KillSwitched | f.KillReleased | f.ReleaseAsked
) -> Worded:
    scope, instrument = scope_name(fact.scope), fact.scope.instrument
    match fact:
        case f.LevelReleased():
            what = f"{scope}红色级别由{_both(account, fact.first, fact.second)}解除，降至橙色：{fact.reason}"
            return Worded(fact.account, RISK, what, instrument, Level.ORANGE)
        case f.KillSwitched():
            what = f"一键停止{scope}：{fact.reason}；禁止开仓，正在撤单"
            return Worded(fact.account, person_name(account, fact.person), what, instrument, Level.RED)
        case f.KillReleased():
            what = f"{scope}一键停止由{_both(account, fact.first, fact.second)}解除：{fact.reason}"
            return Worded(fact.account, RISK, what, instrument, Level.YELLOW)
        case f.ReleaseAsked():
            what = f"申请解除{scope}：{fact.reason}；需另一人确认"
            return Worded(fact.account, person_name(account, fact.person), what, instrument, Level.ORANGE)
        case _:
            assert_never(fact)


def _both(account: AccountState, first: PersonId, second: PersonId) -> str:
    return f"{person_name(account, first)}与{person_name(account, second)}"
