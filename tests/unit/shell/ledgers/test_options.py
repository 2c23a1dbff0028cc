"""Options, delivery and withdrawable money through the verb's own road."""

from __future__ import annotations

import json

import pytest

from terminal.domain.errors import UserError
from terminal.shell.ledgers.book import LedgerBook
from tests.ledger_lines import Event, answers, cash, last, listed, mark, settle, trade

HALF = {"per_lot": "0.5"}
FEE = {"open": HALF, "close": HALF, "close_today": HALF}
MEAL = listed("m2509", exchange="DCE", product="m", margin_rate="0.08", fee=FEE, fee_class=None, larger_side=None)


def option(right: str, strike: int, **other: object) -> Event:
    terms = {"underlying": "m2509", "right": right, "strike": strike, "style": "AMERICAN", **other}
    symbol = f"m2509-{right[0]}-{strike}"
    return {**MEAL, "symbol": symbol, "product": "m_o", "tick": "0.5", "option": terms}


CALL, PUT = "m2509-C-3000", "m2509-P-2900"
OPENED = (
    cash(300_000),
    MEAL,
    option("CALL", 3000),
    option("PUT", 2900),
    trade("BUY", "OPEN", 10, "85.5", CALL),
    trade("SELL", "OPEN", 20, 42, PUT),
)
DAY_ONE = (*OPENED, settle(**{"m2509": 2985, CALL: 80, PUT: 45}))


def exercise(symbol: str, side: str, lots: int, **other: object) -> Event:
    return {"do": "exercise", "symbol": symbol, "side": side, "lots": lots, "flag": "HEDGE", **other}


def expire(symbol: str, price: object, **other: object) -> Event:
    return {"do": "expire", "symbol": symbol, "price": price, **other}


def refusal(*events: Event) -> str:
    *before, last_one = events
    book = LedgerBook()
    for number, event in enumerate(before, 1):
        book.take(number, json.dumps(event))
    money = book.money()
    with pytest.raises(UserError) as caught:
        book.take(len(events), json.dumps(last_one))
    assert book.money() == money
    return caught.value.message


def test_the_two_days_of_options_agree_to_the_cent() -> None:
    first = last(*DAY_ONE)["statement"]
    names = "equity available market_equity long_option_value short_option_value margin premium commission risk_degree"
    assert " ".join(first[name] for name in names.split()) == (
        "299835.00 251575.00 298835.00 8000.00 9000.00 48260.00 -150.00 15.00 0.160955"
    )
    second = last(
        *DAY_ONE,
        trade("SELL", "CLOSE", 4, 92, CALL),
        trade("BUY", "CLOSE", 5, 38, PUT),
        settle(**{"m2509": 3010, CALL: 96, PUT: 36}),
    )["statement"]
    assert " ".join(second[name] for name in names.split()) == (
        "301610.50 268340.50 301970.50 5760.00 5400.00 33270.00 1780.00 4.50 0.110308"
    )
    assert (second["option_profit"], second["close_profit"], second["position_profit"]) == ("460.00", "0.00", "0.00")


def test_each_side_of_an_option_shows_its_market_value_and_its_own_margin() -> None:
    call, put = last(*DAY_ONE, mark(90, CALL))["positions"]
    assert (call["long"]["market_value"], call["long"]["margin"]) == ("9000.00", "0.00")
    assert (put["short"]["market_value"], put["short"]["margin"]) == ("-9000.00", "48260.00")
    assert put["short"]["position_profit"] == put["short"]["float_profit"] == "0.00"


def test_an_exercised_call_is_a_future_at_the_strike() -> None:
    found = last(*DAY_ONE, exercise(CALL, "LONG", 10, fee_per_lot="1"), mark(3010, "m2509"))
    future = next(one for one in found["positions"] if one["symbol"] == "m2509")
    assert (future["long"]["lots"], future["long"]["today"], future["long"]["open_price"]) == (10, 10, "3000")
    assert (found["account"]["position_profit"], found["account"]["commission"]) == ("1000.00", "10.00")
    assert answers(*DAY_ONE, exercise(CALL, "LONG", 10, fee_per_lot="1"))[-1]["fee"] == "10.00"


def test_at_expiry_what_is_in_the_money_is_exercised_and_the_rest_lapses() -> None:
    found = last(*DAY_ONE, expire(CALL, 3010, fee_per_lot="1"), expire(PUT, 3010, fee_per_lot="1"))
    lots = {one["symbol"]: (one["long"]["lots"], one["short"]["lots"]) for one in found["positions"]}
    assert lots == {"m2509": (10, 0), CALL: (0, 0), PUT: (0, 0)}
    assert found["account"]["commission"] == "10.00"
    assigned = last(*DAY_ONE, expire(PUT, 2890))["positions"]
    assert next(one for one in assigned if one["symbol"] == "m2509")["long"]["open_price"] == "2900"


