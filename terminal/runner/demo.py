"""Trade the sample market, so that a newcomer's first window shows a living book.

A made-up trading house hedges its stock and lets a grid, a calendar spread and a roll run. Contracts are chosen from
the market's own main contracts and prices from its own quotes; cash, lots and limits are invented here and shown under
the name 样例. Everything goes through commands, gate, exchange and journal like any other order. Each wish has a name
of its own, so a restarted runner that asks again changes nothing.

Three people live in it: the trader, the night operator, and the supervisor who approves what the trader may not send
alone. Once the market is live the trader asks for one order that is too large, so that there is something to approve.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from terminal.domain.commands import Command, CommandBody, StartStrategy, SubmitOrder
from terminal.domain.days.calendar import HOUR_NS
from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AccountOpened, CommandDone, LimitsSet, Role
from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, ProductId, StrategyId, TenantId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.strategy import (
    GridSettings,
    OpenInterestCrossover,
    RollSettings,
    SpreadLeg,
    SpreadSettings,
)
from terminal.domain.products.combination import find_combination
from terminal.domain.products.product import Fee, Fees
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.shell.opening import Opening, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.market import DayFacts
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.engine.look import Look
    from terminal.engine.ports import MarketSource
    from terminal.engine.state import State
    from terminal.gateways.sample.market import SampleMarket

TENANT: Final = TenantId("SAMPLE")
TRADING: Final = AccountId("SAMPLE-1")
HEDGE: Final = AccountId("SAMPLE-2")
PRACTICE: Final = AccountId("PRACTICE")
TRADER: Final = PersonId("trader")
PEOPLE: Final = (  # person, name, roles on every account
    (TRADER, "样例交易员", (Role.TRADER,)),
    (PersonId("operator"), "夜盘值班", (Role.TRADER,)),
    (PersonId("supervisor"), "风控主管", (Role.CHECKER, Role.RISK)),
)
DESK: Final = DeviceId("desk")
CASH: Final = Decimal(10_000_000)
COVERED: Final = Decimal("0.75")  # share of the stock that the hedges cover
HEDGES: Final = (  # (product, lots sold against stock)
    (ProductId("SHFE.cu"), 8),
    (ProductId("DCE.m"), 60),
    (ProductId("CZCE.TA"), 50),
    (ProductId("CZCE.SR"), 30),
    (ProductId("DCE.j"), 6),
)
GRID_ON: Final = ProductId("SHFE.rb")
SPREAD_ON: Final = ProductId("DCE.m")
ROLL_ON: Final = ProductId("DCE.i")
ROLL_LOTS: Final = 20
ROLL_BATCH: Final = 2
ROLL_PAUSE: Final = 30  # seconds between two batches: it rolls for some five minutes
STRATEGIES_BEFORE: Final = 9 * HOUR_NS // 2  # the live day's morning, if the market goes live at half past one
SPREAD_SEEN: Final = (230, 460)  # snapshots of the spread, at least and at most, of which the middle is taken
LARGE_ON: Final = ProductId("CZCE.TA")
LARGE_VALUE: Final = Decimal(5_200_000)  # yuan, just over what one person may send
LARGE_BELOW_TICKS: Final = 2
MOST_LARGE: Final = 50
LARGE: Final = "sample-large"  # the first of these commands; the next ones have their number behind it
SNAPSHOT: Final = 450_000_000  # ns; a contract shows one every half second, give or take the way to us
FRESH: Final = 1_000_000_000  # ns; on a price older than this the gate would refuse anyway
LARGE_AFTER: Final = 5_000_000_000  # ns of market time after the market went live
SAMPLE_MARGIN: Final = Decimal("0.10")
SAMPLE_FEE: Final = Fee(by_value=Decimal("0.0001"))


class SampleListing:
    """List the sample market's instruments; what the tables do not know about margin and fees is made up here."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument with margin and fees filled in."""
        return self.filled(self._reference.instrument(instrument, on))

    def find(self, symbol: str, on: int) -> Instrument:
        """Return the instrument a bare symbol of a recording means on a day, likewise."""
        return self.filled(self._reference.find(symbol, on))

    def filled(self, known: Instrument) -> Instrument:
        """Return an instrument with made-up margin and fees where the tables know none."""
        fees = known.fees
        return replace(
            known,
            margin_rate=known.margin_rate if known.margin_rate is not None else SAMPLE_MARGIN,
            fees=Fees(
                open=fees.open or SAMPLE_FEE,
                close=fees.close or SAMPLE_FEE,
                close_today=fees.close_today or fees.close or SAMPLE_FEE,
            ),
        )

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        """Return nothing: the sample market says its limits itself."""
        return None


