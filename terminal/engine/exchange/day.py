"""End a trading day for an account when the calendar says so, whatever process or machine clock does (SAFETY I14).

Where a settlement price has not come, the day is settled provisionally: the last price of that day stands in, without
one the previous settlement, and people are told. What held options are on may never have had a price: then it has none,
and their margin is reckoned at the strike. When the price comes, before the next settlement, it takes the
provisional one's place, and the difference is a fact of its own. If it has not come by then, people are told that it
stays.

What a day calls its previous settlement is the price of the trading day before it, and of no other. Where trading days
were missed, each is settled in its order at its own price: the account begins the new day as its broker's does, and
each day has the profit that is known to be its own. A late price of one of them corrects that day; what it gains, the
day after it loses. Only a day of which nothing is known goes with it: it was settled at that day's price, whatever it
was, and what is gained is lost by the first day after them that has a price of its own. Each is settled under the terms
of the day after it, as the exchanges raise margin with the settlement before.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.fact.facts import AlertRaised, DaySettled, InstrumentListed, PriceCorrected, SettlementCorrected
from terminal.domain.words.risk import Level
from terminal.engine.otc.step import tell_expired
from terminal.engine.wording import signed_yuan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

MOST_NAMED = 20  # instruments or days in one sentence
CALENDAR_DAYS = 20  # trading days before the calendar ends: from then on people are told every day


class _Lack(NamedTuple):
    # Instruments without a settlement price on a day, and what stands in.
    at_last: tuple[InstrumentId, ...]
    unheard: tuple[InstrumentId, ...]
    unknown: tuple[InstrumentId, ...]


def roll(turn: Turn, look: Look, account: AccountState) -> bool:
    """Settle the account's day, and those that were missed, if the market clock has left it; return whether it did."""
    day = look.trading_day
    if day <= account.trading_day:
        # Earlier: the exchange came back behind our journal and shows a day again that was settled here already.
        return False
    correct(turn, look, account)
    for waits_since, waits in account.book.unsettled_days().items():
        stood_in = [name for name, waited in waits.items() if waited.price is not None]
        if stood_in:
            _give_up(turn, account, waits_since, stood_in)
    first = account.trading_day
    are_missed = look.calendar.next_day(first) < day
    lacking: dict[_Lack, list[int]] = {}
    while account.trading_day < day:
        ended = account.trading_day
        if are_missed:
            list_terms(turn, look, look.calendar.next_day(ended))
        lack = _settle(turn, look, account, missed=ended != first)
        lacking.setdefault(lack, []).append(ended)
    for lack, days in lacking.items():
        _tell_lack(turn, account, lack, days)
    _tell_overdue(turn, look, account)
    tell_expired(turn, account, first)
    _tell_calendar_ends(turn, look, account)
    return True


def list_terms(turn: Turn, look: Look, day: int) -> None:
    """List anew each contract whose margin, limits or fees on a trading day are not those last listed."""
    if look.terms is None:
        return
    for name in look.columns.universe:
        known = look.instrument(name)
        # Quotes and lots are counted in the grid and the size the journal began with.
        now = msgspec.structs.replace(look.terms(name, day), tick=known.tick, multiplier=known.multiplier)
        if now != known:
            turn.say(InstrumentListed(instrument=now))


def correct(turn: Turn, look: Look, account: AccountState) -> None:
    """Take the settlement prices that have come since the last settlements had to do without them."""
    for day, unsettled in account.book.unsettled_days().items():
        found: dict[InstrumentId, PriceCorrected] = {}
        for name, waited in unsettled.items():
            price = settlement_known(look, name, day)
            if price is not None:
                found[name] = PriceCorrected(was=waited.price, price=price, difference=waited.moved(price))
        if not found:
            continue
        turn.say(SettlementCorrected(account=account.account, trading_day=day, prices=found))
        carried = "".join(
            f"{after} 的 {_names(names)} 没有任何价格，随之改记，反向的盈亏再顺延一日。"
            for after, names in _carry_on(turn, look, account, day, found)
        )
        moved = sum((one.difference for one in found.values()), Decimal(0))
        _tell(
            turn,
            account,
            "SETTLEMENT_CORRECTED",
            f"账户 {account.account} {day} 的结算价已到：{_names(found)}；这一日的盈亏改变 {signed_yuan(moved, 2)}，"
            f"下一交易日的盈亏相应反向，客户权益不变。{carried}",
        )


def _carry_on(
    turn: Turn, look: Look, account: AccountState, day: int, found: Mapping[InstrumentId, PriceCorrected]
) -> Iterator[tuple[int, Collection[InstrumentId]]]:
    # To the days after it of which nothing is known: its price stood in for theirs.
    while True:
        day = look.calendar.next_day(day)
        waits = account.book.unsettled_days().get(day, {})
        after: dict[InstrumentId, PriceCorrected] = {}
        for name, one in found.items():
            waited = waits.get(name)
            if waited is None or waited.price != one.was or settlement_known(look, name, day) is not None:
                continue
            if waited.unheard or waited.price is None:
                after[name] = PriceCorrected(was=one.was, price=one.price, difference=waited.moved(one.price))
        if not after:
            return
        said = SettlementCorrected(account=account.account, trading_day=day, prices=after, unheard=tuple(sorted(after)))
        turn.say(said)
        yield day, after
        found = after


