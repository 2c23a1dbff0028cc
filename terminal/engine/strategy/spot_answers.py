"""Judge what a person says of the spot side of a spread (落实现货、不做了), whoever asks: runner, preview, checker.

What was traded one person may say: it sends no order, moves no limit, and is taken back by the other side. What will
not be traded is more than a note while the account still holds the futures it stands against: the reminder ends, and
lots stay that nothing hedges. So that needs a second person (SAFETY 7). Lots that the confirmed spot stands for are
hedged, and lots the account has closed are gone. It is the same the other way round: confirmed spot that will not be
given back stays where the futures against it are gone, and nothing hedges it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotWaived
from terminal.domain.parameters.spot_side import KILOGRAM, is_weight
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.typed_text import is_name
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.spot import to_trade
from terminal.engine.wording import short
from terminal.risk.price import is_price
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.spot_side import needed_tonnes, spot_leg, undone_tonnes, why_not_done, why_not_waived

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, PersonId
    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.domain.spot_commands import ConfirmSpot
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn


def note(turn: Turn, account: AccountState, body: ConfirmSpot, person: PersonId) -> None:
    """State what a person says of the spot side; it has been judged."""
    spot, tonnes = spot_of(account.strategies[body.strategy]), body.tonnes * body.side.sign
    mark = (
        SpotWaived(spot=spot, tonnes=tonnes, reason=body.waived, person=person)
        if body.waived
        else SpotConfirmed(spot=spot, tonnes=tonnes, price=body.price, contract=body.contract, person=person)
    )
    turn.say(StrategyMarked(account=account.account, strategy=body.strategy, at=turn.at, mark=mark))


def why_second(account: AccountState, body: ConfirmSpot) -> str:
    """Return why a waiver needs a second person, in a clause; "" where one is enough.

    A word that is taken back needs none: it lets the reminder come again.
    """
    memory = account.strategies[body.strategy].memory
    if not body.waived or not isinstance(memory, SpreadMemory) or memory.spot.waived * body.tonnes * body.side.sign < 0:
        return ""
    row = account.strategies[body.strategy]
    lots, spot = _bare_lots(account, row), _bare_spot(account, row)
    if not lots and not spot:
        return ""
    return f"{'；'.join(filter(None, (lots, spot)))}，须由另一人复核，或先{'平掉' if lots else '了结并落实'}"


def _bare_lots(account: AccountState, row: StrategyRow) -> str:
    # Which lots of a spread the account still holds that no confirmed spot stands for, "" without any.
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return ""
    sets = abs(memory.spot.done) / settings.spot_side.tonnes
    found = []
    for (leg, net), there in _held_lots(account, settings, memory).items():
        bare = there - sets * abs(leg.lots)
        if bare > 0:
            found.append(f"{short(leg.instrument)} {'多' if net > 0 else '空'} {amount_text(round(bare, 2))} 手")
    return f"账户还持有 {'、'.join(found)}，没有现货对着" if found else ""


def _bare_spot(account: AccountState, row: StrategyRow) -> str:
    # How much confirmed spot the lots that are still there do not stand for, "" for none.
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return ""
    done, held = memory.spot.done, _held_lots(account, settings, memory)
    asks_as_done = needed_tonnes(settings, memory.legs[active_leg(settings)].net) * done > 0
    hedged = [there / Decimal(abs(leg.lots)) for (leg, _), there in held.items()] if asks_as_done else []
    wanted = sum(1 for leg in settings.legs if leg.lots)
    sets = min(hedged) if len(hedged) == wanted else Decimal(0)  # a leg that is gone hedges no set
    bare = abs(done) - sets * settings.spot_side.tonnes
    if bare <= KILOGRAM:  # what people trade is rounded to it
        return ""
    what = "买入" if done > 0 else "卖出"
    return f"已落实{what}的现货 {short(spot_leg(settings).instrument)} 有 {amount_text(round(bare, 3))} 吨没有期货对着"


def _held_lots(
    account: AccountState, settings: SpreadSettings, memory: SpreadMemory
) -> dict[tuple[SpreadLeg, int], int]:
    # Of each futures leg with its net lots: those the account still holds.
    found = {}
    for leg, own in zip(settings.legs, memory.legs, strict=True):
        if leg.lots and own.net:
            held = account.book.position(leg.instrument, settings.hedge_flag)
            found[leg, own.net] = min(abs(own.net), held.long if own.net > 0 else held.short)
    return found


def waiver_details(account: AccountState, body: ConfirmSpot) -> tuple[str, ...]:
    """Return what a second person must know of a waiver beside its reason: what stays unhedged, now."""
    row = account.strategies.get(body.strategy)
    bare = [] if row is None else [text for text in (_bare_lots(account, row), _bare_spot(account, row)) if text]
    return (f"{'；'.join(bare)}；同意之后不再提醒" if bare else "期货与现货两侧都没有裸露",)


def wrong_confirmation(account: AccountState, body: ConfirmSpot) -> tuple[str, str] | None:
    """Return the code and the sentence that refuse a confirmation, or `None`."""
    row = account.strategies.get(body.strategy)
    if row is None:
        return "NO_STRATEGY", f"策略 {body.strategy} 不存在，没有记下。"
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return "NOT_SPOT_SPREAD", f"策略 {row.strategy} 不是{SpotTerm.SPOT_SPREAD}，没有现货要落实。"
    if not is_weight(body.tonnes):
        return "BAD_WEIGHT", f"吨数应为正数，最多三位小数，现为 {amount_text(body.tonnes)}；没有记下，请改正。"
    wrong = _wrong_waiver(row, body) if body.waived else _wrong_trade(body)
    if wrong is not None:
        return wrong
    said = memory.spot.done + memory.spot.waived
    if body.done is not None and body.done != said:
        now = amount_text(said)
        return "CONFLICT", f"策略 {row.strategy} 的现货已有别人落实过（现为净 {now} 吨）；没有记下，请看清后再落实。"
    net = memory.legs[active_leg(settings)].net
    ask = why_not_waived if body.waived else why_not_done
    why = ask(settings, net, memory.spot, body.tonnes * body.side.sign)
    if why:
        return "TOO_MUCH", f"策略 {row.strategy}：{why}；没有记下，请改吨数或买卖。"
    return None


def _wrong_trade(body: ConfirmSpot) -> tuple[str, str] | None:
    if not is_price(body.price) or body.price <= 0:
        return "BAD_PRICE", f"成交价应为正数（元/吨），现为 {amount_text(body.price)}；没有记下，请改正。"
    if not is_name(body.contract):
        return "BAD_CONTRACT", f"请写{SpotTerm.SPOT_CONTRACT}（或能找到这笔现货的说明），最多 64 个字；没有记下。"
    return None


def _wrong_waiver(row: StrategyRow, body: ConfirmSpot) -> tuple[str, str] | None:
    # Who runs a spread on would be asked for the same spot again by its next fill: it is stopped first.
    if row.status not in OVER:
        return "NOT_STOPPED", f"策略 {row.strategy} 还没有停止，现货不能说{SpotTerm.WAIVED}；没有记下，请先停止策略。"
    if body.price or body.contract:
        return "BAD_PRICE", f"{SpotTerm.WAIVED}的现货没有成交价和{SpotTerm.SPOT_CONTRACT}；没有记下，请去掉它们。"
    if not is_name(body.waived):
        return "BAD_REASON", f"请写{SpotTerm.WAIVE_REASON}，最多 64 个字；没有记下。"
    return None


def confirmed_sentence(look: Look, account: AccountState, body: ConfirmSpot) -> str:
    """Return what a confirmation that is not refused does."""
    row = account.strategies[body.strategy]
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return ""
    spot, moved = spot_of(row), body.tonnes * body.side.sign
    lead = active_leg(settings)
    net = memory.legs[lead].net
    undone = undone_tonnes(settings, net, memory.spot) - moved
    if body.waived:
        left = f"还有{to_trade(spot, undone)}未落实" if undone else "现货一侧不再提醒"
        held = f"{short(settings.legs[lead].instrument)} 净{'买入' if net > 0 else '卖出'} {abs(net)} 手"
        bare = f"；它成交的 {held}由你们平掉，请核对持仓" if net else ""
        return f"{to_trade(spot, moved)}{SpotTerm.WAIVED}，{left}{bare}"
    left = f"还有{to_trade(spot, undone)}未落实" if undone else "现货一侧已全部落实"
    group = exposure_words(look, account, settings)
    return f"{to_trade(spot, moved)} @{amount_text(body.price)} 已落实，{left}{f'；{group}' if group else ''}"


def exposure_words(look: Look, account: AccountState, settings: SpreadSettings) -> str:
    """Return which hedge groups the traded legs belong to and what exposure the limits say; "" without a group."""
    products = {look.instrument(leg.instrument).product for leg in settings.legs if leg.lots}
    bounds = () if account.limits is None else account.limits.hedge_bounds
    told = [
        f"{bound.group} 的敞口按限额仍是 {amount_text(bound.physical_tonnes + bound.planned_tonnes)} 吨"
        for bound in bounds
        if products & bound.weights.keys()
    ]
    return f"套保组 {'、'.join(told)}，落实不改变它，合同要登记进限额" if told else ""


def spot_of(row: StrategyRow) -> InstrumentId:
    """Return the spot of a spread against spot."""
    if not isinstance(row.settings, SpreadSettings):
        raise TypeError(f"strategy {row.strategy} has no spot leg")
    return spot_leg(row.settings).instrument
