"""Tell people, while there is time, what an option's last day will do by itself and what it cannot pay for.

Once a minute of the market clock it is stated which options that are held long end today in the money: until they do
not, the books reserve for their exercise as for a request (`exercise_freeze`), so that limits and money see it. What is
bought on its last day is stated with its fill, before anything else is judged.

In the ninety minutes before the exchange's hour people are told: a long option in the money on its last day of which
nobody has said anything will be exercised unless somebody abandons it, and may pass a limit with the futures it
becomes; a request that would pass one since what it was to net was closed, or that speaks of more lots than are left,
is told of at once; and an account that could not carry what is going to be exercised, asked for or not, is told of with
the figure that lacks. Each is told once a day. An option without a price of its underlying is not judged.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.fact.exercise import ExerciseExpected
from terminal.domain.fact.facts import AlertRaised, OrderFilled
from terminal.domain.orders.exercise import Choice, ExerciseWish, deadline
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.risk import Level
from terminal.engine.books.exercise import LACKS_FUNDS, NOT_ASKED, OUTLIVES, PASSES_LIMIT, ExerciseRow, key_of
from terminal.engine.exercise.after import Exercised, foresee, moment_of
from terminal.engine.exercise.judge import limits_passed
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.wording import LONG_SHORT, short, yuan

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

BEFORE: Final = 90 * MINUTE_NS


class ExerciseWatch:
    """Look at each account once a minute; holds only the pace."""

    def __init__(self) -> None:
        self._looked: dict[AccountId, int] = {}

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Raise what has to be said now."""
        minute = turn.at // MINUTE_NS
        if self._looked.get(account.account) == minute:
            return
        self._looked[account.account] = minute
        if not (account.book.has_options or account.exercises.may_come):
            return
        self._expect(turn, look, account)
        due = [one for one in _going(look, account) if _is_near(one.instrument, account.trading_day, turn.at)]
        for one in due:
            if not one.asked:
                _tell_unasked(turn, account, one)
                _tell_limits(turn, look, account, one)
        for row in account.exercises.standing():
            _tell_asked_limits(turn, look, account, row)
            _tell_outlived(turn, look, account, row)
        exercised = [Exercised(one.instrument.id, one.flag, one.lots, one.nets) for one in due]
        if not exercised or key_of(LACKS_FUNDS, None) in account.exercises.told:
            return
        after = foresee(moment_of(look), account, exercised)
        if after is not None and after.money.available < 0:
            _tell_poor(turn, account, due, after.money.available)

    def pass_over(self, account: AccountId, looked: int) -> None:
        """Take looks that found nothing held and nothing asked for, the last of them at an instant (UTC ns)."""
        self._looked[account] = looked // MINUTE_NS

    def _expect(self, turn: Turn, look: Look, account: AccountState) -> None:
        held = dict.fromkeys(name for name, flag in account.book.positions() if account.book.position(name, flag).long)
        expected = tuple(sorted(name for name in held if _comes_today(look, account, look.instrument(name))))
        if expected != account.exercises.expected:
            turn.say(ExerciseExpected(account=account.account, options=expected))


def expect_bought(turn: Turn, look: Look, account: AccountState) -> None:
    """State of what this turn's fills bought, too, that it is exercised today by itself; takes nothing back."""
    name, expected = account.account, account.exercises.expected
    filled = {one.fact.instrument for one in turn.said if type(one.fact) is OrderFilled and one.fact.account == name}
    if not filled:
        return
    ending = {one for one in filled.difference(expected) if _comes_today(look, account, look.instrument(one))}
    more = {one for one in ending if any(account.book.position(one, flag).long for flag in HedgeFlag)}
    if more:
        turn.say(ExerciseExpected(account=name, options=tuple(sorted({*expected, *more}))))


def _comes_today(look: Look, account: AccountState, instrument: Instrument) -> bool:
    return instrument.expiry == account.trading_day and in_money(look, instrument)


class _Going(NamedTuple):
    instrument: Instrument
    flag: HedgeFlag
    lots: int
    asked: bool
    nets: bool


def _going(look: Look, account: AccountState) -> list[_Going]:
    # What was asked for, on any day; and on the last day what is in the money and nobody spoke of.
    found: list[_Going] = []
    for name, flag in account.book.positions():
        instrument, left = look.instrument(name), account.book.position(name, flag).long
        if instrument.option is None:
            continue
        for row in account.exercises.standing():
            wish = row.wish
            if (wish.instrument, wish.flag) == (name, flag):
                lots = min(wish.lots, left)
                left -= lots
                if lots and wish.choice is Choice.EXERCISE:
                    found.append(_Going(instrument, flag, lots, asked=True, nets=wish.self_close))
        if left and _comes_today(look, account, instrument):
            found.append(_Going(instrument, flag, left, asked=False, nets=False))
    return found


