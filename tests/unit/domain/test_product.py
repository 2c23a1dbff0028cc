from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.dated import TableText
from terminal.domain.days.sessions import SessionId
from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId
from terminal.domain.orders.cancel_line import CANCEL_LINE_COLUMNS
from terminal.domain.orders.kind_table import ORDER_KIND_COLUMNS
from terminal.domain.products.product import Fee, FeeClass, MarginRelease
from terminal.domain.products.tables import (
    DELIVERY_COLUMNS,
    FEE_COLUMNS,
    LIMIT_COLUMNS,
    MARGIN_COLUMNS,
    POSITION_COLUMNS,
    PRODUCT_COLUMNS,
    SIDE_COLUMNS,
    SIZE_COLUMNS,
    TAX_COLUMNS,
    ProductTables,
    ProductTexts,
    parse_products,
)
from terminal.store.reference import load_reference

REFERENCE = load_reference()
IRON = (
    "DCE.i,2020-01-01,铁矿石,100,0.5,元/吨,吨,100,TODAY_FIRST,no,no,FIFO,SINGLE_FIRST,general,yes,"
    "trading-day 10,DCE.2300,,test"
)


def table(name: str, columns: tuple[str, ...], *rows: str) -> TableText:
    return TableText(file=name, text="\n".join(["# a remark", ",".join(columns), *rows]) + "\n")


def texts(**changed: TableText) -> ProductTexts:
    plain = ProductTexts(
        products=table("products.csv", PRODUCT_COLUMNS, IRON),
        sizes=table("order_sizes.csv", SIZE_COLUMNS),
        margins=table("margins.csv", MARGIN_COLUMNS),
        delivery_margins=table("delivery_margins.csv", DELIVERY_COLUMNS),
        position_limits=table("position_limits.csv", POSITION_COLUMNS),
        larger_sides=table("larger_sides.csv", SIDE_COLUMNS),
        limits=table("price_limits.csv", LIMIT_COLUMNS),
        fees=table("fees.csv", FEE_COLUMNS),
        taxes=table("taxes.csv", TAX_COLUMNS, "general,2019-04-01,0.13,test"),
        order_kinds=table("order_kinds.csv", ORDER_KIND_COLUMNS),
        cancel_lines=table("cancel_lines.csv", CANCEL_LINE_COLUMNS),
    )
    return msgspec.structs.replace(plain, **changed)


def parse(**changed: TableText) -> ProductTables:
    return parse_products(texts(**changed), sessions={SessionId("DCE.2300"): 20160101})


def test_the_row_in_force_is_the_last_one_not_after_the_day() -> None:
    margins = table("m", MARGIN_COLUMNS, "DCE.i,2020-06-01,0.08,0.07,0.02,x", "DCE.i,2020-09-01,0.10,,,x")
    tables = parse(margins=margins)
    seen = [tables.product(ProductId("DCE.i"), day) for day in (20200531, 20200601, 20200831, 20200901)]
    assert [product.margin_rate for product in seen] == [None, Decimal("0.08"), Decimal("0.08"), Decimal("0.10")]
    assert [product.broker_margin_add for product in seen] == [None, Decimal("0.02"), Decimal("0.02"), None]


def test_a_fee_may_be_by_value_and_by_lot_and_its_absence_is_not_zero() -> None:
    tables = parse(fees=table("f", FEE_COLUMNS, "DCE.i,2020-06-01,0.00005,0.01,,0,,,x"))
    fees = tables.product(ProductId("DCE.i"), 20200601).fees
    assert fees.open is not None
    assert (fees.open.by_value, fees.open.by_lot) == (Decimal("0.00005"), Decimal("0.01"))
    assert fees.close is not None
    assert (fees.close.by_value, fees.close.by_lot) == (Decimal(0), Decimal(0))
    assert fees.close_today is None


