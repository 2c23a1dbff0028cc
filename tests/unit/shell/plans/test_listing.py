from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.products.expiry import LastDayKind, LastDayRule
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.products.product import Fee, FeeClass
from terminal.shell.plans.listing import PlanListing
from terminal.shell.plans.tables import InstrumentTable
from tests.tapes import reference
from tests.unit.shell.plans.plans import CAST, HEAD, plan

DAY = 20200821
IRON = InstrumentId("DCE.i2101")
NEW = InstrumentId("DCE.xx2101")

WHOLE = """\
[[instrument]]
id = "DCE.xx2101"
multiplier = 10
tick = 0.5
quote_unit = "元/吨"
lot_unit = "吨"
fee_class = "TODAY_FIRST"
explicit_close_today = false
larger_side = true
"""


def listing(folder: Path, text: str) -> PlanListing:
    return plan(folder, HEAD, CAST, text).listing


def test_what_the_plan_does_not_name_is_as_the_reference_knows_it(tmp_path: Path) -> None:
    assert listing(tmp_path, "").instrument(IRON, DAY) is reference().instrument(IRON, DAY)


def test_terms_of_the_plan_stand_over_the_reference(tmp_path: Path) -> None:
    text = """\
[[instrument]]
id = "DCE.i2101"
broker_margin_add = "0.03"
expiry = 20210115
last_day = "friday 3"
max_lots = 7
fees.close_today = { by_value = "0.0002" }
"""
    found = listing(tmp_path, text).instrument(IRON, DAY)
    known = reference().instrument(IRON, DAY)
    assert found.broker_margin_add == Decimal("0.03")
    assert (found.expiry, found.max_lots) == (20210115, 7)
    assert found.last_day == LastDayRule(kind=LastDayKind.FRIDAY, count=3)
    assert found.fees.close_today == Fee(by_value=Decimal("0.0002"))
    assert found.fees.open == known.fees.open
    assert found.margin_rate == known.margin_rate


def test_an_instrument_the_reference_lacks_is_made_of_the_plan(tmp_path: Path) -> None:
    found = listing(tmp_path, WHOLE).instrument(NEW, DAY)
    assert (found.id, found.exchange, found.product, found.code) == (NEW, "DCE", "DCE.xx", "xx")
    assert (found.kind, found.name, found.tick) == (Kind.FUTURE, "xx2101", Decimal("0.5"))
    assert found.fee_class is FeeClass.TODAY_FIRST
    assert found.margin_rate is None


def test_a_day_before_the_reference_needs_the_whole_instrument(tmp_path: Path) -> None:
    half = listing(tmp_path, '[[instrument]]\nid = "DCE.i2101"\nmargin_rate = "0.1"\n')
    with pytest.raises(UserError):
        half.instrument(IRON, 20010105)


def test_a_recording_without_exchanges_finds_the_plans_own_names(tmp_path: Path) -> None:
    found = listing(tmp_path, WHOLE)
    assert found.find("xx2101", DAY).id == NEW
    assert found.find("i2101", DAY).id == IRON
    with pytest.raises(UserError):
        found.find("zz2101", DAY)


def test_day_facts_hold_for_their_trading_day_only(tmp_path: Path) -> None:
    text = """\
[[instrument]]
id = "DCE.i2101"
trading_day = 20200821
pre_settlement = 852.5
upper_limit = 937.5
[[instrument.day]]
trading_day = 20200824
pre_settlement = 840
"""
    found = listing(tmp_path, text)
    assert found.day_facts(IRON, DAY) == DayFacts(
        instrument=IRON, trading_day=DAY, pre_settlement=1705, upper_limit=1875
    )
    assert found.day_facts(IRON, 20200824) == DayFacts(instrument=IRON, trading_day=20200824, pre_settlement=1680)
    assert found.day_facts(IRON, 20200825) is None
    assert found.day_facts(NEW, DAY) is None


def test_day_facts_without_a_day_hold_for_every_day(tmp_path: Path) -> None:
    found = listing(tmp_path, '[[instrument]]\nid = "DCE.i2101"\nlower_limit = 800\n')
    assert found.day_facts(IRON, 20200825) == DayFacts(instrument=IRON, trading_day=20200825, lower_limit=1600)


def test_a_price_off_the_grid_is_said_with_its_line(tmp_path: Path) -> None:
    found = listing(tmp_path, '[[instrument]]\nid = "DCE.i2101"\npre_settlement = 852.3\n')
    with pytest.raises(UserError, match=r"第 \d+ 行：.*852.3"):
        found.day_facts(IRON, DAY)


def test_every_field_of_an_instrument_may_be_written_in_a_plan() -> None:
    # What it is combined with is its exchange's list, which has a table of its own.
    assert set(Instrument.__struct_fields__) - {"combinations"} <= set(InstrumentTable.__struct_fields__)


OPTION = """\
[[instrument]]
id = "DCE.i2101-C-900"
kind = "OPTION"
multiplier = 100
tick = "0.1"
quote_unit = "元/吨"
lot_unit = "吨"
fee_class = "TODAY_FIRST"
explicit_close_today = false
larger_side = false
option = { underlying = "DCE.i2101", right = "CALL", strike = 900, style = "AMERICAN" }
"""


def test_an_option_is_listed_with_its_terms(tmp_path: Path) -> None:
    found = listing(tmp_path, OPTION).instrument(InstrumentId("DCE.i2101-C-900"), DAY)
    assert found.kind is Kind.OPTION
    assert found.option == OptionTerms(underlying=IRON, right=Right.CALL, strike=Decimal(900), style=Style.AMERICAN)


@pytest.mark.parametrize("without", ['kind = "OPTION"\n', OPTION.splitlines(keepends=True)[-1]])
def test_an_option_without_its_kind_or_its_terms_is_refused(tmp_path: Path, without: str) -> None:
    with pytest.raises(UserError, match="kind 与 option 不相符"):
        listing(tmp_path, OPTION.replace(without, ""))


def test_a_plan_states_what_exercise_costs_and_until_when_it_is_asked_for(tmp_path: Path) -> None:
    text = """\
[[instrument]]
id = "DCE.m2101-C-3000"
kind = "OPTION"
option = { underlying = "DCE.m2101", right = "CALL", strike = 3000, style = "AMERICAN", requests_until = "1500" }
fees.exercise = { by_lot = "1.5" }
"""
    found = listing(tmp_path, text).instrument(InstrumentId("DCE.m2101-C-3000"), DAY)
    assert found.option is not None
    assert found.option.requests_until == 15 * 60
    assert (found.fees.exercise, found.fees.open) == (Fee(by_lot=Decimal("1.5")), None)
    known = reference().instrument(InstrumentId("DCE.m2101-C-3000"), DAY)
    assert known.option is not None
    assert (known.option.requests_until, known.fees.exercise) == (15 * 60 + 30, None)
    with pytest.raises(UserError, match="requests_until 的时刻应写成四位数字"):
        listing(tmp_path, text.replace('"1500"', '"3pm"'))


def test_a_plan_states_what_hedging_lots_pay(tmp_path: Path) -> None:
    text = '[[instrument]]\nid = "DCE.i2101"\nhedge_fees.open = { by_value = "0.00005" }\n'
    found = listing(tmp_path, text).instrument(IRON, DAY)
    assert found.hedge_fees is not None
    assert (found.hedge_fees.open, found.hedge_fees.close) == (Fee(by_value=Decimal("0.00005")), None)
    assert found.fees == reference().instrument(IRON, DAY).fees
    with pytest.raises(UserError, match="不能为负"):
        listing(tmp_path, text.replace("0.00005", "-0.1"))
