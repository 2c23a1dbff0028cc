"""Drive TqSdk's own futures simulator with the lines of a ledger; nothing is computed here.

What it knows differently is said here once. It has a quote, and an order fills at its own limit price as soon as the
quote allows: the quotes given to it always do. Margin and commission are yuan per lot of the quote, so the ledgers
state them so; the commission it is told before each order is the one for that order's offset, the way its users set
theirs. It has one per lot of an order: a close of which some lots pay 平今 without saying so (`charged`) is two orders
at one price to it. It nets margin by product wherever the quote names one, so a contract charged on both sides names
none. It knows no hedge flags and no deposits: ledgers use one flag, and cash that comes later is added to its balance.
"""

from __future__ import annotations

from typing import Any, Final

from tests.ledger_lines import Event
from tests.oracle.charged import ChargedToday

ACCOUNT: Final = ("close_profit", "position_profit", "float_profit", "margin", "commission", "balance", "available")
OFFSETS: Final = {"OPEN": "OPEN", "CLOSE": "CLOSE", "CLOSE_YESTERDAY": "CLOSE", "CLOSE_TODAY": "CLOSETODAY"}
FEE_OF: Final = {"OPEN": "open", "CLOSE": "close", "CLOSETODAY": "close_today"}

Money = dict[str, float]


class Simulator:
    """Hold one simulated account of theirs; `settled` is what it logged of the last day."""

    def __init__(self, sim_trade: Any) -> None:
        self._class = sim_trade
        self._sim: Any = None
        self._fees: dict[str, dict[str, float]] = {}
        self._orders = 0
        self._charged = ChargedToday()
        self._by_offset: dict[str, bool] = {}  # whether the offset of an order says what it pays
        self.later_cash = 0.0
        self.settled: Money = {}

    def take(self, event: Event) -> None:
        match event["do"]:
            case "cash" if self._sim is None:
                self._sim = self._class(
                    account_key="oracle",
                    init_balance=float(event["amount"]),
                    get_trade_timestamp=lambda: 1,
                    is_in_trading_time=lambda _: True,
                )
            case "cash":
                self.later_cash += float(event["amount"])
            case "instrument":
                self._list(event)
            case "mark":
                self._quote(event["symbol"], last_price=float(event["price"]))
            case "trade":
                self._trade(event)
            case _:
                for symbol, price in event["prices"].items():
                    self._quote(symbol, last_price=float(price))
                self._charged.settle()
                _, _, log = self._sim.settle()
                self.settled = self._with_cash(log["account"])

    def account(self) -> Money:
        return self._with_cash(self._sim._account)

    def positions(self) -> dict[str, dict[str, Any]]:
        return {symbol: dict(position) for symbol, position in self._sim._positions.items()}

    def _with_cash(self, account: dict[str, Any]) -> Money:
        money = {name: float(account[name]) for name in ACCOUNT}
        money["balance"] += self.later_cash
        money["available"] += self.later_cash
        return money

    def _list(self, event: Event) -> None:
        symbol = event["symbol"]
        self._fees[symbol] = {name: float(fee["per_lot"]) for name, fee in event["fee"].items()}
        self._by_offset[symbol] = event.get("fee_class") == "EXPLICIT"
        self._first = {
            "ins_class": "FUTURE",
            "exchange_id": event["exchange"],
            "volume_multiple": event["multiple"],
            "price_tick": float(event["tick"]),
            "margin": float(event["margin_per_lot"]),
            "commission": self._fees[symbol]["open"],
            "ask_price1": 0.0,  # whatever price an order has, the other side is there
            "bid_price1": 1e12,
            **({"product_id": event["product"]} if event["larger_side"] else {}),
        }

    def _quote(self, symbol: str, **fields: float) -> None:
        quote = {"datetime": "2025-07-01 10:00:00.000000", **self._first, **fields}
        self._first = {}
        self._sim.update_quotes(symbol, {"quotes": {symbol: quote}})

    def _trade(self, event: Event) -> None:
        if self._by_offset[event["symbol"]]:
            self._order(event, event["lots"], FEE_OF[OFFSETS[event["offset"]]])
            return
        for kind, lots in self._charged.parts(event):
            self._order(event, lots, kind)

    def _order(self, event: Event, lots: int, kind: str) -> None:
        exchange, _, code = event["symbol"].partition(".")
        self._quote(event["symbol"], user_commission=self._fees[event["symbol"]][kind])
        self._orders += 1
        order = {
            "aid": "insert_order",
            "user_id": "oracle",
            "order_id": str(self._orders),
            "exchange_id": exchange,
            "instrument_id": code,
            "direction": event["side"],
            "offset": OFFSETS[event["offset"]],
            "volume": lots,
            "price_type": "LIMIT",
            "limit_price": float(event["price"]),
            "time_condition": "GFD",
            "volume_condition": "ANY",
        }
        _, told = self._sim.insert_order(event["symbol"], order)
        assert told[-1]["last_msg"] == "全部成交", (event, told[-1]["last_msg"])
