"""Make the cards of strategies (策略): what each does, in a sentence, and what it has earned today.

Everything is read from the strategy's own memory, its lots and the latest quotes; a card decides nothing and never
asks the strategy what it would do.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain.days.sessions import PHASES, Phase
from terminal.domain.fact.control import DECIDING, Rest, StrategyStatus
from terminal.domain.parameters.own import OwnContract, OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    Swap,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.amount_text import amount_text
from terminal.engine.book.claims import shortages
from terminal.engine.book.lacking import lacking_of
from terminal.engine.orders.in_the_way import waiting_words
from terminal.engine.records.forgetting import OVER
from terminal.engine.sandbox.gate import standing_words
from terminal.engine.screen import StrategyCard
from terminal.engine.sentences.marks import shortened_words, unseen_words
from terminal.engine.sentences.strategy import residual_text, settings_title, signed_lots
from terminal.engine.state import StrategyRow
from terminal.engine.strategy.not_opening import not_opening
from terminal.engine.strategy.room import room_words
from terminal.engine.strategy.winding import BY_HAND, WORDS
from terminal.engine.wording import short, yuan
from terminal.shell.picture.execution import execution_task, speaks_anew
from terminal.shell.picture.grid_card import grid_task
from terminal.shell.picture.handed_back import handed_back
from terminal.shell.picture.quoting import quote_parts
from terminal.shell.picture.roll_card import roll_task
from terminal.shell.picture.spot_side import spot_line, spot_parts, waits_for_spot
from terminal.shell.picture.spread_exits import exit_parts, paused_exits
from terminal.shell.picture.spread_grid import grid_parts, lines_held
from terminal.shell.picture.spread_price import spread_prices
from terminal.shell.picture.target_card import target_doing, waiting_proposal
from terminal.strategies.children import SECOND
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.own.memory import Held, OwnMemory
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.balance import active_leg, residuals
from terminal.strategies.spread.converting import done_words
from terminal.strategies.spread.exits import leaving
from terminal.strategies.spread.hedge_ladder import edge_time
from terminal.strategies.spread.memory import SpreadMemory, goal_of, may_lead
from terminal.strategies.spread.naked_meter import naked_meter
from terminal.strategies.table import strategy_of
from terminal.strategies.target.memory import TargetMemory

if TYPE_CHECKING:
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present

ZERO = Decimal(0)
NOT_NOW = "末次报价"  # of a market where nobody trades now


def strategy_card(present: Present, account: AccountState, row: StrategyRow) -> StrategyCard:
    """Return a strategy as the screen shows it."""
    warning = _warning(account, row)
    working = sum(order.cause.strategy == row.strategy for order in account.live.values())
    held = {name: one.lots for name, one in row.lots.items() if one.lots}
    return StrategyCard(
        strategy=row.strategy,
        account=row.account,
        settings=row.settings,
        version=row.version,
        status=row.status,
        then=row.then,
        sentence=f"{_sentence(present, row, working)}{_rehearsed(present, account, row)}",
        lots={} if row.status in OVER else held,
        handed_back=handed_back(row),
        passed_on=tuple(row.passed_on),
        warning=warning,
        progress=_progress(row),
        working=working,
        fees_today=row.fees_today,
        profit_today=None if warning or row.status in OVER else profit_today(present, row),
        place=next(place for place, one in enumerate(account.strategies) if one == row.strategy),
        spot=spot_line(present, row),
        proposal=waiting_proposal(row),
    )


def _rehearsed(present: Present, account: AccountState, row: StrategyRow) -> str:
    words = "" if row.status in OVER else standing_words(present.state, account, row.settings)
    return words and f"，{words}"


def _warning(account: AccountState, row: StrategyRow) -> str:
    missing = "、".join(one.words for one in shortages(account, row))
    return f"账户实有少于策略所记：{missing}；差额平不了，请停止后按实有手数新建" if missing else ""


def profit_today(present: Present, row: StrategyRow) -> Decimal | None:
    """Return what a strategy earned today in yuan at the latest quotes, fees taken off.

    `None` while something it holds has no price.
    """
    gained = -row.fees_today
    for name, held in row.lots.items():
        price = present.mark(name) if held.lots else ZERO
        if price is None:
            return None
        gained += present.state.tenant.instruments[name].value(price, held.lots) - held.cost
    return gained


def _progress(row: StrategyRow) -> Decimal | None:
    if isinstance(row.settings, ExecutionSettings) and isinstance(row.memory, ExecutionMemory):
        return min(Decimal(row.memory.filled) / row.settings.total_lots, Decimal(1))
    if not isinstance(row.settings, RollSettings) or not isinstance(row.memory, RollMemory):
        return None
    done = min(row.memory.closed, row.memory.opened)
    return min(Decimal(done) / row.settings.lots, Decimal(1))


def _sentence(present: Present, row: StrategyRow, working: int) -> str:
    if row.status is StrategyStatus.FINISHED:
        return row.reason.rstrip("。")
    doing = _doing(present, row)
    waits = waiting_words(row)
    orders = f"{waits and f'，{waits}'}{f'，挂单 {working} 笔' if working else ''}"
    barred = not_opening(present.state, present.state.accounts[row.account], row)
    room = room_words(row)
    orders += (barred and f"；{barred}") + (room and f"；{room}")
    match row.status:
        case StrategyStatus.RUNNING:
            return f"{doing}{orders}"
        case StrategyStatus.WINDING:
            naked = strategy_of(row.settings).naked_lots(row.settings, row.memory)
            what = f"还缺 {naked} 手对冲" if naked else "还有委托未了"
            then = WORDS[row.then] if row.then is not None else "停下"
            by_hand = f"；{BY_HAND}" if naked and row.then is Rest.STOPPED else ""
            return f"收尾：{what}，平衡后{then}{by_hand}；{doing}{orders}"
        case StrategyStatus.PAUSED:
            return f"已暂停（{row.reason}）；{doing}{orders}"
        case StrategyStatus.STOPPED:
            return f"已停止（{row.reason}）；{doing}{orders}"
        case _:
            assert_never(row.status)


def _doing(present: Present, row: StrategyRow) -> str:
    resting = "" if row.status in OVER else _resting(present, row)
    return f"{resting}；{_task(present, row)}" if resting else _task(present, row)


def _resting(present: Present, row: StrategyRow) -> str:
    # What the exchanges of its contracts do while one of them does not trade; one word where all do the same.
    phases: dict[str, list[str]] = {}
    for name in strategy_of(row.settings).instruments(row.settings):
        session = present.session(name)
        phases.setdefault("" if session is None else PHASES[session.phase], []).append(short(name))
    if len(phases) == 1:
        (phase,) = phases
        return "" if phase == PHASES[Phase.CONTINUOUS] else phase
    return "，".join(
        f"{'、'.join(names)} {phase}" for phase, names in phases.items() if phase not in {"", PHASES[Phase.CONTINUOUS]}
    )


def phase_ends(present: Present, row: StrategyRow) -> int:
    """Return when a card has something else to say by the clock alone, UTC ns; 0 before the first clock.

    One of its contracts begins or ceases to trade, a spread stands back before that, the second of a naked
    leg ends, or an execution is a minute older.
    """
    if not present.at:
        return 0
    sessions = (present.session(name) for name in strategy_of(row.settings).instruments(row.settings))
    ends = min((session.ends_at for session in sessions if session is not None), default=sys.maxsize)
    settings, memory = row.settings, row.memory
    if isinstance(settings, ExecutionSettings) and isinstance(memory, ExecutionMemory):
        return min(ends, speaks_anew(present, settings, memory) or ends)
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return ends
    stands_back = ends - _edge(settings, memory) + 1
    since = min((leg.since for leg in memory.legs if leg.since is not None), default=None)
    second = ends if since is None else present.at + SECOND - (present.at - since) % SECOND
    return min(stands_back if stands_back > present.at else ends, second)


def _task(present: Present, row: StrategyRow) -> str:
    settings, memory = row.settings, row.memory
    if isinstance(settings, GridSettings) and isinstance(memory, GridMemory):
        return grid_task(present, row, settings, memory, holds=_holds(row))
    if isinstance(settings, RollSettings) and isinstance(memory, RollMemory):
        return roll_task(present, row, settings, memory)
    if isinstance(settings, SpreadSettings) and isinstance(memory, SpreadMemory):
        return _spread(present, row, settings, memory)
    if isinstance(settings, OwnSettings) and isinstance(memory, OwnMemory):
        return _own(row, settings, memory)
    if isinstance(settings, ExecutionSettings) and isinstance(memory, ExecutionMemory):
        return execution_task(present, row, settings, memory)
    if isinstance(settings, TargetSettings) and isinstance(memory, TargetMemory):
        return target_doing(present, row, settings, memory)
    return settings_title(settings)


def _own(row: StrategyRow, settings: OwnSettings, memory: OwnMemory) -> str:
    each = (_own_part(row, one, memory.of(one.name)) for one in settings.contracts if one.max_lots)
    seen = [short(one.instrument) for one in settings.contracts if not one.max_lots]
    unseen = memory.unseen if row.status is StrategyStatus.RUNNING else None
    beside = [f"看 {'、'.join(seen)}"] if seen else []
    beside += [] if unseen is None else [unseen_words(unseen)]
    beside += [shortened_words(memory.since)] if memory.since and row.status is StrategyStatus.RUNNING else []
    return "；".join((f"“{settings.title}” {next(each)}", *each, *beside))


def _own_part(row: StrategyRow, contract: OwnContract, known: OwnMemory | Held) -> str:
    held = f"{_holds(row)} {signed_lots(known.net)}" if known.net else "空仓"
    parts = [short(contract.instrument), held]
    if row.status not in OVER:  # what it goes on to when it is resumed
        parts.append(f"目标 {signed_lots(known.aim)}：{known.reason}" if known.reason else "代码还没有要持仓")
    return "，".join(parts)


def _holds(row: StrategyRow) -> str:
    # After its end others may close what it left: it knows only what it held then.
    return "停时持" if row.status in OVER else "持"


# --- spread ----------------------------------------------------------------------------------------------------


def _spread(present: Present, row: StrategyRow, settings: SpreadSettings, memory: SpreadMemory) -> str:
    runs, lead = row.status is StrategyStatus.RUNNING, active_leg(settings)
    sets = Decimal(memory.legs[lead].net) / settings.legs[lead].lots
    held = f"{_holds(row)} {amount_text(abs(sets))} 套{'多' if sets > 0 else '空'}" if sets else "空仓"
    parts = [held] if settings.conversion is None else _converted(settings, memory)
    if settings.grid is not None:
        parts.insert(0, lines_held(settings, settings.grid, memory))
    if runs and settings.conversion is None:
        parts.insert(0, f"价差第 {memory.round} 轮进行中" if memory.running else "价差等待")
    lacking = lacking_of(present.state.accounts[row.account], row)
    if lacking:
        parts.append("缺 " + "、".join(f"{short(name)} {abs(lots)} 手" for name, lots in lacking))
    parts += [] if row.status in OVER or row.lots_taken else _naked(present, settings, memory)
    parts += spot_parts(present, settings, memory)
    broken = [leg for leg in memory.legs if leg.broken is not None]
    if broken and row.status in DECIDING:
        parts.append("断腿修复中")
    now = None if row.status in OVER else spread_prices(present, settings)
    if settings.conversion is not None:
        if runs:
            at = "" if now is None else f"{NOT_NOW if _resting(present, row) else '现价'} {amount_text(now[0])}，"
            equal = "且 Delta 等量" if settings.conversion.verb is Swap.DELTA else ""
            parts += [f"{at}≤ {amount_text(settings.buy_at)} {equal}就换", *_standing_back(present, settings, memory)]
        return "，".join(parts)
    if now is not None:
        word = NOT_NOW if _resting(present, row) else "现价"
        parts.append(f"{word} 买 {amount_text(now[0])} 卖 {amount_text(now[1])}")
    if runs and settings.grid is not None:
        parts += [*grid_parts(present, settings, memory, now), *_standing_back(present, settings, memory)]
    elif runs:
        if not leaving(settings, memory):
            parts.append(_waits_for(settings, memory.legs[lead].net))
        parts += [*exit_parts(settings, memory, now), *waits_for_spot(present, settings)]
        parts += [*quote_parts(present, settings, memory), *_standing_back(present, settings, memory)]
    elif row.status is StrategyStatus.PAUSED:
        parts += paused_exits(settings, memory, now)
    return "，".join(parts)


def _waits_for(settings: SpreadSettings, net: int) -> str:
    # The prices it trades at; of a spread that holds all it may, only the one it goes back at, and of an empty one that
    # holds one side alone, only the one it comes in at.
    buys, sells = f"≤ {amount_text(settings.buy_at)}", f"≥ {amount_text(settings.sell_at)}"
    full = f"已满 {settings.max_sets} 套，只等"
    way = net * settings.legs[active_leg(settings)].lots
    may_buy, may_sell = (goal_of(settings, net, sets) != net for sets in (1, -1))
    if way > 0 and not may_buy:
        return f"{full} {sells} 卖回"
    if way < 0 and not may_sell:
        return f"{full} {buys} 买回"
    if not may_sell:
        return f"只做多，只等 {buys} 买入"
    if not may_buy:
        return f"只做空，只等 {sells} 卖出"
    return f"{buys} 买，{sells} 卖"


def _converted(settings: SpreadSettings, memory: SpreadMemory) -> list[str]:
    whole = settings_title(settings)
    return [whole, f"已换：{done_words(settings, memory.nets)}" if any(memory.nets) else "还没有成交"]


def _standing_back(present: Present, settings: SpreadSettings, memory: SpreadMemory) -> list[str]:
    # Why nothing is sent though the price is there: a hedge was refused, or too little time is left before a break.
    if not may_lead(memory, present.trading_day):
        return ["今日有对冲被风控拒绝，主动腿不再报单；处理好之后先暂停、再恢复"]
    sessions = [present.session(leg.instrument) for leg in settings.legs if leg.lots]
    if any(session is None or session.phase is not Phase.CONTINUOUS for session in sessions):
        return []  # said of the phase itself
    left = min(session.remaining(present.at) for session in sessions if session is not None)
    needed = _edge(settings, memory)
    return [f"离休市不足对冲所需的 {-(-needed // SECOND)} 秒，不报主动腿"] if left < needed else []


def _edge(settings: SpreadSettings, memory: SpreadMemory) -> int:
    return edge_time(settings, memory.hedged_ms) + EDGE


def _naked(present: Present, settings: SpreadSettings, memory: SpreadMemory) -> list[str]:
    # The broken-leg meter, and what uneven ratios leave; nothing where every leg holds exactly what it must.
    residual = residuals(settings, memory.nets)
    if not any(residual):
        return []
    known = present.state.tenant.instruments
    found = naked_meter(settings, memory.legs, known.__getitem__, present.mark, present.at)
    value = "价值未知" if found.yuan is None else yuan(found.yuan)
    if found.lots:
        return [f"裸腿 {found.lots} 手 · {value} · {found.seconds} 秒"]
    over = "，超过容差" if memory.over else ""
    return [f"零头 {residual_text(settings, residual)}（{value}{over}）"]
