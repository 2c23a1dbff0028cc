"""Say before a target (自动配平) starts how its group stands, what today's band would be, and whose lots it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.target_marks import RatioFrozen
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.target import WHOLE, TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.engine.book.beside import left_out
from terminal.engine.book.hedge import bound_of, tonnes_of_lot
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.target import after_text, band_text, ratio_text, standing_text
from terminal.engine.wording import BUY_SELL, short
from terminal.strategies.target.need import balance_of, lots_to, outside, standing_of, undecided
from terminal.strategies.target.ratio import day_ratio
from terminal.strategies.target.score import note_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

NOBODY = StrategyId("")


def target_foreseen(look: Look, account: AccountState, settings: TargetSettings) -> tuple[str, ...]:
    """Return the sentences of a target that follow from the group and the market, as they are now."""
    standing = standing_of(settings, look, NOBODY)
    if standing is None:
        return ()
    noted = note_of(settings, (), 0, look)  # nothing is remembered before it starts
    days = () if noted is None else (noted,)
    band, now = day_ratio(settings, days, look), balance_of(standing)
    said = [standing_text(settings.group, standing), *_tax(look, settings)]
    if not isinstance(band, RatioFrozen):
        said.append(f"今日比例现在定不下来：{band.why}")
    elif now is not None:
        side = outside(now, band)
        lots = 0 if side is None else lots_to(now, band, settings.aim, side)
        does = "在区间内，不用配平"
        if undecided(now, band, settings.aim, None):
            does = "买卖还是不动，要看算不出的 Delta：等到看得清"
        elif side is not None:
            ends = after_text(now, side, lots)
            does = f"须{BUY_SELL[side]} {short(settings.instrument)} {lots} 手，配到 {ends}"
        said.append(f"今日{band_text(band)}；现在 {ratio_text(now)}，{does}")
    bound = bound_of(account, settings.group)
    said += () if bound is None else left_out(look.state.tenant.instruments, account, bound)
    return (*said, *counted(look, account, settings), *_closable(look, settings))


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
    listed = look.state.tenant.instruments
    parts = [
        f"{row.strategy} {short(name)} {'多' if held.lots > 0 else '空'} {abs(held.lots)} 手"
        for row in account.strategies.values()
        if row.status not in OVER and not isinstance(row.settings, TargetSettings)
        for name, held in row.lots.items()
        if held.lots and tonnes_of_lot(bound, listed[name])
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
