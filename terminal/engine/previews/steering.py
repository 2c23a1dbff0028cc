"""Say what pausing, resuming or stopping a strategy would do now."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import commands as c
from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.parameters.strategy import ExecutionSettings, SpreadSettings
from terminal.domain.words.risk import Verdict
from terminal.engine.alert.roll_watch import far_by_hand
from terminal.engine.alert.unguarded import stop_given_up
from terminal.engine.book.by_hand import by_hand_words, hedged_by_hand
from terminal.engine.previews.execution import resumed_sentence
from terminal.engine.previews.leaving import leaves_at_once
from terminal.engine.previews.order import Answer
from terminal.engine.sentences.marks import apart_words, covered_words
from terminal.engine.strategy.halves import fellow_goes_on, fellow_stops
from terminal.engine.strategy.resuming import why_not_resumed
from terminal.engine.strategy.unwound import unwound
from terminal.engine.wording import short
from terminal.strategies.spread.converting import ended_options
from terminal.strategies.spread.delta import apart
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def steering_answer(
    look: Look, account: AccountState, body: c.PauseStrategy | c.ResumeStrategy | c.StopStrategy
) -> Answer:
    """Return what pausing, resuming or stopping a strategy would do now."""
    row = account.strategies.get(body.strategy)
    if row is None or row.status in {StrategyStatus.STOPPED, StrategyStatus.FINISHED}:
        return Answer(Verdict.DENY, f"策略 {body.strategy} 不存在或已结束。")
    naked = strategy_of(row.settings).naked_lots(row.settings, row.memory)
    first = f"先补平 {naked} 手单腿，再" if naked and not row.lots_taken else "撤销其挂单，"
    match body:
        case c.PauseStrategy():
            kept = f"持仓保留{stop_given_up(row)}{fellow_goes_on(look, row)}"
            return Answer(Verdict.ALLOW, f"策略 {row.strategy}：{first}暂停；{kept}")
        case c.StopStrategy():
            why = unwound(look, account, row)
            leaves = why and _leaves(account, row)
            if why:
                first = f"缺的 {naked} 手不再由它补（{why}），立即"
            elif row.then is Rest.STOPPED:
                first = f"不再收尾，缺的 {naked} 手不再由它补，立即" if naked else "不再收尾，立即"
            first = f"{first}停止；持仓保留，不能再恢复{fellow_stops(look, row)}"
            return Answer(Verdict.WARN if leaves else Verdict.ALLOW, f"策略 {row.strategy}：{first}")
        case c.ResumeStrategy():
            barred = why_not_resumed(account, row)
            if barred is not None:
                return Answer(Verdict.DENY, barred[1])
            return _resume(look, account, row)
        case _:
            assert_never(body)


def _resume(look: Look, account: AccountState, row: StrategyRow) -> Answer:
    told = f"策略 {row.strategy} 恢复运行，从它持有的手数接着做"
    heed = _converts(look, row.settings) if isinstance(row.settings, SpreadSettings) else ""
    if isinstance(row.settings, ExecutionSettings):
        heed = resumed_sentence(look, row, row.settings)
    heed = heed or _opened_by_hand(account, row) or leaves_at_once(look, row, row.settings, then="恢复后")
    return Answer(Verdict.WARN, f"{told}；{heed}") if heed else Answer(Verdict.ALLOW, told)


def _opened_by_hand(account: AccountState, row: StrategyRow) -> str:
    # A strategy knows nothing of lots that a person traded in its place: it would trade them once more.
    legs = by_hand_words(hedged_by_hand(account, row))
    if legs:
        return f"但它会照原来的缺口再对冲一遍：{legs}；是人工补的，请停止它，另建一个接着做"
    cover = far_by_hand(account, row)
    if cover is None:
        return ""
    return f"但它会先开远月缺的 {cover.lack} 手，而{covered_words(cover)}；是人工补的，请停止它，其余的另启一个"


def _leaves(account: AccountState, row: StrategyRow) -> bool:
    # Whether what the account holds beside its own is too little for what it lacks.
    far = far_by_hand(account, row)
    return any(leg.left for leg in hedged_by_hand(account, row)) or (far is not None and far.there < far.lack)


def _converts(look: Look, settings: SpreadSettings) -> str:
    # What a conversion will find when it goes on.
    ended = "、".join(short(name) for name in ended_options(look, settings))
    if ended:
        return f"但 {ended} 已到期，恢复后即结束"
    mark = apart(look, settings)
    return "" if mark is None else f"但{apart_words(mark)}"
