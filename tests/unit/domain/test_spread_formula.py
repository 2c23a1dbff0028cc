from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.spread_formula import (
    FormulaError,
    Term,
    currency_of,
    formula_text,
    ratio_text,
    read_formula,
    read_legs,
    read_ratio,
)
from terminal.domain.products.instrument import Instrument
from tests.tapes import reference

DAY = 20250602


def find(name: str) -> Instrument | None:
    if name == "usd2510":  # no mainland price is counted in dollars; a plan may describe one that is
        return replace(reference().find("sc2510", DAY), id="INE.usd2510", quote_unit="美元/桶")
    try:
        return reference().instrument(InstrumentId(name), DAY) if "." in name else reference().find(name, DAY)
    except UserError:  # whatever is wrong with a name, there is no such contract
        return None


def test_the_mill_spread_of_the_worked_example() -> None:
    legs = read_legs("rb2510 - 1.6*i2509 - 0.5*j2509", "100:16:5", find)
    assert [(leg.instrument, leg.coefficient, leg.lots) for leg in legs] == [
        ("SHFE.rb2510", Decimal(1), 100),
        ("DCE.i2509", Decimal("-1.6"), -16),
        ("DCE.j2509", Decimal("-0.5"), -5),
    ]
    assert (formula_text(legs), ratio_text(legs)) == ("rb2510 - 1.6*i2509 - 0.5*j2509", "100:16:5")


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("rb2510-rb2601", "rb2510 - rb2601"),
        ("-rb2510+rb2601*2", "-rb2510 + 2*rb2601"),
        ("(rb2510 - i2509*1.60) / 2", "0.5*rb2510 - 0.8*i2509"),
        ("2*(rb2510-(i2509-j2509))", "2*rb2510 - 2*i2509 + 2*j2509"),
        ("rb2510 － 1.6×i2509 ＋ j2509÷4", "rb2510 - 1.6*i2509 + 0.25*j2509"),
        ("SHFE.rb2510 - .5*DCE.i2509", "rb2510 - 0.5*i2509"),
        ("RB2510 - I2509", "rb2510 - i2509"),
        ("rb2510 + i2509 - 2*RB2510", "-rb2510 + i2509"),
        ("--rb2510 - +i2509", "rb2510 - i2509"),
        ("3*4*rb2510/8 - i2509 + 5 - 5", "1.5*rb2510 - i2509"),
        ("AP510 - AP601", "AP510 - AP601"),
    ],
)
def test_a_formula_is_printed_back_canonical_and_reads_the_same_again(typed: str, canonical: str) -> None:
    legs = read_legs(typed, "", find)
    assert formula_text(legs) == canonical
    assert read_legs(formula_text(legs), ratio_text(legs), find) == legs


@pytest.mark.parametrize(
    ("typed", "place", "reason"),
    [
        ("", 1, "这里应是合约或数字"),
        ("rb2510", 1, "应有 2 至 8 腿，现为 1 腿"),
        ("rb2510 - xx2509", 10, "没有合约 xx2509"),
        ("rb2510 - i2509/0", 15, "不能除以零"),
        ("rb2510 - i2509/(2-2)", 15, "不能除以零"),
        ("rb2510*i2509", 7, "合约不能与合约相乘"),
        ("rb2510 - i2509*i2509", 15, "合约不能与合约相乘"),
        ("1/rb2510 - i2509", 2, "不能除以合约"),
        ("rb2510 - 0*i2509", 12, "i2509 的系数合计为零"),
        ("rb2510 - i2509 - rb2510", 1, "rb2510 的系数合计为零"),
        ("rb2510 - i2509 + 300", 1, "多出一个常数"),
        ("rb2510 - i2509/3", 10, "除不尽"),
        ("rb2510 - 0.0000000000001*i2509", 26, "除不尽"),
        ("1000000*rb2510 - i2509", 9, "应小于 1,000,000"),
        ("rb2510 - 1.6i2509", 13, "缺少 + - * /"),
        ("rb2510 - i2509)", 15, "缺少 + - * /"),
        ("(rb2510 - i2509", 1, "没有合上"),
        ("rb2510 - ", 10, "这里应是合约或数字"),
        ("rb2510 - * i2509", 10, "这里应是合约或数字"),
        ("rb2510 ** 2 - i2509", 9, "这里应是合约或数字"),
        ("rb2510 - i2509 % 2", 16, "认不得“%”"),
        ("rb2510 - 1e3*i2509", 11, "缺少 + - * /"),
        ("__import__('os').system('ls')", 1, "认不得“_”"),
        ("rb2510.__class__ - i2509", 7, "认不得“.”"),
        ("exec(rb2510) - i2509", 5, "缺少 + - * /"),
        ("lambda - i2509", 1, "没有合约 lambda"),
        ("rb2510 - i2509; i2509", 15, "认不得“;”"),
        ("rb2510 - [i2509]", 10, "认不得“[”"),
        ("rb2510 - '" + "x" * 10, 10, "认不得"),
        ("(" * 21 + "rb2510" + ")" * 21 + " - i2509", 21, "最多套 20 层"),
        ("-" * 5000 + "rb2510", 401, "最长 400 个字符"),
        ("rb2510 - usd2510", 10, "usd2510 以美元计价，rb2510 以元计价"),
        ("rb2510 - SHFE.rb2510 - i2509", 10, "与前面的合约是同一个"),
        ("rb2505+rb2510+rb2601+i2509+i2601+j2509+j2601+hc2510+hc2601", 1, "现为 9 腿"),
    ],
)
def test_what_is_no_linear_sum_of_known_contracts_is_refused_with_place_and_reason(
    typed: str, place: int, reason: str
) -> None:
    with pytest.raises(FormulaError) as refused:
        read_legs(typed, "", find)
    assert (refused.value.field, refused.value.place) == ("formula", place)
    assert refused.value.message.startswith(f"公式第 {place} 个字符：")
    assert reason in refused.value.message


