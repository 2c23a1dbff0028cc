"""Reckon the spot side of a spread against spot (期现价差): what people are to trade, and what of it is not done.

The theory. The active leg leads here too: with `net` lots of it, the spot side must stand at tonnes x net / lots of a
set, to the kilogram, bought where the spot leg's coefficient is positive. People bring it there and say so; what they
have not said is 现货未落实. It is no naked leg: nobody at an exchange could take it, and no hedge is late. So the
broken-leg meter leaves it out, the ladder does not chase it, and it holds nothing back but people's attention.

Tonnes are signed: + is bought. They follow from all fills together and never from one, so that the kilogram's rounding
does not add up.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue, SpotOverdue, SpotWaived
from terminal.domain.parameters.spot_side import KILOGRAM, spot_side_faults
from terminal.domain.words.settings import WORDS
from terminal.domain.words.spot_terms import SpotTerm

if TYPE_CHECKING:
    from terminal.domain.fact.spot_marks import SpotMark
    from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings

ZERO = Decimal(0)


class SpotMemory(msgspec.Struct):
    """Hold what was stated of the spot side.

    Tonnes asked of people, tonnes they say are done, yuan these came to and tonnes they say nobody will trade any more
    (all signed, + bought); yuan spent on all that was said, what was sold taken off; since when some are not done (UTC
    ns); and the trading day on which that was last told as overdue, 0 for none.
    """

    asked: Decimal = ZERO
    done: Decimal = ZERO
    paid: Decimal = ZERO
    waived: Decimal = ZERO
    spent: Decimal = ZERO
    since: int | None = None
    overdue_day: int = 0


def spot_leg(settings: SpreadSettings) -> SpreadLeg:
    """Return the spot leg of a spread against spot: the one of no lots."""
    return next(leg for leg in settings.legs if not leg.lots)


def needed_tonnes(settings: SpreadSettings, net: int) -> Decimal:
    """Return the signed tonnes that stand against so many lots of the active leg, to the kilogram."""
    if settings.spot_side is None:
        return ZERO
    lead = next(leg.lots for leg in settings.legs if leg.active)
    sign = 1 if spot_leg(settings).coefficient > 0 else -1
    return _kilograms(sign * settings.spot_side.tonnes * net / lead)


def lots_without(settings: SpreadSettings, undone: Decimal) -> Decimal:
    """Return the lots of the active leg, unsigned, that so many tonnes stand for."""
    if settings.spot_side is None:
        return ZERO
    lead = next(leg.lots for leg in settings.legs if leg.active)
    return abs(undone) * abs(lead) / settings.spot_side.tonnes


def spot_profit(spot: SpotMemory, price: Decimal | None) -> Decimal | None:
    """Return what the confirmed spot earned in yuan, what is still there at a price; `None` where it has none.

    What holding it cost is not in it, and no tax is taken out.
    """
    if not spot.done:
        return -spot.spent
    return None if price is None else spot.done * price - spot.spent


def undone_tonnes(settings: SpreadSettings, net: int, spot: SpotMemory) -> Decimal:
    """Return the signed tonnes that people have still to trade."""
    return needed_tonnes(settings, net) - spot.done - spot.waived


def follow_spot(spot: SpotMemory, before: Decimal, now: Decimal, at: int) -> None:
    """Note since when something is not done; one that turned to the other side begins anew."""
    if not now:
        spot.since, spot.overdue_day = None, 0
    elif spot.since is None or before * now < 0:
        spot.since, spot.overdue_day = at, 0


def fold_spot_mark(settings: SpreadSettings, net: int, spot: SpotMemory, mark: SpotMark, at: int) -> None:
    """Take what was stated of the spot side."""
    match mark:
        case SpotDue():
            spot.asked += mark.tonnes
        case SpotConfirmed():
            before = undone_tonnes(settings, net, spot)
            spot.paid = _paid(spot, before, mark)
            spot.spent += mark.tonnes * mark.price
            spot.done += mark.tonnes
            follow_spot(spot, before, undone_tonnes(settings, net, spot), at)
        case SpotWaived():
            before = undone_tonnes(settings, net, spot)
            spot.waived += mark.tonnes
            follow_spot(spot, before, undone_tonnes(settings, net, spot), at)
        case SpotOverdue():
            spot.overdue_day = mark.trading_day


def why_not_done(settings: SpreadSettings, net: int, spot: SpotMemory, tonnes: Decimal) -> str:
    """Return why people cannot have traded so many signed tonnes more for the spread, "" where they can.

    What is done lies between nothing and what is needed, or what was done before: a wrong word can be taken back.
    """
    what, room = _room(needed_tonnes(settings, net) - spot.waived, spot.done, tonnes)
    if abs(tonnes) <= room:
        return ""
    return f"现在最多还能落实{what} {room:f} 吨" if room else f"现在没有要{what}的现货"


def why_not_waived(settings: SpreadSettings, net: int, spot: SpotMemory, tonnes: Decimal) -> str:
    """Return why people cannot waive so many signed tonnes more of the spread, "" where they can; bounds as above."""
    what, room = _room(needed_tonnes(settings, net) - spot.done, spot.waived, tonnes)
    if abs(tonnes) <= room:
        return ""
    return f"现在最多还有{what} {room:f} 吨可以{SpotTerm.WAIVED}" if room else f"现在没有要{what}的现货"


def check_spot_side(settings: SpreadSettings) -> str | None:
    """Return what is wrong with a spread's spot side in one sentence, or `None`."""
    side = settings.spot_side
    if side is None:
        return None
    if settings.grid is not None or settings.conversion is not None:
        return f"{SpotTerm.SPOT_SIDE}不能用在网格和互转上；基差网格的现货只看价，请去掉它。"
    if settings.quoting is not None:
        return f"{SpotTerm.SPOT_SPREAD}的主动腿请改为按对手价成交，不能挂单。"
    spots = [leg for leg in settings.legs if not leg.lots]
    if len(spots) == len(settings.legs):
        return f"{SpotTerm.SPOT_SPREAD}至少要有一条期货腿，现在各腿手数都是 0。"
    if len(spots) != 1:
        return f"{SpotTerm.SPOT_SPREAD}要有一条现货腿（手数写 0），现有 {len(spots)} 条。"
    if spots[0].active:
        return f"{spots[0].instrument} 是现货一腿，由人成交，不能作主动腿；请选一条期货腿。"
    if not spots[0].coefficient:
        return f"{spots[0].instrument} 的价格系数不能为零。"
    return next((f"{WORDS[name]}{wrong}" for name, wrong in spot_side_faults(side)), None)


def _room(needed: Decimal, said: Decimal, tonnes: Decimal) -> tuple[str, Decimal]:
    # What tonnes of this sign do, and how many of them may be said beyond what was.
    if tonnes > 0:
        return "买入", max(ZERO, needed, said) - said
    return "卖出", said - min(ZERO, needed, said)


def _paid(spot: SpotMemory, undone: Decimal, mark: SpotConfirmed) -> Decimal:
    # What is given back leaves at the average so far: what it brought is profit, and no price of the rest. A word
    # that is taken back, while the futures ask for all of it, leaves at its own price, which was never paid.
    left = spot.done + mark.tonnes
    if spot.done * mark.tonnes >= 0:
        return spot.paid + mark.tonnes * mark.price
    if spot.done * left <= 0:
        return left * mark.price
    rest = spot.paid + mark.tonnes * mark.price
    is_taken_back = undone * spot.done >= 0 and rest * left > 0
    return rest if is_taken_back else spot.paid * left / spot.done


def _kilograms(tonnes: Decimal) -> Decimal:
    return tonnes.quantize(KILOGRAM, rounding=ROUND_HALF_UP).normalize() + ZERO
