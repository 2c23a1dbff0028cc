"""Say everything that stands against an account now, each with what to do: levels, raised alerts, kill switches, links.

A line stands as long as its cause does; only a raised alert ends by being acknowledged (确认). A level that has been
acknowledged stands on, and says who has seen it. The worst comes first, then what nobody has seen, then the oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.commands import AcknowledgeAlert, AcknowledgeLevel
from terminal.domain.days.calendar import SECOND_NS, show
from terminal.domain.orders.order import OrderState
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.alert.level_figures import figure_now
from terminal.engine.book.reversals import progress
from terminal.engine.book.scopes import scope_key
from terminal.engine.folds.statement import closed_why
from terminal.engine.reversal.wording import standing_text
from terminal.engine.screen import AlertLine
from terminal.engine.statement.wishes import REFUSED
from terminal.engine.wishes.desks import bar_to_alert, may_acknowledge
from terminal.engine.wishes.releases import has_lapsed
from terminal.engine.wording import (
    LEVELS,
    falling_advice,
    level_falls,
    level_reached,
    level_title,
    order_title,
    person_name,
    scope_name,
)
from terminal.risk.levels import ESCALATES_SECONDS, KILL_SIGNAL, SIGNALS, STATEMENT_SIGNAL
from terminal.risk.order_size import LARGE_UNASKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terminal.engine.standing import AlertRow, LevelRow
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present

# What to do about a raised alert, by its code.
ADVICE = {
    "LEG_BROKEN": "看策略能否自行补齐；久不补齐时人工平掉多出的腿",
    "LEG_OVER_BREAK": (
        "写着先退回主动腿的，不要再对冲；否则另一腿仍开市时可人工平掉多出的腿，或看策略开市后补齐；"
        "要人工对冲的先停止它两次"
    ),
    "LEG_NAKED": (
        "按写明的人工处理（移仓补开远月，别的平掉多出的腿），写着可恢复的也可恢复策略由它补齐；"
        "写着账户里另有的，先核对是不是已人工补"
    ),
    "HEDGE_REFUSED": "按拒绝的原因处理（撤去挡路的委托、等级别解除、核对持仓），再暂停并恢复策略",
    "HEDGE_BARRED": "按写明的原因处理（调整限额、减小套数），风控放行后它自己接着做；不再做的停止它",
    "WAY_BARRED": "撤去写明的那笔委托，或改到不交叉的价；让开后策略自己再报",
    "COMBINATION_BARRED": "按写明的原因处理（撤去挡路的委托、等行情），或把下单方式改为取便宜的、拆腿",
    "EXIT_REACHED": "看它平到哪里；平不动的腿人工平掉",
    "EXIT_UNSEEN": "看写明的合约，等它恢复，现货请报价；写着要按止损处理而不要的，暂停它或改止损价；要先走请人工平仓",
    "OWN_UNSEEN": "看封板、缺一边报价或报价过旧的合约，决定要不要人工平仓；等它恢复的可以不管",
    "NEAR_EXPIRES": "时机等不到就改时机或人工移，暂停着的恢复它；打算交割的可以不管",
    "LOTS_EXPIRE": "先平仓，或用移仓带上它移到别的月份；打算交割的，管好其余各腿",
    "LOTS_ENDED": "人工平掉或补上缺了对冲的腿，再停止它，要接着做的另建一个",
    "ROLL_WAITS": "看写明的原因：封板、缺一边报价的等它恢复，不许开仓的解除限制，追价太长的改短；赶不及的人工移",
    "ROLL_LEFT": "核对近月的交割或了结，决定要不要在远月续做",
    "ROLL_LATE": "按写明的办法加快，或人工移；可以晚于那天的可以不管",
    "ROLL_UNMATCHED": "恢复它由它补齐；已人工补的停止它，它立即停下，不再由它补",
    "ROLL_UNFIT": "核对近月与远月；不要它做下去的停止它，要接着移的另启一个",
    "FAR_HELD": "照写明的原因处理（限额、资金、对手单）；在此之前移仓不平近月",
    "FAR_COVERED": "是人工补的就照写明的停止它，否则它会再开一遍；不是来补的可以不管",
    "RESIDUAL_OVER": "看零头是否要人工补平，或停止后改套数、手数比",
    "SPOT_OVERDUE": "买卖现货后在策略卡上落实；做不到时停止策略、平掉期货一侧",
    "CARRY_UNKNOWN": "补上合约的最后交易日，或把资金年利率与仓储费改为 0，或人工平仓",
    "POSITION_MISSING": "核对持仓与未了平仓委托",
    "CONVERSION_ENDED": "核对期权行权或作废之后的持仓，还要换的用别的合约另建",
    "DELTA_APART": "等它回到等量，或停止后按现在的 Delta 另建；不必再换的直接停止",
    LARGE_UNASKED: "核对这笔减仓是否必要",
    "NOT_BOUND_ANEW": "核对它的持仓；停止它，或在新合约上另启",
    "BOUND_PAUSED": "先解决写明的原因，再在策略卡上恢复它",
    "EXECUTION_LATE": "决定结束之后成交的手数留下还是平掉",
    "EXECUTION_LEFT": "决定剩余手数补做还是放弃",
    "TARGET_PROPOSAL": "在策略卡上看建议，同意就按“按建议执行”",
    "TARGET_HINDERED": "照提醒说的处理；处理之前它不配平",
    "TARGET_RATIO": "补报现货价，或等样本够；今天不想配平可以不管",
    "GRID_STOPPED": "平仓的看它平完；留着持仓的（此后没有止损）决定留下还是平掉；要接着做的另启一个",
    "GRID_UNGUARDED": "人工平仓，或在策略卡上恢复它",
    "EXIT_UNGUARDED": "人工平仓，或在策略卡上恢复它",
    "FLATTEN_HELD": "照提醒说的处理；不能等的人工平仓或在别处对冲",
    "BASIS_ALARM": "查看基差，决定是否套保",
    "RECONCILE_DIFFERENCE": "核对持仓与委托，以交易所为准",
    "FORGOTTEN_ORDER": "核对持仓与委托，以交易所为准",
    REFUSED: "请经纪公司更正，或从交易客户端重新导出，再对账；这一天还没有核对",
    "OTHER_EXCHANGE": "照提醒说的恢复原来的交易所；在此之前没有行情，也不报单",
    "MARKET_ENDED": "要从头再看：关闭工作台，用 --data 指定一个新目录重新打开",
}
SEEN = "查看后确认"
ESCALATES = ESCALATES_SECONDS * SECOND_NS


def worst_first(lines: Iterable[AlertLine]) -> tuple[AlertLine, ...]:
    """Return alerts as the risk bar lists them."""
    return tuple(sorted(lines, key=lambda line: line.rank))


def alert_lines(present: Present, account: AccountState) -> tuple[AlertLine, ...]:
    """Return all that stands against one account."""
    return (
        *(_level(present, account, key, row) for key, row in account.levels.items() if _stands(account, row)),
        *(_raised(present, account, row) for row in account.open_alerts.values()),
        *_kills(present, account),
        *_link(account),
        *_unknown(account),
        *_unfinished(account),
    )


def _stands(account: AccountState, row: LevelRow) -> bool:
    # Under a switch that was pulled again, what its last release left says nothing.
    under_switch = row.signal == KILL_SIGNAL and scope_key(row.scope) in account.kills
    return bool(row.level) and not under_switch


def _let_go(account: AccountState, row: LevelRow) -> str:
    who = account.let_go[scope_key(row.scope)]
    first, second = person_name(account, who.first), person_name(account, who.second)
    why = who.reason
    if who.first_reason and who.first_reason != who.reason:
        why = f"{first}：{who.first_reason}；{second}：{who.reason}"
    return f"{scope_name(row.scope)}一键停止由{first}与{second} {_clock(who.at)} 解除（{why}）"


def _statement(account: AccountState) -> str:
    # At orange two persons have released it, and nothing holds the account any more.
    return f"{closed_why(account)}，只平仓" if closed_why(account) else "结算单不符已由两人解除，开仓须复核"


def _clock(at: int) -> str:
    return show(at)[11:19]  # the time of day, to the second


def _level(present: Present, account: AccountState, key: str, row: LevelRow) -> AlertLine:
    known = SIGNALS.get(row.signal)
    advice = SEEN if known is None else known.advice
    what = level_title(row.scope, row.signal)
    if row.signal == KILL_SIGNAL:
        what = _let_go(account, row)
    elif row.signal == STATEMENT_SIGNAL:
        what = _statement(account)
    elif known is not None:
        now = figure_now(account, row, account.book.view(present.mark))
        what = f"{what} {level_reached(known, row.level, row.value, _clock(row.since)[:5])}"
        if now is not None and row.level and not known.upholds(row.level, now):
            what, advice = f"{what}，{level_falls(known, now)}", falling_advice(known, row.level, now)
    waits = row.level >= Level.ORANGE and row.seen_by is None
    return AlertLine(
        key=f"level:{account.account}:{key}",
        account=account.account,
        level=row.level,
        since=row.since,
        sentence=f"{LEVELS[row.level]}：{what}",
        advice=advice,
        instrument=row.scope.instrument,
        is_alarm=row.signal != KILL_SIGNAL,
        acknowledge=_seeing(present, account, row) if waits else None,
        escalates_at=row.since + ESCALATES if waits else None,
        of_statement=row.signal == STATEMENT_SIGNAL,
        seen="" if row.seen_by is None else f"{person_name(account, row.seen_by)} 已看 {_clock(row.seen_at)[:5]}",
    )


def _seeing(present: Present, account: AccountState, row: LevelRow) -> AcknowledgeLevel | None:
    if not may_acknowledge(account.roles(present.person)):
        return None
    return AcknowledgeLevel(account=account.account, scope=row.scope, signal=row.signal, level=row.level)


def _raised(present: Present, account: AccountState, row: AlertRow) -> AlertLine:
    may = may_acknowledge(account.roles(present.person)) and bar_to_alert(row, present.person) is None
    return AlertLine(
        key=f"alert:{account.account}:{row.number}",
        account=account.account,
        level=row.level,
        since=row.at,
        sentence=row.sentence,
        advice=ADVICE.get(row.code, SEEN),
        instrument=row.instrument,
        is_alarm=True,
        acknowledge=AcknowledgeAlert(account=account.account, alert=row.number) if may else None,
        escalates_at=row.at + ESCALATES if row.level >= Level.ORANGE else None,
    )


def _kills(present: Present, account: AccountState) -> Iterator[AlertLine]:
    for key, row in account.kills.items():
        asked = account.releases.get(key)
        advice = "查明原因后两人解除，其中一人须为风控"
        if asked is not None and has_lapsed(asked[1], present.at):
            advice = f"{person_name(account, asked[0])} 的解除申请无人确认，已失效；{advice}"
        elif asked is not None:
            advice = f"{person_name(account, asked[0])} 已申请解除（{asked[2]}），需另一人确认"
        yield AlertLine(
            key=f"kill:{account.account}:{key}",
            account=account.account,
            level=Level.RED,
            since=row.at,
            sentence=f"已一键停止{scope_name(row.scope)}：禁止开仓（{person_name(account, row.person)} "
            f"{_clock(row.at)}：{row.reason}）",
            advice=advice,
            instrument=row.scope.instrument,
        )


def _link(account: AccountState) -> Iterator[AlertLine]:
    name, barrier = account.account, account.barrier
    if not account.linked:
        loss = account.link_loss
        why = "" if loss is None else loss.why
        yield AlertLine(
            key=f"link:{name}",
            account=name,
            level=Level.ORANGE,
            since=0 if loss is None else loss.at,
            sentence=f"与交易所的连接断开{f'（{why}）' if why else ''}，不能开仓",
            advice="等待重连；未了委托仍在交易所，急需时电话撤单",
        )
    elif not barrier.passed:
        differences = "；".join(barrier.differences)
        yield AlertLine(
            key=f"barrier:{name}",
            account=name,
            level=Level.ORANGE if differences else Level.YELLOW,
            since=barrier.began_at,
            sentence=f"与交易所对账不一致：{differences}" if differences else "正在与交易所对账，暂不能开仓",
            advice="核对持仓与委托，以交易所为准" if differences else "一致后自动恢复",
        )


def _unknown(account: AccountState) -> Iterator[AlertLine]:
    for row in account.live.values():
        if row.state is OrderState.UNKNOWN:
            yield AlertLine(
                key=f"unknown:{row.order}",
                account=account.account,
                level=Level.ORANGE,
                since=row.unknown_at or row.recorded_at,
                sentence=f"{order_title(row.terms, row.leg)} 状态未知",
                advice="等交易所答复，勿重报",
                instrument=row.terms.instrument,
            )


def _unfinished(account: AccountState) -> Iterator[AlertLine]:
    for name, row in account.reversals.rows.items():
        if row.state is ReversalState.UNFINISHED:
            yield AlertLine(
                key=f"reversal:{name}",
                account=account.account,
                level=Level.ORANGE,
                since=row.changed_at,
                sentence=standing_text(row, progress(account.orders, row)),
                advice=f"在{Term.POSITIONS}下方{Term.FINISH_REVERSAL}或{Term.GIVE_UP_REVERSAL}",
                instrument=row.wanted.terms.instrument,
            )
