"""What a ticket begins with, and how the lots by product are written."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.orders.order import Offset, Side
from terminal.store.reference import load_reference
from terminal.widgets.ticket.fields import PriceMode, Ticket, Usual
from terminal.widgets.ticket.settings import (
    MOST_LOTS,
    Orderable,
    TicketDefaults,
    TicketSettings,
    in_text,
    orderable,
    read_lots,
    read_products,
    read_settings,
)

REBAR, COPPER = ProductId("SHFE.rb"), ProductId("SHFE.cu")
PRODUCTS = (
    Orderable(REBAR, "螺纹钢", 500),
    Orderable(COPPER, "沪铜", 300),
    Orderable(ProductId("DCE.x"), "甲", 9),
    Orderable(ProductId("GFEX.x"), "乙", 9),
)
RB = load_reference().instrument(InstrumentId("SHFE.rb2505"), 20250109)


def test_lots_are_the_products_own_then_those_for_all_then_those_opened_last_then_one() -> None:
    defaults = TicketDefaults()
    assert defaults.lots_of(None) == defaults.lots_of(RB) == 1
    defaults.note_opened(RB, 4)
    assert (defaults.lots_of(None), defaults.lots_of(RB)) == (1, 4)
    defaults.settings = TicketSettings(lots=3)
    assert (defaults.lots_of(None), defaults.lots_of(RB)) == (3, 3)
    defaults.settings = TicketSettings(lots=3, products={REBAR: 7})
    assert (defaults.lots_of(None), defaults.lots_of(RB)) == (3, 7)


@pytest.mark.parametrize(("most", "lots"), [(5, 5), (None, MOST_LOTS)])
def test_no_default_is_more_than_the_exchange_takes_in_one_order(most: int | None, lots: int) -> None:
    defaults = TicketDefaults()
    defaults.settings = TicketSettings(lots=MOST_LOTS)
    assert defaults.lots_of(msgspec.structs.replace(RB, max_lots=most)) == lots


@pytest.mark.parametrize("price", [PriceMode.COUNTER, PriceMode.LAST, PriceMode.QUEUE, PriceMode.FIXED])
def test_settings_are_read_as_they_were_written(price: PriceMode) -> None:
    settings = TicketSettings(reopens=False, price=price, lots=3, products={REBAR: 7})
    assert read_settings(msgspec.json.encode(settings).decode()) == settings


@pytest.mark.parametrize("body", ["", "[]", '{"lots":0}', '{"price":"MARKET"}', '{"products":{"SHFE.rb":0}}'])
def test_junk_is_as_if_nothing_was_set(body: str) -> None:
    assert read_settings(body) == TicketSettings()


def test_products_are_named_by_code_by_name_or_in_full_and_come_back_as_names() -> None:
    read = read_products("RB5，沪铜：2手; gfex.x = 1", PRODUCTS, {})
    assert read == {REBAR: 5, COPPER: 2, ProductId("GFEX.x"): 1}
    written = in_text(TicketSettings(products=read), PRODUCTS)
    assert written == "螺纹钢 5，沪铜 2，乙 1"
    assert read_products(written, PRODUCTS, {}) == read
    assert read_products(" ，", PRODUCTS, {}) == {}


def test_a_product_that_is_not_listed_now_may_stay() -> None:
    kept = {ProductId("SHFE.wr"): 2}
    assert in_text(TicketSettings(products=kept), PRODUCTS) == "SHFE.wr 2"
    assert read_products("SHFE.wr 2", PRODUCTS, kept) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("rb", "“rb”读不懂，请写品种和手数，如 rb 5，沪铜 2。"),
        ("5", "“5”读不懂，请写品种和手数，如 rb 5，沪铜 2。"),
        ("rb " + "9" * 5000, f"“rb {'9' * 5000}”读不懂，请写品种和手数，如 rb 5，沪铜 2。"),
        ("zz 5", "没有品种“zz”，请写行情里有的代码或名称，如 rb 5，沪铜 2。"),
        ("x 5", "“x”不止一个品种，请写明是 DCE.x 还是 GFEX.x。"),
        ("rb 5，螺纹钢 6", "螺纹钢写了两次，请留一个。"),
        ("rb 0", "螺纹钢应为 1 至 500 手，现为 0。"),
        ("沪铜 301", "沪铜应为 1 至 300 手，现为 301。"),
    ],
)
def test_what_is_wrong_with_the_lots_by_product_is_one_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(UserError) as wrong:
        read_products(typed, PRODUCTS, {})
    assert str(wrong.value) == sentence


def test_the_lots_for_all_are_bounded_by_the_exchange_that_takes_most() -> None:
    assert (read_lots("", PRODUCTS), read_lots("500", PRODUCTS), read_lots("7", ())) == (None, 500, 7)
    for typed in ("0", "501"):
        with pytest.raises(UserError, match="默认手数应为 1 至 500 手"):
            read_lots(typed, PRODUCTS)


def test_products_that_can_be_ordered_are_those_of_the_listed_futures_each_once() -> None:
    other = msgspec.structs.replace(RB, id=InstrumentId("SHFE.rb2510"), max_lots=500)
    assert orderable((other, msgspec.structs.replace(RB, max_lots=500))) == (Orderable(REBAR, "螺纹钢", 500),)
    assert orderable((msgspec.structs.replace(RB, max_lots=None),))[0].most == MOST_LOTS


def test_another_contract_begins_as_usual_and_the_same_keeps_what_was_filled_in() -> None:
    usual = Usual(PriceMode.QUEUE, 3)
    ticket = Ticket(instrument=RB.id, lots=90, mode=PriceMode.LAST)
    same = ticket.filled(RB.id, usual, side=Side.SELL)
    assert (same.side, same.lots, same.mode) == (Side.SELL, 90, PriceMode.LAST)
    other = ticket.filled(InstrumentId("SHFE.cu2502"), usual, offset=Offset.CLOSE)
    assert (other.offset, other.lots, other.mode, other.price) == (Offset.CLOSE, 3, PriceMode.QUEUE, None)
