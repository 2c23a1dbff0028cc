"""Say on its card what a target (自动配平) does: the group, the day's band, the proposal, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.spans import traded_time, trading_spans
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.target_terms import TargetTerm
from terminal.engine.book.beside import held_beside, left_out
from terminal.engine.book.claims import unclaimed
from terminal.engine.book.hedge import bound_of
from terminal.engine.book.standing import hedge_standing
from terminal.engine.prices.deltas import Deltas, Moment
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.target import OBSTACLES, band_text, proposal_text, standing_text, target_title
from terminal.strategies.target.memory import TargetMemory
from terminal.strategies.target.obstacles import goes, hindrance

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side
    from terminal.domain.view import HedgeStanding
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.shell.picture.present import Present


def waiting_proposal(row: StrategyRow) -> tuple[int, str]:
    """Return number and words of the proposal that waits for a person, 0 and "" where none does."""
    settings, memory = row.settings, row.memory
    if not isinstance(settings, TargetSettings) or not isinstance(memory, TargetMemory) or memory.proposal is None:
        return 0, ""
    if row.status is not StrategyStatus.RUNNING or goes(settings, memory):
        return 0, ""
    return memory.number, proposal_text(memory.proposal)


def target_doing(present: Present, row: StrategyRow, settings: TargetSettings, memory: TargetMemory) -> str:
    """Return what the target does, in one sentence."""
    title = target_title(settings)
    account = present.state.accounts[row.account]
    traded = f"，净{'买' if memory.net > 0 else '卖'} {abs(memory.net)} 手" if memory.net else ""
    if row.status in OVER:
        return f"{title}{traded}"
    standing = _standing(present, row, settings)
    parts = [title, standing_text(settings.group, standing)] if standing is not None else [title]
    parts += [*_others(present, account, settings), *_band(account, memory)]
    if row.status is StrategyStatus.RUNNING:
        parts += _does(account, settings, memory, standing)
    return "；".join(parts) + traded


def _standing(present: Present, row: StrategyRow, settings: TargetSettings) -> HedgeStanding | None:
    listed, account = present.state.tenant.instruments, present.state.accounts[row.account]
    moment = Moment(
        listed,
        present.quotes.get,
        present.mark,
        present.session,
        present.at,
        present.trading_day,
        lambda name, since: traded_time(present.calendar, listed[name], since, present.at),
        lambda name, since, until: trading_spans(present.calendar, listed[name], since, until),
    )
    deltas, traded = Deltas(moment, present.deltas), settings.instrument
    return hedge_standing(listed, account, settings.group, traded, row.strategy, deltas, vat=settings.vat)


def _band(account: AccountState, memory: TargetMemory) -> list[str]:
    if memory.band is not None and memory.band.trading_day == account.trading_day:
        return [f"今日{band_text(memory.band)}"]
    unknown = memory.unknown if memory.unknown_day == account.trading_day else ""
    return [f"今日比例未定{f'：{unknown}' if unknown else ''}"]


def _does(
    account: AccountState, settings: TargetSettings, memory: TargetMemory, standing: HedgeStanding | None
) -> list[str]:
    if memory.stuck:
        return ["涨跌停或单边报价，等双边恢复"]
    parts = []
    if memory.proposal is not None:
        going = goes(settings, memory)
        does = f"正在执行，已成交 {memory.done} 手" if going else f"等人按“{TargetTerm.AGREE}”"
        parts.append(f"{proposal_text(memory.proposal)}，{does}")
    band = memory.band if memory.band is not None and memory.band.trading_day == account.trading_day else None

    def free(side: Side) -> int:
        return unclaimed(account, settings.instrument, settings.hedge_flag, side.opposite)

    # As things are now: what was in its way once, and was told then, may be so no more.
    in_the_way = hindrance(settings, memory, standing, band, free)
    return parts if in_the_way is None else [*parts, OBSTACLES[in_the_way]]


def _others(present: Present, account: AccountState, settings: TargetSettings) -> list[str]:
    # That the lots of other strategies count is no secret: a person must see what the ratio is made of.
    bound, listed = bound_of(account, settings.group), present.state.tenant.instruments
    if bound is None:
        return []
    without = left_out(listed, account, bound)
    names = dict.fromkeys(strategy for strategy, _, _ in held_beside(listed, account, bound))
    return [f"计入 {'、'.join(names)} 的持仓，不平它们的", *without] if names else [*without]
