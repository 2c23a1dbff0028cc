"""Work out what a request to exercise that waits for a second person would do to its account: before → after.

After means that it and every standing request are exercised now, at the price of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.orders.exercise import deadline
from terminal.engine.exercise.after import Moment
from terminal.engine.exercise.judge import foreseen
from terminal.engine.wording import LONG_SHORT, short, yuan
from terminal.shell.picture.cards.consequence import limit_figures, money_figures, position_figure

if TYPE_CHECKING:
    from terminal.domain.orders.confirmation import ExerciseAsked
    from terminal.engine.exercise.after import After
    from terminal.engine.screen import Figure
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


def exercise_figures(present: Present, account: AccountState, asked: ExerciseAsked) -> tuple[Figure, ...]:
    """Return what a request changes, ready to be read; without a price of the underlying there is no money after."""
    opens = asked.opens
    after = _after(present, account, asked)
    money = account.book.view(present.mark)
    return (
        position_figure(account, opens.instrument, {opens.position_side: opens.lots}),
        *(() if after is None else money_figures(account, money, after.money)),
        *limit_figures(present, account, opens),
    )


def exercise_details(present: Present, account: AccountState, asked: ExerciseAsked) -> tuple[str, ...]:
    """Return what the option lots become, the fee, whether it earns now, and until when the exchange takes it."""
    known = present.state.tenant.instruments.get(asked.wish.instrument)
    if known is None or known.option is None:
        return ()
    opens, option, after = asked.opens, known.option, _after(present, account, asked)
    price = present.mark(option.underlying)
    fee = "" if after is None else f"，手续费 {yuan(after.fee, 2)}"
    gets = f"{short(opens.instrument)} {LONG_SHORT[opens.side]} {opens.lots} 手 @{decimal_text(opens.price)}"
    found = [f"批准后按行权价得到 {gets}{fee}"]
    if price is not None and not option.worth(price):
        found.append(f"标的 {decimal_text(price)}，这份期权现在不是实值：行权即亏损")
    until = deadline(known, account.trading_day)
    if until is not None:
        minutes = (until - instant(account.trading_day)) // MINUTE_NS
        found.append(f"交易所只收到 {minutes // 60:02}:{minutes % 60:02}；过时没有复核就不提交")
    return tuple(found)


def _after(present: Present, account: AccountState, asked: ExerciseAsked) -> After | None:
    moment = Moment(present.state.tenant.instruments, present.mark, present.at)
    return foreseen(moment, account, asked.wish)
