"""Hold the committed tables against every vintage of reference data that was recorded, each on its own day."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.days.dated import TableText
from terminal.domain.days.sessions import Phase
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.products.option_table import parse_options
from terminal.domain.products.product import Fee
from terminal.store.reference import load_reference, read_resource

REFERENCE = load_reference()
OPTIONS = parse_options(TableText(file="options.csv", text=read_resource("reference/options.csv")))
EARLY, LATE, LAST = 20200616, 20250303, 20251226
Figures = tuple[str, int, Decimal, Decimal, int | None, int | None]  # contract, day, multiplier, tick, most lots


def number(value: object) -> Decimal:
    return Decimal(str(value))


def tqsdk(folder: Path) -> list[Figures]:
    with gzip.open(folder / "tqsdk" / "symbols_2020-06-16.json.gz", "rt", encoding="utf-8") as stream:
        entries: dict[str, dict[str, Any]] = json.load(stream)
    return [
        (name, EARLY, number(one["volume_multiple"]), number(one["price_tick"]), one["max_limit_order_volume"], None)
        for name, one in entries.items()
        if one["class"] == "FUTURE" and not one["expired"]
    ]


def localctp(folder: Path) -> list[Figures]:
    with (folder / "localctp" / "instrument_ctp_2025.csv").open(encoding="gbk") as stream:
        rows = [row for row in csv.DictReader(stream) if row["ProductClass"] == "1" and row["ExpireDate"] >= "20250303"]
    return [
        (
            f"{row['ExchangeID']}.{row['InstrumentID']}",
            LATE,
            number(row["VolumeMultiple"]),
            number(row["PriceTick"]),
            int(row["MaxLimitOrderVolume"]),
            int(row["MaxMarketOrderVolume"]),
        )
        for row in rows
    ]


def homalos(folder: Path) -> list[Figures]:
    with gzip.open(folder / "homalos" / "instruments_20251226.json.gz", "rt", encoding="utf-8") as stream:
        entries: dict[str, dict[str, Any]] = json.load(stream)["instruments"]
    return [
        (
            f"{one['exchange_id']}.{one['instrument_id']}",
            LAST,
            number(one["volume_multiple"]),
            number(one["price_tick"]),
            one["max_limit_order_volume"],
            one["max_market_order_volume"],
        )
        for one in entries.values()
        if one["product_class"] == "1"
    ]


@pytest.mark.parametrize(("vintage", "at_least"), [(tqsdk, 400), (localctp, 600), (homalos, 700)])
def test_multiplier_and_tick_are_those_of_every_vintage_on_its_day(
    shared_data: Path, vintage: Callable[[Path], list[Figures]], at_least: int
) -> None:
    recorded = vintage(shared_data / "reference")
    assert len(recorded) >= at_least
    for name, day, multiplier, tick, _, _ in recorded:
        known = REFERENCE.instrument(InstrumentId(name), day)
        assert (known.id, known.multiplier, known.tick) == (name, multiplier, tick)


@pytest.mark.parametrize("vintage", [tqsdk, localctp, homalos])
def test_the_largest_order_of_a_product_is_the_largest_that_any_of_its_contracts_took(
    shared_data: Path, vintage: Callable[[Path], list[Figures]]
) -> None:
    most: dict[tuple[ProductId, int], int] = {}
    for name, day, _, _, lots, _ in vintage(shared_data / "reference"):
        product = REFERENCE.instrument(InstrumentId(name), day).product
        most[product, day] = max(most.get((product, day), 0), lots or 0)
    differing = {
        f"{product} {day}: {REFERENCE.product(product, day).max_lots} {lots}"
        for (product, day), lots in most.items()
        if lots and (REFERENCE.product(product, day).max_lots or 0) != lots
    }
    assert differing == set()


def test_options_of_2023_have_the_tables_multipliers_and_ticks(shared_data: Path) -> None:
    folder = shared_data / "reference" / "wtpy"
    products: dict[str, dict[str, dict[str, Any]]] = json.loads((folder / "fopt_comms.json").read_bytes().decode("gbk"))
    names: Final = {"CZCE": lambda code: code[:-1], "else": lambda code: code.removesuffix("_o")}
    compared = 0
    for exchange, entries in products.items():
        for code, one in entries.items():
            product = f"{exchange}.{names.get(exchange, names['else'])(code)}"
            known = OPTIONS.on(product, 20231204)
            assert known is not None, product
            assert (known.multiplier, known.tick) == (number(one["volscale"]), number(one["pricetick"])), product
            compared += 1
    assert compared >= 55


def test_the_sessions_of_2025_are_those_recorded(shared_data: Path) -> None:
    times: dict[str, dict[str, list[list[str]]]] = json.loads(
        (shared_data / "reference" / "homalos" / "trading_times.json").read_text(encoding="utf-8")
    )
    letters = {product.partition(".")[2]: product for product in REFERENCE.products()}
    day, before = 20251225, 20251224
    for code, spans in times.items():
        terms = REFERENCE.product(letters[code], day)
        assert terms.session is not None
        plan = REFERENCE.calendar.day_plan(terms.session, day)
        trading = [(one.begins_at, one.ends_at) for one in plan if one.phase is Phase.CONTINUOUS]
        said = [(clock(before, begin), clock(before, end)) for begin, end in spans.get("night", [])]
        said += [(clock(day, begin), clock(day, end)) for begin, end in spans["day"]]
        assert trading == said, code
    assert len(times) >= 70


def clock(day: int, text: str) -> int:
    hour, minute, second = (int(part) for part in text.split(":"))
    return instant(day, hour, minute, second)


# Our rows differ from that vintage on purpose, and their sources say why.
EXPLAINED: Final = {
    ("CFFEX.IF", "close_today"),
    ("CFFEX.IC", "close_today"),
    *((product, name) for product in ("DCE.eb", "CZCE.AP") for name in ("open", "close", "close_today")),
}


def test_fees_of_2022_are_those_recorded_but_where_a_source_says_why(shared_data: Path) -> None:
    recorded = json.loads((shared_data / "reference" / "wondertrader" / "fees.json").read_text(encoding="utf-8"))
    names = {"open": "open", "close": "close", "closetoday": "close_today"}
    differing = set()
    for product, said in recorded.items():
        fees = REFERENCE.product(ProductId(product), 20220104).fees
        for key, name in names.items():
            amount = number(said[key])
            lots, value = (amount, Decimal(0)) if said["byvolume"] else (Decimal(0), amount)
            if getattr(fees, name) != Fee(by_value=value, by_lot=lots):
                differing.add((product, name))
    assert len(recorded) >= 35
    assert differing == EXPLAINED


def test_margin_rates_of_2025_are_what_the_counter_asked(shared_data: Path) -> None:
    with (shared_data / "reference" / "localctp" / "instrument_ctp_2025.csv").open(encoding="gbk") as stream:
        rows = [row for row in csv.DictReader(stream) if row["ProductClass"] == "1"]
    for row in rows:
        product = REFERENCE.instrument(InstrumentId(f"{row['ExchangeID']}.{row['InstrumentID']}"), LATE).product
        assert REFERENCE.product(product, LATE).margin_rate == number(row["LongMarginRatio"]), row["InstrumentID"]
    assert len(rows) >= 600


def test_margins_and_fees_of_2020_come_to_the_yuan_recorded(shared_data: Path) -> None:
    with gzip.open(
        shared_data / "reference" / "tqsdk" / "symbols_2020-06-16.json.gz", "rt", encoding="utf-8"
    ) as stream:
        entries: dict[str, dict[str, Any]] = json.load(stream)
    recorded: dict[str, set[tuple[Decimal, Decimal]]] = {}
    for name, one in entries.items():
        if one["class"] == "FUTURE" and not one["expired"] and "-" not in (one["margin"], one["commission"]):
            product = REFERENCE.instrument(InstrumentId(name), EARLY).product
            recorded.setdefault(product, set()).add((number(one["margin"]), number(one["commission"])))
    told = r"^([A-Z]+\.[A-Za-z]+),2020-06-16,.*tqsdk 2020-06-16: [\d.]+ yuan a lot at ([\d.]+)"
    rows = re.findall(told, read_resource("reference/margins.csv"), re.MULTILINE)
    for product, price in rows:
        terms = REFERENCE.product(ProductId(product), EARLY)
        value, opening = number(price) * terms.multiplier, terms.fees.open
        assert terms.margin_rate is not None
        assert opening is not None
        ours = terms.margin_rate * value, opening.by_value * value + opening.by_lot
        near = [
            (margin, fee)
            for margin, fee in recorded[product]
            if abs(margin - ours[0]) < 1 and abs(fee - ours[1]) < Decimal("0.01")
        ]
        assert near, (product, ours, recorded[product])
    assert len(rows) >= 40
