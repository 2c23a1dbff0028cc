"""Say in words what is asked about an option's end and where a request stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.exercise import Choice, ExerciseState, ExerciseWish, deadline
from terminal.domain.setting_words import FLAGS
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.instrument import Instrument

CHOICES: Final = {Choice.EXERCISE: "行权", Choice.ABANDON: "放弃"}
STATES: Final = {
    ExerciseState.SENT: "已提交",
    ExerciseState.UNKNOWN: "状态未知",
    ExerciseState.TAKEN: "已受理",
    ExerciseState.REJECTED: "被交易所拒绝",
    ExerciseState.WITHDRAWN: "已撤销",
    ExerciseState.DONE: "已执行",
    ExerciseState.VOID: "未到交易所",
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


def wish_text(wish: ExerciseWish) -> str:
    """Return a wish in words: "m2101-C-3000 行权 3 手（投机，行权后自对冲）"."""
    extra = "，行权后自对冲" if wish.self_close else ""
    return f"{short(wish.instrument)} {CHOICES[wish.choice]} {wish.lots} 手（{FLAGS[wish.flag]}{extra}）"