def _is_near(instrument: Instrument, trading_day: int, at: int) -> bool:
    until = deadline(instrument, trading_day)
    if until is None:  # no request is taken, and the money has to be there all the same
        until = instant(trading_day, 15, 30)
    return until - BEFORE <= at < until


def in_money(look: Look, instrument: Instrument) -> bool:
    """Return whether an option is in the money at the latest price of what it is on."""
    option = instrument.option
    price = None if option is None else look.columns.last_price(option.underlying)
    return option is not None and price is not None and option.worth(price) > Decimal(0)


def _tell_unasked(turn: Turn, account: AccountState, one: _Going) -> None:
    instrument, option = one.instrument, one.instrument.option
    if option is None or key_of(NOT_ASKED, instrument.id) in account.exercises.told:
        return
    until = option.requests_until
    hour = "" if until is None else f"；不行权请在 {until // 60:02}:{until % 60:02} 前申请放弃"
    what = f"{short(instrument.id)} 今天到期，多头 {one.lots} 手实值，没有申请：结算价仍为实值则自动行权{hour}。"
    _say(turn, account, Level.YELLOW, NOT_ASKED, instrument.id, what)


def _tell_limits(turn: Turn, look: Look, account: AccountState, one: _Going) -> None:
    instrument, option = one.instrument, one.instrument.option
    if option is None or option.cash_settled or key_of(PASSES_LIMIT, instrument.id) in account.exercises.told:
        return
    wish = ExerciseWish(instrument=instrument.id, flag=one.flag, lots=one.lots, choice=Choice.EXERCISE)
    passed = limits_passed(look, account, wish)
    if passed:
        until, side = option.requests_until, LONG_SHORT[option.future_side(Side.BUY)]
        hour = "" if until is None else f"在 {until // 60:02}:{until % 60:02} 前申请放弃，或"
        what = (
            f"{short(instrument.id)} 今天到期，多头 {one.lots} 手实值将自动行权，得到 {short(option.underlying)} "
            f"{side} {one.lots} 手：{''.join(found.sentence for found in passed)}不要请{hour}收盘前平仓。"
        )
        _say(turn, account, Level.ORANGE, PASSES_LIMIT, instrument.id, what)


def _tell_asked_limits(turn: Turn, look: Look, account: AccountState, row: ExerciseRow) -> None:
    # It was judged when it was made; lots it was to net may have been closed since.
    wish = row.wish
    told = key_of(PASSES_LIMIT, wish.instrument, row.request) in account.exercises.told
    if wish.choice is not Choice.EXERCISE or told:
        return
    passed = limits_passed(look, account, wish, row)
    if passed:
        why = "".join(found.sentence for found in passed)
        what = f"行权申请 {row.request}（{wish_text(wish)}）：{why}不要请在截止前撤销申请。"
        _say(turn, account, Level.ORANGE, PASSES_LIMIT, wish.instrument, what, about=row.request)


def _tell_outlived(turn: Turn, look: Look, account: AccountState, row: ExerciseRow) -> None:
    # Its lots were closed since: the exchange acts on what it finds, also on lots that are bought later.
    wish, instrument = row.wish, look.instrument(row.wish.instrument)
    left = account.book.position(wish.instrument, wish.flag).long
    asked, until = account.exercises.lots(wish.instrument, wish.flag), deadline(instrument, account.trading_day)
    told = key_of(OUTLIVES, wish.instrument) in account.exercises.told
    if asked <= left or told or until is None or turn.at >= until:
        return
    what = (
        f"{short(instrument.id)} 的申请共 {asked} 手，多头只剩 {left} 手：日终按剩下的办，以后再买入的也会算进去；"
        f"不要请在截止前撤销申请 {row.request}。"
    )
    _say(turn, account, Level.YELLOW, OUTLIVES, wish.instrument, what)


def _tell_poor(turn: Turn, account: AccountState, due: list[_Going], available: Decimal) -> None:
    names = "、".join(dict.fromkeys(short(one.instrument.id) for one in due))
    what = (
        f"账户 {account.account} 行权（{names}）后可用 {yuan(available)}，资金不足；"
        "请在截止前入金、平仓、撤销申请或申请放弃。"
    )
    _say(turn, account, Level.ORANGE, LACKS_FUNDS, None, what)


def _say(
    turn: Turn,
    account: AccountState,
    level: Level,
    code: str,
    instrument: InstrumentId | None,
    sentence: str,
    *,
    about: str = "",
) -> None:
    name = account.account
    turn.say(AlertRaised(account=name, level=level, code=code, instrument=instrument, sentence=sentence, about=about))