def test_an_index_option_is_settled_in_cash_against_the_index() -> None:
    index = {"underlying": "000300", "style": "EUROPEAN", "guarantee": "0.5"}
    shape = {"exchange": "CFFEX", "product": "IO", "multiple": 100, "margin_rate": "0.12", "symbol": "IO2512-C-4000"}
    call = {**option("CALL", 4000, **index), **shape}
    day = (cash(100_000), call, trade("SELL", "OPEN", 1, 50, "IO2512-C-4000"))
    twice = refusal(*day, settle(**{"IO2512-C-4000": 60, "000300": 3900, "CFFEX.000300": 3910}))
    assert "000300 和 CFFEX.000300 是同一个，写了两次（3900、3910）" in twice
    held = (*day, settle(**{"IO2512-C-4000": 60, "000300": 3900}))
    assert last(*held)["account"]["margin"] == "42800.00"  # 60 x 100 + (3900 x 0.12 x 100 - 100 x 100)
    account = last(*held, expire("IO2512-C-4000", 4030))["account"]
    assert (account["close_profit"], account["equity"], account["margin"]) == ("-3000.00", "101999.50", "0.00")
    assert "欧式" in refusal(*held, {**exercise("IO2512-C-4000", "SHORT", 1)})


def test_a_future_leaves_at_the_delivery_settlement_on_its_last_day() -> None:
    held = (cash(100_000), MEAL, trade("SELL", "OPEN", 3, 3000, "m2509"), settle(m2509=2990))
    account = last(*held, expire("m2509", 2980, fee_per_lot="0.1"))["account"]
    assert (account["close_profit"], account["close_profit_by_trade"]) == ("300.00", "600.00")
    assert (account["margin"], account["commission"]) == ("0.00", "0.30")


def test_profit_of_the_day_is_available_and_not_withdrawable() -> None:
    account = last(cash(100_000), MEAL, trade("BUY", "OPEN", 10, 3000, "m2509"), mark(3010, "m2509"))["account"]
    assert (account["available"], account["withdrawable"]) == ("76995.00", "75995.00")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (settle(**{CALL: 80, PUT: 45}), "m2509"),
        (exercise(CALL, "LONG", 11), "只有 10 手"),
        (exercise(CALL, "SHORT", 1), "空头只有 0 手"),
        (exercise("m2509", "LONG", 1), "不是期权"),
        (expire("m2511", 1), "规格"),
        (option("CALL", 3100, style="BERMUDAN"), "style"),
        (option("CALL", 3100, guarantee="2"), "guarantee"),
        (option("CALL", 3100, delta="2"), "不认识的键"),
        ({**option("CALL", 3100), "multiple": 5}, "它的标的 m2509 是 10"),
        ({**option("CALL", 3100), "product": "y_o"}, "不是品种 y_o 的"),
        ({**option("PUT", 3100), "symbol": "m2509-C-3100"}, "与 right PUT 不符"),
        ({**option("CALL", 3000), "symbol": "m2509-C-3100"}, "与 strike 3000 不符"),
        (option("CALL", 3100, underlying="m2511"), "与 underlying m2511 不符"),
        ({**option("CALL", 3100), "symbol": "m2511"}, "是期货的代码，却写了 option"),
        ({key: term for key, term in option("CALL", 3100).items() if key != "option"}, "请补上 option"),
        ({**option("CALL", 3100, underlying=CALL), "symbol": "other"}, f"的标的 {CALL} 自己是期权"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_changes_nothing(event: Event, words: str) -> None:
    assert words in refusal(*OPENED, event)


def test_exercise_needs_the_terms_of_the_future_it_opens() -> None:
    bare = [event for event in OPENED if event is not MEAL]
    assert "m2509" in refusal(*bare, exercise(CALL, "LONG", 1))
    assert "m2509" in refusal(*bare, expire(CALL, 3100))


def test_an_option_with_another_multiple_is_refused_in_whichever_order_they_are_written() -> None:
    assert "multiple 是 10，它的标的 m2509 是 5" in refusal(option("CALL", 3000), {**MEAL, "multiple": 5})


@pytest.mark.parametrize(
    "event",
    [
        trade("BUY", "OPEN", 1, "80", CALL),
        trade("SELL", "CLOSE", 1, "80", CALL),
        exercise(CALL, "LONG", 1),
        expire(CALL, 3010),
    ],
)
def test_nothing_happens_to_a_contract_after_its_last_day(event: Event) -> None:
    ended = (*DAY_ONE, expire(CALL, 2990))
    assert f"合约 {CALL} 已经在前面的 expire 到期" in refusal(*ended, event)
    assert "到期" in refusal(*ended, settle(**{"m2509": 2990, PUT: 36}), event)


def test_an_option_opens_no_future_that_has_ended() -> None:
    assert "合约 m2509 已经在前面的 expire 到期" in refusal(*DAY_ONE, expire("m2509", 3010), exercise(CALL, "LONG", 1))


@pytest.mark.parametrize("event", [expire(PUT, 2900), settle(**{"m2509": 2900, PUT: 45})])
def test_an_underlying_has_one_settlement_price_a_day(event: Event) -> None:
    words = refusal(*DAY_ONE, expire(CALL, 3100), event)
    assert "m2509" in words
    assert "3100" in words
    assert "2900" in words


def test_the_next_day_has_a_settlement_price_of_its_own() -> None:
    ended = (*DAY_ONE, expire(CALL, 2985), settle(**{"m2509": 2985, PUT: 45}), expire(PUT, 2950))
    (left,) = last(*ended)["positions"]
    assert (left["symbol"], left["long"]["lots"], left["short"]["lots"]) == (PUT, 0, 0)
