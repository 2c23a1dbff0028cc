from __future__ import annotations

import base64
import json

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import QRect

from terminal.domain.commands import SaveDocument
from terminal.domain.ids import CommandId
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Drained, LatestMailbox, Market
from terminal.engine.screen import Document, LinkState, ResultLine
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.sight import fitted
from terminal.widgets.position.grid import BY_DAY, BY_TRADE
from terminal.widgets.window.layout import NAME, Layout, put_on
from terminal.widgets.window.main import MainWindow
from terminal.widgets.window.size_memory import FORMAT
from tests.gui.control_desk import link
from tests.gui.desk import ORE, ORE_SPOT, REBAR, REBAR_SPOT, Desk, basis

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
LEFT, RIGHT = QRect(0, 0, 1440, 900), QRect(1440, 0, 1920, 1080)


def told(desk: Desk, body: str, version: int) -> None:
    desk.mailbox.post_document(Document(name=NAME, version=version, body=body))
    desk.window.drain()


def live(desk: Desk) -> None:
    desk.mailbox.post_link(link(LinkState.LIVE))
    desk.window.drain()


def save(desk: Desk) -> None:
    keeper = desk.window.layout_keeper
    assert keeper is not None
    keeper.save()


def saved(desk: Desk) -> list[SaveDocument]:
    return [body for body in desk.hand.sent if isinstance(body, SaveDocument)]


def in_front(desk: Desk) -> set[str]:
    return {panel.objectName() for panel in desk.window.panels.all if not panel.visibleRegion().isEmpty()}


def arranged(desk: Desk) -> str:
    """Return the layout of a person who looks at quotes and approvals."""
    window = desk.window
    window.panels.bring(window.quotes)
    window.panels.bring(window.approvals)
    window.basis.close()
    live(desk)
    window.positions.hide()
    save(desk)
    window.positions.show()
    body = saved(desk)[-1].body
    desk.hand.sent.clear()
    return body


def test_what_was_arranged_is_saved_when_the_window_closes(desk: Desk) -> None:
    live(desk)
    desk.window.basis.close()
    desk.window.close()
    (document,) = saved(desk)
    assert (document.name, document.base_version) == (NAME, 0)
    layout = msgspec.json.decode(document.body, type=Layout)
    assert (layout.format, layout.scheme) == (FORMAT, Scheme.DARK)


def test_the_basis_looked_at_and_its_span_come_back_with_the_layout(desk: Desk, look: Look) -> None:
    desk.open_market()
    live(desk)
    rebar, ore = basis(REBAR_SPOT, REBAR, (3400, 3300)), basis(ORE_SPOT, ORE, (800, 790))
    for sample in (rebar, ore):
        desk.mailbox.post_basis(sample)
    desk.frames(20)
    panel = desk.window.basis
    assert panel.products.currentText() == "螺纹钢"
    assert panel.chosen == "", "nobody chose it"
    panel.products.setCurrentIndex(1)
    panel.products.activated.emit(1)
    panel.spans.choose(2)
    save(desk)
    body = saved(desk)[-1].body

    window = MainWindow(look, LatestMailbox(), desk.hand)
    window.furnish()
    window.hold()
    assert put_on(window, look, body)
    market = Market(
        name="样例行情",
        instruments=tuple(desk.instrument(name) for name in (REBAR, ORE, REBAR_SPOT, ORE_SPOT)),
        calendar=desk.reference.calendar,
    )
    window.take(Drained(market=market, basis=(rebar,)))
    assert window.basis.products.currentText() == "螺纹钢", "the other has no basis yet"
    window.take(Drained(basis=(ore,)))
    assert (window.basis.products.currentText(), window.basis.value.text()) == ("铁矿石", "+10.0")
    assert window.basis.spans.index == 2
    window.take(Drained(basis=(rebar,)))
    assert window.basis.products.currentText() == "铁矿石"
    window.end()
    shiboken6.delete(window)


def test_the_view_of_profit_comes_back_with_the_layout(desk: Desk, look: Look) -> None:
    live(desk)
    desk.window.positions.flip.activated.emit()
    save(desk)
    body = saved(desk)[-1].body
    window = MainWindow(look, LatestMailbox(), desk.hand)
    window.furnish()
    window.hold()
    assert (window.positions.view.index, window.top.profit.caption.text()) == (BY_DAY, Term.POSITION_PROFIT)
    assert put_on(window, look, body)
    assert (window.positions.view.index, window.top.profit.caption.text()) == (BY_TRADE, Term.FLOATING_PROFIT)
    older = {name: value for name, value in json.loads(body).items() if name not in {"by_trade", "sizes"}}
    assert put_on(window, look, json.dumps(older))
    assert window.positions.view.index == BY_DAY
    window.end()
    shiboken6.delete(window)


@pytest.mark.parametrize("span", [-1, 4, "x"])
def test_a_span_that_does_not_exist_is_junk(desk: Desk, look: Look, span: object) -> None:
    body = json.loads(arranged(desk)) | {"span": span}
    assert not put_on(desk.window, look, json.dumps(body))


def test_what_nobody_changed_is_not_saved(desk: Desk) -> None:
    live(desk)
    save(desk)
    desk.window.close()
    assert saved(desk) == []


