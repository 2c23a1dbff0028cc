"""DOMAIN 5 through the verb's own road: lines in, figures out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from terminal.domain.books.holding import Holding, Run
from terminal.domain.errors import InvariantError
from terminal.shell.ledgers.book import LedgerBook
from tests.ledger_lines import Event, Figures, answers, cash, last, listed, mark, settle, text_of, trade
from tests.oracle.ledgers import Drawer

DAY_ONE = (
    listed(),
    cash(1_000_000),
    trade("BUY", "OPEN", 20, 3210),
    trade("BUY", "OPEN", 10, 3220),
    trade("SELL", "CLOSE_TODAY", 5, 3230),
    mark(3228),
)
DAY_TWO = (
    trade("SELL", "CLOSE_YESTERDAY", 10, 3240),
    trade("BUY", "OPEN", 8, 3235),
    trade("SELL", "CLOSE_TODAY", 3, 3238),
    mark(3230),
)
DAY_THREE = (cash(50_000), trade("SELL", "CLOSE", 12, 3205), trade("SELL", "OPEN", 6, 3200), mark(3200))
THREE_DAYS = (
    *DAY_ONE,
    settle(rb2510=3225),
    *DAY_TWO,
    settle(rb2510=3218),
    *DAY_THREE,
    settle(rb2510=3195),
)


ADDED = ("close_profit", "close_profit_by_trade", "position_profit", "float_profit", "commission")


def picked(found: Figures, names: str) -> list[str]:
    return [found[name] for name in names.split()]


def test_the_three_day_account_stands_right_before_each_close() -> None:
    found = answers(*THREE_DAYS)
    first, second, third = (line["account"] for line in found if line["do"] == "mark")
    assert picked(first, "close_profit position_profit commission equity margin") == [
        "1000.00", "3500.00", "128.70", "1004371.30", "72315.00",
    ]  # fmt: skip
    assert picked(second, "margin available") == ["58095.00", "947538.59"]
    assert third["margin"] == "23169.60"
    fees = [line["fee"] for line in found if "fee" in line]
    assert fees == ["64.20", "32.20", "32.30", "32.40", "25.88", "19.43", "38.46", "19.20"]


def test_the_three_day_account_agrees_to_the_cent_in_both_views() -> None:
    statements = [line["statement"] for line in answers(*THREE_DAYS) if line["do"] == "settle"]
    names = (
        "close_profit position_profit close_profit_by_trade float_profit commission equity balance balance_by_trade "
        "margin available"
    )
    assert [" ".join(picked(one, names)) for one in statements] == [
        "1000.00 2750.00 1000.00 2750.00 128.70 1003621.30 1003621.30 1000871.30 72562.50 931058.80",
        "1590.00 -1900.00 3090.00 -650.00 77.71 1003233.59 1003233.59 1003883.59 57924.00 945309.59",
        "-1560.00 -1540.00 -1300.00 -2450.00 57.66 1050075.93 1050075.93 1052525.93 23004.00 1027071.93",
    ]
    assert [one["risk_degree"] for one in statements] == ["0.072301", "0.057737", "0.021907"]
    assert [one["trading_day"] for one in statements] == [1, 2, 3]


def test_however_many_lots_are_held_a_line_looks_at_few_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at, runs = 0, Holding.runs

    def counted(holding: Holding, day: int) -> Iterator[Run]:
        nonlocal looked_at
        for run in runs(holding, day):
            looked_at += 1
            yield run

    monkeypatch.setattr(Holding, "runs", counted)
    opened = 500
    found = last(listed(), cash(10_000_000), *(trade("BUY", "OPEN", 1, 3000 + number) for number in range(opened)))
    assert found["positions"][0]["long"]["lots"] == opened
    assert 0 < looked_at < 10 * opened  # with each line looking at each lot it is opened ** 2 / 2


def with_a_lot_gone() -> LedgerBook:
    """Return a book in which a fault of ours has lost one of two lots behind its sums."""
    book = LedgerBook()
    for number, event in enumerate((listed(), cash(1_000_000), trade("BUY", "OPEN", 2, 3210)), 1):
        book.take(number, text_of([event]))
    (position,) = book._book._held
    (opening,) = position.long._opened
    position.long._opened = [opening._replace(lots=1)]
    return book


def test_a_lot_that_does_not_add_up_is_found_at_the_settlement_and_at_the_end() -> None:
    with pytest.raises(InvariantError, match="今仓 2 手与逐笔开仓之和不符"):
        with_a_lot_gone().verify()
    with pytest.raises(InvariantError, match="by line 4 of a ledger"):
        with_a_lot_gone().take(4, text_of([settle(rb2510=3225)]))


def test_after_settlement_a_new_day_begins_with_the_profits_of_the_day_at_nothing() -> None:
    found = last(*DAY_ONE, settle(rb2510=3225))
    assert found["trading_day"] == 2
    zeros = picked(found["account"], "close_profit close_profit_by_trade position_profit commission")
    assert zeros == ["0.00"] * 4
    assert picked(found["account"], "static_equity equity float_profit") == ["1003621.30", "1003621.30", "2750.00"]
    (position,) = found["positions"]
    long = position["long"]
    assert (long["today"], long["yesterday"], long["open_price"], long["position_price"]) == (0, 25, "3214", "3225")


def test_a_position_shows_both_sides_in_both_views() -> None:
    (position,) = last(*THREE_DAYS[:-1])["positions"]
    assert (position["symbol"], position["flag"], position["mark"]) == ("rb2510", "HEDGE", "3200")
    assert position["long"] == {
        "lots": 8, "today": 0, "yesterday": 8, "open_price": "3229.375", "position_price": "3218",
        "close_profit": "-1560.00", "close_profit_by_trade": "-1300.00", "position_profit": "-1440.00",
        "float_profit": "-2350.00", "margin": "23169.60", "commission": "38.46", "market_value": "0.00",
    }  # fmt: skip
    assert position["short"] == {
        "lots": 6, "today": 6, "yesterday": 0, "open_price": "3200", "position_price": "3200",
        "close_profit": "0.00", "close_profit_by_trade": "0.00", "position_profit": "0.00",
        "float_profit": "0.00", "margin": "17280.00", "commission": "19.20", "market_value": "0.00",
    }  # fmt: skip


@pytest.mark.parametrize("name", ADDED)
def test_the_positions_add_up_to_the_account_after_every_line(name: str) -> None:
    for line in answers(*THREE_DAYS):
        sides = [position[side] for position in line["positions"] for side in ("long", "short")]
        assert sum(Decimal(side[name]) for side in sides) == Decimal(line["account"][name]), line


def test_both_views_give_one_equity_after_every_line() -> None:
    for line in answers(*THREE_DAYS):
        money = {name: Decimal(amount) for name, amount in line["account"].items()}
        assert money["balance_by_trade"] + money["float_profit"] == money["equity"] == money["balance"]
        by_day = money["close_profit"] + money["position_profit"] - money["commission"]
        assert money["static_equity"] + by_day == money["equity"]
        assert money["equity"] - money["margin"] == money["available"]


def test_a_position_closed_today_is_shown_until_the_day_ends() -> None:
    flat = (listed(), trade("BUY", "OPEN", 2, 3200), trade("SELL", "CLOSE_TODAY", 2, 3210))
    (position,) = last(*flat)["positions"]
    assert (position["long"]["lots"], position["long"]["open_price"]) == (0, None)
    assert position["long"]["close_profit"] == "200.00"
    assert last(*flat, settle())["positions"] == []


def test_flags_are_positions_of_their_own() -> None:
    events = (listed(), trade("BUY", "OPEN", 2, 3200), trade("BUY", "OPEN", 3, 3210, flag="SPECULATION"))
    assert [(one["flag"], one["long"]["lots"]) for one in last(*events)["positions"]] == [
        ("HEDGE", 2),
        ("SPECULATION", 3),
    ]
    silent: Event = {key: value for key, value in events[2].items() if key != "flag"}
    assert last(events[0], silent)["positions"][0]["flag"] == "SPECULATION"


def test_only_the_larger_side_of_a_product_is_charged_and_dalian_charges_both() -> None:
    near, far = listed(margin_rate="0.07"), listed("rb2601", margin_rate="0.07")
    shanghai = (near, far, trade("BUY", "OPEN", 30, 3200), trade("SELL", "OPEN", 20, 3250, "rb2601"))
    assert last(*shanghai)["account"]["margin"] == "67200.00"
    plain: dict[str, Any] = {"exchange": "DCE", "product": "m", "margin_rate": "0.08", "fee_class": None}
    dalian = [listed(name, **plain, larger_side=None) for name in ("m2509", "m2601")]
    trades = (trade("BUY", "OPEN", 10, 2985, "m2509"), trade("SELL", "OPEN", 10, 3020, "m2601"))
    assert last(*dalian, *trades)["account"]["margin"] == "48040.00"


def test_a_plain_close_pays_close_today_up_to_todays_openings() -> None:
    fee = {"open": {"per_lot": 0}, "close": {"per_lot": "1.5"}, "close_today": {"per_lot": 0.75}}
    meal = listed("m2509", exchange="DCE", product="DCE.m", fee=fee, fee_class="TODAY_FIRST", larger_side=False)
    events = (meal, trade("BUY", "OPEN", 10, 3000, "m2509"), settle(m2509=3010), trade("BUY", "OPEN", 6, 3020, "m2509"))
    assert last(*events, trade("SELL", "CLOSE", 8, 3030, "m2509"))["fee"] == "7.50"


def test_the_fee_of_a_fill_is_by_value_and_per_lot_and_rounded_once() -> None:
    fee = {"open": {"rate": 0.00005, "per_lot": 0.01}, "close": {"rate": 0}, "close_today": {"rate": 0}}
    copper = listed("cu2510", product="cu", multiple=5, tick=10, fee=fee)
    assert last(copper, trade("BUY", "OPEN", 2, 79130, "cu2510"))["fee"] == "39.59"


def test_the_exchanges_own_formula_gives_the_same_day() -> None:
    nothing = {"per_lot": 0}
    index = listed(
        "IF2512",
        exchange="CFFEX",
        product="IF",
        multiple=300,
        tick="0.2",
        fee={"open": nothing, "close": nothing, "close_today": nothing},
        fee_class="TODAY_FIRST",
    )
    events = (
        index,
        trade("BUY", "OPEN", 10, 1480, "IF2512"),
        settle(IF2512=1500),
        trade("BUY", "OPEN", 8, 1505, "IF2512"),
    )
    statement = last(*events, trade("SELL", "CLOSE", 5, 1510, "IF2512"), settle(IF2512=1515))["statement"]
    assert Decimal(statement["close_profit"]) + Decimal(statement["position_profit"]) == 61_500


def test_margin_may_be_stated_in_yuan_per_lot() -> None:
    per_lot = listed(margin_rate=None, margin_per_lot="2500.25", larger_side=False)
    found = last(per_lot, trade("BUY", "OPEN", 3, 3200), trade("SELL", "OPEN", 1, 3300), settle(rb2510=2000))
    assert found["account"]["margin"] == "10001.00"
    assert found["positions"][0]["long"]["margin"] == "7500.75"


def test_a_mark_moves_and_a_trade_does_not() -> None:
    events = (listed(), mark(3200), trade("BUY", "OPEN", 1, 3190))
    assert last(*events)["account"]["position_profit"] == "100.00"
    assert last(*events, trade("BUY", "OPEN", 1, 3150))["account"]["position_profit"] == "600.00"


def test_lots_without_a_mark_show_no_profit() -> None:
    assert last(listed(), trade("BUY", "OPEN", 1, 3190))["account"]["position_profit"] == "0.00"


def test_a_locked_pair_without_a_mark_shows_the_profit_it_has() -> None:
    found = last(listed(), trade("BUY", "OPEN", 3, 3200), trade("SELL", "OPEN", 3, 3210))
    sides = found["positions"][0]["long"], found["positions"][0]["short"]
    for name in ("position_profit", "float_profit"):
        assert found["account"][name] == "300.00"
        assert [side[name] for side in sides] == ["0.00", "300.00"]


@pytest.mark.parametrize("even", [True, False])
def test_any_ledger_adds_up_in_both_views_after_every_line(even: bool) -> None:
    for step in (step for seed in range(10) for step in Drawer(seed, even=even).steps()):
        sides = [position[side] for position in step.figures["positions"] for side in ("long", "short")]
        money = {name: Decimal(amount) for name, amount in step.figures["account"].items()}
        for name in ADDED:
            assert sum(Decimal(side[name]) for side in sides) == money[name], step.event
        assert money["balance_by_trade"] + money["float_profit"] == money["equity"] == money["balance"]
        by_day = money["close_profit"] + money["position_profit"] - money["commission"]
        assert money["static_equity"] + by_day == money["equity"]
        assert money["equity"] - money["margin"] == money["available"]


def test_cash_comes_and_goes() -> None:
    found = last(cash("1000.10"), cash(-0.05))["account"]
    assert picked(found, "static_equity equity available balance_by_trade") == ["1000.05"] * 4


def test_a_settlement_price_may_lie_between_two_ticks_and_is_the_next_mark() -> None:
    found = last(listed(), trade("BUY", "OPEN", 1, 3190), settle(rb2510="3190.7"))
    assert found["positions"][0]["mark"] == "3190.7"
    assert found["statement"]["position_profit"] == "7.00"


def test_numbers_are_taken_as_written_and_amounts_below_a_cent_are_shown() -> None:
    tiny = listed(multiple="0.1", tick="0.001", margin_rate=0)
    events = (tiny, trade("BUY", "OPEN", 1, 0.1), mark("0.201"))
    assert last(*events)["account"]["position_profit"] == "0.0101"


def test_a_price_of_many_digits_loses_none() -> None:
    big = listed(multiple="123456789012345", tick="0.000001", margin_rate="0.123456789012", fee={
        "open": {"per_lot": 0}, "close": {"per_lot": 0}, "close_today": {"per_lot": 0},
    })  # fmt: skip
    found = last(big, trade("BUY", "OPEN", 999_999_999, "999999998.999999"), mark("999999999.999999"))
    assert found["account"]["position_profit"] == "123456788888888210987655.00"
    assert found["account"]["balance"] == "123456788888888210987655.00"


def test_where_one_word_closes_all_lots_the_word_may_still_choose_the_fee() -> None:
    fee = {"open": {"per_lot": 1}, "close": {"per_lot": 2}, "close_today": {"per_lot": 5}}
    meal: Event = {"exchange": "DCE", "product": "m", "fee": fee, "fee_class": "EXPLICIT"}
    found = answers(
        listed("m2601", **meal),
        trade("SELL", "OPEN", 5, 3000, "m2601"),
        settle(m2601=3000),
        trade("BUY", "CLOSE_TODAY", 2, 3000, "m2601"),  # yesterday's lots, and the word is believed
        trade("SELL", "OPEN", 1, 3000, "m2601"),
        trade("BUY", "CLOSE_TODAY", 3, 3000, "m2601"),
        trade("BUY", "CLOSE", 1, 3000, "m2601"),
    )
    assert [line["fee"] for line in found if line["do"] == "trade"] == ["5.00", "10.00", "1.00", "15.00", "2.00"]
