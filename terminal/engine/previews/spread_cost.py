"""Say before a spread starts what a point of it is worth to each leg, and what one set costs to open and to close.

What a set wins or loses is its legs' lots times what their prices moved. Where the lots stand in the ratio of the
coefficients, each leg makes the same of a yuan of the spread. Where they do not, a set is a bet on one leg, which the
spread's price does not show: beyond a twentieth it is warned of, and a ratio of whole lots that fits is named.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import ZERO, fee, fees_known
from terminal.domain.products.margin import margin_of
from terminal.engine.sentences.strategy import grid_kind
from terminal.engine.wording import number, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look

UNEVEN: Final = Decimal("0.05")
# So many lots of the smallest leg leave every other within half a lot in 21, which is within UNEVEN of each other.
ALWAYS_FITS: Final = 21


class SetCost(NamedTuple):
    """Hold what a set costs now: margin and the fees of opening and closing it, in yuan; `None` where not known."""

    margin: Decimal | None
    opening: Decimal | None
    closing: Decimal | None  # each leg the dearer of 平今 and 平昨
    closing_today: Decimal | None
    closing_before: Decimal | None


def spread_cost_foreseen(look: Look, settings: SpreadSettings) -> tuple[str, ...]:
    """Return the sentences: yuan a point of each leg, whether they disagree, what a set costs there and back."""
    if settings.conversion is not None:  # its ratio is the option's, and its fees are told by its own sentences
        return ()
    worths = "，".join(
        f"{short(leg.instrument)} {abs(leg.lots)} 手 {number(leg_worth(leg, known), 2)} 元"
        for leg, known in _traded(look, settings)
    )
    what = "价差" if settings.grid is None else grid_kind(settings)[:2]
    uneven = uneven_sentence(look, settings)
    cost = f"一套来回：{_fees(look, settings)}，{_slippage(look, settings)}"
    return (f"{what}每变 1 元，一套各腿：{worths}", *((uneven,) if uneven else ()), cost)


# --- what a point is worth -------------------------------------------------------------------------------------


def leg_worth(leg: SpreadLeg, known: Instrument) -> Decimal:
    """Return what one yuan of the spread is worth to a leg of one set, in yuan: lots x multiplier / coefficient."""
    return known.value(Decimal(1), abs(leg.lots)) / abs(leg.coefficient)


def is_uneven(worths: Iterable[Decimal]) -> bool:
    """Return whether what the legs make of a yuan of the spread lies more than a twentieth apart."""
    each = list(worths)
    return max(each) > min(each) * (1 + UNEVEN)


def yuan_per_point(look: Look, settings: SpreadSettings) -> tuple[Decimal, bool]:
    """Return what one yuan of the spread is worth to a set, by the active leg, and whether every leg says the same."""
    each = {leg.instrument: leg_worth(leg, known) for leg, known in _traded(look, settings)}
    lead = next(leg.instrument for leg in settings.legs if leg.lots and leg.active)
    return each[lead], len(set(each.values())) == 1


def uneven_sentence(look: Look, settings: SpreadSettings) -> str:
    """Return which leg disagrees with the active one, and whole lots that would fit; "" where legs agree."""
    if settings.conversion is not None:
        return ""
    traded = _traded(look, settings)
    worths = {leg.instrument: leg_worth(leg, known) for leg, known in traded}
    if not is_uneven(worths.values()):
        return ""
    lead = next(leg.instrument for leg, _ in traded if leg.active)
    odd = max(worths, key=lambda name: max(worths[name] / worths[lead], worths[lead] / worths[name]))
    fits = "、".join(f"{short(name)} {lots} 手" for name, lots in fitting_lots(traded).items())
    return (
        f"手数比与价格系数不合：价差每变 1 元，{short(odd)} 值 {number(worths[odd], 2)} 元，"
        f"主动腿 {short(lead)} 值 {number(worths[lead], 2)} 元，盈亏不由价差决定；合适的整手比：{fits}"
    )


def fitting_lots(traded: list[tuple[SpreadLeg, Instrument]]) -> dict[InstrumentId, int]:
    """Return the fewest whole lots of each leg, unsigned, that make the same of a yuan of the spread, within UNEVEN."""
    weights = {leg.instrument: abs(leg.coefficient) / known.multiplier for leg, known in traded}
    least = min(weights.values())
    for smallest in range(1, ALWAYS_FITS + 1):
        lots = {name: _whole(smallest * weight / least) for name, weight in weights.items()}
        if not is_uneven(lots[name] / weight for name, weight in weights.items()):
            break
    return lots


def _whole(lots: Decimal) -> int:
    return int(lots.to_integral_value(ROUND_HALF_UP))


def _traded(look: Look, settings: SpreadSettings) -> list[tuple[SpreadLeg, Instrument]]:
    return [(leg, look.instrument(leg.instrument)) for leg in settings.legs if leg.lots]


# --- what a set costs ------------------------------------------------------------------------------------------


def set_cost(look: Look, settings: SpreadSettings) -> SetCost:
    """Return margin and fees of one set of a spread or its grid, by the latest prices."""
    grid = settings.grid
    margin: Decimal | None = ZERO
    opening, dearer, today, before = ZERO, ZERO, ZERO, ZERO
    all_known = True
    for leg, known in _traded(look, settings):
        lots, flag = abs(leg.lots), settings.hedge_flag
        price = look.columns.last_price(leg.instrument)
        bought = (leg.lots > 0) == (grid is None or grid.side is Side.BUY)
        side = Side.BUY if bought else Side.SELL
        one = None if price is None else margin_of(known, lots, price, flag=flag, side=side, underlying=None)
        margin = None if margin is None or one is None else margin + one
        if price is None or not fees_known(known):
            all_known = False
            continue
        opening += fee(known, offset=Offset.OPEN, lots=lots, price=price, flag=flag)
        paid_before, paid_today = (
            fee(known, offset=Offset.CLOSE, lots=lots, price=price, close_today_lots=young, flag=flag)
            for young in (0, lots)
        )
        dearer, today, before = dearer + max(paid_before, paid_today), today + paid_today, before + paid_before
    return SetCost(margin, opening, dearer, today, before) if all_known else SetCost(margin, None, None, None, None)


def _fees(look: Look, settings: SpreadSettings) -> str:
    cost = set_cost(look, settings)
    if cost.opening is None or cost.closing is None or cost.closing_today is None or cost.closing_before is None:
        return f"手续费未知（{'，'.join(_fee_gaps(look, settings))}）"
    told = f"平今按 {number(cost.closing_today, 2)} 元，平昨按 {number(cost.closing_before, 2)} 元，各腿取贵的"
    return f"手续费 {number(cost.opening + cost.closing, 2)} 元（其中{told}）"


def _fee_gaps(look: Look, settings: SpreadSettings) -> list[str]:
    return [
        f"{short(known.id)} {'没有现价' if fees_known(known) else '的手续费未知'}"
        for _, known in _traded(look, settings)
        if not fees_known(known) or look.columns.last_price(known.id) is None
    ]


def _slippage(look: Look, settings: SpreadSettings) -> str:
    # In and out at the opposite price: half the distance between both sides, twice.
    whole, one_sided = ZERO, list[str]()
    for leg, known in _traded(look, settings):
        quote = look.quote(leg.instrument)
        if quote is None or quote.bid is None or quote.ask is None:
            one_sided.append(short(known.id))
            continue
        whole += known.value((quote.ask - quote.bid) * known.tick, abs(leg.lots))
    if one_sided:
        return f"滑点算不出：{'、'.join(one_sided)} 没有双边报价"
    return f"按现价买卖价差的滑点约 {number(whole, 2)} 元"