class SampleScript:
    """Ask for the house's orders and strategies, each once, as soon as their contracts trade."""

    def __init__(self, near: dict[ProductId, InstrumentId], far: dict[ProductId, InstrumentId], live_from: int) -> None:
        self._near = near
        self._far = far
        self._live_from = live_from
        self._spreads: deque[Decimal] = deque(maxlen=SPREAD_SEEN[1])
        self._spread_at = 0
        self.look: Callable[[], Look | None] = lambda: None
        self._waiting: dict[str, Callable[[Look], CommandBody | None]] = {
            **{f"hedge-{product}": self._hedge(product, lots) for product, lots in HEDGES},
            "stock": self._stock,
            "grid": self._grid,
            "spread": self._spread,
            "roll": self._roll,
            "large": self._large,
        }

    def start(self, at: int) -> None:
        """Begin at once: nothing here is timed."""

    def heard(self, done: CommandDone) -> None:
        """Ask for nothing again because of an answer."""

    def due(self, at: int, state: State) -> list[Command]:
        """Return what can be asked for now."""
        look = self.look()
        if look is None or not all(look.opening_allowed(account, None) for account in (HEDGE, TRADING)):
            return []
        self._see_spread(look)
        found = self._large_again(at, state, look)
        for name, ask in list(self._waiting.items()):
            body = ask(look)
            if body is not None:
                del self._waiting[name]
                found.append(Command(command=CommandId(f"sample-{name}"), person=TRADER, device=DESK, at=at, body=body))
        return found

    def _large_again(self, at: int, state: State, look: Look) -> list[Command]:
        # What waits for the supervisor ends after a quarter of an hour or with the session. While nobody has decided
        # on one, the next is asked for, so that there is always something to approve. Once people have taken the
        # account over its orders are theirs; and what is refused counts, for a refusal is a record as well.
        account = state.accounts[TRADING]
        mine = [row.state for row in account.confirmations.values() if row.confirmation.maker == TRADER]
        asked = max((_number(name) for name in account.commands if name.startswith(LARGE)), default=0)
        undecided = {ConfirmationState.EXPIRED, ConfirmationState.REVOKED, ConfirmationState.STALE}
        if "large" in self._waiting or account.holder is not None or not mine or not set(mine) <= undecided:
            return []
        body = self._large(look) if asked <= MOST_LARGE else None
        name = CommandId(f"{LARGE}-{asked + 1}")
        return [] if body is None else [Command(command=name, person=TRADER, device=DESK, at=at, body=body)]

    def _large(self, look: Look) -> CommandBody | None:
        # Too large for one person (C2) and bid below the market: it waits for the supervisor, then for the price.
        name = self._near[LARGE_ON]
        quote = look.quote(name)
        if look.now < self._live_from + LARGE_AFTER or quote is None or quote.bid is None:
            return None
        if look.session(name).phase is not Phase.CONTINUOUS or quote.received_at < look.now - FRESH:
            return None
        instrument = look.instrument(name)
        price = instrument.price(quote.bid - LARGE_BELOW_TICKS)
        lots = int(LARGE_VALUE / instrument.value(price, 1)) + 1
        terms = OrderTerms(account=TRADING, instrument=name, side=Side.BUY, offset=Offset.OPEN, lots=lots, price=price)
        return SubmitOrder(terms=terms, reason="样例：超过单笔金额，需主管复核")

    def _hedge(self, product: ProductId, lots: int) -> Callable[[Look], CommandBody | None]:
        return lambda look: _order(look, self._near[product], Side.SELL, lots, HedgeFlag.HEDGE)

    def _stock(self, look: Look) -> CommandBody | None:
        return _order(look, self._near[ROLL_ON], Side.BUY, ROLL_LOTS, HedgeFlag.SPECULATION)

    def _grid(self, look: Look) -> CommandBody | None:
        name = self._near[GRID_ON]
        price = _price(look, name, Side.SELL)
        if price is None or self._is_too_early(look):
            return None
        tick = look.instrument(name).tick
        settings = GridSettings(
            account=TRADING,
            instrument=name,
            side=Side.BUY,
            anchor=price + 20 * tick,
            step=2 * tick,
            lines=20,
            lots_per_line=4,
            stop=price - 60 * tick,
            lower=price - 50 * tick,
            upper=price + 80 * tick,
        )
        return StartStrategy(account=TRADING, strategy=StrategyId("网格-螺纹"), settings=settings)

    def _spread(self, look: Look) -> CommandBody | None:
        near, far = self._near[SPREAD_ON], self._far[SPREAD_ON]
        if self._is_too_early(look) or len(self._spreads) < SPREAD_SEEN[0] or _price(look, near, Side.BUY) is None:
            return None
        tick = look.instrument(near).tick
        middle = round(sum(self._spreads, Decimal(0)) / len(self._spreads) / tick) * tick
        settings = SpreadSettings(
            account=TRADING,
            legs=(
                SpreadLeg(instrument=far, coefficient=Decimal(-1), lots=-1, active=True),
                SpreadLeg(instrument=near, coefficient=Decimal(1), lots=1),
            ),
            buy_at=middle - 3 * tick,
            sell_at=middle + 3 * tick,
            sets=2,
            max_sets=10,
        )
        return StartStrategy(account=TRADING, strategy=StrategyId("价差-豆粕"), settings=settings)

    def _is_too_early(self, look: Look) -> bool:
        # What starts days before people look has seen the price leave its range by then.
        return look.now < self._live_from - STRATEGIES_BEFORE

    def _see_spread(self, look: Look) -> None:
        # The spread swings: one look at it says little about where its middle is.
        near, far = (_price(look, side[SPREAD_ON], Side.BUY) for side in (self._near, self._far))
        if near is not None and far is not None and look.now - self._spread_at >= SNAPSHOT:
            self._spreads.append(near - far)
            self._spread_at = look.now

    def _roll(self, look: Look) -> CommandBody | None:
        near, far = self._near[ROLL_ON], self._far[ROLL_ON]
        if look.now < self._live_from:
            return None  # people want to see it roll, so it does not do so in the past
        if look.position(TRADING, near, HedgeFlag.SPECULATION).long < ROLL_LOTS:
            return None
        settings = RollSettings(
            account=TRADING,
            near=near,
            far=far,
            side=Side.BUY,
            lots=ROLL_LOTS,
            batch_lots=ROLL_BATCH,
            timings=(OpenInterestCrossover(),),
            pay_up_ticks=2,
            batch_pause_seconds=ROLL_PAUSE,
        )
        return StartStrategy(account=TRADING, strategy=StrategyId("移仓-铁矿石"), settings=settings)


