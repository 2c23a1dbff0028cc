from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.products.instrument import Reference
from terminal.widgets.dress.look import Look
from terminal.widgets.parts.contract_finder import ContractFinder
from terminal.widgets.parts.initials import initials
from tests.gui.desk import COPPER, DAY, ORE, ORE_SPOT, REBAR

LISTED = (
    *(REBAR, COPPER, ORE, ORE_SPOT),
    *(InstrumentId(name) for name in ("SHFE.rb2510", "SHFE.ru2505", "DCE.m2505", "CZCE.TA505", "DCE.jm2505")),
)
# Offscreen says so of every list that pops up.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


@pytest.fixture
def finder(qtbot: QtBot, look: Look, reference: Reference) -> Iterator[ContractFinder]:
    made = ContractFinder()
    qtbot.addWidget(made)
    made.offer(tuple(reference.instrument(name, DAY) for name in LISTED), DAY)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.setFocus()
    yield made
    made.popup.hide()


def found(finder: ContractFinder) -> list[str]:
    model = finder.popup.model()
    if not finder.popup.isVisible():
        return []
    return [str(model.index(row, 0).data()).split("　")[0] for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("rb", ["rb2505", "rb2510"]),
        ("2510", ["rb2510"]),
        ("螺纹", ["rb2505", "rb2510"]),
        ("lwg", ["rb2505", "rb2510"]),
        ("tks", ["i2505"]),
        ("m", ["m2505", "jm2505"]),
        ("dce", ["i2505", "m2505", "jm2505"]),
        ("郑商", ["TA505"]),
        ("pta", ["TA505"]),
        ("lwg 10", ["rb2510"]),
        ("xyz", []),
    ],
)
def test_a_contract_is_found_by_code_name_letters_or_exchange(
    finder: ContractFinder, typed: str, codes: list[str]
) -> None:
    finder.setText("")
    finder.setText(typed)
    finder.textEdited.emit(typed)
    assert found(finder)[: len(codes)] == codes
    assert bool(found(finder)) == bool(codes)


def test_spot_and_contracts_that_have_ended_are_not_offered(finder: ContractFinder, reference: Reference) -> None:
    finder.offer(tuple(reference.instrument(name, DAY) for name in LISTED), 20_250_218)  # cu2502 ended the day before
    for typed in ("cu", "日照"):
        finder.textEdited.emit(typed)
        assert found(finder) == []


def test_enter_takes_no_row_of_several_until_the_arrows_move_to_one(finder: ContractFinder, qtbot: QtBot) -> None:
    picked: list[str] = []
    finder.picked.connect(picked.append)
    QTest.keyClicks(finder, "rb")
    QTest.keyClick(finder.popup, Qt.Key.Key_Return)
    assert (picked, finder.search, finder.popup.currentIndex().isValid()) == ([], "rb", False)
    QTest.keyClick(finder.popup, Qt.Key.Key_Down)
    QTest.keyClick(finder.popup, Qt.Key.Key_Down)
    with qtbot.waitSignal(finder.entered):
        QTest.keyClick(finder.popup, Qt.Key.Key_Return)
    assert (picked, finder.text()) == (["SHFE.rb2510"], "rb2510")


def test_a_code_that_is_only_inside_another_never_takes_that_one(finder: ContractFinder) -> None:
    picked: list[str] = []
    finder.picked.connect(picked.append)
    QTest.keyClicks(finder, "b2505")  # bean, not listed; it is inside rb2505
    assert (found(finder), finder.popup.currentIndex().isValid()) == (["rb2505"], False)
    QTest.keyClick(finder.popup, Qt.Key.Key_Return)
    finder.clearFocus()
    assert (picked, finder.search, finder.named) == ([], "b2505", False)


@pytest.mark.parametrize("typed", ["m2505", "M2505", "dce.m2505", "DCE.M2505", "m25", "dce.m", "dp", "豆粕"])
def test_a_whole_code_or_the_only_one_that_begins_so_is_marked_and_taken(finder: ContractFinder, typed: str) -> None:
    picked: list[str] = []
    finder.picked.connect(picked.append)
    if typed.isascii():
        QTest.keyClicks(finder, typed)
    else:  # an input method hands over whole words
        finder.insert(typed)
        finder.textEdited.emit(typed)
    assert found(finder)[finder.popup.currentIndex().row()] == "m2505"
    assert finder.named == (typed.lower().endswith("m2505"))
    QTest.keyClick(finder.popup, Qt.Key.Key_Return)
    assert (picked, finder.text(), finder.search) == (["DCE.m2505"], "m2505", None)


def test_a_row_that_was_moved_to_stays_when_the_list_is_told_again(
    finder: ContractFinder, reference: Reference
) -> None:
    QTest.keyClicks(finder, "2505")
    for _ in range(3):
        QTest.keyClick(finder.popup, Qt.Key.Key_Down)
    chosen = found(finder)[2]
    assert chosen != "TA505"
    finder.offer(tuple(reference.instrument(name, DAY) for name in reversed(LISTED)), DAY)
    QTest.keyClick(finder.popup, Qt.Key.Key_Return)
    assert finder.text() == chosen


def test_a_held_enter_asks_for_the_next_field_once(finder: ContractFinder) -> None:
    entered: list[bool] = []
    finder.entered.connect(lambda: entered.append(True))
    for repeat in range(10):
        bare = Qt.KeyboardModifier.NoModifier
        QCoreApplication.sendEvent(finder, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, bare, "\r", repeat > 0))
    assert entered == [True]


def test_a_code_typed_in_full_counts_and_anything_else_stays_a_search_until_it_is_emptied(
    finder: ContractFinder,
) -> None:
    picked: list[str] = []
    finder.picked.connect(picked.append)
    finder.setText("CU2502")
    QTest.keyClick(finder, Qt.Key.Key_Return)
    assert (picked, finder.text()) == ([COPPER], "cu2502")
    finder.setText("nonsense")
    entered: list[bool] = []
    finder.entered.connect(lambda: entered.append(True))
    QTest.keyClick(finder, Qt.Key.Key_Return)
    finder.clearFocus()
    assert (picked, finder.text(), finder.search, entered) == ([COPPER], "nonsense", "nonsense", [])
    finder.setFocus()
    finder.setText("")
    assert finder.search == ""
    finder.clearFocus()
    assert (picked, finder.text(), finder.search) == ([COPPER], "cu2502", None)


def test_every_product_has_the_letters_of_its_whole_name(reference: Reference) -> None:
    names = [
        reference.product(product, DAY).product_name for product in reference.products() if _known(reference, product)
    ]
    assert len(names) > 60
    short = {name: initials(name) for name in names if len(initials(name)) != sum(sign.isalnum() for sign in name)}
    assert short == {}


def test_a_sign_that_no_list_holds_is_left_out() -> None:
    assert initials("镕A（Ω）") == "a"


def _known(reference: Reference, product: ProductId) -> bool:
    from terminal.domain.errors import UserError

    try:
        reference.product(product, DAY)
    except UserError:
        return False
    return True
