"""Say before a target (自动配平) starts how its group stands, what today's band would be, and whose lots it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.target_marks import RatioFrozen, RatioUnknown
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.target import WHOLE, TargetMode, TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import WORDS
from terminal.engine.book.beside import held_beside, left_out
from terminal.engine.book.hedge import bound_of
from terminal.engine.sentences.target import after_text, band_text, ratio_text, standing_text
from terminal.engine.wording import BUY_SELL, short
from terminal.strategies.target.memory import SCOPE, TargetMemory
from terminal.strategies.target.need import balance_of, lots_to, outside, standing_of, undecided
from terminal.strategies.target.obstacles import goes
from terminal.strategies.target.ratio import day_ratio
from terminal.strategies.target.score import note_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.strategies.target.need import Balance

NOBODY = StrategyId("")


def target_foreseen(
    look: Look, account: AccountState, strategy: StrategyId, settings: TargetSettings
) -> tuple[str, ...]:
    """Return the sentences of a target that follow from the group and the market, as they are now.

    One that runs keeps the ratio it has fixed for the day, and the days it has noted.
    """
    standing = standing_of(settings, look, NOBODY)
    if standing is None:
        return ()
    row = account.strategies.get(strategy)
    memory = row.memory if row is not None and isinstance(row.memory, TargetMemory) else TargetMemory()
    band, now = _band(look, settings, memory), balance_of(standing)
    said = [standing_text(settings.group, standing), *_tax(look, settings)]
    if not isinstance(band, RatioFrozen):
        said.append(f"今日比例现在定不下来：{band.why}")
    elif now is not None:
        said.append(f"今日{band_text(band)}；现在 {ratio_text(now)}，{_does(settings, memory, now, band)}")
        if band is memory.band and row is not None and _sourced_anew(row, settings):
            said.append(f"今日的比例已定，改了的{WORDS['source']}从下一个交易日起算")
    bound = bound_of(account, settings.group)
    said += () if bound is None else left_out(look.state.tenant.instruments, account, bound)
    return (*said, *counted(look, account, settings), *_closable(look, settings))


def _band(look: Look, settings: TargetSettings, memory: TargetMemory) -> RatioFrozen | RatioUnknown:
    if memory.band is not None and memory.band.trading_day == look.trading_day:
        return memory.band
    noted = note_of(settings, memory.days, memory.noted_at, look)
    if noted is None:
        return day_ratio(settings, memory.days, look)
    before = [one for one in memory.days if one.trading_day != noted.trading_day]
    return day_ratio(settings, (*before, noted), look)


def _does(settings: TargetSettings, memory: TargetMemory, now: Balance, band: RatioFrozen) -> str:
    side, stands = outside(now, band), memory.proposal
    if undecided(now, band, settings.aim, None):
        return "买卖还是不动，要看算不出的 Delta：等到看得清"
    if side is None:
        return "在区间内，不用配平"
    lots = lots_to(now, band, settings.aim, side)
    if settings.mode is TargetMode.PROPOSE and stands is not None and stands.side is side and goes(settings, memory):
        # What was agreed to, and no more; what is out already counts as filled.
        lots = min(lots, stands.lots - memory.done - abs(memory.ledger.reserved(SCOPE)))
        if lots <= 0:
            return f"同意过的 {stands.lots} 手都已成交或报出"
    return f"须{BUY_SELL[side]} {short(settings.instrument)} {lots} 手，配到 {after_text(now, side, lots)}"


def _sourced_anew(row: StrategyRow, settings: TargetSettings) -> bool:
    return isinstance(row.settings, TargetSettings) and row.settings.source != settings.source


def _tax(look: Look, settings: TargetSettings) -> Iterator[str]:
    if settings.vat is None:
        return
    known = look.instrument(settings.instrument)
    if not known.quote_taxed:
        yield f"{short(known.id)} 按不含税价报价，一吨抵一吨，不再折算；组里含税报价的仍按 ÷ (1 + 税率)"
    listed = known.vat_rate
    if listed is not None and listed != settings.vat:
        rates = f"{amount_text(settings.vat * WHOLE)}%，品种表里 {known.product_name} 为 {amount_text(listed * WHOLE)}%"
        yield f"增值税率写的是 {rates}，请核对"


def counted(look: Look, account: AccountState, settings: TargetSettings) -> tuple[str, ...]:
    """Return the sentence that names the strategies whose lots count in the ratio; none where there are none."""
    bound = bound_of(account, settings.group)
    if bound is None:
        return ()
    parts = [
        f"{strategy} {short(name)} {'多' if lots > 0 else '空'} {abs(lots)} 手"
        for strategy, name, lots in held_beside(look.state.tenant.instruments, account, bound)
    ]
    if not parts:
        return ()
    return (f"比例按全账户算，也计入别的策略的持仓：{'、'.join(parts)}；它们只计数，配平不平它们的手数",)


def _closable(look: Look, settings: TargetSettings) -> tuple[str, ...]:
    free = {
        side: look.free_lots(settings.account, settings.instrument, settings.hedge_flag, side.opposite)
        for side in (Side.BUY, Side.SELL)
    }
    parts = [f"{'多' if side is Side.BUY else '空'} {lots} 手" for side, lots in free.items() if lots]
    return (f"可由它平的 {short(settings.instrument)}：{'、'.join(parts) or '没有'}",)
