"""Time the usual stress scenarios of one full account: sixty futures and thirty options of thirty products."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.domain.errors import InvariantError
from terminal.domain.fact.facts import AccountOpened, InstrumentListed
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, ProductId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.products.product import FeeClass
from terminal.engine.fold import apply
from terminal.engine.state import State
from terminal.reports.stress.stress import stress
from terminal.store.reference import load_limit_runs, load_reference

PRODUCTS: Final = 30
MONTHS: Final = (202510, 202601)
STRIKES: Final = (3000, 3050, 3100)
EXCHANGES: Final = ("SHFE", "INE", "DCE", "CZCE", "GFEX")
ACCOUNT: Final = AccountId("FULL")
DAY: Final = 20250701
SCENARIOS: Final = 10 + 6 * PRODUCTS


def measure() -> list[Figure]:
    """Return how long all scenarios take; the pricing library is loaded before."""
    state, runs = _full_account(), load_limit_runs(load_reference())

    def play() -> None:
        found = stress(state, runs)
        if len(found.outcomes) != SCENARIOS or not all(one.moved for one in found.outcomes):
            raise InvariantError(f"{len(found.outcomes)} of {SCENARIOS} scenarios moved something")

    play()
    taken = tuple(timed(play) for _ in range(RUNS))
    options = PRODUCTS // 3 * len(STRIKES)
    what = f"{PRODUCTS * len(MONTHS)} 个期货、{options} 个期权、{PRODUCTS} 个品种：{SCENARIOS} 个情景"
    return [Figure(name="stress", what=what, unit="s", runs=taken, bar=1)]


def _full_account() -> State:
    state = State()
    opened = AccountOpened(account=ACCOUNT, name="满仓", cash=Decimal(4_000_000), trading_day=DAY, investor="1")
    apply(state, opened, 0)
    prices: dict[InstrumentId, Decimal] = {}
    for number in range(PRODUCTS):
        for month in MONTHS:
            future = _future(number, month)
            side = Side.BUY if (number + month) % 2 else Side.SELL
            _hold(state, future, side, 20, Decimal(3000), prices)
        if number % 3 == 0:
            for place, strike in enumerate(STRIKES):
                option, premium = _option(future, strike), Decimal(150 - 30 * place)
                _hold(state, option, Side.SELL if place % 2 else Side.BUY, 5, premium, prices)
    state.accounts[ACCOUNT].book.settle(prices, DAY + 1)
    return state


def _hold(
    state: State, known: Instrument, side: Side, lots: int, price: Decimal, prices: dict[InstrumentId, Decimal]
) -> None:
    apply(state, InstrumentListed(instrument=known), 0)
    terms = OrderTerms(
        account=ACCOUNT, instrument=known.id, side=side, offset=Offset.OPEN, lots=lots, price=price,
        hedge_flag=HedgeFlag.HEDGE,
    )  # fmt: skip
    state.accounts[ACCOUNT].book.fill(known, terms, lots, price, Decimal(0), at=0, trade=TradeId(known.id))
    prices[known.id] = price


def _future(number: int, month: int) -> Instrument:
    exchange = EXCHANGES[number % len(EXCHANGES)]
    code = f"x{chr(ord('a') + number % 26)}{number // 26}"
    explicit = exchange in {"SHFE", "INE"}
    return Instrument(
        product=ProductId(f"{exchange}.{code}"),
        exchange=ExchangeId(exchange),
        code=code,
        product_name=code,
        multiplier=Decimal(10),
        tick=Decimal(1),
        quote_unit="元/吨",
        lot_unit="手",
        fee_class=FeeClass.EXPLICIT if explicit else FeeClass.TODAY_FIRST,
        explicit_close_today=explicit,
        larger_side=explicit,
        margin_rate=Decimal("0.09"),
        price_limit=Decimal("0.05"),
        id=InstrumentId(f"{exchange}.{code}{month % 10_000}"),
        kind=Kind.FUTURE,
        name=code,
        delivery_month=month,
    )


def _option(future: Instrument, strike: int) -> Instrument:
    terms = OptionTerms(underlying=future.id, right=Right.CALL, strike=Decimal(strike), style=Style.AMERICAN)
    name = InstrumentId(f"{future.id}-C-{strike}")
    return replace(future, id=name, kind=Kind.OPTION, option=terms, tick=Decimal("0.5"), expiry=20251215)