def _number(command: CommandId) -> int:
    return int(command.removeprefix(LARGE).lstrip("-") or 1)


def _order(look: Look, name: InstrumentId, side: Side, lots: int, flag: HedgeFlag) -> CommandBody | None:
    price = _price(look, name, side)
    if price is None:
        return None
    account = HEDGE if flag is HedgeFlag.HEDGE else TRADING
    terms = OrderTerms(
        account=account, instrument=name, side=side, offset=Offset.OPEN, lots=lots, price=price, hedge_flag=flag
    )
    return SubmitOrder(terms=terms, reason="样例：库存套保" if flag is HedgeFlag.HEDGE else "样例：待移仓持仓")


def _price(look: Look, name: InstrumentId, side: Side) -> Decimal | None:
    # The opposite side's price (对手价), while the contract trades continuously and shows one.
    quote = look.quote(name)
    if quote is None or look.session(name).phase is not Phase.CONTINUOUS:
        return None
    ticks = quote.ask if side is Side.BUY else quote.bid
    return None if ticks is None else look.instrument(name).price(ticks)


class House(NamedTuple):
    """Hold what a composition root needs besides journal and gateway: the people, their accounts and their wishes."""

    opening: Opening
    listing: SampleListing
    script: SampleScript


def sample_house(market: SampleMarket, reference: Reference, *, live_from: int) -> House:
    """Return the sample house over a sample market; before `live_from` (UTC ns) the market is its past."""
    listing = SampleListing(reference)
    first = market.trading_days[0]
    instruments = {name: listing.instrument(name, first) for name in market.universe}
    near = market.mains(0)
    script = SampleScript(near, {product: _next(market, near[product]) for product in near}, live_from)
    limits = Limits(position_lots=500, day_loss_yuan=Decimal(2_000_000), strategy_day_loss_yuan=Decimal(500_000))
    hedging = replace(limits, is_hedge_account=True, hedge_bounds=_stock_of(instruments))
    opening = _opening({TRADING: "样例贸易 · 策略", HEDGE: "样例贸易 · 套保"}, {HEDGE: hedging, TRADING: limits})
    return House(opening, listing, script)


