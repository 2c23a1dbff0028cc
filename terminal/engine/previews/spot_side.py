"""Say before a spread against spot (期现价差) starts what people will have to do, and what a confirmation would do.

Of the money that flows on the spot side only what the settings say of holding it counts (持有成本); the rest is said to
be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.fact.facts import Role
from terminal.domain.orders.order import Side
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.spot_side import SpotTax
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Verdict
from terminal.domain.words.spot_terms import SPOT_TAXES, SpotTerm
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.previews.order import Answer, no_role
from terminal.engine.previews.spread_cost import is_uneven, leg_worth
from terminal.engine.sentences.spot import carry_sum
from terminal.engine.strategy.spot_answers import confirmed_sentence, exposure_words, why_second, wrong_confirmation
from terminal.engine.strategy.spot_side import spot_price
from terminal.engine.wording import day_text, number, short
from terminal.strategies.spread.priced import carry_now, priced
from terminal.strategies.spread.spot_side import spot_leg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.spot_side import SpotSide
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.spot_commands import ConfirmSpot
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker
    from terminal.engine.state import AccountState


def spot_answer(look: Look, asker: Asker, account: AccountState, body: ConfirmSpot) -> Answer:
    """Return the verdict on a confirmation of spot and its sentence."""
    barred = no_role(asker, account, (Role.TRADER,), SpotTerm.CONFIRM_SPOT)
    if barred:
        return Answer(Verdict.DENY, f"不能执行：{barred}")
    refused = wrong_confirmation(account, body)
    if refused is not None:
        return Answer(Verdict.DENY, refused[1])
    said, why = confirmed_sentence(look, account, body), why_second(account, body)
    if not why:
        return Answer(Verdict.ALLOW, said)
    full = why_full(account, asker.person)
    return Answer(Verdict.DENY, f"不能执行：{full}") if full else Answer(Verdict.CONFIRM2, f"{said} · 需复核：{why}")


def spot_side_foreseen(look: Look, account: AccountState, settings: SpreadSettings) -> Iterator[str]:
    """Yield what a person must know of the spot side, a sentence each; nothing where there is none."""
    side = settings.spot_side
    if side is None:
        return
    leg = spot_leg(settings)
    spot = look.instrument(leg.instrument)
    yield _what(settings, side, short(spot.id))
    yield from _uneven(look, settings, side)
    yield _price(look, spot)
    yield from _taxes(look, settings, side, spot)
    yield from _bases(look, settings, spot)
    yield from _carry(look, settings, side)
    yield "交易成本只算期货；现货的运费与税不计，请自行加进买卖价差"
    group = exposure_words(look, account, settings)
    yield group or "期货腿不在任何套保组：现货不计入敞口（C5）"


def _what(settings: SpreadSettings, side: SpotSide, name: str) -> str:
    verbs = ("买入", "卖出") if (spot_leg(settings).coefficient > 0) is (side.side is Side.BUY) else ("卖出", "买入")
    ways = ("买", "卖回") if side.side is Side.BUY else ("卖", "买回")
    each, most = amount_text(side.tonnes), amount_text(side.tonnes * settings.max_sets)
    return (
        f"现货 {name} 由人成交：每{ways[0]}一套{verbs[0]} {each} 吨，"
        f"每{ways[1]}一套{verbs[1]} {each} 吨，最多 {most} 吨；"
        f"期货成交后列为待办，{side.alert_minutes} 分钟未落实提醒（橙色），策略不因此停下"
    )


def _uneven(look: Look, settings: SpreadSettings, side: SpotSide) -> Iterator[str]:
    lead = next(leg for leg in settings.legs if leg.active)
    spot_worth = side.tonnes / abs(spot_leg(settings).coefficient)
    lead_worth = leg_worth(lead, look.instrument(lead.instrument))
    if is_uneven((spot_worth, lead_worth)):
        fits = lead_worth * abs(spot_leg(settings).coefficient)
        yield (
            f"现货吨数与价格系数不合：价差每变 1 元，现货值 {number(spot_worth, 2)} 元，"
            f"主动腿 {short(lead.instrument)} 值 {number(lead_worth, 2)} 元；"
            f"合适的每套现货 {amount_text(round(fits, 3))} 吨"
        )


def _price(look: Look, spot: Instrument) -> str:
    price, stated = spot_price(look, spot.id), look.state.tenant.spots.get(spot.id)
    if price is None:
        return f"{short(spot.id)} 没有有效的现货价（最多用到报价后的下一个交易日），有人报价之前策略等待"
    whose = "" if stated is None else f"，{show(stated[1])[5:16]} 报，来源：{stated[2]}"
    return f"现货价 {amount_text(price)} {spot.quote_unit}{whose}；最多用到报价后的下一个交易日，过期了策略等待"


def _taxes(look: Look, settings: SpreadSettings, side: SpotSide, spot: Instrument) -> Iterator[str]:
    tax = SPOT_TAXES[side.tax]
    odd = []
    for leg in settings.legs:
        known = look.instrument(leg.instrument)
        if leg.lots and known.quote_taxed is not (side.tax is SpotTax.TAXED):
            odd.append(f"{short(known.id)} 报价{SPOT_TAXES[SpotTax.TAXED if known.quote_taxed else SpotTax.UNTAXED]}")
    if not odd:
        yield f"口径：现货价与期货报价都是{tax}，单位 {spot.quote_unit}，直接相减"
        return
    rate = "" if spot.vat_rate is None else f"（税率 {amount_text(spot.vat_rate * 100)}%）"
    yield f"口径不同：现货价{tax}，{'、'.join(odd)}；请把税率{rate}折进现货的价格系数，否则价差里含着税"


def _carry(look: Look, settings: SpreadSettings, side: SpotSide) -> Iterator[str]:
    if not carries(side):
        yield f"{SpotTerm.CARRY}（资金、仓储）没有填，按 0 判价：持有到交割还要花多少，请自行加进买卖价差"
        return
    lead = next(leg.instrument for leg in settings.legs if leg.active)
    found, last_day = carry_now(settings, look), look.instrument(lead).expiry
    if found is None or last_day is None:
        yield f"{SpotTerm.CARRY}要有现货价才算得出"
        return
    until = f"到 {short(lead)} 最后交易日 {day_text(last_day)}，{found.days} 天"
    yield f"{carry_sum(side, found)}（{until}）；加在现货价上判价，每过一天少算一天"
    quote = priced(settings, look)
    if quote is not None:
        buy, sell = number(quote.buy, 2), number(quote.sell, 2)
        yield f"含{SpotTerm.CARRY}的价差现在 买 {buy} 卖 {sell}；买卖价都按它判"


def _bases(look: Look, settings: SpreadSettings, spot: Instrument) -> Iterator[str]:
    price = spot_price(look, spot.id)
    for leg in settings.legs:
        known, future = look.instrument(leg.instrument), look.columns.last_price(leg.instrument)
        if price is None or future is None or not leg.lots or known.code != spot.code:
            continue
        yield f"基差（现货 − {short(known.id)} 最新价）{amount_text(price - future)} {spot.quote_unit}"
