from __future__ import annotations

import threading
from decimal import Decimal

from terminal.domain.ids import AccountId, InstrumentId, ProductId
from terminal.domain.view import AccountView, Quote, TradeByTrade
from terminal.engine.book.lines import Book
from terminal.engine.mailbox import SAMPLES, SAMPLES_PER_DRAIN, Clock, Drained, LatestMailbox, Market
from terminal.engine.prices.basis import Basis
from tests.engine_world import reference

RB, CU = InstrumentId("SHFE.rb2505"), InstrumentId("SHFE.cu2505")
NOTHING = Decimal(0)

CALENDAR = reference().calendar


def quote(last: int) -> Quote:
    return Quote(last, last, last, 1, 1, None, None, None, None, None, 0, last)


def book(account: str, at: int) -> Book:
    money = AccountView(*(NOTHING,) * 9)
    return Book(
        account=AccountId(account), at=at, money=money, by_trade=TradeByTrade(NOTHING, NOTHING, NOTHING), positions=()
    )


def sample(at: int) -> Basis:
    return Basis(
        product=ProductId("SHFE.rb"),
        trading_day=20_250_106,
        at=at,
        spot=InstrumentId("SPOT.rb.上海"),
        spot_price=Decimal(3400),
        spot_at=at,
        spot_until=at + 1,
        future=RB,
        future_price=Decimal(3433),
        future_at=at,
        future_until=at + 1,
    )


def test_an_empty_mailbox_gives_nothing() -> None:
    assert LatestMailbox().drain() == Drained()


def test_of_many_quotes_of_an_instrument_the_latest_is_drained_once() -> None:
    mailbox = LatestMailbox()
    for last in range(100):
        mailbox.post_quote(RB, quote(last))
    mailbox.post_quote(CU, quote(7))
    assert mailbox.drain().quotes == {RB: quote(99), CU: quote(7)}
    assert mailbox.drain().quotes == {}


def test_a_newer_book_takes_the_place_of_the_older_one_of_its_account() -> None:
    mailbox = LatestMailbox()
    for at in (1, 2, 3):
        mailbox.post_book(book("甲", at))
    mailbox.post_book(book("乙", 2))
    books = mailbox.drain().books
    assert {account: found.at for account, found in books.items()} == {"甲": 3, "乙": 2}


def test_market_clock_and_trouble_are_drained_once_and_as_last_posted() -> None:
    mailbox = LatestMailbox()
    for at in (1, 2):
        mailbox.post_clock(Clock(at=at, trading_day=20_250_106, updates=at))
        mailbox.post_market(Market(name=f"行情{at}", instruments=(), calendar=CALENDAR))
        mailbox.post_trouble(f"第{at}个")
    drained = mailbox.drain()
    assert drained.clock is not None
    assert drained.market is not None
    assert (drained.clock.at, drained.market.name, drained.trouble) == (2, "行情2", "第2个")
    assert mailbox.drain() == Drained()


def test_notices_are_drained_once_and_all_of_them() -> None:
    mailbox = LatestMailbox()
    mailbox.post_notice("副本重建了。")
    mailbox.post_notice("发件箱重建了。")
    assert mailbox.drain().notices == ("副本重建了。", "发件箱重建了。")
    assert mailbox.drain() == Drained()


def test_samples_of_the_basis_come_in_order_and_not_too_many_at_once() -> None:
    mailbox = LatestMailbox()
    for at in range(SAMPLES_PER_DRAIN + 10):
        mailbox.post_basis(sample(at))
    first, second = mailbox.drain().basis, mailbox.drain().basis
    assert [one.at for one in (*first, *second)] == list(range(SAMPLES_PER_DRAIN + 10))
    assert len(first) == SAMPLES_PER_DRAIN


def test_at_its_limit_the_lane_of_samples_drops_the_oldest() -> None:
    mailbox = LatestMailbox()
    for at in range(SAMPLES + 3):
        mailbox.post_basis(sample(at))
    assert mailbox.drain().basis[0].at == 3


def test_the_basis_is_spot_less_future() -> None:
    assert sample(0).value == -33


def test_two_threads_lose_nothing_and_see_no_older_value_after_a_newer_one() -> None:
    mailbox = LatestMailbox()
    count = 20_000

    def post() -> None:
        for at in range(count):
            mailbox.post_quote(RB, quote(at))
            mailbox.post_book(book("甲", at))
            mailbox.post_basis(sample(at))
            mailbox.post_clock(Clock(at=at, trading_day=20_250_106, updates=at))

    poster = threading.Thread(target=post)
    poster.start()
    quotes: list[int] = []
    books: list[int] = []
    clocks: list[int] = []
    samples: list[int] = []
    ended = False
    while not ended:
        ended = not poster.is_alive()
        drained = mailbox.drain()
        quotes += [found.received_at for found in drained.quotes.values()]
        books += [found.at for found in drained.books.values()]
        clocks += [drained.clock.at] if drained.clock else []
        samples += [one.at for one in drained.basis]
    while rest := mailbox.drain().basis:
        samples += [one.at for one in rest]
    assert quotes == sorted(quotes)
    assert books == sorted(books)
    assert clocks == sorted(clocks)
    assert (quotes[-1], books[-1], clocks[-1]) == (count - 1,) * 3
    assert samples == list(range(count))
