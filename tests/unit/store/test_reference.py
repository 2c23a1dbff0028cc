from __future__ import annotations

import csv
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.days.sessions import Phase, SessionId
from terminal.domain.errors import UserError
from terminal.store.reference import (
    PRODUCT_TABLES,
    load_calendar,
    load_reference,
    read_resource,
    resource_root,
    tables_sha256,
)


def copied(target: Path) -> Path:
    with_source = Path(str(resource_root()))
    for folder in ("calendar", "reference"):
        shutil.copytree(with_source / folder, target / folder)
    return target


def test_the_packaged_tables_load() -> None:
    reference = load_reference()
    assert len(reference.products()) >= 80
    assert reference.calendar.trading_days(20260101, 20261231)


def test_another_root_gives_the_same_reference(tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert load_reference(root=root).products() == load_reference().products()
    assert load_calendar(root=root).sessions == load_calendar().sessions


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "reference" / "fees.csv").unlink()
    with pytest.raises(UserError, match=r"resources/reference/fees\.csv"):
        load_reference(root=root)


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "calendar" / "holidays.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"resources/calendar/holidays\.csv"):
        load_calendar(root=root)


def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path) -> None:
    root = copied(tmp_path)
    table = root / "reference" / "margins.csv"
    table.write_text(table.read_text(encoding="utf-8") + "DCE.i,2026-01-01,9,,,test\n", encoding="utf-8")
    lines = len(table.read_text(encoding="utf-8").splitlines())
    with pytest.raises(UserError, match=rf"resources/reference/margins\.csv 第 {lines} 行：margin_rate"):
        load_reference(root=root)


def test_every_row_names_its_source() -> None:
    for name in PRODUCT_TABLES.values():
        text = read_resource(f"reference/{name}")
        assert all(line.rstrip().rpartition(",")[2] for line in text.splitlines() if line[0] != "#")


NOVEMBER = 20261127


def position_limits(product: str) -> list[str]:
    """Return the lots of a product's latest schedule, step by step."""
    table = [row for row in read_resource("reference/position_limits.csv").splitlines() if row[0] != "#"]
    rows = [row for row in csv.DictReader(table) if row["product"] == product]
    latest = max((row["from"] for row in rows), default="")
    return [row["lots"] for row in rows if row["from"] == latest]


def test_what_is_not_known_is_what_the_guide_says() -> None:
    reference = load_reference()
    terms = [reference.product(product, NOVEMBER) for product in reference.products()]
    assert not [one.product for one in terms if None in (one.margin_rate, one.fees.open, one.fees.close)]
    guide = (Path(__file__).parents[3] / "docs" / "reference.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| (平今手续费|涨跌停板|持仓限额，[^|]*) \| (.*) \|$", guide, re.MULTILINE))
    assert said["平今手续费"].split() == [one.product for one in terms if one.fees.close_today is None]
    assert said["涨跌停板"].split() == [one.product for one in terms if one.price_limit is None]
    assert f"三项手续费齐全 {len(terms) - len(said['平今手续费'].split())} 个" in guide
    assert f"涨跌停板 {len(terms) - len(said['涨跌停板'].split())} 个" in guide
    schedules = {one.product: position_limits(one.product) for one in terms}
    none = [product for product, lots in schedules.items() if not any(lots)]
    part = [product for product, lots in schedules.items() if any(lots) and not all(lots)]
    assert said["持仓限额，一个阶段也没有"].split() == none
    assert said["持仓限额，只知道一部分阶段"].split() == part
    whole = len(terms) - len(none) - len(part)
    assert f"持仓限额都有 {whole} 个（另有 {len(part)} 个只知道一部分阶段）" in guide


ZZ = "GFEX.zz,2024-01-02,试验品,10,1,元/吨,吨,10,TODAY_FIRST,no,no,FIFO,LOTS,general,yes,trading-day 10,GFEX.day,,合同"


LATE = "GFEX.late,GFEX,2024-01-02,2000-2100,1955-1959-2000,1000-1130 1330-1500,0955-0959-1000,none,合同"


def own(data: Path, name: str, *rows: str) -> Path:
    folder = data / "reference"
    folder.mkdir(exist_ok=True)
    table = read_resource(f"{'calendar' if name in ('sessions.csv', 'holidays.csv') else 'reference'}/{name}")
    header = next(line for line in table.splitlines() if line[0] != "#")
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder / name


