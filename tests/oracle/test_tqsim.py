"""Hold our books beside the futures simulator of TqSdk, which we did not write.

Both take the same generated ledgers, and after every line they must agree to 0.01 yuan. Where they differ by definition
this says so and compares what is comparable:

- It closes at the average price of a side, today's and older lots together; we close first in, first out, at SHFE and
  INE within today's or the older lots. The *even* ledgers close only where the two are the same, and everything is
  compared after every line. In the *free* ledgers what a close has parted is compared in its sum, which no matching can
  change: close profit + position profit of the day, and balance, margin, commission and available always; the single
  figures wherever nothing is parted.
- It fills an order at the order's own limit price: a ledger states fills, so this is the price of the fill.
- It knows margin and commission in yuan per lot only, no rates, and no rounding per fill.
- It has one commission for all lots of an order. At SHFE and INE the offset says whether that is 平今's. Elsewhere the
  counter decides per lot, and it has no such rule: which lots pay 平今 is counted from the lines of the ledger by
  `charged`, apart from our books, and only what they come to is its own. Fees by rate are held against nothing here.
- Its short options use the formula of ETF options, and it has no hedge flags and no deposits: left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from terminal.domain.orders.order import Side
from tests.ledger_lines import Event, Figures, answers, cash, listed, mark, settle, trade
from tests.oracle.charged import ChargedToday
from tests.oracle.ledgers import EVENTS, Drawer, Step
from tests.oracle.simulator import ACCOUNT, Simulator

pytestmark = pytest.mark.xdist_group("tqsdk")  # their package takes seconds to import: once is enough

FEN: Final = 0.01
EVEN: Final = range(200)
FREE: Final = range(100)
# Seeds beyond the ranges that ever showed a difference stay here: (seed, even).
KEPT: Final[tuple[tuple[int, bool], ...]] = ()
LEDGERS: Final = (*((seed, True) for seed in EVEN), *((seed, False) for seed in FREE), *KEPT)
NAMES: Final = {Side.BUY: "long", Side.SELL: "short"}

MakeSimulator = Callable[[], Simulator]


@pytest.fixture(scope="session")
def simulator() -> MakeSimulator:
    """Return a maker of their accounts; skip, and say so, where the development lock is not installed."""
    reason = "tqsdk absent: make test installs it from requirements-dev.lock on x86-64 Linux"
    module = pytest.importorskip("tqsdk.tradeable.sim.trade_future", reason=reason)
    return lambda: Simulator(module.SimTrade)


def differences(step: Step, theirs: Simulator) -> Iterator[tuple[str, float, float]]:
    """Yield name, ours and theirs of every figure that must agree and does not."""
    account = _account(step, step.figures["account"], theirs.account())
    compared = [*account, *_positions(step, theirs)]
    if step.event["do"] == "settle":
        # Their log is of the moment before the roll, so its margin is not compared with the one after it.
        before = _account(step._replace(by_day=step.ended), step.figures["statement"], theirs.settled)
        compared.extend(one for one in before if one[0] not in {"margin", "available"})
    yield from (one for one in compared if not abs(one[1] - one[2]) <= FEN)


def _account(step: Step, money: Figures, theirs: dict[str, float]) -> Iterator[tuple[str, float, float]]:
    ours = {name: float(money[name]) for name in ACCOUNT}
    parted = {"close_profit", "position_profit"} if step.by_day else set()
    parted |= {"float_profit"} if step.by_trade else set()
    yield from ((name, ours[name], theirs[name]) for name in ACCOUNT if name not in parted)
    by_day = [one["close_profit"] + one["position_profit"] for one in (ours, theirs)]
    yield "profit of the day", by_day[0], by_day[1]


def _positions(step: Step, theirs: Simulator) -> Iterator[tuple[str, float, float]]:
    found = theirs.positions()
    for position in step.figures["positions"]:
        symbol = position["symbol"]
        for side, name in NAMES.items():
            mine, other = position[name], found[symbol]
            figures = {
                "today": f"volume_{name}_today",
                "yesterday": f"volume_{name}_his",
                "margin": f"margin_{name}",
            }
            if (symbol, side) not in step.by_day:
                figures["position_profit"] = f"position_profit_{name}"
                if mine["lots"]:
                    figures["position_price"] = f"position_price_{name}"
            if (symbol, side) not in step.by_trade:
                figures["float_profit"] = f"float_profit_{name}"
                if mine["lots"]:
                    figures["open_price"] = f"open_price_{name}"
            for ours, key in figures.items():
                yield f"{symbol} {name} {ours}", float(mine[ours]), float(other[key])


@pytest.mark.parametrize(
    ("seed", "even"), LEDGERS, ids=[f"{'even' if even else 'free'}-{seed}" for seed, even in LEDGERS]
)
def test_a_ledger_gives_the_same_account_and_positions_after_every_line(
    seed: int, even: bool, simulator: MakeSimulator
) -> None:
    theirs = simulator()
    lines = 0
    for step in Drawer(seed, even=even).steps():
        theirs.take(step.event)
        lines += 1
        assert list(differences(step, theirs)) == [], f"line {lines} of seed {seed}: {step.event}"
    assert lines > EVENTS


def test_the_ledgers_try_what_they_are_meant_to_try() -> None:
    seen: dict[str, int] = {}
    for seed, even in LEDGERS[::10]:
        kind = "even" if even else "free"
        charged = ChargedToday()
        for step in Drawer(seed, even=even).steps():
            if step.event["do"] == "settle":
                charged.settle()
            if step.event["do"] == "trade" and not step.event["symbol"].startswith(("SHFE", "INE")):
                kinds = "pays " + " ".join(kind for kind, _ in charged.parts(step.event))
                seen[kinds] = seen.get(kinds, 0) + 1
            name = str(step.event.get("offset", step.event["do"]))
            parted = bool(step.by_day or step.by_trade)
            for key in (name, f"{kind} {'parted' if parted else 'whole'}"):
                seen[key] = seen.get(key, 0) + 1
    assert min(seen[name] for name in ("CLOSE", "CLOSE_TODAY", "CLOSE_YESTERDAY", "settle", "cash")) > 50
    assert min(seen[name] for name in ("OPEN", "mark")) > 500
    # At the exchanges where the order does not say so, closes pay 平今 with all, with some and with none of their lots.
    assert min(seen[f"pays {kinds}"] for kinds in ("close_today", "close_today close", "close")) > 50
    # Between the two closes that empty one side at SHFE or INE even an even ledger is parted for one line.
    assert seen["even parted"] < seen["even whole"] / 20
    assert seen["free parted"] > seen["free whole"]


@pytest.mark.parametrize(
    "changed",
    [
        {"margin_per_lot": "2889.54"},
        {"fee": {name: {"per_lot": "1.53"} for name in ("open", "close", "close_today")}},
        {"multiple": 11},
        {"larger_side": False},
    ],
)
def test_terms_that_differ_a_little_are_noticed(changed: Event, simulator: MakeSimulator) -> None:
    fee = {name: {"per_lot": "1.5"} for name in ("open", "close", "close_today")}
    terms = listed("SHFE.rb2510", margin_rate=None, margin_per_lot="2889.5", fee=fee)
    events = (cash(10**7), terms, *_rebar())
    for other, agree in ((terms, True), ({**terms, **changed}, False)):
        theirs = simulator()
        for event in (cash(10**7), other, *_rebar()):
            theirs.take(event)
        step = Step(events[-1], answers(*events)[-1])
        assert (list(differences(step, theirs)) == []) is agree


def _rebar() -> tuple[Event, ...]:
    return (
        mark(3200, "SHFE.rb2510"),
        trade("BUY", "OPEN", 3, 3210, "SHFE.rb2510"),
        trade("SELL", "OPEN", 1, 3190, "SHFE.rb2510"),
    )


def test_first_in_first_out_and_average_part_the_profit_and_keep_its_sum(simulator: MakeSimulator) -> None:
    fee = {name: {"per_lot": 0} for name in ("open", "close", "close_today")}
    symbol = "DCE.m2509"
    meal: dict[str, Any] = {"exchange": "DCE", "product": "m", "fee_class": None, "margin_rate": None, "fee": fee}
    events = (
        cash(10**6),
        listed(symbol, **meal, margin_per_lot=2388),
        mark(3000, symbol),
        trade("BUY", "OPEN", 1, 3000, symbol),
        trade("BUY", "OPEN", 1, 3020, symbol),
        trade("SELL", "CLOSE", 1, 3030, symbol),
        mark(3030, symbol),
    )
    theirs = simulator()
    for event in events:
        theirs.take(event)
    ours, account = answers(*events)[-1]["account"], theirs.account()
    assert (ours["close_profit"], ours["position_profit"]) == ("300.00", "100.00")
    assert (account["close_profit"], account["position_profit"]) == (200, 200)
    assert Decimal(ours["balance"]) == Decimal(str(account["balance"])) == 1_000_400
    # From the next settlement on the two agree again by the day, and part by the trade until the side is flat.
    theirs.take(settle(**{symbol: 3040}))
    later = answers(*events, settle(**{symbol: 3040}))[-1]["account"]
    account = theirs.account()
    assert (later["position_profit"], later["float_profit"]) == ("0.00", "200.00")
    assert (account["position_profit"], account["float_profit"]) == (0, 300)


def test_of_a_close_at_dce_as_many_lots_pay_for_today_as_were_opened_today(simulator: MakeSimulator) -> None:
    symbol = "DCE.m2509"
    fee = {"open": {"per_lot": "1"}, "close": {"per_lot": "2"}, "close_today": {"per_lot": "5"}}
    meal: dict[str, Any] = {"exchange": "DCE", "product": "m", "fee_class": "TODAY_FIRST", "margin_rate": None}
    events = (
        cash(10**6),
        listed(symbol, **meal, fee=fee, margin_per_lot=2388),
        mark(3000, symbol),
        trade("BUY", "OPEN", 4, 3000, symbol),
        settle(**{symbol: 3000}),
        trade("BUY", "OPEN", 1, 3000, symbol),
        trade("SELL", "CLOSE", 3, 3000, symbol),  # the older ones go, and one of them pays as today's
        trade("SELL", "CLOSE", 2, 3000, symbol),  # among them today's: what was opened today has paid already
    )
    theirs = simulator()
    told = []
    for event, said in zip(events, answers(*events), strict=True):
        theirs.take(event)
        told.append((Decimal(said["account"]["commission"]), Decimal(str(theirs.account()["commission"]))))
    assert told[3:] == [(4, 4), (0, 0), (1, 1), (10, 10), (14, 14)]
