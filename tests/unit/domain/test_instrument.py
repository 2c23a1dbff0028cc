from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.expiry import LastDayKind, LastDayRule, last_trading_day, parse_last_day_rule
from terminal.domain.products.instrument import Instrument, Kind, Rounding
from terminal.store.reference import load_reference

REFERENCE = load_reference()
ORE = REFERENCE.instrument(InstrumentId("DCE.i2101"), 20200821)
BOND = REFERENCE.find("TF2012", 20200821)


@pytest.mark.parametrize(
    ("symbol", "on", "identity", "month"),
    [
        ("AP010", 20200805, "CZCE.AP010", 202010),
        ("AP101", 20200805, "CZCE.AP101", 202101),
        ("SM705", 20170424, "CZCE.SM705", 201705),
        ("PM105", 20200821, "CZCE.PM105", 202105),
        ("TA009", 20201012, "CZCE.TA009", 202009),  # expired last month, not ten years ahead
        ("AP001", 20191231, "CZCE.AP001", 202001),
        ("AP912", 20200105, "CZCE.AP912", 201912),
        ("TA2101", 20200821, "CZCE.TA101", 202101),
        ("ru1901", 20181010, "SHFE.ru1901", 201901),
        ("I2101", 20200821, "DCE.i2101", 202101),
        ("IF1705", 20170424, "CFFEX.IF1705", 201705),
        ("sc2010", 20200821, "INE.sc2010", 202010),
        ("si2505", 20250303, "GFEX.si2505", 202505),
    ],
)
def test_a_symbol_without_its_exchange_is_found(symbol: str, on: int, identity: str, month: int) -> None:
    found = REFERENCE.find(symbol, on)
    assert (found.id, found.delivery_month, found.kind) == (identity, month, Kind.FUTURE)
    assert REFERENCE.instrument(found.id, on) == found


@pytest.mark.parametrize(
    "symbol",
    [
        "SHFE.i2101",
        "DCE.i2113",
        "DCE.i101",
        "DCE.xx2101",
        "DCE.i",
        "i2101",
        "",
        "SPOT.i",
        "SPOT.xx.日照港",
        "DCE.i2100",
    ],
)
def test_an_unknown_instrument_is_named_and_the_plan_pointed_to(symbol: str) -> None:
    with pytest.raises(UserError, match=r"\[\[instrument\]\]") as refused:
        REFERENCE.instrument(InstrumentId(symbol), 20200821)
    assert symbol.rpartition(".")[2] in refused.value.message


def test_terms_are_those_of_the_day_that_is_asked_for() -> None:
    assert REFERENCE.find("au1706", 20170424).tick == Decimal("0.05")
    assert REFERENCE.find("au2012", 20191209).tick == Decimal("0.05")
    assert REFERENCE.find("au2012", 20191210).tick == Decimal("0.02")
    assert REFERENCE.find("i2101", 20200821).vat_rate == Decimal("0.13")
    assert REFERENCE.find("ag1706", 20170424).vat_rate == Decimal("0.17")
    with pytest.raises(UserError, match=r"CZCE\.AP 自 20171222"):
        REFERENCE.find("AP805", 20170424)


def test_what_is_not_known_is_none_and_never_zero() -> None:
    old = REFERENCE.find("SM705", 20170424)
    assert old.margin_rate is None
    assert old.fees.open is None
    assert REFERENCE.find("SR101", 20200821).fees.close_today is None


def test_a_plan_overrides_single_fields() -> None:
    changed = msgspec.structs.replace(ORE, margin_rate=Decimal("0.12"), expiry=20210114)
    assert (changed.margin_rate, changed.expiry, changed.tick) == (Decimal("0.12"), 20210114, ORE.tick)


def test_spot_is_an_instrument_at_a_place() -> None:
    spot = REFERENCE.instrument(InstrumentId("SPOT.i.日照港"), 20200821)
    assert (spot.kind, spot.product, spot.multiplier) == (Kind.SPOT, "SPOT.i", Decimal(1))
    assert spot.price(spot.ticks(Decimal("905.50"))) == Decimal("905.50")
    assert spot.session is None
    assert spot.expiry is None
    assert "日照港" in spot.name


@given(st.integers(-(10**7), 10**7))
def test_ticks_and_price_are_each_others_inverse(ticks: int) -> None:
    for instrument in (ORE, BOND):
        price = instrument.price(ticks)
        assert instrument.ticks(price) == ticks
        assert instrument.on_grid(price)
        for rounding in Rounding:
            assert instrument.snap(price, rounding) == price


@given(st.decimals(-100_000, 100_000, places=6, allow_nan=False, allow_infinity=False))
def test_snapping_lands_on_the_grid_within_a_tick(price: Decimal) -> None:
    down, up = BOND.snap(price, Rounding.DOWN), BOND.snap(price, Rounding.UP)
    near = BOND.snap(price, Rounding.NEAREST)
    assert BOND.on_grid(down)
    assert BOND.on_grid(up)
    assert down <= price <= up
    assert up - down in (0, BOND.tick)
    assert abs(near - price) * 2 <= BOND.tick
    assert near in (down, up)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity", "1.797e308", "1000000000"])
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(UserError, match="不是有效价格"):
        ORE.ticks(Decimal(price))
    with pytest.raises(UserError, match="不是有效价格"):
        ORE.snap(Decimal(price), Rounding.NEAREST)
    assert not ORE.on_grid(Decimal(price))


