"""Take the exchange's word that lots ended without a trade: exercise, assignment, lapse, delivery.

The same word may come twice and is booked once. One that cannot be true is put aside like a trade. No answer of the
exchange brings it again, and what it speaks of may only be under way (the fill of the lots that ended): it is kept,
and booked as soon as it can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import AlertRaised, PositionEnded
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, How, fits
from terminal.domain.products.fees import ending_fee
from terminal.domain.products.instrument import PRICE_CEILING
from terminal.domain.words.risk import Level
from terminal.engine.conditional.attached import follow
from terminal.engine.exchange.day import roll
from terminal.engine.exchange.quarantine import Fault, is_trading_day, put_aside
from terminal.engine.folds.book import ending_key
from terminal.engine.wording import HOWS, short
from terminal.risk.price import is_price

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.products.option import OptionTerms
    from terminal.domain.reports import Ended
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def hear_end(turn: Turn, look: Look, account: AccountState, report: Ended) -> None:
    """Book an end as it is heard, on its own day: those before it that were missed are settled first, without it.

    After a stop over several days the exchange tells it between the batches of its day and the next, which are read
    again; by then everything that is known of the earlier days has been read.
    """
    if report.trading_day > account.trading_day:
        roll(turn, look, account)
    take_end(turn, account, report, look.calendar)


def take_end(turn: Turn, account: AccountState, report: Ended, calendar: Calendar) -> None:
    """Book an end of a position, once; one that cannot be is put aside."""
    name, day, key = account.account, report.trading_day, ending_key(report)
    if key in account.ended or day < account.forgotten.before:
        return
    fault = _fault_of_day(account, report, calendar) or _fault(turn, account, report)
    if fault is None:
        ending = _charged(turn, report.ending)
        turn.say(PositionEnded(account=name, trading_day=day, ending=ending, into=report.into))
        follow(turn, account, ending.instrument)
        _tell_remark(turn, account, report)
        _tell_uncharged(turn, account, ending)
    else:
        what = f"{report.ending.number}（{report.ending.lots} 手）"
        put_aside(turn, account, report, f"{fault.code}|{key}", report.ending.instrument, what, fault)


def take_ends_aside(turn: Turn, account: AccountState, calendar: Calendar) -> None:
    """Book what was put aside and can be booked now."""
    for report in list(account.ends_aside.values()):
        take_end(turn, account, report, calendar)


def _charged(turn: Turn, ending: Ending) -> Ending:
    # The exchange says what left; the fee is the broker's tariff, as it is for a fill.
    instrument = turn.state.tenant.instruments.get(ending.instrument)
    if instrument is None or ending.fee:
        return ending
    fee = ending_fee(instrument, ending.how, lots=ending.lots, price=ending.price, flag=ending.flag)
    return ending if fee is None else msgspec.structs.replace(ending, fee=fee)


def _tell_remark(turn: Turn, account: AccountState, report: Ended) -> None:
    if not report.remark:
        return
    ending = report.ending
    sentence = f"{short(ending.instrument)} {HOWS[ending.how]} {ending.lots} 手：{report.remark}，请与结算单核对。"
    turn.say(
        AlertRaised(
            account=account.account,
            level=Level.YELLOW,
            code="ENDED_UNSETTLED",
            instrument=ending.instrument,
            sentence=sentence,
        )
    )


def _tell_uncharged(turn: Turn, account: AccountState, ending: Ending) -> None:
    instrument = turn.state.tenant.instruments[ending.instrument]
    if (
        ending.fee
        or ending_fee(instrument, ending.how, lots=ending.lots, price=ending.price, flag=ending.flag) is not None
    ):
        return
    what, key = HOWS[ending.how], "delivery" if ending.how is How.DELIVERED else "exercise"
    sentence = (
        f"{short(instrument.id)} {what} {ending.lots} 手，{what}手续费未知，没有计入账户；"
        f"请在方案的 [[instrument]] fees.{key} 中写明，并与结算单核对。"
    )
    turn.say(
        AlertRaised(
            account=account.account, level=Level.YELLOW, code="NO_FEE", instrument=instrument.id, sentence=sentence
        )
    )


def _fault_of_day(account: AccountState, report: Ended, calendar: Calendar) -> Fault | None:
    day = report.trading_day
    if not is_trading_day(calendar, day):
        return Fault("NOT_A_TRADING_DAY", f"{day} 不是交易日；请与交易所核对")
    if calendar.previous_day(day) > account.trading_day:
        return Fault(
            "NOT_OF_ITS_DAY", f"账户还在 {account.trading_day}，了结报的交易日是 {day}；请与交易所核对了结日期"
        )
    return None


def _fault(turn: Turn, account: AccountState, report: Ended) -> Fault | None:
    listed, ending = turn.state.tenant.instruments, report.ending
    instrument = listed.get(ending.instrument)
    if instrument is None or (report.into is not None and report.into not in listed):
        lacking = ending.instrument if instrument is None else report.into
        return Fault("UNKNOWN_INSTRUMENT", f"没有 {lacking} 的规格；请补上，之后重新连接")
    option = instrument.option
    into = option.underlying if option is not None and ending.opens(option) else None
    if not fits(ending.how, option, ending.side) or report.into != into:
        return Fault("CANNOT_END_SO", f"{short(instrument.id)} 不能这样了结（{HOWS[ending.how]}）；请与交易所核对")
    wrong = _fault_of_money(ending, option)
    if wrong:
        return Fault("BAD_PRICE", f"{short(instrument.id)} {HOWS[ending.how]}：{wrong}；请与交易所核对")
    held = account.book.position(ending.instrument, ending.flag)
    lots = held.long if ending.side is Side.BUY else held.short
    if not 0 < ending.lots <= lots:
        return Fault("NOT_HELD", f"{short(instrument.id)} 只有 {lots} 手，却了结 {ending.lots} 手；请与交易所核对持仓")
    return None


def _fault_of_money(ending: Ending, option: OptionTerms | None) -> str:
    # No order's limit bounds an end, so a price that cannot be would go into the equity whole.
    if not (ending.fee.is_finite() and 0 <= ending.fee < PRICE_CEILING):
        return f"手续费 {ending.fee} 不是金额"
    price = ending.price
    if option is not None and ending.opens(option):
        return "" if price == option.strike else f"价格 {price} 不是行权价 {option.strike}"
    if ending.how is How.LAPSED:
        return "" if price == 0 else f"作废的价格应为 0，报的是 {price}"
    return "" if is_price(price) else f"价格 {price} 不是价格"
