"""Say before a spread starts what its active leg would quote now, when it goes, and how many cancels it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.ids import StrategyId
from terminal.domain.words.amount_text import amount_text
from terminal.engine.wording import BUY_SELL, short
from terminal.strategies.draft import Draft
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import goal_of
from terminal.strategies.spread.moment import Moment
from terminal.strategies.spread.quotes import Quotes, why_rationed
from terminal.strategies.table import SPREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.quoting import SpreadQuoting
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import SpreadQuote
    from terminal.engine.look import Look


def quote_sentences(look: Look, settings: SpreadSettings) -> Iterator[str]:
    """Yield what a person must know of a quoting spread, a sentence each; nothing of one that only takes."""
    quoting = settings.quoting
    if quoting is None:
        return
    yield from _now(look, settings, quoting)
    lead = settings.legs[active_leg(settings)]
    worse = quoting.tolerance_ticks * look.instrument(lead.instrument).tick * abs(lead.coefficient)
    yield (
        f"他腿一动，成交会差出 {quoting.tolerance_ticks} 跳以上就撤回重报；容差之内成交，价差最多比所要的差 "
        f"{amount_text(worse)} 元，对冲追价另计"
    )
    yield "任一腿缺报价、封板、他腿盘口不够、临近休市、不能开仓、追价中或离对手价太远，都撤回挂单；休市中不挂也不撤"
    yield _cost(look, settings, quoting)


def _now(look: Look, settings: SpreadSettings, quoting: SpreadQuoting) -> Iterator[str]:
    memory = SPREAD.begin(settings)
    draft = Draft(StrategyId(""), settings.account, settings.hedge_flag, memory.ledger, look)
    quotes = Quotes(Moment(settings, memory, look, draft))
    sights, why = quotes.sights()
    why = why or why_rationed(look, settings, memory)
    if why:
        yield f"现在不挂单：{why}"
        return
    lead = settings.legs[active_leg(settings)]
    known = look.instrument(lead.instrument)
    price_now = look.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
    for direction, asked in ((1, settings.buy_at), (-1, settings.sell_at)):
        goal = goal_of(settings, 0, direction * settings.sets)
        offer = quotes.offer(sights, direction, goal)
        if offer is None:
            continue
        what = "买入" if direction > 0 else "卖出"
        price = f"{BUY_SELL[offer.side]} {short(known.id)} @{amount_text(known.price(offer.ticks))}"
        if price_now is not None and _taken(price_now, settings, direction):
            yield f"{what}价差 {amount_text(asked)} 现在就能成交，按对手价直接成交，不挂"
        elif offer.away > quoting.reach_ticks:
            yield f"{what}价差 {amount_text(asked)} 的挂单是{price}，离对手价 {offer.away} 跳，太远，现在不挂"
        elif not offer.lots:
            yield f"{what}价差 {amount_text(asked)} 的挂单是{price}，{offer.why}，现在不挂"
        else:
            yield (
                f"{what}价差 {amount_text(asked)} 的挂单是{price} {offer.lots} 手，离对手价 {offer.away} 跳；"
                "成交后他腿按对手价对冲，不差于这个价差"
            )
    yield "一次只挂一个方向，离成交近的先挂；手数从空仓起算"


def _taken(price: SpreadQuote, settings: SpreadSettings, direction: int) -> bool:
    # Whether a set at least can be had at once; of less a quote rests at the opposite price.
    if direction > 0:
        return price.buy <= settings.buy_at and price.buy_sets > 0
    return price.sell >= settings.sell_at and price.sell_sets > 0


def _cost(look: Look, settings: SpreadSettings, quoting: SpreadQuoting) -> str:
    lead = settings.legs[active_leg(settings)].instrument
    whole = (
        f"挂单每个交易日最多撤 {quoting.max_cancels} 次，两次挂单至少隔 {quoting.rest_seconds} 秒、越用越慢，"
        "用完只按对手价成交"
    )
    counted, line = look.cancels(lead), look.instrument(lead).cancel_line
    if line is None:
        return f"{whole}；{short(lead)} 的撤单认定线与申报费未知，未计"
    until = -(-line.cancels * 3 // 5)
    known = f"{short(lead)} 今日撤单 {counted} 次，认定线 {line.cancels} 次，到 {until} 次也不再挂"
    return f"{whole}；{known}；申报费未知，未计"
