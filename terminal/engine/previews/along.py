"""Say before a roll starts whose lots it takes along, where their prices would go, and whose it closes otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import GridSettings, Half, SpreadSettings
from terminal.domain.parameters.target import DAILY, BasisTable, TargetSettings, needs
from terminal.domain.products.fees import ZERO
from terminal.domain.words.amount_text import amount_text
from terminal.engine.book.carriers import recorded_lots
from terminal.engine.book.claims import claims_on
from terminal.engine.previews.closing import closing_terms
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.strategy import signed_lots
from terminal.engine.strategy.bindings import bindable, shift_of
from terminal.engine.wording import short
from terminal.strategies.own.memory import OwnMemory
from terminal.strategies.roll.report import crossed
from terminal.strategies.spread.rebound import shift_of_spread

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.strategy.bindings import Bindable


def taken_along(look: Look, account: AccountState, settings: RollSettings) -> list[str]:
    """Return whose lots the roll would take along, and where their prices would go; nothing of a half that opens.

    Who is named and has ended since does not go, and is said last.
    """
    if settings.half is Half.FAR:
        return []  # it closes nothing
    named = [account.strategies[name] for name in settings.strategies if name in account.strategies]
    taken = [row for row in named if row.status not in OVER]
    found = []
    for legged, rests in ((True, "先平衡、再暂停"), (False, "立即暂停")):  # what has no legs has nothing to balance
        names = "、".join(row.strategy for row in taken if isinstance(row.settings, SpreadSettings) is legged)
        if names:
            found.append(f"随移策略 {names}：移仓开始时{rests}，移完改绑 {short(settings.far)}")
    found.extend(sentence for row in taken if (sentence := _foreseen(look, row, settings)))
    over = "、".join(row.strategy for row in named if row.status in OVER)
    if over:
        found.append(f"随移策略 {over} 已停止或结束，不随它移")
    return found


def closed_of_others(account: AccountState, settings: RollSettings) -> str:
    """Return whose lots the roll would close without taking them along, so that they stop; "" where nobody's."""
    if settings.half is Half.FAR:
        return ""  # it closes nothing
    claims = claims_on(account, closing_terms(settings, settings.lots, ZERO))
    if claims is None:
        return ""
    # Of whom it takes along only what is claimed is not free: what it carries already, and what has ended, is.
    own = [name for name in claims.strategies if name in settings.strategies]
    others = [name for name in claims.strategies if name not in settings.strategies]
    going, recorded = (
        sum(abs(recorded_lots(account.strategies[name], settings)) for name in names) for names in (own, others)
    )
    lots = min(settings.lots - claims.free - going, recorded)
    if not others or lots <= 0:
        return ""
    return f"{short(settings.near)} {settings.lots} 手里有 {lots} 手是策略 {'、'.join(others)} 的持仓，移走后它停下"


def _foreseen(look: Look, row: StrategyRow, settings: RollSettings) -> str:
    own = bindable(row.settings)
    if isinstance(own, str):
        return ""
    return f"{row.strategy}：{_then(own, settings, _shift(look, settings))}{_stands_still(row, settings)}"


def _stands_still(row: StrategyRow, roll: RollSettings) -> str:
    # What a rule of several contracts does not do meanwhile: it is one strategy, and all of it rests.
    own, memory = row.settings, row.memory
    if not isinstance(own, OwnSettings) or not isinstance(memory, OwnMemory):
        return ""
    traded = [one for one in own.contracts if one.max_lots]
    others = "、".join(short(one.instrument) for one in traded if one.instrument != roll.near)
    still = f"；移仓期间 {others} 也停在原处，要平的也等移完" if others else ""
    short_of = "、".join(
        f"{short(one.instrument)} 持 {signed_lots(known.net)} 目标 {signed_lots(known.aim)}"
        for one in traded
        if (known := memory.of(one.name)).net != known.aim
    )
    return f"{still}；现在还没有到目标：{short_of}，移完才接着做" if short_of else still


def _shift(look: Look, settings: RollSettings) -> Decimal | None:
    prices = crossed(settings, look)
    return None if prices is None else shift_of(look.instrument(settings.far), prices[1] - prices[0])


def _then(own: Bindable, settings: RollSettings, shift: Decimal | None) -> str:
    match own:
        case GridSettings():
            return f"各线、止损、区间按移仓的实际价差平移{_by(shift)}"
        case SpreadSettings():
            return _of_spread(own, settings, shift)
        case OwnSettings():
            seen = f"看过的 {short(settings.near)} 样本按移仓的实际价差平移{_by(shift)}，接着用"
            return f"改看 {short(settings.far)} 的价格；{seen}；代码参数里的价格不平移"
        case TargetSettings():
            return _of_target(own, settings)
        case _:
            assert_never(own)


def _of_spread(own: SpreadSettings, settings: RollSettings, shift: Decimal | None) -> str:
    (leg,) = (one for one in own.legs if one.instrument == settings.near)
    how = f"{short(settings.near)} 一腿换成 {short(settings.far)}，"
    by = "" if shift is None else _by(shift_of_spread(own, settings.near, shift))
    how += f"买卖价差按 移仓实际价差 × 价格系数 {amount_text(leg.coefficient)} 平移{by}"
    if guarded(own):
        return f"{how}，止损止盈价随它走；移仓期间它暂停，止损止盈不判"
    return how if own.grid is None else f"{how}，止损、区间与跟随限价随它走"


def _of_target(own: TargetSettings, settings: RollSettings) -> str:
    then = f"改在 {short(settings.far)} 上配平，当日的比例不变，未了的建议作废"
    if isinstance(own.source, BasisTable):
        return f"{then}；基差改按 {short(settings.far)}，窗口重新攒"
    if any(needs(own.source, kind) for kind in DAILY):
        return f"{then}；波动率、成交量的逐日记录属于 {short(settings.near)}，作废后重新攒，攒够之前不配平"
    return then


def _by(shift: Decimal | None) -> str:
    return "" if shift is None else f"，按现价约 {shift:+f} 元"
