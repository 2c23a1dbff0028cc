"""Hold what is left of a complete answer against going through all of it, object by object."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec
import pytest

from terminal.domain.ids import AccountId, DeviceId, ExchangeId, InstrumentId, OrderId, PersonId, SysId, WireKey
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderState, OrderTerms, Origin, Side
from terminal.domain.reports import OrderThere
from terminal.engine.exchange.proven import Proven
from terminal.engine.state import AccountState, OrderRow

DAY = 20260105
TERMS = OrderTerms(
    account=AccountId("A"),
    instrument=InstrumentId("SHFE.rb2605"),
    side=Side.BUY,
    offset=Offset.OPEN,
    lots=3,
    price=Decimal(3700),
    hedge_flag=HedgeFlag.SPECULATION,
)


def there(number: int, state: str, filled: int) -> OrderThere:
    return OrderThere(
        wire_key=WireKey(str(number)),
        exchange=ExchangeId("SHFE"),
        sys_id=SysId(str(number)),
        terms=TERMS,
        filled=filled,
        state=state,
        trading_day=DAY,
    )


def row(one: OrderThere) -> OrderRow:
    return OrderRow(
        order=OrderId(one.wire_key),
        wire_key=one.wire_key,
        reference=int(one.wire_key),
        terms=TERMS,
        cause=Cause(origin=Origin.MANUAL, person=PersonId("anna"), device=DeviceId("desk")),
        trading_day=DAY,
        recorded_at=0,
        state=OrderState(one.state),
    )


def moved(random: Random, book: list[OrderThere]) -> None:
    # New orders come, and any order that has not ended may fill or end, the oldest last of all or in between.
    book += [there(len(book) + number, "LIVE", 0) for number in range(random.randrange(3))]
    for place, one in enumerate(book):
        if one.state in {"LIVE", "PARTIAL"} and random.random() < 0.3:
            state = random.choice(["PARTIAL", "FILLED", "CANCELLED", "EXPIRED"])
            book[place] = msgspec.structs.replace(one, state=state, filled=3 if state == "FILLED" else 1)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("copied", [0.0, 0.3])
def test_an_answer_leaves_just_what_no_answer_before_it_has_proven(seed: int, copied: float) -> None:
    random, book, proven = Random(seed), list[OrderThere](), Proven()
    account = AccountState(AccountId("A"), "", "", Decimal(0), DAY)
    ended = list[OrderThere]()
    for _ in range(60):
        moved(random, book)
        told = tuple(book)
        is_copied = random.random() < copied  # as through a wire: every object anew
        if is_copied:
            told = tuple(map(msgspec.structs.replace, book))
        if random.random() < 0.1:  # not as the last one went on
            told = tuple(reversed(told))
        proven.begin(account)
        left = proven.new_orders(told)
        known = {id(one) for one in ended}
        if not copied:
            assert left == [one for one in told if id(one) not in known]
        assert [one for one in told if one not in ended] == [one for one in left if one not in ended]
        for one in left:
            proven.take_order(one, row(one))
            if OrderState(one.state) in {OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED}:
                ended.append(one)
    assert len(ended) > 20


def test_a_new_trading_day_proves_everything_anew() -> None:
    proven, one = Proven(), there(1, "FILLED", 3)
    account = AccountState(AccountId("A"), "", "", Decimal(0), DAY)
    proven.begin(account)
    assert proven.new_orders((one,)) == [one]
    proven.take_order(one, row(one))
    assert proven.new_orders((one,)) == []
    account.trading_day = DAY + 1
    proven.begin(account)
    assert proven.new_orders((one,)) == [one]