def practice_opening() -> Opening:
    """Return one account with play money and the same three people, for a recording without a plan."""
    return _opening({PRACTICE: "练习账户"}, {PRACTICE: Limits(position_lots=500, day_loss_yuan=Decimal(2_000_000))})


def _opening(accounts: dict[AccountId, str], limits: dict[AccountId, Limits]) -> Opening:
    return Opening(
        tenant=TENANT,
        seed=0,
        plan_sha256="",
        persons=tuple(
            Person(person=person, name=name, roles=dict.fromkeys(accounts, roles)) for person, name, roles in PEOPLE
        ),
        devices=(),
        accounts=tuple(
            AccountOpened(account=account, name=name, cash=CASH, trading_day=0, investor=str(account))
            for account, name in accounts.items()
        ),
        limits=tuple(LimitsSet(account=account, limits=one) for account, one in limits.items()),
    )


def sample_host(market: MarketSource, listing: SampleListing, reference: Reference, store: ExchangeStore) -> Host:
    """Return the sim exchange over a market, with the listing's additions."""
    first = next(iter(market.batches()), None)
    if first is None:
        raise UserError(f"行情 {market.name} 里没有一笔报价，请换一份行情。")
    day = reference.calendar.trading_day(first.at)
    return Host(
        store=store,
        market=market,
        instruments={name: listing.instrument(name, day) for name in market.universe},
        calendar=reference.calendar,
        combinations=lambda name, on: find_combination(reference, name, on),
        stops=reference.stops,
    )


class NoScript:
    """Ask for nothing."""

    def start(self, at: int) -> None:
        """Begin nothing."""

    def due(self, at: int, state: State) -> list[Command]:
        """Return nothing."""
        return []

    def heard(self, done: CommandDone) -> None:
        """Take no answer."""


def _stock_of(instruments: dict[InstrumentId, Instrument]) -> tuple[HedgeBound, ...]:
    tonnes = {known.product: known.tonnes_per_lot for known in instruments.values()}
    found = []
    for product, lots in HEDGES:
        weight = tonnes.get(product)
        if weight is not None:
            stock = (lots * weight / COVERED).to_integral_value()
            found.append(HedgeBound(group=f"{product} 库存", physical_tonnes=stock, weights={product: weight}))
    return tuple(found)


def _next(market: SampleMarket, near: InstrumentId) -> InstrumentId:
    # Contracts of one product stand in delivery order; the one behind the main contract is where it will move to.
    letters = near.rstrip("0123456789")
    chain = sorted(name for name in market.universe if name.rstrip("0123456789") == letters)
    place = chain.index(near)
    return chain[min(place + 1, len(chain) - 1)]
