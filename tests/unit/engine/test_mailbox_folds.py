"""Fold anew while the screen drains: whatever the moment, it ends with all of the new, and with nothing else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from terminal.domain.ids import AccountId, InstrumentId, OrderId
from terminal.domain.orders.order import Offset, OrderState, OrderTerms, Side
from terminal.domain.words.risk import Level
from terminal.engine.mailbox import LINES_PER_DRAIN, LatestMailbox
from terminal.engine.screen import AccountLine, EventLine, OrderLine

FOLDS = 1_000
ORDERS = 20

TERMS = OrderTerms(
    account=AccountId("甲"),
    instrument=InstrumentId("SHFE.rb2505"),
    side=Side.BUY,
    offset=Offset.OPEN,
    lots=1,
    price=Decimal(3700),
)


class Struck(str):
    """Let something happen each time a drain takes what stands under this name."""

    __slots__ = ("then",)
    then: Callable[[], None] | None

    def __hash__(self) -> int:
        then = getattr(self, "then", None)
        if then is not None:
            self.then = None
            then()
        return super().__hash__()


def order(name: str, *, filled: int = 0) -> OrderLine:
    return OrderLine(
        order=OrderId(name),
        terms=TERMS,
        state=OrderState.LIVE,
        filled=filled,
        recorded_at=0,
        trading_day=20_250_106,
        source="李",
    )


def account(name: str) -> AccountLine:
    return AccountLine(
        account=AccountId(name),
        name="主账户",
        trading_day=20_250_106,
        linked=True,
        opening_allowed=True,
        why_closed="",
        level=Level.NORMAL,
    )


def event(number: int) -> EventLine:
    return EventLine(number=number, at=0, account=None, source="系统", instrument=None, sentence="")


@contextmanager
def threads_change_at_every_step() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def fold_anew(mailbox: LatestMailbox, *names: str) -> None:
    with mailbox.anew():
        for name in names:
            mailbox.post_order(order(name))


def test_what_is_folded_anew_in_the_middle_of_a_drain_is_seen_whole_by_the_next() -> None:
    mailbox = LatestMailbox()
    struck = Struck("甲")
    mailbox.post_account(account(struck))
    mailbox.post_order(order("before"))
    # Accounts are taken before orders: when the drain comes to orders, all that the other thread posts is there.
    link = threading.Thread(target=fold_anew, args=(mailbox, "after"))

    def strike() -> None:
        link.start()
        link.join()

    struck.then = strike
    first, second, third = mailbox.drain(), mailbox.drain(), mailbox.drain()
    assert not link.is_alive()
    assert (first.restarted, list(first.orders)) == (False, ["before"])
    assert (second.restarted, list(second.orders)) == (True, ["after"])
    assert (third.restarted, list(third.orders)) == (False, [])


def test_a_screen_that_drains_while_another_thread_folds_anew_loses_nothing_and_mixes_nothing() -> None:
    mailbox = LatestMailbox()

    def post() -> None:
        for fold in range(FOLDS):
            fold_anew(mailbox, *(f"{fold}-{number}" for number in range(ORDERS)))
            mailbox.post_event(event(fold))

    link = threading.Thread(target=post)
    shown: set[str] = set()
    told: list[int] = []
    with threads_change_at_every_step():
        link.start()
        ended = False
        while not ended:
            ended = not link.is_alive()
            drained = mailbox.drain()
            if drained.restarted:
                shown.clear()
            shown.update(drained.orders)
            told += [one.number for one in drained.events]
            # Each is of one fold, and of all of it.
            assert len({name.split("-")[0] for name in shown}) == bool(shown)
            assert len(shown) in {0, ORDERS}
    link.join()
    assert shown == {f"{FOLDS - 1}-{number}" for number in range(ORDERS)}
    assert told == sorted(set(told))
    assert told[-1] == FOLDS - 1


def test_long_lists_that_begin_anew_under_a_drain_break_nothing() -> None:
    mailbox = LatestMailbox()
    names = [f"{number}" for number in range(3 * LINES_PER_DRAIN)]

    def post() -> None:
        for _ in range(20):
            with mailbox.anew():
                for number, name in enumerate(names):
                    mailbox.post_order(order(name))
                    mailbox.post_event(event(number))

    link = threading.Thread(target=post)
    shown: list[str] = []
    told: list[int] = []
    with threads_change_at_every_step():
        link.start()
        rests = 0
        while rests < 2:  # the second empty one after the other thread has ended is certain to be the end
            over = not link.is_alive()
            drained = mailbox.drain()
            if drained.restarted:
                shown.clear()
                told.clear()
            shown += drained.orders
            told += [one.number for one in drained.events]
            rests = rests + 1 if over and not drained.orders else 0
    link.join()
    assert shown == names
    assert told == list(range(len(names)))


def test_the_screen_keeps_what_it_shows_until_all_of_the_new_is_there() -> None:
    mailbox = LatestMailbox()
    with mailbox.anew():
        mailbox.post_order(order("new"))
        assert not mailbox.drain().restarted
    drained = mailbox.drain()
    assert (drained.restarted, list(drained.orders)) == (True, ["new"])


def test_a_fold_that_cannot_be_shown_whole_is_shown_as_far_as_it_goes_and_never_the_one_before() -> None:
    mailbox = LatestMailbox()
    mailbox.post_order(order("before"))

    def break_off() -> None:
        with mailbox.anew():
            mailbox.post_order(order("after"))
            raise LookupError

    with pytest.raises(LookupError):
        break_off()
    drained = mailbox.drain()
    assert (drained.restarted, list(drained.orders)) == (True, ["after"])


def test_a_long_list_comes_in_portions_oldest_first_and_each_line_as_it_is_by_then() -> None:
    mailbox = LatestMailbox()
    count = 2 * LINES_PER_DRAIN + 1
    for number in range(count):
        mailbox.post_order(order(f"{number}"))
    first = mailbox.drain().orders
    mailbox.post_order(order(f"{count - 1}", filled=1))
    mailbox.post_order(order("new"))
    second, third = mailbox.drain().orders, mailbox.drain().orders
    assert [len(first), len(second)] == [LINES_PER_DRAIN] * 2
    assert [*first, *second, *third] == [*map(str, range(count)), "new"]
    assert third[OrderId(f"{count - 1}")].filled == 1
    assert mailbox.drain().orders == {}


def test_of_portions_that_have_not_come_a_new_fold_leaves_nothing() -> None:
    mailbox = LatestMailbox()
    for number in range(LINES_PER_DRAIN + 1):
        mailbox.post_order(order(f"{number}"))
    mailbox.drain()
    fold_anew(mailbox, "new")
    assert list(mailbox.drain().orders) == ["new"]
    assert mailbox.drain().orders == {}