@pytest.mark.parametrize(
    ("ratio", "place", "reason"),
    [
        ("100:0:5", 2, "不能为零"),
        ("100:-16:5", 2, "不能为零"),
        ("100:16", 2, "共 2 项，公式有 3 个合约"),
        ("100:16:5:1", 4, "共 4 项，公式有 3 个合约"),
        ("100:x:5", 2, "应为正整数手"),
        ("1.5:1:1", 1, "应为正整数手"),
        ("1:1:99999999", 3, "应为正整数手"),
    ],
)
def test_a_ratio_that_gives_no_whole_lots_for_every_leg_is_refused(ratio: str, place: int, reason: str) -> None:
    with pytest.raises(FormulaError) as refused:
        read_ratio(ratio, 3)
    assert (refused.value.field, refused.value.place) == ("ratio", place)
    assert reason in refused.value.message


def test_a_ratio_may_be_typed_in_several_ways_or_left_out() -> None:
    assert [read_ratio(one, 3) for one in ("100:16:5", "100：16：5", " 100 16, 5 ", "100/16/5", "")] == [
        (100, 16, 5),
        (100, 16, 5),
        (100, 16, 5),
        (100, 16, 5),
        (1, 1, 1),
    ]


def test_index_points_and_yuan_are_one_currency() -> None:
    index, rebar, foreign = find("IF2509"), find("rb2510"), find("usd2510")
    assert index is not None
    assert rebar is not None
    assert foreign is not None
    assert (currency_of(index), currency_of(rebar), currency_of(foreign)) == ("元", "元", "美元")


def read_or_refused(typed: str) -> tuple[Term, ...] | FormulaError:
    try:
        return read_formula(typed)
    except FormulaError as refused:
        return refused


@given(st.text(alphabet="rbij2509 .+-*/()0ｘ_'\"", max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_one_sentence(typed: str) -> None:
    read = read_or_refused(typed)
    if isinstance(read, FormulaError):
        assert "\n" not in read.message
        assert read.place >= 1
    else:
        assert all(term.coefficient for term in read)


@pytest.mark.parametrize("typed", ["SPOT.i.日照港", "spot.i.日照港", "i.日照港"])
def test_spot_is_a_name_of_a_formula_and_has_no_lots_of_the_ratio(typed: str) -> None:
    def with_spot(name: str) -> Instrument | None:
        full = name if name.startswith("SPOT.") else f"SPOT.{name.partition('spot.')[2] or name}"
        return reference().instrument(InstrumentId("SPOT.i.日照港"), DAY) if "日照港" in full else find(name)

    legs = read_legs(f"{typed} - i2509 - 0.5*(i2509 - 2*rb2510)", "3:7", with_spot)
    assert [(leg.instrument, leg.coefficient, leg.lots) for leg in legs] == [
        ("SPOT.i.日照港", Decimal(1), 0),
        ("DCE.i2509", Decimal("-1.5"), -3),
        ("SHFE.rb2510", Decimal(1), 7),
    ]
    assert (formula_text(legs), ratio_text(legs)) == ("i.日照港 - 1.5*i2509 + rb2510", "3:7")
    assert read_legs(formula_text(legs), ratio_text(legs), with_spot) == legs
    with pytest.raises(FormulaError, match="共 3 项，公式有 2 个合约"):
        read_legs(f"{typed} - i2509 + rb2510", "1:3:7", with_spot)