def test_a_day_before_the_first_contract_row_is_refused() -> None:
    with pytest.raises(UserError, match=r"DCE\.i 自 20200101"):
        parse().product(ProductId("DCE.i"), 20191231)
    with pytest.raises(UserError, match=r"未知品种 DCE\.zz"):
        parse().product(ProductId("DCE.zz"), 20200101)


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("product", "iron", r"DCE\.i"),
        ("from", "2020-13-01", "应为日期"),
        ("multiplier", "0", "应为正数"),
        ("multiplier", "-100", "不小于 0"),
        ("quote_unit", "美元/桶", "按人民币记账"),  # nothing is added up across currencies
        ("tick", "", "应为正数"),
        ("tick", "abc", "应为数字"),
        ("tick", "NaN", "有限数"),
        ("tick", "sNaN", "有限数"),
        ("fee_class", "SOMETIMES", "EXPLICIT"),
        ("match", "LIFO", "FIFO"),
        ("margin_release", "", "不能为空"),
        ("explicit_close_today", "true", "yes 或 no"),
        ("tax_class", "huge", r"taxes\.csv"),
        ("last_day", "someday", "trading-day 10"),
        ("product", "DCE.iron", "一至三个字母"),
        ("session", "DCE.0500", r"sessions\.csv"),
        ("source", "", "不能为空"),
    ],
)
def test_a_wrong_contract_row_is_refused_with_file_line_and_column(column: str, value: str, problem: str) -> None:
    cells = IRON.split(",")
    cells[PRODUCT_COLUMNS.index(column)] = value
    with pytest.raises(UserError, match=problem) as refused:
        parse(products=table("products.csv", PRODUCT_COLUMNS, ",".join(cells)))
    assert f"products.csv 第 3 行：{column}" in refused.value.message