def test_a_price_off_the_grid_is_refused_and_not_rounded() -> None:
    with pytest.raises(UserError, match=r"905\.3 不是最小变动价位 0\.5"):
        ORE.ticks(Decimal("905.3"))
    assert not ORE.on_grid(Decimal("905.3"))


def test_value_is_price_times_lots_times_multiplier() -> None:
    assert ORE.value(Decimal("900.5"), 3) == Decimal("270150.0")


def test_treasury_futures_close_at_noon_on_their_last_day() -> None:
    assert BOND.expiry == 20201211
    assert BOND.session_on(20201210) == "CFFEX.bond"
    assert BOND.session_on(20201211) == "CFFEX.bond-last"
    assert ORE.expiry is not None
    assert ORE.session_on(ORE.expiry) == ORE.session


@pytest.mark.parametrize(
    ("symbol", "on", "expiry"),
    [
        ("AP010", 20200805, 20201022),  # tenth trading day, the holiday ends on the 8th
        ("ru1901", 20181010, 20190115),
        ("cu1909", 20190916, 20190916),  # the 15th is a Sunday
        ("rb2002", 20191101, 20200217),  # the 15th is a Saturday
        ("sc2506", 20250303, 20250530),
        ("fu2101", 20200821, 20201231),
        ("IF2009", 20200821, 20200918),
        ("IF2106", 20210601, 20210618),
        ("TF1706", 20170424, 20170609),
        ("ZC011", 20200821, 20201106),
        ("eb2009", 20200821, 20200925),
        ("jd2010", 20200821, 20201027),
        ("ec2602", 20251226, 20260209),  # the last two Mondays of the month are holidays
        ("i2701", 20260801, None),  # past the calendar
        ("lu2101", 20200821, 20201231),
    ],
)
def test_last_trading_days_follow_the_exchanges_rules(symbol: str, on: int, expiry: int | None) -> None:
    assert REFERENCE.find(symbol, on).expiry == expiry


def test_last_days_agree_with_an_exchange_dump(shared_data: Path) -> None:
    file = shared_data / "reference" / "localctp" / "instrument_ctp_2025.csv"
    with file.open(encoding="gbk") as stream:
        dump = [row for row in csv.DictReader(stream) if row["ProductClass"] == "1"]
    compared = 0
    for row in dump:
        # The dump was made before the holidays of 2026 were published.
        if "20250303" <= row["ExpireDate"] < "20260101":
            assert REFERENCE.find(row["InstrumentID"], 20250303).expiry == int(row["ExpireDate"])
            compared += 1
    assert compared > 500


def test_every_recorded_contract_is_known(shared_data: Path) -> None:
    market = shared_data / "tick" / "whole_market" / "all_mains_20200821_1337_1410.csv.gz"
    with gzip.open(market, "rt", encoding="utf-8") as stream:
        symbols = {row["symbol"] for row in csv.DictReader(stream)}
    assert len(symbols) == 64
    for symbol in symbols:
        found = REFERENCE.instrument(InstrumentId(symbol), 20200821)
        assert found.id == symbol
        assert found.expiry is not None
    old = list((shared_data / "tick" / "multi_20170424").glob("*.csv.gz"))
    assert len(old) == 27
    for file in old:
        assert REFERENCE.find(file.name.partition("_")[0], 20170424).session is not None


def test_recorded_prices_lie_on_the_tick_grid(shared_data: Path) -> None:
    for file in (shared_data / "tick" / "multi_20170424").glob("*.csv.gz"):
        instrument = REFERENCE.find(file.name.partition("_")[0], 20170424)
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            prices = {row[side] for row in csv.DictReader(stream) for side in ("bidPrice1", "askPrice1")}
        off = {price for price in map(Decimal, prices) if not instrument.on_grid(price)}
        # Eleven rows of the export write 284.849 for 284.85: its own float, a thousandth off the grid.
        assert not off or instrument.code == "au"
        assert all(abs(instrument.snap(price, Rounding.NEAREST) - price) <= Decimal("0.001") for price in off)


@pytest.mark.parametrize(
    "text", ["", "friday", "friday 9", "friday 0", "someday 3", "before-month 16", "month-day 31", "before-fifteenth 3"]
)
def test_a_wrong_last_day_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"应写成|不在可用范围"):
        parse_last_day_rule(text)


def test_rules_may_count_from_the_end_of_the_month() -> None:
    def last(kind: LastDayKind, count: int, month: int) -> int | None:
        return last_trading_day(LastDayRule(kind=kind, count=count), month, REFERENCE.calendar)

    assert last(LastDayKind.FRIDAY, -1, 202008) == 20200828
    assert last(LastDayKind.FRIDAY, -1, 202007) == 20200731
    assert last(LastDayKind.FRIDAY, -2, 202010) == 20201023
    assert last(LastDayKind.MONDAY, 1, 202010) == 20201012
    assert last(LastDayKind.TRADING_DAY, 15, 202002) == 20200221
    assert last(LastDayKind.BEFORE_MONTH, -1, 202101) == 20201231


def test_an_instrument_survives_the_wire() -> None:
    for instrument in (ORE, BOND):
        assert msgspec.json.decode(msgspec.json.encode(instrument), type=Instrument) == instrument