def test_a_layout_known_at_the_start_is_put_on_before_the_runner_answers(desk: Desk, look: Look) -> None:
    layout = msgspec.json.decode(arranged(desk), type=Layout)
    body = msgspec.json.encode(msgspec.structs.replace(layout, scheme=Scheme.LIGHT)).decode()
    desk.window.restore_layout()
    keeper = type(desk.window.layout_keeper)(desk.window, look, desk.hand)  # type: ignore[misc]
    keeper.show_documents({NAME: Document(name=NAME, version=4, body=body)})
    assert not desk.window.positions.isVisible()
    assert not desk.window.basis.isVisible()
    assert in_front(desk) >= {"quotes", "approvals"}
    assert [look.scheme] == [Scheme.LIGHT]
    assert desk.window.menus.scheme_actions[Scheme.LIGHT].isChecked()


def test_a_newer_layout_is_put_on_while_the_desk_catches_up_and_never_under_working_hands(
    desk: Desk, look: Look
) -> None:
    whole = arranged(desk)
    desk.window.restore_layout()
    fresh = type(desk.window.layout_keeper)(desk.window, look, desk.hand)  # type: ignore[misc]
    fresh.show_documents({NAME: Document(name=NAME, version=4, body=whole)})
    desk.window.restore_layout()
    fresh.show_documents({NAME: Document(name=NAME, version=5, body=whole)})
    assert not desk.window.basis.isVisible()
    fresh.show_link(link(LinkState.LIVE))
    desk.window.restore_layout()
    fresh.show_documents({NAME: Document(name=NAME, version=6, body=whole)})
    assert desk.window.basis.isVisible()
    fresh.save()
    assert saved(desk)[-1].base_version == 6


def test_the_last_writer_wins_over_the_latest_version_it_has_seen(desk: Desk) -> None:
    live(desk)
    desk.window.basis.close()
    save(desk)
    assert saved(desk)[-1].base_version == 0
    desk.window.basis.show()
    desk.window.quotes.close()
    save(desk)  # before the echo of the first
    assert saved(desk)[-1].base_version == 1
    told(desk, saved(desk)[-1].body, 7)  # another desk wrote meanwhile
    conflict = ResultLine(
        command=CommandId("c2"), body=saved(desk)[-1], ok=False, code="CONFLICT", sentence="已是第 7 版"
    )
    desk.mailbox.post_result(conflict)
    desk.window.drain()
    save(desk)
    assert len(saved(desk)) == 3
    assert saved(desk)[-1].base_version == 7


def test_nothing_is_written_over_a_layout_that_is_not_known_yet(desk: Desk) -> None:
    desk.mailbox.post_link(link(LinkState.CONNECTING))
    desk.window.drain()
    desk.window.basis.close()
    desk.window.end()
    assert saved(desk) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "junk",
        "[]",
        json.dumps({"format": FORMAT, "scheme": "pink", "geometry": "", "state": ""}),
        json.dumps({"format": FORMAT, "scheme": "dark", "geometry": "?", "state": "?"}),
        json.dumps({"format": FORMAT + 1, "scheme": "light", "geometry": "", "state": ""}),
        json.dumps(
            {"format": FORMAT, "scheme": "light", "geometry": "", "state": base64.b64encode(bytes(range(256))).decode()}
        ),
    ],
)
def test_junk_in_a_layout_changes_nothing(desk: Desk, look: Look, body: str) -> None:
    before = in_front(desk)
    told(desk, body, 3)
    assert in_front(desk) == before
    assert look.scheme is Scheme.DARK
    live(desk)
    desk.window.basis.close()
    save(desk)
    assert saved(desk)[-1].base_version == 3  # what cannot be read is written over


def test_a_layout_cut_short_or_scrambled_never_ends_the_program(desk: Desk) -> None:
    layout = msgspec.json.decode(arranged(desk), type=Layout)
    for cut in range(0, len(layout.state), 37):
        for geometry, state in (
            (layout.geometry[: cut % 60], layout.state[:cut]),
            (layout.geometry, layout.state[:cut] + b"\xff" * 8 + layout.state[cut + 8 :]),
            (layout.geometry[: cut % 60] + b"\xff" * 8 + layout.geometry[cut % 60 + 8 :], layout.state),
        ):
            body = msgspec.json.encode(msgspec.structs.replace(layout, geometry=geometry, state=state)).decode()
            told(desk, body, cut + 1)
            desk.window.restore_layout()
    assert {panel.objectName() for panel in desk.window.panels.all if panel.isVisible()} >= {"positions", "quotes"}


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (QRect(100, 50, 1200, 800), QRect(100, 50, 1200, 800)),
        (QRect(0, 0, 1440, 936), LEFT),
        (QRect(900, 200, 1200, 700), QRect(1440, 200, 1200, 700)),
        (QRect(300, -200, 1000, 700), QRect(300, 0, 1000, 700)),
        (QRect(9000, 9000, 1000, 700), QRect(440, 200, 1000, 700)),
        (QRect(1500, 100, 5000, 5000), RIGHT),
    ],
)
def test_a_window_comes_back_onto_a_screen_that_is_there(frame: QRect, wanted: QRect) -> None:
    assert fitted(frame, [LEFT, RIGHT]) == wanted
    assert fitted(frame, []) == frame
