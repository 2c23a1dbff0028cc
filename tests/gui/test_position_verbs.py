"""Close, lock and reverse the chosen position on the desk: nothing is sent that was not shown, and only once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role
from terminal.domain.ids import ConditionalId, PersonId, ReversalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.engine.book.lines import ReversalLine
from terminal.engine.screen import AccountLine, Child, LinkLine, LinkState, Preview, ResultLine
from terminal.widgets.dress.look import Look
from terminal.widgets.position.grid import PositionGrid
from terminal.widgets.position.verbs import Verb
from terminal.widgets.ticket.send_guard import CHANGED_MS, REST_MS, SETTLE_MS
from tests.gui.desk import ACCOUNT, DAY, ORE, REBAR, book, line
from tests.gui.hand import RecordingHand
from tests.gui.ticket_stage import ENTER, LINE, LINK, hold, quote

FIRST = ReversalId("A1-R000001")
HELD = replace(
    line(REBAR, Side.BUY, 3, 100), yesterday=2, closable=4, closable_today=3, closable_yesterday=1, lockable=2
)


class Stage:
    """Hold the positions in a window of their own, their hand, and a clock that stands until it is moved."""

    def __init__(self, look: Look, reference: Reference) -> None:
        self.hand, self.now = RecordingHand(), 10_000
        self.panel = PositionGrid(look, self.hand, clock=lambda: self.now)
        self.acts, self.strip = self.panel.acts, self.panel.acts.strip
        self.window = QMainWindow()
        self.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.panel)
        self.window.resize(930, 420)
        self.panel.show_instruments(tuple(reference.instrument(name, DAY) for name in (REBAR, ORE)))
        self.panel.show_quotes({REBAR: quote(3214, 3215), ORE: quote(1577, 1578)})
        self.panel.show_link(LINK)
        self.panel.show_account_line(LINE)
        self.panel.show_book(book(HELD, line(ORE, Side.SELL, 4, 100)))

    def choose(self, row: int = 0) -> None:
        self.panel.grid.selectRow(row)
        self.panel.grid.setFocus()

    def press(self, key: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        self.now += REST_MS + SETTLE_MS
        QTest.keyClick(focus, key)

    def open(self, verb: Verb, row: int = 0) -> None:
        self.choose(row)
        self.acts.bar.buttons[verb].click()

    def answer(self, verdict: Verdict = Verdict.ALLOW) -> None:
        """Ask, and answer the latest question with its own orders."""
        self.strip.ask()
        asked = self.hand.foreseen[-1]
        assert isinstance(asked, c.ClosePosition | c.LockPosition | c.UnlockPosition | c.ReversePosition)
        parts = [replace(asked.terms, offset=Offset.CLOSE_YESTERDAY, lots=1)]
        if isinstance(asked, c.ReversePosition):
            parts.append(replace(asked.terms, offset=Offset.OPEN, lots=1))
        found = Preview(
            request=len(self.hand.foreseen),
            verdict=verdict,
            sentence="反手 rb2505 多 → 空 4 手",
            children=tuple(Child(terms=one, fee=Decimal("3.21"), margin=_margin(one)) for one in parts),
            fee=Decimal("6.42"),
            details=("全部成交后 多 5 手 → 多 1、空 4 手（锁仓）",),
        )
        self.panel.show_previews({found.request: found})

    def result(self, *, ok: bool = True, code: str = "OK", sentence: str = "已报平仓单") -> None:
        made = ResultLine(command=self.hand.last_command, body=self.hand.sent[-1], ok=ok, code=code, sentence=sentence)
        self.panel.show_results((made,))


def _margin(terms: OrderTerms) -> Decimal | None:
    return Decimal(12_000) if terms.is_opening else None


@pytest.fixture
def stage(qtbot: QtBot, look: Look, reference: Reference) -> Stage:
    made = Stage(look, reference)
    qtbot.addWidget(made.window)
    made.window.show()
    made.window.activateWindow()
    qtbot.waitExposed(made.window)
    return made


WISHES = {
    Verb.CLOSE: (c.ClosePosition, 4, "平仓 rb2505 多"),
    Verb.LOCK: (c.LockPosition, 2, "锁仓 rb2505 多"),
    Verb.REVERSE: (c.ReversePosition, 4, "反手 rb2505 多 → 空"),
}


@pytest.mark.parametrize("verb", WISHES)
def test_a_verb_is_shown_with_every_order_before_it_is_sent_and_sent_once(stage: Stage, verb: Verb) -> None:
    kind, lots, title = WISHES[verb]
    stage.choose()
    QTest.keySequence(stage.panel.grid, verb.value)
    assert (stage.strip.isVisible(), stage.strip.title.text()) == (True, title)
    assert stage.hand.sent == []
    stage.answer()
    asked = stage.hand.foreseen[-1]
    assert isinstance(asked, kind)
    assert isinstance(asked, c.ClosePosition | c.LockPosition | c.ReversePosition)
    terms = asked.terms
    assert (terms.side, terms.lots, terms.price, terms.hedge_flag) == (
        *(Side.SELL, lots, Decimal(3214)),  # the opposite price of a sale
        HedgeFlag.HEDGE,
    )
    assert "卖平昨 1 手 @3214 · 手续费 3.21" in stage.strip.pieces.text()
    assert "锁仓" in stage.strip.pieces.text()
    for _ in range(3):
        stage.press(ENTER)
    assert stage.hand.sent == [asked]
    stage.press(ENTER)
    stage.press(ENTER)
    assert stage.hand.sent == [asked]
    stage.result(sentence="已报平仓单")
    assert not stage.strip.isVisible()
    assert stage.acts.bar.note.text() == "已报平仓单"
    assert stage.hand.sent == [asked]


def locked(stage: Stage) -> None:
    stage.panel.show_book(book(HELD, replace(line(REBAR, Side.SELL, 2, 100))))


def test_only_a_locked_pair_can_be_unlocked(stage: Stage) -> None:
    stage.choose()
    assert not stage.acts.bar.buttons[Verb.UNLOCK].isEnabled()
    QTest.keySequence(stage.panel.grid, Verb.UNLOCK.value)
    assert not stage.strip.isVisible()
    locked(stage)
    assert stage.acts.bar.buttons[Verb.UNLOCK].isEnabled()
    assert stage.acts.bar.note.text() == "rb2505 多 5 手，可平 4 手，锁仓 2 手"


def test_an_unlock_closes_the_side_that_is_chosen_at_its_own_opposite_price(stage: Stage) -> None:
    locked(stage)
    stage.choose()
    QTest.keySequence(stage.panel.grid, Verb.UNLOCK.value)
    assert (stage.strip.title.text(), stage.strip.lots.text()) == ("解锁 rb2505 多", "2")
    stage.answer()
    (long, short) = stage.strip.sides.buttons()
    assert (long.isChecked(), short.isChecked()) == (True, False)
    short.click()
    assert stage.strip.title.text() == "解锁 rb2505 空"
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == []  # what was answered was the other side
    stage.answer()
    asked = stage.hand.foreseen[-1]
    assert isinstance(asked, c.UnlockPosition)
    assert (asked.terms.side, asked.terms.lots, asked.terms.price, asked.other_price) == (Side.BUY, 2, 3215, None)
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == [asked]


def test_a_stop_and_a_profit_are_attached_from_the_chosen_row_by_keys_alone(stage: Stage) -> None:
    stage.panel.show_book(book(replace(HELD, unguarded=3, guard="止损 3100（2 手）")))
    stage.choose()
    assert "止损 3100（2 手）" in stage.acts.bar.note.text()
    QTest.keySequence(stage.panel.grid, Verb.GUARD.value)
    strip, guard = stage.strip, stage.strip.guard
    assert (strip.title.text(), strip.lots.text(), strip.price.isVisible()) == ("止损止盈 rb2505 多", "3", False)
    assert "至少填一个" in strip.answer.sentence.text()
    stage.press(ENTER)
    QTest.keyClicks(guard.stop, "3180")
    stage.press(ENTER)
    QTest.keyClicks(guard.take, "3180")
    assert "止损 3180 要低于止盈 3180" in strip.answer.sentence.text()
    QTest.keyClick(guard.take, Qt.Key.Key_PageUp)
    assert guard.take.text() == "3185"
    assert "可平不足" in strip.answer.sentence.text()
    strip.ask()
    assert stage.hand.foreseen == []  # nothing is assumed of what happens where lots are short
    stage.press(ENTER)
    stage.press(ENTER)
    assert QApplication.focusWidget() is guard.when_short
    guard.when_short.setCurrentIndex(0)
    guard.when_short.activated.emit(0)
    strip.ask()
    (asked,) = stage.hand.foreseen
    assert isinstance(asked, c.GuardPosition)
    release = d.CloseLots(
        instrument=REBAR,
        side=Side.SELL,
        lots=3,
        price=d.AtOpposite(ticks=2),
        hedge_flag=HedgeFlag.HEDGE,
        when_short=d.WhenShort.CANCEL_FIRST,
    )
    assert asked.exits == tuple(
        d.Conditional(
            condition=d.PriceReaches(instrument=REBAR, way=way, price=Decimal(price)),
            release=release,
            validity=d.Validity.GTC,
        )
        for way, price in ((d.Way.AT_OR_BELOW, 3180), (d.Way.AT_OR_ABOVE, 3185))
    )
    found = Preview(request=1, verdict=Verdict.WARN, sentence="止损")
    stage.panel.show_previews({1: found})
    stage.press(ENTER)
    stage.press(ENTER)
    assert stage.hand.sent == [asked]
    stage.result(sentence="条件单 A1-T000001、A1-T000002 已在运行器等待")
    assert not strip.isVisible()


def test_beside_what_guards_all_of_it_alone_another_exit_is_put_for_the_same_lots(stage: Stage) -> None:
    alone = ConditionalId("A1-T000007")
    stage.panel.show_book(book(replace(HELD, unguarded=0, guard="止损 3100", beside=alone)))
    stage.open(Verb.GUARD)
    guard = stage.strip.guard
    assert (stage.strip.lots.text(), stage.strip.lots.isEnabled()) == ("5", False)
    assert QApplication.focusWidget() is guard.stop
    QTest.keyClicks(guard.take, "3300")
    guard.when_short.activated.emit(0)
    stage.strip.ask()
    (asked,) = stage.hand.foreseen
    assert isinstance(asked, c.GuardPosition)
    assert (asked.beside, len(asked.exits), asked.exits[0].release.lots) == (alone, 1, 5)


def test_an_arrow_key_in_an_empty_exit_begins_at_the_last_price_and_a_short_looks_the_other_way(stage: Stage) -> None:
    stage.open(Verb.GUARD, 1)
    guard = stage.strip.guard
    QTest.keyClick(guard.stop, Qt.Key.Key_Up)
    last = quote(1577, 1578).last
    assert last is not None
    step = stage.panel._known.instruments[ORE].tick
    assert guard.exits.stop == (last + 1) * step
    guard.when_short.activated.emit(1)
    stage.strip.ask()
    (asked,) = stage.hand.foreseen
    assert isinstance(asked, c.GuardPosition)
    (stop,) = asked.exits
    assert isinstance(stop.condition, d.PriceReaches)
    assert (stop.condition.way, stop.release.side) == (d.Way.AT_OR_ABOVE, Side.BUY)


def test_the_next_verb_begins_with_no_exits_and_no_letter_chooses_a_price_for_them(stage: Stage) -> None:
    stage.open(Verb.GUARD)
    QTest.keyClicks(stage.strip.guard.stop, "3180")
    before = stage.strip.chosen
    QTest.keyClick(stage.strip.guard.stop, Qt.Key.Key_P)
    assert stage.strip.chosen == before
    stage.press(Qt.Key.Key_Escape)
    stage.open(Verb.GUARD)
    assert (stage.strip.guard.stop.text(), stage.strip.guard.exits.stop) == ("", None)
    stage.strip.close_strip()
    stage.open(Verb.CLOSE)
    assert (stage.strip.price.isVisible(), stage.strip.guard.isVisible()) == (True, False)


def test_where_nothing_can_be_locked_all_is_asked_for_so_that_the_answer_says_why(stage: Stage) -> None:
    stage.panel.show_book(book(replace(HELD, lockable=0)))
    stage.open(Verb.LOCK)
    assert stage.strip.lots.text() == "5"


@pytest.mark.parametrize("rested", [True, False])
def test_a_held_key_sends_once_at_most(stage: Stage, *, rested: bool) -> None:
    stage.open(Verb.REVERSE)
    stage.answer()
    stage.strip.send_button.setFocus()
    stage.now += CHANGED_MS if rested else 0  # else the press that opened the strip has hardly been let go
    hold(stage.strip.send_button, ENTER, 20)
    assert len(stage.hand.sent) == rested


def test_only_exactly_what_was_answered_is_sent(stage: Stage) -> None:
    stage.open(Verb.CLOSE)
    stage.answer()
    stage.panel.show_quotes({REBAR: quote(3210, 3211)})
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == []
    assert "行情" in stage.strip.remark.text()
    stage.answer()
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    (sent,) = stage.hand.sent
    assert isinstance(sent, c.ClosePosition)
    assert sent.terms.price == Decimal(3210)


@pytest.mark.parametrize("verdict", [Verdict.DENY, Verdict.LOCK])
def test_what_the_answer_forbids_is_not_sent(stage: Stage, verdict: Verdict) -> None:
    stage.open(Verb.REVERSE)
    stage.answer(verdict)
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == []


def test_what_a_second_person_must_see_is_submitted_and_the_button_says_so(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.answer(Verdict.CONFIRM2)
    assert stage.strip.send_button.text() == f"{Term.SUBMIT_FOR_APPROVAL} · 反手 4 手"
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    stage.result(code="CONFIRM2", sentence="需复核（编号 A1-C000001）")
    assert "编号" in stage.acts.bar.note.text()


def test_a_refusal_stays_to_be_read_and_can_be_mended(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.answer()
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    stage.result(ok=False, code="NOT_CLOSABLE", sentence="rb2505 可平 2 手，不能反手 4 手；请减少手数。")
    assert stage.strip.isVisible()
    assert "可平 2 手" in stage.strip.remark.text()
    stage.strip.lots.setFocus()
    QTest.keyClicks(stage.strip.lots, "2")
    stage.answer()
    asked = stage.hand.foreseen[-1]
    assert isinstance(asked, c.ReversePosition)
    assert asked.terms.lots == 2
    assert not stage.strip.remark.isVisible()


def test_a_typed_or_stepped_price_does_not_follow_the_market(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.strip.price.setFocus()
    QTest.keyClick(stage.strip.price, Qt.Key.Key_Down)
    QTest.keyClick(stage.strip.price, Qt.Key.Key_Down)
    assert stage.strip.price.text() == "3212"
    stage.panel.show_quotes({REBAR: quote(3220, 3221)})
    assert (stage.strip.price_now, stage.strip.price.text()) == (Decimal(3212), "3212")
    QTest.keyClick(stage.strip.price, Qt.Key.Key_D)
    assert (stage.strip.price_now, stage.strip.price.text()) == (Decimal(3220), "3220")
    QTest.keyClick(stage.strip.price, Qt.Key.Key_P)
    assert stage.strip.price_now == Decimal(3221)


def test_escape_puts_the_strip_away_and_the_keyboard_goes_back_to_the_positions(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.answer()
    stage.press(Qt.Key.Key_Escape)
    assert not stage.strip.isVisible()
    assert QApplication.focusWidget() is stage.panel.grid
    assert stage.hand.sent == []


def test_another_row_that_is_chosen_later_does_not_change_what_the_strip_is_about(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.panel.grid.selectRow(1)
    stage.answer()
    asked = stage.hand.foreseen[-1]
    assert isinstance(asked, c.ReversePosition)
    assert asked.terms.instrument == REBAR


def test_without_a_chosen_row_nothing_opens(stage: Stage) -> None:
    assert not any(button.isEnabled() for button in stage.acts.bar.buttons.values())
    stage.panel.grid.setFocus()
    QTest.keySequence(stage.panel.grid, Verb.REVERSE.value)
    assert not stage.strip.isVisible()
    assert "选中一行" in stage.acts.bar.note.text()


BARRED = (
    (replace(LINK, state=LinkState.OFFLINE, may_order=False, sentence="离线 12 秒"), LINE, "离线 12 秒"),
    (replace(LINK, roles={ACCOUNT: (Role.RISK,)}), LINE, "没有交易员权限"),
    (replace(LINK, roles={ACCOUNT: (Role.VIEWER,)}, may_order=False), LINE, "没有交易员权限"),
    (LINK, replace(LINE, holder=PersonId("wang"), holder_name="王"), "由 王"),
)


@pytest.mark.parametrize(("link", "account", "said"), BARRED)
def test_whoever_may_not_order_reads_why_and_an_open_strip_sends_nothing(
    stage: Stage, link: LinkLine, account: AccountLine, said: str
) -> None:
    stage.open(Verb.REVERSE)
    stage.answer()
    stage.panel.show_link(link)
    stage.panel.show_account_line(account)
    assert said in stage.acts.bar.note.text()
    assert said in stage.strip.answer.sentence.text()
    assert not any(button.isEnabled() for button in stage.acts.bar.buttons.values())
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == []


def unfinished(*, is_unfinished: bool = True) -> ReversalLine:
    return ReversalLine(
        reversal=FIRST,
        instrument=REBAR,
        side=Side.SELL,
        flag=HedgeFlag.HEDGE,
        lots=3,
        is_unfinished=is_unfinished,
        sentence="反手未完成 3 手：rb2505 多 → 空 共 5 手，已平 2 手，已开 2 手（平仓只成交 2 手，其余已撤）",
    )


def test_an_unfinished_reversal_stands_below_and_is_finished_at_a_price_of_the_moment(stage: Stage) -> None:
    stage.panel.show_book(replace(book(HELD), reversals=(unfinished(),)))
    (row,) = [one for one in stage.acts.tasks.rows if one.isVisible()]
    assert "反手未完成 3 手" in row.sentence.text()
    row.finish_button.click()
    assert stage.hand.sent == []
    assert not stage.strip.lots.isEnabled()
    stage.strip.ask()
    wanted = c.FinishReversal(account=ACCOUNT, reversal=FIRST, price=Decimal(3214))
    assert stage.hand.foreseen[-1] == wanted
    found = Preview(request=len(stage.hand.foreseen), verdict=Verdict.ALLOW, sentence="反手 rb2505")
    stage.panel.show_previews({found.request: found})
    stage.now += CHANGED_MS
    stage.strip.send_button.click()
    assert stage.hand.sent == [wanted]
    stage.panel.show_book(book(HELD))
    assert not stage.acts.tasks.isVisible()


def test_one_that_is_under_way_can_only_be_given_up_also_by_who_watches_risk(stage: Stage) -> None:
    stage.panel.show_book(replace(book(HELD), reversals=(unfinished(is_unfinished=False),)))
    stage.panel.show_link(replace(LINK, roles={ACCOUNT: (Role.RISK,)}))
    (row,) = [one for one in stage.acts.tasks.rows if one.isVisible()]
    assert (row.finish_button.isEnabled(), row.give_up_button.isEnabled()) == (False, True)
    row.give_up_button.click()
    assert stage.hand.sent == [c.GiveUpReversal(account=ACCOUNT, reversal=FIRST)]
    stage.result(ok=False, code="NOT_STANDING", sentence="反手 A1-R000001 已完成，无需放弃。")
    assert "无需放弃" in stage.acts.tasks.refusal.text()
    stage.panel.show_link(replace(LINK, roles={ACCOUNT: (Role.VIEWER,)}))
    assert not row.give_up_button.isEnabled()
    stage.panel.show_link(replace(LINK, state=LinkState.OFFLINE, may_order=False))
    assert not row.give_up_button.isEnabled()


def test_the_strip_is_put_away_when_another_account_is_looked_at(stage: Stage) -> None:
    stage.open(Verb.REVERSE)
    stage.panel.show_book(book(HELD, account=type(ACCOUNT)("另一个")))
    assert not stage.strip.isVisible()
