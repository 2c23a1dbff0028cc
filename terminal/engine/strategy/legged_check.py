"""Put every state a spread can be caught in before the rules, ahead of its first order (E4).

A limit that passes the spread as a whole may fail it with one leg missing; found out then, the gate would hold back
the very hedge. So each corner of what the spread may hold is imagined in a copy of the books, and in it each leg's
last order is judged by the rules about size, position, hedge and margin, at the worst price a chase may come to.
Automatic orders wait for nobody, so what would need a second person counts as a no.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from terminal.domain.orders.close_plan import PlannedOrder
from terminal.domain.orders.order import Cause, Origin, Side
from terminal.domain.parameters.strategy import RollSettings, SpreadSettings
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.settings import WORDS
from terminal.engine.orders.gate import Parent, gather
from terminal.engine.orders.imagined import imagined
from terminal.engine.strategy.conversion_check import why_not_converted
from terminal.engine.strategy.halves_check import why_not_opened
from terminal.engine.strategy.legged_orders import held_lots, holds_words, orders_to
from terminal.engine.turn import RUNNER
from terminal.engine.wording import short
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.margin_use import margin_use
from terminal.risk.order_size import order_size
from terminal.risk.position_limit import position_limit
from terminal.strategies.roll.restraint import only_restrains
from terminal.strategies.spread.legged import Legged, legged_states
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

RULES = (order_size, position_limit, hedge_bound, margin_use)  # C2, C4, C5, C6: those a leg alone can fail


class Caught(NamedTuple):
    """Hold a state that would be caught, the leg whose order it is, and what the rule said."""

    state: Legged
    leg: int
    finding: Finding


def why_unsafe(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return in one sentence which state of a spread the rules would catch, and what helps; "" where none would be.

    What runs already is judged from what it holds. Where the rules would catch it by the settings it has, as limits and
    money are now, those that let it do no more are no worse: nobody is kept from giving a spread a stop, or from making
    a roll smaller or slower. Prices and limits must be there. Of a conversion it is asked first whether it is one, and
    whether the money lasts in every state. Of a roll, or of far's half of one between accounts, it is what the rules
    say of all it may open.
    """
    row = account.strategies.get(strategy)
    had = None if row is None else row.settings
    if isinstance(settings, RollSettings):
        wrong = why_not_opened(look, account, strategy, settings)
        if not wrong or not isinstance(had, RollSettings) or not only_restrains(had, settings):
            return wrong
        return "" if why_not_opened(look, account, strategy, had) else wrong
    if not isinstance(settings, SpreadSettings):
        return ""
    wrong = _unsafe(look, account, strategy, settings)
    if not wrong or not isinstance(had, SpreadSettings) or not does_no_more(had, settings):
        return wrong
    return "" if _unsafe(look, account, strategy, had) else wrong


def does_no_more(had: SpreadSettings, settings: SpreadSettings) -> bool:
    """Return whether a spread that is given settings trades the same legs no sooner, and comes to hold no more of them.

    It may end, and chase, otherwise than before.
    """
    if [leg.instrument for leg in had.legs] != [leg.instrument for leg in settings.legs]:
        return False
    if settings.buy_at > had.buy_at or settings.sell_at < had.sell_at:
        return False
    grid = settings.grid
    if grid is not None and had.grid is not None:
        grid = replace(grid, stop=had.grid.stop, out_of_range=had.grid.out_of_range)
    sizes = ("sets", "max_sets", "naked_lots")
    return grid == had.grid and all(getattr(settings, name) <= getattr(had, name) for name in sizes)


def _unsafe(look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings) -> str:
    unconverted = why_not_converted(look, account, strategy, settings)
    if unconverted:
        return unconverted
    caught = first_caught(look, account, strategy, settings)
    return "" if caught is None else _sentence(settings, caught)


def first_caught(look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings) -> Caught | None:
    """Return the first state, the whole ones before those with a leg missing, in which a rule would hold a leg back."""
    cause = Cause(origin=Origin.STRATEGY, person=RUNNER.person, device=RUNNER.device, strategy=strategy)
    parent = _parent(look, settings)
    held = held_lots(account, strategy, settings)
    groups = [_groups(look, account, leg.instrument) for leg in settings.legs]
    seen: set[tuple[int, int]] = set()

    @cache
    def orders_of(leg: int, lots: int) -> tuple[PlannedOrder, ...]:
        return orders_to(look, account, settings, leg, lots, held=held[leg])

    for state in sorted(legged_states(settings), key=lambda state: sum(map(abs, state.lacking))):
        orders = [orders_of(leg, lots) for leg, lots in enumerate(state.lots)]
        whole: set[tuple[tuple[str, ...], Side]] = set()
        for leg, last in enumerate(orders):
            if not last or not last[-1].terms.is_opening:
                continue
            # Size and position look at the leg alone, hedge and margin at the whole: asked once each is enough.
            alone, together = (leg, state.lots[leg]), (groups[leg], last[-1].terms.side)
            if alone in seen and together in whole:
                continue
            seen.add(alone)
            whole.add(together)
            before = [one for place, several in enumerate(orders) if place != leg for one in several]
            there = imagined(look, account, [*before, *last[:-1]])
            check = gather(there, last[-1].terms, cause, parent=parent[settings.legs[leg].instrument], approved=True)
            for rule in RULES:
                finding = rule(check)
                if finding is not None and finding.verdict >= Verdict.CONFIRM2:
                    return Caught(state, leg, finding)
    return None


def _groups(look: Look, account: AccountState, name: InstrumentId) -> tuple[str, ...]:
    bounds = () if account.limits is None else account.limits.hedge_bounds
    return tuple(bound.group for bound in bounds if bound.weights.get(look.instrument(name).product))


def _parent(look: Look, settings: SpreadSettings) -> dict[InstrumentId, Parent]:
    value: Decimal | None = None
    whole = strategy_of(settings).whole(settings)
    for name, lots in whole:
        price = look.columns.last_price(name)
        if price is None:
            return {leg: Parent(count, None) for leg, count in whole}
        value = look.instrument(name).value(price, lots) + (value or 0)
    return {leg: Parent(lots, value) for leg, lots in whole}


def _sentence(settings: SpreadSettings, caught: Caught) -> str:
    state = caught.state
    way = "买入" if state.direction > 0 else "卖出"
    legs = zip(settings.legs, state.lots, state.lacking, strict=True)
    holds = "、".join(holds_words(leg, lots, lack) for leg, lots, lack in legs)
    name = short(settings.legs[caught.leg].instrument)
    several = "减少手数" if settings.conversion else f"减小{WORDS['max_sets']}（现 {settings.max_sets} 套）"
    what = f"{way}价差" if settings.conversion is None else "互转"
    remedy = f"减小{WORDS['naked_lots']}（现 {settings.naked_lots} 手）或" if any(state.lacking) else ""
    return (
        f"{what}途中若停在 {holds}，{name} 的委托过不了风控 {caught.finding.control}：{caught.finding.sentence}"
        f"整组不报；请{remedy}{several}，或先调整限额、资金。"
    )