def _settle(turn: Turn, look: Look, account: AccountState, *, missed: bool) -> _Lack:
    day, calendar = account.trading_day, look.calendar
    # What was quoted before a missed day is no price of it.
    since = calendar.begins_at(day) if missed else 0
    prices: dict[InstrumentId, Decimal] = {}
    at_last: list[InstrumentId] = []
    unheard: list[InstrumentId] = []
    unknown: list[InstrumentId] = []
    for name in sorted(_wanted(look, account)):
        price = settlement_known(look, name, day)
        if price is None:
            price = look.columns.closing_price(name, day, calendar.ends_at(day), since=since)
            if price is not None:
                at_last.append(name)
            else:
                price = account.book.latest_basis(name)
                (unknown if price is None else unheard).append(name)
        if price is not None:
            prices[name] = price
    # What only a strategy counts as its own, because a person closed it by hand, is marked for its day's loss alone.
    for name in sorted({name for row in account.strategies.values() for name, held in row.lots.items() if held.lots}):
        if name not in prices:
            price = settlement_known(look, name, day)
            price = (
                look.columns.closing_price(name, day, calendar.ends_at(day), since=since) if price is None else price
            )
            if price is not None:
                prices[name] = price
    turn.say(
        DaySettled(
            account=account.account,
            trading_day=day,
            next_day=calendar.next_day(day),
            prices=prices,
            provisional=tuple(sorted(at_last + unheard + unknown)),
            missed=missed,
            unheard=tuple(unheard),
        )
    )
    return _Lack(tuple(at_last), tuple(unheard), tuple(unknown))


def _tell_lack(turn: Turn, account: AccountState, lack: _Lack, days: list[int]) -> None:
    if not any(lack):
        return
    parts = [f"没有 {_names(lack.at_last)} 的结算价，暂按最新价结算"] if lack.at_last else []
    parts += [f"没有 {_names(lack.unheard)} 的任何价格，按上一结算价暂记"] if lack.unheard else []
    parts += [f"没有 {_names(lack.unknown)} 的任何价格，其期权的保证金按行权价计"] if lack.unknown else []
    _tell(
        turn,
        account,
        "SETTLEMENT_MISSING",
        f"账户 {account.account} {_listed(days, '个交易日')} {'；'.join(parts)}；收到结算价后自动改正，请留意行情。",
    )


def _tell_overdue(turn: Turn, look: Look, account: AccountState) -> None:
    # What a day ends has left before the next one begins; what has not waits for a price at the exchange.
    held = {name: look.instrument(name).expiry for name, _ in account.book.positions()}
    overdue = sorted(name for name, expiry in held.items() if expiry is not None and expiry < account.trading_day)
    if overdue:
        _tell(
            turn,
            account,
            "STILL_HELD_AFTER_LAST_DAY",
            f"账户 {account.account} 的 {_names(overdue)} 已过最后交易日，交易所还没有了结：没有最后交易日的结算价"
            "（期货期权是标的的，股指期权是指数的或期权自己的），保证金照占；下一个日终按最后已知价了结，一个价也没有的"
            "一直等下去：请在方案的 [[instrument.day]] 里写上那一天的 settlement，再重新启动。",
        )


def _tell_calendar_ends(turn: Turn, look: Look, account: AccountState) -> None:
    # Without the next year's holidays nobody knows which day follows the last one, and the runner ends with it.
    last = look.calendar.last
    left = look.calendar.days_between(account.trading_day, last)
    if left <= CALENDAR_DAYS:
        _tell(
            turn,
            account,
            "CALENDAR_ENDS",
            f"交易日历只到 {last}，今天之后还有 {left} 个交易日：到期没有补上，运行器在最后一个交易日 17:00 停下，"
            "策略与条件单随之停下；请在数据目录的 reference/holidays.csv 里写上后面年份的休市日（docs/reference.md），"
            "再重新启动。",
        )


def _give_up(turn: Turn, account: AccountState, day: int, names: Collection[InstrumentId]) -> None:
    _tell(
        turn,
        account,
        "SETTLEMENT_NEVER_CAME",
        f"账户 {account.account} {day} 的 {_names(names)} 直到下一次结算也没有收到结算价，"
        "保留暂估价，不再自动改正；客户权益不受影响，这一日与下一日的盈亏各是多少请以结算单为准。",
    )


def _wanted(look: Look, account: AccountState) -> set[InstrumentId]:
    held = {name for name, _ in account.book.positions()}
    options = (look.instrument(name).option for name in held)
    return held | {option.underlying for option in options if option is not None}


def _tell(turn: Turn, account: AccountState, code: str, sentence: str) -> None:
    turn.say(AlertRaised(account=account.account, level=Level.YELLOW, code=code, instrument=None, sentence=sentence))


def _names(names: Iterable[InstrumentId]) -> str:
    return _listed([*names], "个合约")


def _listed(what: Collection[object], counted: str) -> str:
    more = f" 等 {len(what)} {counted}" if len(what) > MOST_NAMED else ""
    return "、".join(map(str, [*what][:MOST_NAMED])) + more


def settlement_known(look: Look, name: InstrumentId, day: int) -> Decimal | None:
    """Return the settlement price of a day, or what the day after it calls its previous one: the same, said later."""
    columns = look.columns
    ticks = columns.settled.get((name, day))
    if ticks is None:
        ticks = columns.settled_before.get((name, look.calendar.next_day(day)))
    return None if ticks is None else look.instrument(name).price(ticks)
