"""Tell the journal and a broker the same days: what the one folds and the other prints must agree.

The facts are those a runner would have recorded; the fee of each fill is what our books ask. `three_days` is the worked
example of DOMAIN 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, DeviceId, OrderId, PersonId, StrategyId, SysId, TenantId, TradeId, WireKey
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderTerms, Origin, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument
from terminal.engine.fold import apply
from terminal.engine.records.journal import Journal, records_of
from terminal.engine.state import AccountState, State
from terminal.engine.turn import RUNNER, Said
from tests.books import BUY, OPEN, REBAR, SELL, TODAY, YESTERDAY
from tests.broker import Broker, Day

TENANT: Final = TenantId("T")
ACCOUNT: Final = AccountId("HEDGE")
CLIENT: Final = "90010001"
HEDGE: Final = HedgeFlag.HEDGE
DAYS: Final = (20250701, 20250702, 20250703)
AFTER: Final = 20250704


class Story:
    """Tell what happens to one account, day by day."""

    def __init__(
        self, journal: Journal, *instruments: Instrument, cash: int = 1_000_000, client: str = CLIENT,
        account: AccountId = ACCOUNT, day: int = DAYS[0],
    ) -> None:  # fmt: skip
        self.journal = journal
        self.state = State()
        self.account = account
        self.broker = Broker(Decimal(cash), client)
        self.trades = 0
        self._at = instant(day, 9)
        self.say(f.RunnerStarted(tenant=TENANT, start=1, market="made", plan_sha256="", version="test"))
        for one in instruments:
            self.say(f.InstrumentListed(instrument=one))
        opened = f.AccountOpened(
            account=account, name="套保", cash=Decimal(cash), trading_day=day, investor=client
        )  # fmt: skip
        self.say(opened)
        self.say(f.LimitsSet(account=account, limits=Limits(position_lots=1000)))
        self.say(f.BarrierBegan(account=account, session="1", at=self._at))
        self.say(f.BarrierPassed(account=account, session="1"))

    @property
    def own(self) -> AccountState:
        return self.state.accounts[self.account]

    @property
    def day(self) -> int:
        return self.own.trading_day

    def say(self, fact: f.Fact) -> None:
        """Record a fact a second later."""
        self._at += SECOND_NS
        said = Said(fact, "test", RUNNER)
        records = records_of(
            [said], self.journal.heads(), tenant=TENANT, epoch=self.journal.epoch, utc=self._at
        )  # fmt: skip
        self.journal.append(records)
        apply(self.state, fact, self._at)

    def trade(
        self, of: Instrument, side: Side, offset: Offset, lots: int, price: int | str, *,
        flag: HedgeFlag = HEDGE, number: str = "", day: int | None = None, strategy: StrategyId | None = None,
    ) -> None:  # fmt: skip
        """Let an order trade, for our books and the broker's; `day`: a late fill of an earlier one, ours alone."""
        self.trades += 1
        number = number or f"{10_000 + self.trades}"
        order = OrderId(f"o{self.trades}")
        terms = OrderTerms(
            account=self.account, instrument=of.id, side=side, offset=offset, lots=lots, price=Decimal(price),
            hedge_flag=flag,
        )  # fmt: skip
        cause = Cause(origin=Origin.MANUAL, person=PersonId("trader"), device=DeviceId("desk"), strategy=strategy)
        self.say(
            f.OrderRecorded(
                order=order,
                wire_key=WireKey(f"w{self.trades}"),
                reference=self.trades,
                terms=terms,
                cause=cause,
                trading_day=self.day,
            )
        )
        fee = self.own.book.fee(of, terms, lots, Decimal(price))
        self.say(
            f.OrderFilled(
                account=self.account,
                order=order,
                exchange=of.exchange,
                sys_id=SysId(f"s{self.trades}"),
                trade=TradeId(number),
                trading_day=day or self.day,
                side=side,
                instrument=of.id,
                lots=lots,
                price=Decimal(price),
                fee=fee,
                exchange_at=self._at,
                is_last=True,
            )
        )
        if day is None:
            self.broker.trade(self.day, of, side, offset, lots, Decimal(price), fee, number, flag=flag)

    def move(self, amount: int) -> None:
        """Pay money in or out."""
        self.say(f.CashMoved(account=self.account, amount=Decimal(amount), reason="test"))
        self.broker.move(Decimal(amount))

    def settle(self, prices: Mapping[Instrument, int | str], next_day: int) -> Day:
        """End the day and return what the broker prints of it."""
        day, known = self.day, {of.id: Decimal(price) for of, price in prices.items()}
        self.say(f.DaySettled(account=self.account, trading_day=day, next_day=next_day, prices=known))
        return self.broker.settle(day, {str(name): price for name, price in known.items()})


def three_days(journal: Journal) -> tuple[Story, list[Day]]:
    """Tell DOMAIN 5.1."""
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 20, 3210)
    story.trade(REBAR, BUY, OPEN, 10, 3220)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    days = [story.settle({REBAR: 3225}, DAYS[1])]
    story.trade(REBAR, SELL, YESTERDAY, 10, 3240)
    story.trade(REBAR, BUY, OPEN, 8, 3235)
    story.trade(REBAR, SELL, TODAY, 3, 3238)
    days.append(story.settle({REBAR: 3218}, DAYS[2]))
    story.move(50_000)
    story.trade(REBAR, SELL, YESTERDAY, 12, 3205)
    story.trade(REBAR, SELL, OPEN, 6, 3200)
    days.append(story.settle({REBAR: 3195}, AFTER))
    return story, days