def test_a_session_of_another_exchange_is_refused() -> None:
    with pytest.raises(UserError, match=r"products\.csv 第 3 行：session = “DCE\.2300”，应是 GFEX 的时段"):
        parse(products=table("products.csv", PRODUCT_COLUMNS, IRON.replace("DCE.i", "GFEX.i")))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("margins", table("t", MARGIN_COLUMNS, "DCE.i,2020-01-01,8,,,x"), "0 到 1"),
        ("margins", table("t", MARGIN_COLUMNS, "DCE.zz,2020-01-01,0.08,,,x"), r"不在 products\.csv"),
        ("margins", table("t", MARGIN_COLUMNS, "DCE.i,2020-02-01,0.1,,,x", "DCE.i,2020-02-01,0.1,,,x"), "先后"),
        ("limits", table("t", LIMIT_COLUMNS, "DCE.i,2020-01-01,,x"), "不能为空"),
        ("fees", table("t", FEE_COLUMNS, "DCE.i,2020-01-01,-1,,,,,,x"), "不小于 0"),
        ("taxes", table("t", TAX_COLUMNS, "general,2020-01-01,,x"), "不能为空"),
        ("larger_sides", table("t", SIDE_COLUMNS, "DCE.i,2020-01-01,last-day -4,maybe,x"), "应为 yes 或 no"),
        ("delivery_margins", table("t", DELIVERY_COLUMNS, "DCE.i,2020-01-01,soon,0.1,x"), "-1 trading-day 15"),
        ("delivery_margins", table("t", DELIVERY_COLUMNS, "DCE.i,2020-01-01,-1 month-day 31,0.1,x"), "last-day -2"),
        ("delivery_margins", table("t", DELIVERY_COLUMNS, "DCE.i,2020-01-01,0 trading-day 1,,x"), "不能为空"),
        ("delivery_margins", table("t", DELIVERY_COLUMNS, *["DCE.i,2020-01-01,last-day 0,0.1,x"] * 2), "不能重复"),
        (
            "delivery_margins",
            table("t", DELIVERY_COLUMNS, "DCE.i,2020-01-01,last-day 0,0.1,x", "DCE.i,2019-01-01,last-day 0,0.1,x"),
            "先后",
        ),
        ("position_limits", table("t", POSITION_COLUMNS, "DCE.i,2020-01-01,listed,100,5000,,x"), "同时"),
        ("position_limits", table("t", POSITION_COLUMNS, "DCE.i,2020-01-01,listed,,5000,0.1,x"), "不能为空"),
        ("position_limits", table("t", POSITION_COLUMNS, "DCE.i,2020-01-01,listed,-5,,,x"), "正整数"),
        ("position_limits", table("t", POSITION_COLUMNS, "DCE.i,2020-01-01,listed,5,,,"), "不能为空"),
        ("sizes", table("t", SIZE_COLUMNS, "DCE.i,2020-01-01,10,5,,x"), "不能大于"),
        ("sizes", table("t", SIZE_COLUMNS, "DCE.i,2020-01-01,1.5,5,,x"), "正整数"),
        ("sizes", table("t", SIZE_COLUMNS, "DCE.i,2020-01-01,0,5,,x"), "正整数"),
        ("sizes", table("t", SIZE_COLUMNS[:-1]), "表头"),
        ("sizes", table("t", SIZE_COLUMNS, "DCE.i,2020-01-01,1,5,x"), "应有 6 列，实有 5 列"),
    ],
)
def test_a_wrong_row_of_the_other_tables_is_refused(name: str, text: TableText, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        parse(**{name: text})


def test_the_committed_tables_cover_six_exchanges() -> None:
    products = [REFERENCE.product(product, 20251226) for product in REFERENCE.products()]
    assert {product.exchange for product in products} == {"SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"}
    assert len(products) >= 80
    for product in products:
        explicit = product.exchange in {"SHFE", "INE"}
        assert product.explicit_close_today is explicit
        assert (product.fee_class is FeeClass.EXPLICIT) is explicit
        assert (product.margin_release is MarginRelease.SINGLE_FIRST) is (product.exchange in {"DCE", "CZCE"})
        assert product.session in REFERENCE.calendar.sessions
        assert product.last_day is not None


def test_net_price_products_are_those_of_the_international_exchange() -> None:
    commodities = (REFERENCE.product(product, 20251226) for product in REFERENCE.products())
    net = {product.product for product in commodities if not product.quote_taxed and product.exchange != "CFFEX"}
    assert net == {"INE.sc", "INE.lu", "INE.nr", "INE.bc", "INE.ec"}


def test_the_larger_side_is_charged_where_the_exchange_says_so() -> None:
    larger = {p for p in REFERENCE.products() if REFERENCE.product(p, 20251226).larger_side}
    assert {"SHFE.rb", "INE.sc", "CFFEX.IF"} <= larger
    assert not larger & {"INE.ec", "DCE.i", "CZCE.AP", "GFEX.si"}


def test_treasuries_charge_the_larger_side_as_both_vintages_flag_them() -> None:
    # MaxMarginSideAlgorithm is 1 for every treasury future of a later month in 2025, mmsa 1 for every one in June 2020.
    for product in ("TS", "TF", "T", "TL"):
        days = [20250303, 20200616] if product != "TL" else [20250303]
        assert all(REFERENCE.product(ProductId(f"CFFEX.{product}"), day).larger_side for day in days)


@pytest.mark.parametrize(
    ("product", "day", "opening", "today"),
    [
        ("DCE.eb", 20220104, Fee(by_lot=Decimal(3)), Fee(by_lot=Decimal(3))),  # not the 0.3 of one vintage
        ("CZCE.AP", 20220104, Fee(by_lot=Decimal(5)), Fee(by_lot=Decimal(20))),  # nor its 0.5 and 0
        ("CZCE.AP", 20260608, Fee(by_lot=Decimal(5)), Fee(by_lot=Decimal(10))),
        ("DCE.pg", 20261127, Fee(by_lot=Decimal(6)), Fee(by_lot=Decimal(6))),
        ("SHFE.ao", 20241101, Fee(by_value=Decimal("0.0003")), Fee(by_value=Decimal("0.0003"))),
        ("SHFE.ao", 20250331, Fee(by_value=Decimal("0.00015")), Fee(by_value=Decimal("0.00015"))),
        ("SHFE.ao", 20260708, Fee(by_value=Decimal("0.0001")), None),  # a table that leaves close-today out
        ("SHFE.ao", 20261127, Fee(by_value=Decimal("0.0001")), Fee(by_value=Decimal("0.0001"))),
        ("SHFE.br", 20240426, Fee(by_value=Decimal("0.00002")), Fee(by_value=Decimal("0.00002"))),
        ("INE.bc", 20261127, Fee(by_value=Decimal("0.00001")), Fee()),
        ("DCE.lh", 20210108, Fee(by_value=Decimal("0.0002")), Fee(by_value=Decimal("0.0004"))),
        ("DCE.lh", 20261127, Fee(by_value=Decimal("0.0001")), Fee(by_value=Decimal("0.0002"))),
        ("CZCE.PR", 20261127, Fee(by_value=Decimal("0.00005")), Fee()),
        ("CZCE.SF", 20261127, Fee(by_lot=Decimal(2)), Fee()),
        ("CFFEX.TL", 20230421, Fee(by_lot=Decimal(3)), Fee()),
        ("GFEX.pt", 20261127, Fee(by_value=Decimal("0.0001")), Fee()),
    ],
)
def test_fees_are_those_of_the_notices(product: str, day: int, opening: Fee, today: Fee | None) -> None:
    fees = REFERENCE.product(ProductId(product), day).fees
    assert (fees.open, fees.close, fees.close_today) == (opening, opening, today)


def test_platinum_follows_its_three_notices_and_the_freight_index_its_tick() -> None:
    seen = [REFERENCE.product(ProductId("GFEX.pt"), day) for day in (20251127, 20251225, 20251226, 20260205, 20260206)]
    rates = [(str(one.margin_rate), str(one.price_limit)) for one in seen]
    assert rates == [("0.09", "0.07")] * 2 + [("0.12", "0.1")] * 2 + [("0.22", "0.2")]
    ticks = [REFERENCE.product(ProductId("INE.ec"), day).tick for day in (20260508, 20260511)]
    assert ticks == [Decimal("0.1"), Decimal("0.5")]


def test_a_limit_order_and_a_market_order_have_their_own_sizes() -> None:
    seen = [REFERENCE.product(ProductId(f"CZCE.{one}"), 20261127) for one in ("TA", "MA", "SA", "PK")]
    assert {(one.min_lots, one.max_lots, one.max_market_lots) for one in seen} == {(1, 1000, 200)}
    bond = REFERENCE.product(ProductId("CFFEX.TL"), 20230421)
    assert (bond.max_lots, bond.max_market_lots) == (50, 30)


def test_recorded_figures_of_june_2020_come_out_again() -> None:
    rebar = REFERENCE.product(ProductId("SHFE.rb"), 20200821)
    assert (rebar.margin_rate, rebar.max_lots) == (Decimal("0.08"), 500)
    assert rebar.fees.open is not None
    # 2873.60 yuan of margin and 3.592 yuan of fee a lot at 3592, as the vintage of 2020-06-16 recorded them.
    assert Decimal(3592) * rebar.multiplier * Decimal("0.08") == Decimal("2873.60")
    assert Decimal(3592) * rebar.multiplier * rebar.fees.open.by_value == Decimal("3.592")


def own(name: str, *rows: str) -> TableText:
    plain: TableText = getattr(texts(), name)
    header = plain.text.splitlines()[1]
    return msgspec.structs.replace(plain, own=TableText(file=f"own/{plain.file}", text="\n".join([header, *rows])))


def test_own_rows_add_a_product_and_override_from_their_first_date_on() -> None:
    margins = table("m", MARGIN_COLUMNS, "DCE.i,2020-01-01,0.08,,,x", "DCE.i,2020-09-01,0.11,,,x")
    mine = TableText(file="own/m", text=",".join(MARGIN_COLUMNS) + "\nDCE.i,2020-06-01,0.15,,0.03,broker\n")
    tables = parse(
        margins=msgspec.structs.replace(margins, own=mine),
        products=own("products", IRON.replace("DCE.i", "DCE.zz").replace("2020-01-01", "2021-01-01")),
    )
    rates = [tables.product(ProductId("DCE.i"), day).margin_rate for day in (20200531, 20200601, 20200901, 20260101)]
    # A later release's row of 2020-09-01 does not take the place of what the person wrote.
    assert rates == [Decimal("0.08"), Decimal("0.15"), Decimal("0.15"), Decimal("0.15")]
    assert tables.product(ProductId("DCE.zz"), 20210104).multiplier == 100
    assert tables.own() == (ProductId("DCE.i"), ProductId("DCE.zz"))


def test_an_own_row_replaces_the_committed_one_of_its_date() -> None:
    tables = parse(products=own("products", IRON.replace("铁矿石,100", "铁矿石,50")))
    assert tables.product(ProductId("DCE.i"), 20200101).multiplier == 50
    assert tables.ids() == (ProductId("DCE.i"),)


def test_a_wrong_own_row_is_refused_with_its_own_file_and_line() -> None:
    with pytest.raises(UserError, match=r"own/products\.csv 第 2 行：tick = “0”，应为正数"):
        parse(products=own("products", IRON.replace("100,0.5", "100,0")))


def test_an_own_schedule_replaces_the_committed_one_whole() -> None:
    committed = ["DCE.i,2020-01-01,listed,900,,,x", "DCE.i,2020-01-01,0 trading-day 1,300,,,x"]
    limits = table("p", POSITION_COLUMNS, *committed)
    header = ",".join(POSITION_COLUMNS)
    mine = TableText(
        file="own/p", text=f"{header}\nDCE.i,2020-01-01,listed,90,,,x\nDCE.i,2020-01-01,last-day 0,9,,,x\n"
    )
    schedule = parse(position_limits=msgspec.structs.replace(limits, own=mine)).position_limits.on("DCE.i", 20200101)
    assert schedule is not None
    assert [step.value.lots for step in schedule if step.value] == [90, 9]
