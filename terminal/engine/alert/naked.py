"""Say that a leg lacks lots and nobody mends it (单腿敞口): its strategy rests, its market closes, the link is lost.

A strategy that decides nothing holds a naked leg: it was paused or stopped so, or an order of it filled later. Or a
naked leg is about to be carried over a break or a night (休市): nothing of it can be sent before its market trades
again, on the leg's last day not even then. Where the active leg of a spread trades in between, it goes back instead.

While the link to the exchange is lost nothing comes in: no clock runs, and no level rises. So it is told at once then.

What a person closed from under a strategy is not told as naked: then what is there counts, not what it records. What a
person has hedged by hand is named, as far as the account shows it: who closes the leg it hedges has the other alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderFilled, StrategyPaused, StrategyStopped
from terminal.domain.parameters.strategy import RollSettings, SpreadSettings
from terminal.engine.alert.naked_roll import naked_roll
from terminal.engine.alert.sentences import alert_for, lots_text, named
from terminal.engine.book.by_hand import by_hand_words, hedged_by_hand
from terminal.engine.book.lacking import lacking_of
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.over_break import AHEAD, goes_back_after, goes_back_first, lead_trades_first
from terminal.strategies.spread.told_plans import STOP_FIRST
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId, StrategyId
    from terminal.engine.book.lacking import Lacking
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, State, StrategyRow
    from terminal.engine.turn import Turn

RESTING: Final = frozenset({StrategyPaused, StrategyStopped, OrderFilled})


def show_naked(turn: Turn, look: Look) -> None:
    """Raise an alert for each strategy that came to rest, or was filled at rest, in this turn with a naked leg."""
    rested: dict[tuple[AccountId, StrategyId], StrategyRow] = {}
    for said in turn.said:
        fact = said.fact
        if type(fact) not in RESTING:
            continue
        if isinstance(fact, StrategyPaused | StrategyStopped):
            row = turn.state.accounts[fact.account].strategies.get(fact.strategy)
        elif isinstance(fact, OrderFilled):
            row = _filled(turn.state, fact)
        else:
            continue
        if row is not None and not _is_told(row, fact):
            rested[row.account, row.strategy] = row
    for row in rested.values():
        lacking = lacking_of(turn.state.accounts[row.account], row)
        if lacking and row.status not in DECIDING:
            turn.say(_rested(look, turn.state.accounts[row.account], row, lacking))


def show_unlinked(turn: Turn, look: Look, account: AccountState, why: str) -> None:
    """Raise an alert for each deciding strategy with a naked leg, as the link to the exchange is lost now.

    A login that was lost before the exchange answered anything is the same loss, of which people have read.
    """
    if not account.linked or not (account.barrier.passed or account.barrier.queries):
        return
    for strategy, lacking in look.lacking(account).items():
        row = account.strategies[strategy]
        if row.status in DECIDING:
            turn.say(_unlinked(look, account, row, lacking, why))


class OverBreak:
    """Raise an alert for each leg that lacks lots when nothing of it can be sent any more before its break.

    What was told is no fact: after a restart in a break it is told again, which is the careful side.
    """

    def __init__(self) -> None:
        # By leg, whether people were told that the active one goes back, and it may yet.
        self._told: dict[tuple[StrategyId, InstrumentId], bool] = {}

    @property
    def told(self) -> bool:
        """Return whether anything told stands until a look finds it over."""
        return bool(self._told)

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what is naked now once for each break, and again where the active leg closes before it has gone back."""
        closing = {
            (row.strategy, name): (row, lots)
            for strategy, lacking in look.lacking(account).items()
            if (row := account.strategies[strategy]).status in DECIDING
            for name, lots in lacking
            if _closes(look, name)
        }
        told = {}
        for key, (row, lots) in closing.items():
            waits = self._told.get(key)
            if waits is None:
                back = _goes_back_first(look, row, key[1])
                turn.say(_over_break(look, account, row, key[1], lots, back))
                waits = back is not None
            elif waits and (lead := _lead_left(look, row, key[1])) is not None:
                turn.say(_lead_stays(look, row, key[1], lots, lead))
                waits = False
            told[key] = waits
        self._told = told


def _closes(look: Look, instrument: InstrumentId) -> bool:
    session = look.session(instrument)
    return session.phase is not Phase.CONTINUOUS or session.remaining(look.columns.at) <= EDGE


def _over_break(
    look: Look, account: AccountState, row: StrategyRow, name: InstrumentId, lots: int, back: InstrumentId | None
) -> AlertRaised:
    short = name.partition(".")[2]
    does = f"休市前已来不及补齐，{_after(look, row, name)}"
    if back is not None:
        lead = back.partition(".")[2]
        does = f"休市前已来不及补齐；{short} 休市期间 {lead} 仍要交易，策略会先退回主动腿 {lead}，请勿重复对冲"
    elif not _opens_again(look, name):
        does = "收市前已来不及补齐，今天是它的最后交易日，不再开市，策略补不了；请在别的月份人工对冲，或平掉多出的腿"
    beside = by_hand_words(tuple(leg for leg in hedged_by_hand(account, row) if leg.instrument == name))
    heed = f"。账户里另有的：{beside}；是人工补的请停止它两次，它不知道人工补过" if beside else ""
    return alert_for(row, "LEG_OVER_BREAK", name, f"单腿敞口：{_lacks(look, name, lots)}，{does}{heed}。")


