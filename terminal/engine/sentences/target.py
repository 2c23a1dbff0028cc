"""Say what a target (自动配平) is and what it states about itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain.fact import target_marks as t
from terminal.domain.fact.target_marks import Obstacle, TargetEnd
from terminal.domain.vat import hedge_lots
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import AIMS, MODES
from terminal.domain.words.target import BY_TONNES, FACTORS, UNITS, basis_text, source_text
from terminal.engine.wording import BUY_SELL, short
from terminal.strategies.target.need import balance_of

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side
    from terminal.domain.parameters.target import TargetSettings
    from terminal.domain.view import HedgeStanding
    from terminal.strategies.target.need import Balance

OBSTACLES = {
    Obstacle.NO_GROUP: "限额里没有这个套保组，或组里没有这个品种；请补上，或停止它",
    Obstacle.NO_EXPOSURE: "套保组的敞口为 0，比例算不出；请登记敞口，或停止它",
    Obstacle.NO_ROOM: "已到净买卖上限；请加大上限，或人工配平",
    Obstacle.NOT_FREE: "要平的手数不在，或是别的策略的持仓，配平不动它们；请人工处理",
    Obstacle.BOUND: "再开就超过 C5 的复核线（期权按整手算）；自动委托不等复核，请减少期权、人工配平，或由风控员改它",
    Obstacle.NO_DELTA: "组里有期权的 Delta 算不出，买卖还是不动要看它，不配平；看得清时自己继续，也可人工处理或停止它",
    Obstacle.TOO_COARSE: "多一手过头、少一手不够：区间比一手还窄；请放宽区间",
}
ENDS = {TargetEnd.REACHED: "已配平", TargetEnd.INSIDE: "比例已回到区间，不用再做", TargetEnd.TURNED: "情况已变，作废"}


def target_title(settings: TargetSettings) -> str:
    """Return a target in a few words."""
    return f"自动配平 {settings.group} 用 {short(settings.instrument)}，{MODES[settings.mode]}"


def target_details(settings: TargetSettings) -> tuple[str, ...]:
    """Return what a person must read before starting a target, a sentence each."""
    return (
        f"比例：{source_text(settings.source)}；出了区间配到{AIMS[settings.aim]}",
        f"比例口径：{basis_text(settings.vat)}",
        f"净买卖最多 {settings.most_lots} 手，每笔最多 {settings.batch_lots} 手",
        f"两次配平之间停 {settings.pause_seconds} 秒",
        f"{settings.chase_seconds} 秒不成交追价 {settings.pay_up_ticks} 跳；每个交易日的比例在第一眼定下，当天不变",
    )


def standing_text(group: str, standing: HedgeStanding) -> str:
    """Return how a group stands: exposure, futures, options by delta, ratio and its basis, net of VAT both of them."""
    now = balance_of(standing)
    ratio = "算不出" if now is None else f"{ratio_text(now)}（{_basis(standing)}）"
    coming = standing.bought or standing.sold
    said = f"；在途买 {_tonnes(standing.bought)}、卖 {_tonnes(standing.sold)} 吨" if coming else ""
    futures = standing.futures - sum((one.tonnes for one in standing.options), Decimal(0))
    head = f"{group} 敞口 {_tonnes(standing.exposure)} 吨，期货 {_tonnes(futures)} 吨{_options(standing)}"
    return f"{head}，套保比例 {ratio}{said}"


def _options(standing: HedgeStanding) -> str:
    # Whoever reads the ratio must see what of it moves with the quotes.
    if not standing.options:
        return ""
    tonnes = sum((one.tonnes for one in standing.options), Decimal(0))
    parts = [
        f"{one.name}{held_text(one.lots)} Delta {_to(amount_text(one.delta), amount_text(one.most_delta))}，"
        f"{_to(_tonnes(one.tonnes), _tonnes(one.most_tonnes))} 吨"
        for one in standing.options
    ]
    said = f"，期权的 Delta 算不出（{standing.unknown}）" if standing.unknown else ""
    most = _tonnes(tonnes + standing.unsure)
    return f"{said}，期权按 Delta {_to(_tonnes(tonnes), most)} 吨（{'；'.join(parts)}）"


def ratio_text(now: Balance) -> str:
    """Return the ratio, from the least to the most where a delta is not known."""
    return _to(f"{now.ratio}%", f"{now.most.ratio}%")


def after_text(now: Balance, side: Side, lots: int) -> str:
    """Return the ratio once so many lots of a side are filled, from the least to the most."""
    return _to(f"{now.least.after(side, lots)}%", f"{now.most.after(side, lots)}%")


def _to(least: str, most: str) -> str:
    return least if least == most else f"{least} 至 {most}"


def held_text(lots: int) -> str:
    """Return signed lots as a person says them, after a space; "" for none.

    >>> held_text(-40)
    ' 空 40 手'
    """
    return f" {'多' if lots > 0 else '空'} {abs(lots)} 手" if lots else ""


def _basis(standing: HedgeStanding) -> str:
    # Two ratios of one group stand side by side: whoever compares with control C5 sees the same figure here.
    plain = balance_of(standing._replace(cover=None))
    if standing.vat is None or standing.cover is None or plain is None:
        return BY_TONNES
    weighs = standing.cover.per_lot / standing.per_lot  # one where the contract itself is quoted net
    full = hedge_lots(abs(standing.exposure), ratio=Decimal(1), rate=weighs - 1, per_lot=standing.per_lot)
    return f"{basis_text(standing.vat)}，100% 为 {full} 手；{BY_TONNES} {ratio_text(plain)}"


def band_text(band: t.RatioFrozen) -> str:
    """Return a day's band with what it was read by.

    >>> band_text(t.RatioFrozen(trading_day=20250115, low=Decimal(80), ratio=Decimal(90), high=Decimal(100)))
    '比例 90%，区间 80% 至 100%'
    """
    by = ""
    if band.parts and band.base is not None:
        parts = " + ".join(_part_text(one) for one in band.parts)
        by = f"（{amount_text(band.base)} + {parts}）"
    elif band.basis is not None and band.permille is not None:
        place = amount_text(Decimal(band.permille) / 10)
        by = f"（基差 {amount_text(band.basis)} 元，在 {band.samples} 个样本的 {place}% 分位）"
    return f"比例 {amount_text(band.ratio)}%，区间 {amount_text(band.low)}% 至 {amount_text(band.high)}%{by}"


def _part_text(part: t.FactorPart) -> str:
    # The whole of a contribution: what was seen, what it scored, what it weighs, what it adds.
    value = f"{amount_text(part.value)}{UNITS[part.kind]}"
    scored = f"得分 {amount_text(part.score)} × 权重 {amount_text(part.weight)}"
    return f"{FACTORS[part.kind]} {amount_text(part.points)}［{value}，{scored}］"


def proposal_text(mark: t.TargetProposed) -> str:
    """Return a proposal: what to trade, and why."""
    return (
        f"第 {mark.number} 号建议：{BUY_SELL[mark.side]} {short(mark.instrument)} {mark.lots} 手，"
        f"比例 {mark.ratio}% → {mark.after}%{'' if mark.vat is None else f'（{basis_text(mark.vat)}）'}"
    )


def target_mark(mark: t.TargetMark) -> str:
    """Return what a target states about itself as a sentence."""
    match mark:
        case t.DayNoted():
            return ""  # what is gathered for a factor; the ratio it comes to is told
        case t.RatioFrozen():
            return f"今日{band_text(mark)}；当天不再变"
        case t.RatioUnknown():
            return f"今日比例还定不下来：{mark.why}；定下之前不配平"
        case t.TargetProposed():
            held = f"敞口 {_tonnes(mark.exposure)} 吨，衍生品 {_tonnes(mark.futures)} 吨"
            return f"{proposal_text(mark)}（{held}）"
        case t.TargetEnded():
            ratio = "" if mark.ratio is None else f"，比例 {mark.ratio}%"
            return f"第 {mark.number} 号建议{ENDS[mark.why]}，成交 {mark.lots} 手{ratio}"
        case t.TargetHindered() if mark.over:
            return "期权的 Delta 又算得出，配平继续"
        case t.TargetHindered():
            lots = f"还差 {mark.lots} 手，" if mark.lots else ""
            return f"配平停住：{lots}{OBSTACLES[mark.obstacle]}"
        case _:
            assert_never(mark)


def _tonnes(tonnes: Decimal) -> str:
    return amount_text(tonnes)
