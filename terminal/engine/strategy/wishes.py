"""Carry out what people ask of strategies: start, pause, resume, stop, and other settings while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import Rest
from terminal.domain.fact.facts import StrategyChanged, StrategyResumed, StrategyStarted
from terminal.domain.ids import TaskId
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.words.settings import HALVES, WORDS
from terminal.domain.words.typed_text import is_name, shown
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.records.forgetting import OVER
from terminal.engine.refused import Refused
from terminal.engine.sandbox.gate import why_second, why_unrehearsed
from terminal.engine.strategy import changes
from terminal.engine.strategy.envelope import envelope_of, not_approved
from terminal.engine.strategy.halves import (
    by_the_runner,
    far_account_of,
    fellow_goes_on,
    fellow_stops,
    is_taken,
    no_far_account,
)
from terminal.engine.strategy.legged_check import why_unsafe
from terminal.engine.strategy.questions import barred_start, change_fault, start_fault, too_dear
from terminal.engine.strategy.resuming import why_not_resumed
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.engine.strategy.winding import bring_to_rest, stop
from terminal.engine.wording import under_number
from terminal.strategies.roll.halves import far_name, halves_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.orders.confirmation import Envelope
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn


def start(turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.StartStrategy) -> tuple[str, str]:
    """Start a strategy, or park it until a second person has approved it; a roll between accounts in both."""
    settings = body.settings
    if isinstance(settings, RollSettings) and settings.half is not None:
        raise Refused("BAD_SETTINGS", f"策略 {body.strategy}：{by_the_runner()}")
    if isinstance(settings, RollSettings) and settings.far_account is not None:
        return _start_halves(turn, look, account, command, body, settings)
    return _begin(turn, look, account, command, body, _ready(look, account, body))


def _ready(look: Look, account: AccountState, body: c.StartStrategy) -> tuple[Envelope, str]:
    # The envelope, and why a second person is asked, empty where nobody is.
    _refuse_settings(look, account, body)
    _refuse_stopped(account, body.strategy, body.settings)
    envelope, limits = _envelope(look, account, body, "启动")
    _refuse_unsafe(look, account, body)
    whys = [why_second(look.state, account, body.strategy, body.settings)]
    if envelope.total_value_yuan > limits.confirm_value_yuan:
        whys.append(f"总价值 {envelope.total_value_yuan:.0f} 元超过 {limits.confirm_value_yuan} 元")
    why = "，".join(filter(None, whys))
    return envelope, f"策略 {body.strategy} {why}" if why else ""


def _refuse_settings(look: Look, account: AccountState, body: c.StartStrategy) -> None:
    if body.strategy in account.strategies:
        raise Refused("STRATEGY_EXISTS", f"策略 {body.strategy} 已存在，请换一个编号。")
    if body.settings.account != account.account:
        raise Refused("WRONG_ACCOUNT", f"策略 {body.strategy} 的账户与命令不一致。")
    fault = start_fault(look, account, body.strategy, body.settings)
    if fault is not None:
        raise Refused(fault.code, f"策略 {body.strategy}：{fault.sentence}")
    _refuse_unrehearsed(look, account, body)


def _begin(
    turn: Turn,
    look: Look,
    account: AccountState,
    command: c.Command,
    body: c.StartStrategy,
    ready: tuple[Envelope, str],
) -> tuple[str, str]:
    envelope, why = ready
    if why:
        return _park(turn, look, account, command, body, envelope, 1, why)
    turn.say(
        StrategyStarted(
            account=account.account,
            strategy=body.strategy,
            settings=body.settings,
            version=1,
            task=TaskId(str(body.strategy)),
            person=command.person,
        )
    )
    changes.overtake(turn, account, body.strategy)
    return "OK", f"策略 {body.strategy} 已启动"


def _start_halves(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.StartStrategy, settings: RollSettings
) -> tuple[str, str]:
    # Both accounts are asked before anything is said in either. What the far one answers is not for the people of the
    # near one, in whose stream this answer stands: the preview tells it to who asks.
    wrong = strategy_of(settings).check(settings)
    if wrong:
        raise Refused("BAD_SETTINGS", f"策略 {body.strategy}：{wrong}")
    other = far_account_of(look.state, settings, command.person)
    if other is None:
        raise Refused("NO_FAR_ACCOUNT", no_far_account())
    if other.holder is not None and other.holder != (command.person, command.device):
        raise Refused("NOT_HOLDER", f"{WORDS['far_account']}由他人操作，没有执行；请先接管它。")
    one, two = halves_of(settings)
    near = replace(body, settings=one)
    far = c.StartStrategy(account=two.account, strategy=far_name(body.strategy), settings=two)
    if not is_name(far.strategy):
        raise Refused("BAD_SETTINGS", f"策略编号 {shown(body.strategy)} 太长，另一半的编号要在后面加字，请缩短。")
    if far.strategy in other.strategies or is_taken(look.state, body.strategy):
        raise Refused("STRATEGY_EXISTS", f"策略 {body.strategy} 已存在，请换一个编号。")
    first = _ready(look, account, near)
    if first[1]:
        need_room(account, command.person)
    try:
        second = _ready(look, other, far)
        if second[1]:
            need_room(other, command.person)
    except Refused as no:
        sentence = f"策略 {body.strategy}：{WORDS['far_account']}的检查没有通过，两个账户都没有启动；原因见预览。"
        raise Refused(no.code if no.code == "NOT_READY" else "FAR_REFUSED", sentence) from no
    turn.about = None if turn.about is None else turn.about | {other.account}
    code, said = _begin(turn, look, account, command, near, first)
    far_code, _ = _begin(turn, look, other, command, far, second)
    if far_code == "OK":
        return code, f"{said}（{HALVES[Half.NEAR]}，另一半已启动）" if code != "OK" else f"{said}，在两个账户"
    return far_code, f"{said}（{HALVES[Half.NEAR]}）；另一半要在{WORDS['far_account']}复核，通过之后才移"


def steer(
    turn: Turn, look: Look, account: AccountState, body: c.PauseStrategy | c.ResumeStrategy | c.StopStrategy
) -> tuple[str, str]:
    """Pause, stop or resume a strategy."""
    row = _going(account, body.strategy)
    match body:
        case c.PauseStrategy():
            code, said = bring_to_rest(turn, account, row, Rest.PAUSED, "人工暂停", at_once=row.lots_taken)
            return code, _with(said, fellow_goes_on(look, row))
        case c.StopStrategy():
            other = fellow_stops(look, row)  # asked before: this half's stop is the other one's
            code, said = stop(turn, look, account, row)
            return code, _with(said, other)
        case c.ResumeStrategy():
            barred = why_not_resumed(account, row)
            if barred is not None:
                raise Refused(*barred)
            turn.say(StrategyResumed(account=account.account, strategy=row.strategy, person=turn.actor.person))
            return "OK", f"策略 {row.strategy} 已恢复运行"
        case _:
            assert_never(body)


def _with(said: str, other: str) -> str:
    # An answer, and the clause on the other half.
    return f"{said}{other.removeprefix('；')}。" if other and said.endswith("。") else f"{said}{other}"


def change(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ChangeStrategy
) -> tuple[str, str]:
    """Give a strategy other settings, or park them until a second person has approved them."""
    row = _going(account, body.strategy)
    if body.base_version != row.version:
        raise Refused("CONFLICT", changes.conflict(row, body.base_version, body.settings))
    if body.settings == row.settings and not not_approved(account, row, body.settings):
        return "OK", f"与策略 {row.strategy} 现行设置（第 {row.version} 版）相同，无需修改"
    wrong = changes.fault(account, row, body.settings)
    if wrong is not None:
        raise Refused(*wrong)
    fault = change_fault(look, account, row, body.settings)
    if fault is not None:
        raise Refused(fault.code, f"策略 {row.strategy}：{fault.sentence}")
    _refuse_unrehearsed(look, account, body)
    envelope, limits = _envelope(look, account, body, "修改", row)
    _refuse_unsafe(look, account, body)
    live = why_second(look.state, account, row.strategy, body.settings)
    again = changes.why_read_again(account, row, body.settings)
    why = again or changes.why_confirmed(look, row, body.settings, envelope, limits, live)
    if why:
        return _park(turn, look, account, command, body, envelope, row.version + 1, why)
    turn.say(
        StrategyChanged(
            account=account.account,
            strategy=row.strategy,
            settings=body.settings,
            version=row.version + 1,
            person=command.person,
        )
    )
    changes.overtake(turn, account, row.strategy)
    return "OK", f"策略 {row.strategy} 已改为第 {row.version} 版，从下一次决策起生效"


def _refuse_stopped(account: AccountState, strategy: StrategyId, settings: StrategySettings) -> None:
    fault = barred_start(account, strategy, settings)
    if fault is not None:
        raise Refused(fault.code, f"策略 {strategy} 不能运行：{fault.sentence}")


def _refuse_unsafe(look: Look, account: AccountState, body: c.StartStrategy | c.ChangeStrategy) -> None:
    why = why_unsafe(look, account, body.strategy, body.settings)
    if why:
        raise Refused("LEGGED_STATE", f"策略 {body.strategy}：{why}")


def _refuse_unrehearsed(look: Look, account: AccountState, body: c.StartStrategy | c.ChangeStrategy) -> None:
    why = why_unrehearsed(look.state, account, body.strategy, body.settings)
    if why:
        raise Refused("NOT_REHEARSED", f"策略 {body.strategy}：{why}")


def _going(account: AccountState, strategy: StrategyId) -> StrategyRow:
    row = account.strategies.get(strategy)
    if row is None or row.status in OVER:
        raise Refused("NO_STRATEGY", f"策略 {strategy} 不存在或已结束。")
    return row


def _envelope(
    look: Look,
    account: AccountState,
    body: c.StartStrategy | c.ChangeStrategy,
    what: str,
    row: StrategyRow | None = None,
) -> tuple[Envelope, Limits]:
    envelope, limits = envelope_of(look, where_it_stands(row, body.settings), runs=row is not None), account.limits
    if envelope is None or limits is None:
        lacking = "行情" if envelope is None else "限额"
        raise Refused("NOT_READY", f"策略 {body.strategy} 暂不能{what}：还没有{lacking}，请稍后再试。")
    dear = too_dear(look, envelope, limits, row)
    if dear is not None:
        raise Refused(dear.code, f"策略 {body.strategy} {dear.sentence}")
    return envelope, limits


def _park(
    turn: Turn,
    look: Look,
    account: AccountState,
    command: c.Command,
    body: c.StartStrategy | c.ChangeStrategy,
    envelope: Envelope,
    version: int,
    why: str,
) -> tuple[str, str]:
    need_room(account, command.person)
    cause = Cause(
        origin=Origin.MANUAL,
        person=command.person,
        device=command.device,
        strategy=body.strategy,
        task=TaskId(str(body.strategy)),
    )
    stored = msgspec.structs.replace(
        approval.describe(look, account, cause, None),
        strategy=body.strategy,
        settings=body.settings,
        settings_version=version,
        envelope=envelope,
    )
    name = approval.park(turn, account, stored, (), why)
    return "CONFIRM2", under_number(f"需复核：{why}", name)
