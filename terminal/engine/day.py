"""End a trading day for an account when the calendar says so, whatever process or machine clock does (SAFETY I14).

Where a settlement price has not come, the day is settled provisionally: the last price stands in, or the basis of the
lots where there never was one, and people are told. When the price comes, before the next settlement, it takes the
provisional one's place, and the difference is a fact of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.facts import AlertRaised, DaySettled, PriceCorrected, SettlementCorrected
from terminal.domain.risk_words import Level
from terminal.engine.wording import signed_yuan

if TYPE_CHECKING:
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
    prices: dict[InstrumentId, Decimal] = {}
    provisional: list[InstrumentId] = []
    for name in sorted(_wanted(look, account)):
        price = _settlement(look, name, account.trading_day, day)
        if price is None:
            price = look.columns.last_price(name)
            provisional.append(name)
        prices[name] = account.book.latest_basis(name) if price is None else price
    if provisional:
        _tell(
            turn,
            account,
            "SETTLEMENT_MISSING",
            f"账户 {account.account} {account.trading_day} 没有 {_names(provisional)} 的结算价，暂按最新价结算；"
            "收到结算价后自动改正，请留意行情。",
        )
    turn.say(
        DaySettled(
            account=account.account,
            trading_day=account.trading_day,
            next_day=day,
            prices=prices,
            provisional=tuple(provisional),
        )
    )
    return True


def correct(turn: Turn, look: Look, account: AccountState) -> None:
    """Take the settlement prices that have come since the last settlement had to do without them."""
    unsettled = account.book.unsettled()
    if not unsettled:
        return
    before = look.calendar.previous_day(account.trading_day)
    found: dict[InstrumentId, PriceCorrected] = {}
    for name, waited in unsettled.items():
        price = _settlement(look, name, before, account.trading_day)
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
        f"账户 {account.account} {before} 的结算价已到：{_names(list(found))}；上日盈亏改变 {signed_yuan(moved, 2)}，"
        "当日盈亏相应反向，客户权益不变。",
    )
    turn.say(SettlementCorrected(account=account.account, trading_day=before, prices=found))


def _wanted(look: Look, account: AccountState) -> set[InstrumentId]:
    held = {name for name, _ in account.book.positions()}
    options = (look.instrument(name).option for name in held)
    return held | {option.underlying for option in options if option is not None}


def _tell(turn: Turn, account: AccountState, code: str, sentence: str) -> None:
    turn.say(AlertRaised(account=account.account, level=Level.YELLOW, code=code, instrument=None, sentence=sentence))


def _names(names: list[InstrumentId]) -> str:
    more = f" 等 {len(names)} 个合约" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + more


def _settlement(look: Look, name: InstrumentId, old: int, new: int) -> Decimal | None:
    # The settlement of the old day, or what the new day calls its previous settlement: the same number, said later.
    columns = look.columns
    ticks = columns.settled.get((name, old))
    slot = columns.slot_of.get(name)
    if ticks is None and slot is not None and columns.days[slot].trading_day == new:
        ticks = columns.days[slot].pre_settlement
    return None if ticks is None else look.instrument(name).price(ticks)
