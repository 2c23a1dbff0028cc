"""Say in words what is asked about an option's end and where a request stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish, deadline
from terminal.domain.words.settings import FLAGS
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.reports import ExerciseTold

CHOICES: Final = {Choice.EXERCISE: "行权", Choice.ABANDON: "放弃"}
STATES: Final = {
    ExerciseState.SENT: "已提交",
    ExerciseState.UNKNOWN: "状态未知",
    ExerciseState.TAKEN: "已受理",
    ExerciseState.REJECTED: "被交易所拒绝",
    ExerciseState.WITHDRAWN: "已撤销",
    ExerciseState.DONE: "已执行",
    ExerciseState.VOID: "未到交易所",
    ExerciseState.OVER: "已过交易日，结果未报",
}


def what_now(instrument: Instrument, trading_day: int, at: int) -> str:
    """Return what can still be done about lots whose request never came, or what becomes of them without one."""
    until = deadline(instrument, trading_day)
    if instrument.expiry is not None and instrument.expiry < trading_day:
        return "合约已到期，已按没有申请了结，请核对持仓"
    if until is not None and at < until:
        return "还需要的话请重新申请"
    if instrument.expiry == trading_day:
        return "截止时间已过，不能再申请：今天到期，结算价为实值则自动行权，否则作废"
    return "截止时间已过，本交易日不能再申请：期权仍在持仓中，需要的话请下一交易日再申请"


def until_text(instrument: Instrument) -> str:
    """Return that what waits for a second person is not sent before, and until when it can be."""
    until = None if instrument.option is None else instrument.option.requests_until
    hour = "" if until is None else f"，最迟 {until // 60:02}:{until % 60:02}"
    return f"复核以前没有向交易所提交{hour}。"


def back_again(instrument: Instrument, wish: ExerciseWish, at: int, told: ExerciseTold) -> str:
    """Return what a request that had ended does after all, and what to do about it; `told` is the exchange's word."""
    if told.state is ExerciseState.DONE:
        return f"交易所却执行了 {told.lots} 手；请核对持仓和资金，并与交易所核实"
    until = deadline(instrument, told.trading_day)
    if until is not None and at < until:
        return "交易所却持有，日终会执行；不要它请立即撤销，同一批手数已另行申请的只留一份"
    then = "请备足行权后的保证金" if wish.choice is Choice.EXERCISE else "实值也不会自动行权"
    return f"交易所却持有，截止时间已过，不能再撤，日终会执行：{then}，并与交易所核实"


def wish_text(wish: ExerciseWish) -> str:
    """Return a wish in words: "m2101-C-3000 行权 3 手（投机，行权后自对冲）"."""
    extra = "，行权后自对冲" if wish.self_close else ""
    return f"{short(wish.instrument)} {CHOICES[wish.choice]} {wish.lots} 手（{FLAGS[wish.flag]}{extra}）"
