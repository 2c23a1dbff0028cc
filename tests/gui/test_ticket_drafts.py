"""A draft is kept under a name, for this person at every desk."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.commands import SaveDocument
from terminal.domain.orders.order import Offset, Side
from terminal.engine.screen import Document
from tests.gui.desk import COPPER
from tests.gui.ticket_stage import Stage


def drafts(stage: Stage) -> list[str]:
    return [row.load.text() for row in stage.ticket.drafts.rows]


def test_a_draft_is_saved_listed_loaded_removed_and_brought_back(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    saved = stage.ticket.form.ticket
    stage.rest()
    stage.ticket.draft_button.click()
    body = msgspec.json.encode(saved).decode()
    assert stage.hand.sent == [SaveDocument(name="draft:1", base_version=0, body=body)]
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body=body)})
    assert drafts(stage) == ["卖平 沪铜2502 4 手 @73900"]
    stage.fill()
    stage.ticket.drafts.rows[0].load.click()
    assert stage.ticket.form.ticket == saved
    stage.ticket.drafts.rows[0].remove.click()
    assert stage.hand.sent[1:] == [SaveDocument(name="draft:1", base_version=1, body="")]
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=2, body="")})
    assert drafts(stage) == []
    stage.ticket.drafts.undo.click()
    assert stage.hand.sent[2:] == [SaveDocument(name="draft:1", base_version=2, body=body)]
    assert stage.hand.orders == []


def test_a_new_draft_takes_the_first_free_name_over_its_last_version(stage: Stage) -> None:
    stage.ticket.show_documents(
        {
            "draft:1": Document(name="draft:1", version=3, body='{"lots":2}'),
            "draft:2": Document(name="draft:2", version=5, body=""),
            "layout": Document(name="layout", version=1, body="{}"),
        }
    )
    assert drafts(stage) == ["买开 未选合约 2 手 对手价"]
    stage.fill()
    stage.rest()
    stage.ticket.draft_button.click()
    assert [(body.name, body.base_version) for body in stage.hand.sent if isinstance(body, SaveDocument)] == [
        ("draft:2", 5)
    ]


def test_a_draft_nobody_can_read_is_listed_and_can_only_be_removed(stage: Stage) -> None:
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body='{"lots":"viele"}')})
    row = stage.ticket.drafts.rows[0]
    assert not row.load.isEnabled()
    assert row.remove.isEnabled()