def _lead_left(look: Look, row: StrategyRow, name: InstrumentId) -> InstrumentId | None:
    # The active leg that was to go back in another one's break, where its own market closes before it has.
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return None
    lead = settings.legs[active_leg(settings)].instrument
    return lead if _closes(look, lead) and not lead_trades_first(settings, memory, look, name) else None


def _lead_stays(look: Look, row: StrategyRow, name: InstrumentId, lots: int, lead: InstrumentId) -> AlertRaised:
    does = f"主动腿 {lead.partition('.')[2]} 到休市也没有退完，{_after(look, row, name)}"
    return alert_for(row, "LEG_OVER_BREAK", name, f"单腿敞口：{_lacks(look, name, lots)}，{does}。")


def _after(look: Look, row: StrategyRow, name: InstrumentId) -> str:
    # What the strategy does first once the leg's market is open again.
    settings, memory = row.settings, row.memory
    if isinstance(settings, SpreadSettings) and isinstance(memory, SpreadMemory):
        lead = goes_back_after(settings, memory, look, row.strategy, name)
        if lead is not None:
            return f"开市后策略先退回主动腿 {lead.partition('.')[2]}，退不了再补齐，请勿重复对冲"
    return f"开市后策略先补齐；{STOP_FIRST}"


def _goes_back_first(look: Look, row: StrategyRow, name: InstrumentId) -> InstrumentId | None:
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return None
    return goes_back_first(settings, memory, look, row.strategy, name)


def _opens_again(look: Look, name: InstrumentId) -> bool:
    left, ends_at = look.days_to_expiry(name), look.session(name).ends_at
    return left is None or left > 0 or bool(look.trading(name, ends_at, ends_at + AHEAD))


def _is_told(row: StrategyRow, fact: StrategyPaused | StrategyStopped | OrderFilled) -> bool:
    # Whose lots left while its legs were in step is told of those that are left by what paused it (`bereft`).
    taken = isinstance(fact, StrategyPaused) and fact.lots_taken
    return taken and not strategy_of(row.settings).lacking(row.settings, row.memory)


def _filled(state: State, fact: OrderFilled) -> StrategyRow | None:
    account = state.accounts[fact.account]
    strategy = account.orders[fact.order].cause.strategy
    return account.strategies.get(strategy) if strategy is not None else None


def _lacks(look: Look, name: InstrumentId, lots: int) -> str:
    return f"{named(look, name)}还应{'买入' if lots > 0 else '卖出'} {lots_text(look, name, abs(lots))}"


def _unlinked(look: Look, account: AccountState, row: StrategyRow, lacking: Lacking, why: str) -> AlertRaised:
    legs = "、".join(_lacks(look, name, lots) for name, lots in lacking)
    orders = sum(one.cause.strategy == row.strategy for one in account.live.values())
    filling = f"，它的 {orders} 笔未了委托其间仍可能成交" if orders else ""
    now = f"与交易所的连接断开（{why}），连上之前策略不对冲{filling}"
    then = "不能等的，请在别的交易终端核对持仓与委托之后人工处理"
    return alert_for(row, "LEG_NAKED", lacking[0][0], f"单腿敞口：{legs}；{now}；{then}。")


def _rested(look: Look, account: AccountState, row: StrategyRow, lacking: Lacking) -> AlertRaised:
    settings = row.settings
    if isinstance(settings, RollSettings):  # far alone may lack
        return naked_roll(look, account, row, settings, lacking[0][1])
    return _naked(look, account, row, lacking)


def _naked(look: Look, account: AccountState, row: StrategyRow, lacking: Lacking) -> AlertRaised:
    legs = "、".join(_lacks(look, name, lots) for name, lots in lacking)
    if row.status is StrategyStatus.PAUSED:
        then = "再停止策略" if row.lots_taken else "或恢复策略由它补齐"
        now = f"已暂停（{row.reason}），不再对冲；请人工平掉多出的腿，{then}"
    else:
        now = f"已停止（{row.reason}），不再对冲；请人工平掉多出的腿"
    beside = by_hand_words(hedged_by_hand(account, row, taken=True))
    heed = f"。账户里另有的：{beside}；是来补的请勿再平、再补" if beside else ""
    counted = "（按账户实有的持仓）" if row.lots_taken else ""
    return alert_for(row, "LEG_NAKED", lacking[0][0], f"单腿敞口{counted}：{legs}；策略{now}{heed}。")
