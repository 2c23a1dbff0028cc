"""End a trading day for an account when the calendar says so, whatever process or machine clock does (SAFETY I14).

Where a settlement price has not come, the day is settled provisionally: the last price of that day stands in, or the
basis of the lots where there never was one, and people are told. When the price comes, before the next settlement, it
takes the provisional one's place, and the difference is a fact of its own. If it has not come by then, people are told
that it stays.

What a day calls its previous settlement is the price of the trading day before it, and of no other. So where trading
days were missed, the last of them is settled too, at that price: the account begins the new day as its broker's does.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.facts import AlertRaised, DaySettled, PriceCorrected, SettlementCorrected
from terminal.domain.risk_words import Level
from terminal.engine.wording import signed_yuan

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

MOST_NAMED = 20  # instruments in one sentence


def roll(turn: Turn, look: Look, account: AccountState) -> bool:
    """Settle the account's day if the market clock has left it; return whether it did."""
    day = look.trading_day
    if day <= account.trading_day:
        # Earlier: the exchange came back behind our journal and shows a day again that was settled here already.
        return False
    correct(turn, look, account)
    waited = account.book.unsettled()
    if waited:
        _give_up(turn, account, look.calendar.previous_day(account.trading_day), waited)
    old, before = account.trading_day, look.calendar.previous_day(day)
    if old < before:
        _give_up(turn, account, old, _settle(turn, look, account, before))
    provisional = _settle(turn, look, account, day, missed=old < before)
    if provisional:
        _tell(
            turn,
            account,
            "SETTLEMENT_MISSING",
            f"账户 {account.account} {before} 没有 {_names(provisional)} 的结算价，暂按最新价结算；"
            "收到结算价后自动改正，请留意行情。",
        )
    return True


def correct(turn: Turn, look: Look, account: AccountState) -> None:
    """Take the settlement prices that have come since the last settlement had to do without them."""
    unsettled = account.book.unsettled()
    if not unsettled:
        return
    before = look.calendar.previous_day(account.trading_day)  # `roll` leaves no day between
    found: dict[InstrumentId, PriceCorrected] = {}
    for name, waited in unsettled.items():
        price = _settlement(look, name, before)
        if price is not None:
            difference = (price - waited.price) * waited.weight
            found[name] = PriceCorrected(was=waited.price, price=price, difference=difference)
    if not found:
        return
    moved = sum((one.difference for one in found.values()), Decimal(0))
    _tell(
        turn,
        account,
        "SETTLEMENT_CORRECTED",
        f"账户 {account.account} {before} 的结算价已到：{_names(found)}；上日盈亏改变 {signed_yuan(moved, 2)}，"
        "当日盈亏相应反向，客户权益不变。",
    )
    turn.say(SettlementCorrected(account=account.account, trading_day=before, prices=found))


def _settle(
    turn: Turn, look: Look, account: AccountState, following: int, *, missed: bool = False
) -> list[InstrumentId]:
    # Returns what had to be settled provisionally.
    day = account.trading_day
    ended_at = look.calendar.ends_at(look.calendar.previous_day(look.trading_day))
    prices: dict[InstrumentId, Decimal] = {}
    provisional: list[InstrumentId] = []
    for name in sorted(_wanted(look, account)):
        price = _settlement(look, name, day)
        if price is None:
            price = look.columns.closing_price(name, ended_at)
            provisional.append(name)
        prices[name] = account.book.latest_basis(name) if price is None else price
    turn.say(
        DaySettled(
            account=account.account,
            trading_day=day,
            next_day=following,
            prices=prices,
            provisional=tuple(provisional),
            missed=missed,
        )
    )
    return provisional


def _give_up(turn: Turn, account: AccountState, day: int, names: Collection[InstrumentId]) -> None:
    if names:
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


def _names(names: Collection[InstrumentId]) -> str:
    more = f" 等 {len(names)} 个合约" if len(names) > MOST_NAMED else ""
    return "、".join([*names][:MOST_NAMED]) + more


def _settlement(look: Look, name: InstrumentId, day: int) -> Decimal | None:
    # The settlement of the day, or what the trading day after it calls its previous one: the same number, said later.
    columns = look.columns
    ticks = columns.settled.get((name, day))
    slot = columns.slot_of.get(name)
    if ticks is None and slot is not None and columns.days[slot].trading_day == look.calendar.next_day(day):
        ticks = columns.days[slot].pre_settlement
    return None if ticks is None else look.instrument(name).price(ticks)
