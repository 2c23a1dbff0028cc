"""Write the lines of ledgers for tests, and read what `hengduo book` answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from terminal.shell.ledgers.folding import fold
from terminal.shell.ledgers.report import figures, json_line

Event = dict[str, Any]
Figures = dict[str, Any]


def listed(symbol: str = "rb2510", **other: object) -> Event:
    """Return a line of rebar at Shanghai; other keys change it, `None` leaves one out."""
    rate = {"rate": "0.0001"}
    event: Event = {
        "do": "instrument",
        "symbol": symbol,
        "exchange": "SHFE",
        "product": "rb",
        "multiple": 10,
        "tick": 1,
        "margin_rate": "0.09",
        "fee": {"open": rate, "close": rate, "close_today": {"rate": "0.0002"}},
        "fee_class": "EXPLICIT",
        "larger_side": True,
        **other,
    }
    return {key: value for key, value in event.items() if value is not None}


def cash(amount: object) -> Event:
    return {"do": "cash", "amount": amount}


def trade(side: str, offset: str, lots: object, price: object, symbol: str = "rb2510", flag: str = "HEDGE") -> Event:
    return {
        "do": "trade",
        "symbol": symbol,
        "side": side,
        "offset": offset,
        "lots": lots,
        "price": price,
        "flag": flag,
    }


def mark(price: object, symbol: str = "rb2510") -> Event:
    return {"do": "mark", "symbol": symbol, "price": price}


def settle(**prices: object) -> Event:
    return {"do": "settle", "prices": prices}


def text_of(events: Iterable[Event]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def answers(*events: Event) -> list[Figures]:
    """Return what is printed after each line."""
    lines = text_of(events).encode().splitlines(keepends=True)
    return [json.loads(json_line(figures(taken, book))) for taken, book in fold(lines, "L")]


def last(*events: Event) -> Figures:
    return answers(*events)[-1]