def test_a_person_adds_a_product_by_rows_in_the_data_folder(tmp_path: Path) -> None:
    before = tables_sha256(data=tmp_path)
    own(tmp_path, "products.csv", ZZ)
    own(tmp_path, "margins.csv", "GFEX.zz,2024-01-02,0.09,0.08,0.02,合同")
    own(
        tmp_path,
        "fees.csv",
        "GFEX.zz,2024-01-02,0.0001,,0.0001,,,0,合同",
        "DCE.i,2024-01-02,0.0002,,0.0002,,0.0002,,合同",
    )
    reference = load_reference(data=tmp_path)
    listed = reference.find("zz2405", 20240105)
    assert (listed.id, listed.name, listed.expiry, listed.session) == (
        "GFEX.zz2405",
        "试验品2405",
        20240517,
        "GFEX.day",
    )
    assert (listed.margin_rate, listed.hedge_margin_rate) == (Decimal("0.09"), Decimal("0.08"))
    ore = reference.find("i2405", 20240105).fees.close_today
    assert ore is not None
    assert ore.by_value == Decimal("0.0002")
    assert reference.own_products() == ("DCE.i", "GFEX.zz")
    assert tables_sha256(data=tmp_path) != before == tables_sha256()


def test_a_person_adds_sessions_and_changes_those_that_are_there_from_a_day_on(tmp_path: Path) -> None:
    before = tables_sha256(data=tmp_path)
    day = "DCE.2300,DCE,2024-03-01,2100-2200,2055-2059-2100,0900-1015 1030-1130 1330-1500,0855-0859-0900,auction,公告"
    own(tmp_path, "sessions.csv", LATE, day)
    own(tmp_path, "products.csv", ZZ.replace("GFEX.day", "GFEX.late"))
    reference = load_reference(data=tmp_path)
    calendar, session = reference.calendar, reference.find("zz2405", 20240105).session
    assert session == "GFEX.late"
    open_at = [
        hour for hour in range(24) if calendar.session(session, instant(20240105, hour, 1)).phase is Phase.CONTINUOUS
    ]
    assert open_at == [10, 11, 14, 20]  # half past one is not full hour
    meal = [calendar.session(SessionId("DCE.2300"), instant(on, 22, 30)).phase for on in (20240228, 20240229)]
    assert meal == [Phase.CONTINUOUS, Phase.CLOSED]  # the evening before 1 March belongs to it
    assert load_calendar(data=tmp_path).sessions == calendar.sessions
    assert "GFEX.late" not in load_calendar().sessions
    assert tables_sha256(data=tmp_path) != before


def test_a_product_whose_sessions_are_not_known_on_its_first_day_is_refused(tmp_path: Path) -> None:
    own(tmp_path, "sessions.csv", LATE.replace("2024-01-02", "2024-01-03"))
    file = own(tmp_path, "products.csv", ZZ.replace("GFEX.day", "GFEX.late"))
    with pytest.raises(UserError, match="这个时段自 20240103 起才有资料，晚于这一行的 from") as refused:
        load_reference(data=tmp_path)
    assert refused.value.message.startswith(f"{file} 第 2 行：session")
    own(tmp_path, "products.csv", ZZ.replace("GFEX.day", "GFEX.early"))
    with pytest.raises(UserError, match=r"请先在 reference/sessions\.csv 中写它的一行"):
        load_reference(data=tmp_path)


def test_an_own_row_that_is_wrong_is_named_with_its_file(tmp_path: Path) -> None:
    file = own(tmp_path, "margins.csv", "GFEX.zz,2024-01-02,0.09,,,合同")
    with pytest.raises(
        UserError, match=r"margins\.csv 第 2 行：product = “GFEX\.zz”，不在 products\.csv 中"
    ) as refused:
        load_reference(data=tmp_path)
    assert refused.value.message.startswith(str(file))


def test_an_own_combination_that_is_wrong_stops_the_start_as_any_other_row(tmp_path: Path) -> None:
    file = own(tmp_path, "combinations.csv", "DCE.SP,2024-01-02,zz,m,500,,合同")
    with pytest.raises(UserError, match=r"combinations\.csv 第 2 行：first = “zz”，不在 products\.csv 中") as refused:
        load_reference(data=tmp_path)
    assert refused.value.message.startswith(str(file))


