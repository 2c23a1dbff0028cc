"""What a ledger may not say: one sentence with the line, what is wrong and what to do."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.shell.ledgers.book import LedgerBook
from terminal.shell.ledgers.folding import LONGEST_LINE, fold
from terminal.shell.ledgers.lines import read_line
from terminal.shell.ledgers.report import figures, json_line
from tests.ledger_lines import Event, cash, listed, mark, settle, text_of, trade

OPENED: Final = (listed(), cash(1000), trade("BUY", "OPEN", 2, 3200), mark(3205))
NO_FEE: Final = {"open": {"per_lot": 1}, "close": {"per_lot": 1}}


def without(event: Event, key: str) -> Event:
    return {name: value for name, value in event.items() if name != key}


# The last line is the bad one; the sentence must hold these words.
BAD: Final[dict[str, tuple[tuple[Event, ...], str]]] = {
    "an unknown deed": (({"do": "setle", "prices": {}},), "do 应为 instrument、cash"),
    "no deed": (({"amount": 1},), "缺少 do"),
    "an unknown key": (({**cash(1), "amuont": 1},), "不认识的键 amuont，是否想写 amount"),
    "an unknown fee": ((listed(fee={**NO_FEE, "close_todya": {}}),), "不认识的键 fee.close_todya"),
    "an unknown kind of fee": ((listed(fee={**NO_FEE, "close_today": {"lot": 1}}),), "不认识的键 fee.close_today.lot"),
    "a fee that is missing": ((listed(fee=NO_FEE),), "缺少 fee.close_today"),
    "no fees at all": ((without(listed(), "fee"),), "缺少 fee"),
    "a fee of nothing": ((listed(fee={**NO_FEE, "close_today": {}}),), "fee.close_today 是空的"),
    "a fee of another shape": ((listed(fee=3),), "fee 应为对象"),
    "a negative fee": ((listed(fee={**NO_FEE, "close_today": {"per_lot": -1}}),), "fee.close_today.per_lot 不能为负"),
    "a fee above the value": ((listed(fee={**NO_FEE, "close_today": {"rate": 1}}),), "fee.close_today.rate 应为 0 到"),
    "no margin": ((without(listed(), "margin_rate"),), "保证金请写一种"),
    "two margins": ((listed(margin_per_lot=1),), "保证金请写一种"),
    "an unknown exchange": ((listed(exchange="NYMEX"),), "exchange 应为 SHFE"),
    "another exchange in the symbol": ((listed("DCE.m2509"),), "symbol DCE.m2509 与 exchange SHFE"),
    "another exchange in the product": ((listed(product="DCE.m"),), "product DCE.m 与 exchange SHFE"),
    "a symbol with a blank": ((listed("rb 2510"),), "symbol 应为不含空格的文字"),
    "a symbol nobody sees": ((listed("rb\u202e2510"),), "symbol 应为不含空格的文字"),
    "no tick": ((listed(tick=0),), "tick 应为正数"),
    "a multiplier below nothing": ((listed(multiple=-10),), "multiple 应为正数"),
    "a larger side that is a word": ((listed(larger_side="yes"),), "larger_side 应为 true 或 false"),
    "an unknown fee class": ((listed(fee_class="LAST"),), "fee_class 应为 EXPLICIT、TODAY_FIRST"),
    "an instrument twice": ((listed(), listed()), "已经写过规格"),
    "an instrument twice under two names": ((listed(), listed("SHFE.rb2510")), "已经写过规格"),
    "an instrument twice in other letters": ((listed(), listed("RB2510")), "已经写过规格（写作 rb2510）"),
    "an instrument twice at two exchanges": ((listed(), listed(exchange="DCE")), "已经写过规格"),
    "a product in other letters": ((listed(), listed("rb2601", product="RB")), "与前面的 SHFE.rb 是同一个"),
    "a product at another exchange": ((listed(), listed("rb2601", exchange="INE")), "与前面的 SHFE.rb 是同一个"),
    "a contract of another product": ((listed(product="cu"),), "合约 rb2510 不是品种 cu 的"),
    "a contract of another product, exchange and all": ((listed("SHFE.rb2510", product="SHFE.cu"),), "不是品种 cu 的"),
    "cash of nothing": ((cash(0),), "amount 为 0"),
    "cash that is a word": ((cash("many"),), "amount 应为数字"),
    "cash that is true": ((cash(True),), "amount 应为数字"),
    "cash in other digits": ((cash("１２"),), "amount 应为数字"),
    "cash in words of NaN": ((cash("NaN"),), "amount 应为数字"),
    "cash beyond reason": ((cash("1e20"),), "amount 不是合理的数字"),
    "cash beyond arithmetic": ((cash("1e999"),), "amount 不是合理的数字"),
    "cash below a grain": ((cash("0.0000000000001"),), "amount 不是合理的数字"),
    "no cash": ((cash(None),), "amount 应为数字"),
    "a trade of what nobody knows": ((trade("BUY", "OPEN", 1, 3200),), "还没有合约 rb2510 的规格"),
    "a trade between two ticks": ((listed(), trade("BUY", "OPEN", 1, "3200.5")), "不是最小变动价位 1 的整数倍"),
    "no lots": ((listed(), trade("BUY", "OPEN", 0, 3200)), "lots 应为正整数"),
    "fewer lots than none": ((listed(), trade("BUY", "OPEN", -1, 3200)), "lots 应为正整数"),
    "half a lot": ((listed(), trade("BUY", "OPEN", 1.5, 3200)), "lots 应为正整数"),
    "lots that are text": ((listed(), trade("BUY", "OPEN", "2", 3200)), "lots 应为正整数"),
    "more lots than there are": ((listed(), trade("BUY", "OPEN", 10**9, 3200)), "lots 应为正整数"),
    "a price of nothing": ((listed(), trade("BUY", "OPEN", 1, 0)), "price 应为正数"),
    "a venue's word for no price": ((listed(), trade("BUY", "OPEN", 1, 10**9)), "price 不是有效价格"),
    "an unknown side": ((listed(), trade("LONG", "OPEN", 1, 3200)), "side 应为 BUY、SELL"),
    "an unknown offset": ((listed(), trade("BUY", "CLOSETODAY", 1, 3200)), "offset 应为 OPEN"),
    "an unknown flag": ((listed(), trade("BUY", "OPEN", 1, 3200, flag="1")), "flag 应为 SPECULATION"),
    "a trade without a price": ((listed(), without(trade("BUY", "OPEN", 1, 3200), "price")), "缺少 price"),
    "more closed than held": ((*OPENED, trade("SELL", "CLOSE_TODAY", 3, 3200)), "最多平 2 手，不能平 3 手"),
    "today's lots closed as older ones": ((*OPENED, trade("SELL", "CLOSE", 1, 3200)), "平今仓请写 CLOSE_TODAY"),
    "older lots closed as today's": (
        (*OPENED, settle(rb2510=3200), trade("SELL", "CLOSE_TODAY", 1, 3200)),
        "平昨仓请写 CLOSE",
    ),
    "the wrong side closed": ((*OPENED, trade("BUY", "CLOSE_TODAY", 1, 3200)), "空头今仓 0 手"),
    "another flag closed": ((*OPENED, trade("SELL", "CLOSE_TODAY", 1, 3200, flag="SPECULATION")), "SPECULATION 多头"),
    "a mark of what nobody knows": ((mark(3200),), "还没有合约 rb2510 的规格"),
    "a mark between two ticks": ((listed(), mark("3200.5")), "不是最小变动价位 1 的整数倍"),
    "a mark that is none": ((listed(), mark(None)), "price 应为数字"),
    "no settlement price of what is held": ((*OPENED, settle()), "prices 缺少 rb2510 的结算价"),
    "a settlement price of what nobody knows": ((*OPENED, settle(rb2510=1, cu=2)), "还没有合约 cu 的规格"),
    "a settlement price of nothing": ((*OPENED, settle(rb2510=0)), "prices.rb2510 应为正数"),
    "settlement prices in a list": (({"do": "settle", "prices": [1]},), "prices 应为对象"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_line_that_cannot_be_is_refused_in_one_sentence_with_its_number(name: str) -> None:
    events, words = BAD[name]
    lines = text_of(events).encode().splitlines()
    seen: list[int] = []
    with pytest.raises(UserError) as refused:
        seen.extend(taken.line for taken, _ in fold(lines, "L"))
    assert refused.value.message.startswith(f"账本 L 第 {len(events)} 行：")
    assert words in refused.value.message
    assert "\n" not in refused.value.message
    assert seen == list(range(1, len(events)))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "不合 JSON 语法"),
        (b"[]", "不是 JSON 对象"),
        (b'"cash"', "不是 JSON 对象"),
        (b'{"do": "cash", "amount": NaN}', "NaN 不是数字"),
        (b'{"do": "cash", "amount": -Infinity}', "-Infinity 不是数字"),
        (b'{"do": "cash", "amount": 1, "amount": 2}', "键 amount 写了两次"),
        (b'{"do": "cash", "amount": ' + b"9" * 5000 + b"}", "长得读不出来"),
        (b'{"do": "cash", "amount": 1e999999999999999999999}', "长得读不出来"),
        (b'{"do": "cash", "amount": 1e999999999}', "不是合理的数字"),
        (b'{"do": "cash", "amount": 1e-999999999}', "不是合理的数字"),
        (b'{"do": ' + b"[" * 200_000, "括号套得太深"),
        ('{"do": "cash"}'.encode("utf-16"), "不是 UTF-8"),
        (b" " * (LONGEST_LINE + 1), "超过 1 MiB"),
    ],
)
def test_what_is_no_ledger_is_refused_in_one_sentence(raw: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        list(fold([raw], "L"))
    assert refused.value.message.startswith("账本 L 第 1 行：")
    assert len(refused.value.message) < 200


def test_blank_lines_a_mark_of_the_encoding_and_the_ends_of_another_system_are_passed_over() -> None:
    text = text_of([cash(1), cash(2)]).replace("\n", "\r\n\r\n")
    lines = text.encode("utf-8-sig").splitlines(keepends=True)
    assert [taken.line for taken, _ in fold(lines, "L")] == [1, 3]


@pytest.mark.parametrize("name", BAD)
def test_a_refused_line_changes_nothing(name: str) -> None:
    events, _ = BAD[name]
    book = LedgerBook()
    *good, bad = text_of(events).splitlines()
    taken = book.take(0, text_of([cash(1)]))
    for line, text in enumerate(good, 1):
        taken = book.take(line, text)
    before = json_line(figures(taken, book))
    with pytest.raises(UserError):
        book.take(len(events), bad)
    assert json_line(figures(taken, book)) == before


WHOLE: Final = (*OPENED, trade("SELL", "CLOSE_TODAY", 1, 3210), settle(rb2510=3200), cash(-5))
VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    "",
    "x",
    [],
    {},
    [[1]],
    {"a": 1},
    1e300,
    "NaN",
    "1e9",
    10**30,
    "BUY",
    "rb2510",
)


@given(st.integers(0, len(WHOLE) - 1), st.data(), st.sampled_from(VALUES))
def test_a_ledger_with_any_value_spoilt_is_read_or_refused_in_one_sentence(
    place: int, data: st.DataObject, value: Any
) -> None:
    key = data.draw(st.sampled_from([*WHOLE[place], "more"]))
    spoilt = [*WHOLE[:place], {**WHOLE[place], key: value}, *WHOLE[place + 1 :]]
    said = "账本 L 第"
    try:
        for taken, book in fold(text_of(spoilt).encode().splitlines(), "L"):
            json_line(figures(taken, book))
    except UserError as refused:
        said = refused.message
    assert said.startswith("账本 L 第")
    assert "\n" not in said


@given(st.text(max_size=40) | st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=5).map(json.dumps))
def test_any_text_is_an_event_or_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        read_line(text)
