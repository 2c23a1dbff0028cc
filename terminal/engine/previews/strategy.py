"""Say what starting or changing a strategy would do: its size, its margin at worst, its first decision.

The questions of `strategy_wishes` are asked in the same order. The first decision is the strategy's own: it is asked
with the memory it would begin with, which changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import (
    ExecutionBegan,
    Finished,
    GridTrailed,
    OwnAimed,
    PositionMissing,
    RollBegan,
    RoundBegan,
)
from terminal.domain.fact.target_marks import RatioFrozen, RatioUnknown
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    Half,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.products.fees import ZERO
from terminal.domain.products.margin import margin_of
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.differences import differences
from terminal.domain.words.risk import Verdict
from terminal.domain.words.route_terms import RouteTerm
from terminal.engine.previews.along import taken_along
from terminal.engine.previews.beside_target import taken_back_sentence
from terminal.engine.previews.conversion import conversion_foreseen, last_day_words
from terminal.engine.previews.execution import execution_foreseen, undone_sentence, waiting_sentence
from terminal.engine.previews.grid import grid_foreseen
from terminal.engine.previews.last_days import last_days_words, opens_nothing_words
from terminal.engine.previews.leaving import leaves_at_once, starts_outside
from terminal.engine.previews.own import own_foreseen
from terminal.engine.previews.roll import (
    back_in_time,
    late_days,
    never_deciding,
    opens_too_much,
    roll_foreseen,
    same_timings,
    short_of_lots,
    takes_from_others,
)
from terminal.engine.previews.spot_side import spot_side_foreseen
from terminal.engine.previews.spread_cost import spread_cost_foreseen, uneven_sentence
from terminal.engine.previews.spread_exits import exits_foreseen
from terminal.engine.previews.spread_grid import spread_grid_foreseen, waits_for_price
from terminal.engine.previews.spread_route import route_sentences
from terminal.engine.previews.target import target_foreseen
from terminal.engine.records.forgetting import OVER
from terminal.engine.sandbox.gate import standing_words, why_second, why_unrehearsed
from terminal.engine.sentences.escape import escape_sentences
from terminal.engine.sentences.marks import mark_sentence
from terminal.engine.sentences.strategy import settings_details, settings_title
from terminal.engine.strategy import changes
from terminal.engine.strategy.envelope import envelope_of, not_approved
from terminal.engine.strategy.legged_check import why_unsafe
from terminal.engine.strategy.questions import barred_start, change_fault, start_fault, too_dear
from terminal.engine.strategy.quote_wording import quote_sentences
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.engine.wording import BUY_SELL, short, yuan
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.grid.ladder import levels
from terminal.strategies.grid.trailing import farthest
from terminal.strategies.opened import opens
from terminal.strategies.roll.memory import Fellow, RollMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.commands import ChangeStrategy, StartStrategy
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.intents import Decision
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.combinations.prices import PriceOf
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


BEGINNINGS: Final = (RollBegan, RoundBegan, OwnAimed, ExecutionBegan, GridTrailed)  # what a first decision may state


class StrategyAnswer(NamedTuple):
    """Hold what a strategy would be: `title` says what, `may` whether, `details` the rest, a sentence each."""

    verdict: Verdict
    title: str
    may: str
    value: Decimal | None = None
    margin: Decimal | None = None
    details: tuple[str, ...] = ()


def start_of(look: Look, account: AccountState, body: StartStrategy) -> StrategyAnswer:
    """Return what starting a strategy would do now."""
    title = f"启动策略 {body.strategy}：{settings_title(body.settings)}"
    wrong = _start_is_wrong(look, account, body)
    if wrong:
        return StrategyAnswer(Verdict.DENY, title, f"不能启动：{wrong}")
    first, idle = _first(look, body.strategy, body.settings)
    found = _sized(look, account, body.strategy, title, body.settings, verb="启动", then=(first,))
    along = taken_along(look, account, body.settings) if isinstance(body.settings, RollSettings) else []
    found = _heeding(found, along[0] if along else "")
    return _heeding(found, first) if idle else found


def change_of(look: Look, account: AccountState, body: ChangeStrategy) -> StrategyAnswer:
    """Return what giving a strategy other settings would do now."""
    title = f"修改策略 {body.strategy}：{settings_title(body.settings)}"
    row = account.strategies.get(body.strategy)
    if row is None or row.status in OVER:
        return StrategyAnswer(Verdict.DENY, title, f"不能修改：策略 {body.strategy} 不存在或已结束。")
    if row.version != body.base_version:
        return StrategyAnswer(Verdict.DENY, title, changes.conflict(row, body.base_version, body.settings))
    if body.settings == row.settings and not not_approved(account, row, body.settings):
        return StrategyAnswer(Verdict.ALLOW, title, f"与现行设置（第 {row.version} 版）相同，无需修改")
    wrong = changes.fault(account, row, body.settings)
    if wrong is not None:
        return StrategyAnswer(Verdict.DENY, title, f"不能修改：{wrong[1]}")
    fault = change_fault(look, account, row, body.settings)
    never = why_unrehearsed(look.state, account, body.strategy, body.settings) if fault is None else fault.sentence
    if never:
        return StrategyAnswer(Verdict.DENY, title, f"不能修改：{never}")
    then = f"从下一次决策起按第 {row.version + 1} 版执行，已有持仓与挂单由它接着处理"
    changed = [f"{one.name} {one.before} → {one.after}" for one in differences(row.settings, body.settings)]
    stands = where_it_stands(row, body.settings)
    found = _sized(look, account, body.strategy, title, body.settings, verb="修改", then=(), stands=stands)
    found = found._replace(details=(*changed, then, *found.details))  # first: what is changed is what is decided on
    envelope, limits = envelope_of(look, stands, runs=True), account.limits
    if found.verdict is Verdict.DENY or envelope is None or limits is None:
        return found
    live = why_second(look.state, account, row.strategy, body.settings)
    again = changes.why_read_again(account, row, body.settings)
    why = again or changes.why_confirmed(look, row, body.settings, envelope, limits, live)
    if not why:
        return found
    heed = _heed(look, account, body.strategy, body.settings)
    return found._replace(verdict=Verdict.CONFIRM2, may=f"需复核：{why}{heed and f'；{heed}'}")


def _start_is_wrong(look: Look, account: AccountState, body: StartStrategy) -> str:
    if body.strategy in account.strategies:
        return f"策略 {body.strategy} 已存在，请换一个编号。"
    wrong = _settings_are_wrong(look, account, body.strategy, body.settings)
    wrong = wrong or why_unrehearsed(look.state, account, body.strategy, body.settings)
    stopped = None if wrong else barred_start(account, body.strategy, body.settings)
    return wrong if stopped is None else stopped.sentence


def _settings_are_wrong(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    if settings.account != account.account:
        return "策略的账户与命令不一致。"
    fault = start_fault(look, account, strategy, settings)
    return "" if fault is None else fault.sentence


def _sized(
    look: Look,
    account: AccountState,
    strategy: StrategyId,
    title: str,
    settings: StrategySettings,
    *,
    verb: str,
    then: tuple[str, ...],
    stands: StrategySettings | None = None,
) -> StrategyAnswer:
    stands = settings if stands is None else stands
    rehearsed = filter(None, (standing_words(look.state, account, settings),))
    about = settings_details(stands, look.state.tenant.instruments)
    # What may be lost is read before what the form beside it says: on a small screen the rest has to be scrolled to.
    details = (*_worst(look, account, strategy, stands), *about, *rehearsed, *then)
    margin = margin_at_worst(look.state.tenant.instruments, look.columns.last_price, stands)
    envelope, limits = envelope_of(look, stands, runs=strategy in account.strategies), account.limits
    if envelope is None or limits is None:
        what = "行情" if envelope is None else "限额"
        return StrategyAnswer(Verdict.DENY, title, f"暂不能{verb}：还没有{what}", None, margin, details)
    value = envelope.total_value_yuan
    costs = f"总价值 {yuan(value)}{'' if margin is None else f' 保证金最多 {yuan(margin)}'}"
    unsafe, row = why_unsafe(look, account, strategy, settings), account.strategies.get(strategy)
    large = f"总价值超过 {yuan(limits.confirm_value_yuan)}" if value > limits.confirm_value_yuan else ""
    # Of a start: whether a change needs a second person depends on what is changed.
    whys = [why for why in (why_second(look.state, account, strategy, settings), large) if why and row is None]
    if too_dear(look, envelope, limits, row) is not None:
        may, verdict = f"不能{verb}：总价值超过上限 {yuan(limits.max_value_yuan)}", Verdict.DENY
    elif unsafe:
        may, verdict = f"不能{verb}：{unsafe}", Verdict.DENY
    elif whys:
        may, verdict = f"需复核：{'，'.join(whys)}", Verdict.CONFIRM2
    else:
        may, verdict = f"可以{verb}", Verdict.ALLOW
    answer = StrategyAnswer(verdict, f"{title} {costs}", may, value, margin, details)
    return _heeding(answer, _heed(look, account, strategy, settings))


def _heeding(found: StrategyAnswer, heed: str) -> StrategyAnswer:
    # A warning is never without its reason beside it: the lines below may have to be scrolled to.
    if not heed or found.verdict is Verdict.DENY:
        return found
    joined = "，但" if found.verdict is Verdict.ALLOW else "；"
    gap = " " if heed[0].isascii() else ""
    return found._replace(verdict=max(found.verdict, Verdict.WARN), may=f"{found.may}{joined}{gap}{heed}")


def _heed(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    row, limits = account.strategies.get(strategy), account.limits
    envelope = None if row is None else envelope_of(look, where_it_stands(row, settings), runs=True)
    dear = ""
    if envelope is not None and limits is not None and envelope.total_value_yuan > limits.max_value_yuan:
        dear = f"总价值超过上限 {yuan(limits.max_value_yuan)}，它开仓的委托会被拒绝（C2），平仓不受影响"
    return "；".join(filter(None, (dear, _heed_of_kind(look, account, strategy, settings))))


def _heed_of_kind(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    if isinstance(settings, SpreadSettings | GridSettings):
        row = account.strategies.get(strategy)
        then = "恢复运行后" if row is not None and row.status is StrategyStatus.PAUSED else "生效后"
        leaves = "" if row is None else leaves_at_once(look, row, settings, then=then)
        expires = last_days_words(look, settings)
        if isinstance(settings, GridSettings):
            return "；".join(filter(None, (leaves, expires)))
        undone = taken_back_sentence(look, account, strategy, settings)
        sentences = (leaves, uneven_sentence(look, settings), undone, last_day_words(look, settings), expires)
        return "；".join(filter(None, sentences))
    if isinstance(settings, ExecutionSettings):
        undone = undone_sentence(look, settings, _remembered(account, strategy, settings))
        return "；".join(filter(None, (waiting_sentence(look, settings, account.limits), undone)))
    if isinstance(settings, RollSettings):
        # What stops others comes first.
        heeds = (takes_from_others, back_in_time, short_of_lots, late_days, never_deciding)
        found = (heed(look, account, strategy, settings) for heed in heeds)
        held = opens_too_much(look, account, strategy, settings)
        return "；".join(filter(None, (held, *found, same_timings(settings))))
    if isinstance(settings, TargetSettings):
        return taken_back_sentence(look, account, strategy, settings)
    return ""


def _remembered(account: AccountState, strategy: StrategyId, settings: ExecutionSettings) -> ExecutionMemory:
    row = account.strategies.get(strategy)
    held = None if row is None else row.memory
    return held if isinstance(held, ExecutionMemory) else ExecutionMemory(planned=settings)


def margin_at_worst(
    instruments: Mapping[InstrumentId, Instrument], price_of: PriceOf, settings: StrategySettings
) -> Decimal | None:
    """Return the margin in yuan once everything the strategy may open is open; `None` where it is not known.

    Prices are those of the envelope's value: a grid's own lines, else the latest. A roll opens far only, and a
    conversion what its legs do not close.
    """
    whole, flag = ZERO, settings.hedge_flag
    for name, lots, price in _opened(instruments, price_of, settings):
        known, side = instruments[name], Side.BUY if lots > 0 else Side.SELL
        under = None if known.option is None else price_of(known.option.underlying)
        margin = None if price is None else margin_of(known, abs(lots), price, flag=flag, side=side, underlying=under)
        if margin is None:
            return None
        whole += margin
    return whole


def _opened(
    instruments: Mapping[InstrumentId, Instrument], price_of: PriceOf, settings: StrategySettings
) -> list[tuple[InstrumentId, int, Decimal | None]]:
    if isinstance(settings, GridSettings):
        known = instruments[settings.instrument]
        lines = levels(farthest(settings), known.tick)[1:]
        return [(settings.instrument, settings.lots_per_line, known.price(level)) for level in lines]
    if isinstance(settings, RollSettings) and settings.half is Half.NEAR:
        return []
    if isinstance(settings, RollSettings):
        return [(settings.far, settings.lots, price_of(settings.far))]
    if isinstance(settings, OwnSettings):
        return [(name, lots, price_of(name)) for name, lots in strategy_of(settings).whole(settings)]
    if isinstance(settings, ExecutionSettings):
        if settings.offset is not Offset.OPEN:
            return []
        price = settings.limit if settings.side is Side.BUY else price_of(settings.instrument)
        return [(settings.instrument, settings.side.sign * settings.total_lots, price)]
    if isinstance(settings, TargetSettings):
        return [(settings.instrument, settings.most_lots, price_of(settings.instrument))]
    if settings.conversion is not None:
        opening = (leg for leg in settings.legs if not leg.closes)
        return [(leg.instrument, leg.lots * settings.max_sets, price_of(leg.instrument)) for leg in opening]
    return [(name, lots, price_of(name)) for name, lots in strategy_of(settings).whole(settings)]


def _worst(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> tuple[str, ...]:
    if isinstance(settings, SpreadSettings):
        exchanged = () if settings.conversion is None else conversion_foreseen(look, account, settings)
        lined = () if settings.grid is None else spread_grid_foreseen(look, settings, settings.grid)
        cost = (*spread_cost_foreseen(look, settings), *exits_foreseen(look, settings))
        theirs = spot_side_foreseen(look, account, settings)
        ways = (*route_sentences(look, settings), *quote_sentences(look, settings))
        return (*escape_sentences(look, settings), *exchanged, *lined, *theirs, *cost, *ways)
    if isinstance(settings, RollSettings):
        return roll_foreseen(look, account, strategy, settings)
    if isinstance(settings, OwnSettings):
        return own_foreseen(look, settings)
    if isinstance(settings, ExecutionSettings):
        return execution_foreseen(look, settings, _remembered(account, strategy, settings))
    if isinstance(settings, TargetSettings):
        return target_foreseen(look, account, strategy, settings)
    return grid_foreseen(look, settings)


# --- the first decision ----------------------------------------------------------------------------------------


def _closed(look: Look, strategy: StrategyId, settings: StrategySettings) -> str:
    # Why the strategy would open nothing now, of the contracts it opens; "" where it would, or where it only closes.
    opened = opens(settings)
    if opened and not look.opening_allowed(settings.account, strategy):
        return "现在不能开仓（对账、风险级别、一键停止或结算单）"
    closed = [short(name) for name in opened if not look.opening_allowed(settings.account, strategy, name)]
    if isinstance(settings, OwnSettings) and len(closed) < len(opened):
        return ""  # its contracts do not wait for one another
    return f"{'、'.join(closed)} 现在不能开仓（风险级别、一键停止或限额）" if closed else ""


def _first(look: Look, strategy: StrategyId, settings: StrategySettings) -> tuple[str, bool]:
    # The sentence, and whether the strategy would end at once instead of trading.
    kind = strategy_of(settings)
    memory = kind.begin(settings)
    if isinstance(settings, RollSettings) and isinstance(memory, RollMemory) and settings.half is Half.NEAR:
        memory.fellow = Fellow(ready=True)  # what far's half says to it is told beside this
    decision: Decision = kind.decide(strategy, settings, memory, look)
    outside = starts_outside(look, settings, decision)
    decides = look.state.accounts[settings.account].barrier.passed
    closed = _closed(look, strategy, settings)
    if outside is not None and decides:
        words, ends = outside
        bars = () if ends else (closed, opens_nothing_words(look, settings))  # it would open nothing inside either
        return "；".join(filter(None, (*bars, words))), ends
    if closed:
        return f"{closed}，启动后先等待", False
    ended = [mark for mark in decision.marks if isinstance(mark, Finished)]
    if ended:
        return f"启动后立即结束：{mark_sentence(settings, ended[0])}", True
    missing = [mark for mark in decision.marks if isinstance(mark, PositionMissing)]
    if missing:
        return f"现在启动先等待：{mark_sentence(settings, missing[0])}", False
    began = [mark for mark in decision.marks if isinstance(mark, BEGINNINGS)]
    orders = [
        f"{BUY_SELL[one.side]}{'平' if one.closing else '开'} {short(one.instrument)} {one.lots} 手 "
        f"@{amount_text(one.price)}"
        for one in decision.intents
    ]
    orders += [
        f"{BUY_SELL[one.side]}{'平' if one.closing else '开'} {short(one.combination)} {one.lots} 手 "
        f"@{amount_text(one.price)}（{RouteTerm.COMBINATION_CONTRACT}）"
        for one in decision.combined
    ]
    if orders:
        return f"现在启动会先报：{'；'.join(orders)}", False
    if began:
        return f"现在启动：{'；'.join(mark_sentence(settings, mark) for mark in began)}", False
    if isinstance(settings, TargetSettings):
        return _first_of_target(settings, decision), False
    waits = opens_nothing_words(look, settings) or waits_for_price(look, settings) or _waits_for(settings)
    return f"现在启动先等待：{waits}", False


def _waits_for(settings: StrategySettings) -> str:
    if isinstance(settings, TargetSettings):
        return "合约现在不能交易，开市后先定当日的比例"
    if isinstance(settings, RollSettings):
        return "移仓时机未到，或合约现在不能交易"
    if isinstance(settings, OwnSettings):
        return "代码还没有要持仓，或合约现在不能交易"
    if isinstance(settings, SpreadSettings):
        return f"{'价差未到买卖价' if settings.conversion is None else '互转还不到限价'}，或合约现在不能交易"
    if isinstance(settings, ExecutionSettings):
        return "未到开始时间，或合约现在不能交易"
    return "价格不在网格线的一侧，或合约现在不能交易"


def _first_of_target(settings: TargetSettings, decision: Decision) -> str:
    stated = [mark for mark in decision.marks if isinstance(mark, RatioFrozen | RatioUnknown)]
    return f"现在启动：{mark_sentence(settings, stated[0])}" if stated else f"现在启动先等待：{_waits_for(settings)}"