def test_a_table_of_an_unknown_name_is_refused_with_the_names_that_are_known(tmp_path: Path) -> None:
    own(tmp_path, "fees.csv").rename(tmp_path / "reference" / "fee.csv")
    with pytest.raises(UserError, match=r"fee\.csv 不是资料表：这里只认 products\.csv"):
        load_reference(data=tmp_path)


def test_an_own_table_of_another_encoding_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = own(tmp_path, "products.csv", ZZ)
    file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    with pytest.raises(UserError, match="另存为 UTF-8"):
        load_reference(data=tmp_path)


YEAR = ("2027-01-01,first", "2027-12-31,last", "2027-01-01,closed", "2027-02-08,closed")


def test_a_person_adds_the_holidays_of_the_next_year(tmp_path: Path) -> None:
    before = tables_sha256(data=tmp_path)
    assert load_reference().find("rb2705", 20261130).expiry is None
    with pytest.raises(UserError, match=r"reference/holidays\.csv"):
        load_calendar().next_day(20261231)
    own(tmp_path, "holidays.csv", *YEAR)
    reference = load_reference(data=tmp_path)
    calendar = reference.calendar
    assert (calendar.first, calendar.last) == (20120101, 20271231)
    assert (calendar.next_day(20261231), calendar.next_day(20270205)) == (20270104, 20270209)
    assert calendar.trading_day(instant(20261231, 21)) == 20270104
    assert reference.find("rb2705", 20261130).expiry == 20270517
    assert reference.find("m2705-C-3000", 20261130).expiry is not None
    assert load_calendar(data=tmp_path).last == 20271231
    assert tables_sha256(data=tmp_path) != before


def test_an_own_year_that_the_program_has_counts_instead_and_the_rest_stays(tmp_path: Path) -> None:
    house = load_calendar()
    own(tmp_path, "holidays.csv", "2025-01-01,first", "2025-12-31,last", "2025-01-01,closed", "2025-03-03,closed")
    calendar = load_calendar(data=tmp_path)
    assert (calendar.is_trading_day(20250303), house.is_trading_day(20250303)) == (False, True)
    assert (calendar.is_trading_day(20250501), house.is_trading_day(20250501)) == (True, False)
    for first, last in ((20120101, 20241231), (20260101, 20261231)):
        assert calendar.trading_days(first, last) == house.trading_days(first, last)


@pytest.mark.parametrize(
    ("rows", "line", "problem"),
    [
        (("2028-01-01,first", "2028-12-31,last", "2028-01-03,closed"), 2, "不晚于 2027-01-01，与程序自带的日历相接"),
        (("2027-02-01,first", YEAR[1], YEAR[3]), 2, "应是某年的 1 月 1 日"),
        ((YEAR[0], "2027-06-30,last", *YEAR[2:]), 3, "应是某年的 12 月 31 日"),
        ((*YEAR, "2027-02-06,closed"), 6, "周末本来就休市"),
        ((*YEAR, "2028-01-03,closed"), 6, "不在 first 与 last 两天之间"),
        ((*YEAR, "2027-02-08,closed"), 6, "重复"),
        (YEAR[:2], 3, "2027 年一个休市日也没有写"),
        ((YEAR[0], "2028-12-31,last", *YEAR[2:]), 3, "2028 年一个休市日也没有写"),
    ],
)
def test_an_own_year_that_is_wrong_is_named_with_file_row_and_column(
    tmp_path: Path, rows: tuple[str, ...], line: int, problem: str
) -> None:
    file = own(tmp_path, "holidays.csv", *rows)
    with pytest.raises(UserError, match=problem) as refused:
        load_reference(data=tmp_path)
    assert refused.value.message.startswith(f"{file} 第 {line} 行：day = ")


def test_a_product_that_differs_only_by_case_is_refused(tmp_path: Path) -> None:
    own(tmp_path, "products.csv", ZZ.replace("GFEX.zz", "GFEX.AP"))
    with pytest.raises(UserError, match="只差大小写"):
        load_reference(data=tmp_path)
