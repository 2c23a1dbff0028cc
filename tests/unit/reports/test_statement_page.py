"""The page on statements speaks of everything a reconciliation says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

from terminal.reports.reconcile.funds import NOT_KEPT, own_figures
from terminal.reports.reconcile.own_day import OwnFunds
from terminal.reports.reconcile.result import Difference, Outcome, Reconciliation, Row, Subject
from terminal.reports.statement.lines import Layout, Part

PAGE: Final = (Path(__file__).parents[3] / "docs" / "statement.md").read_text(encoding="utf-8")


def test_every_field_and_word_of_the_json_is_on_the_page() -> None:
    words = [*Reconciliation.__struct_fields__, *Row.__struct_fields__, *Difference.__struct_fields__]
    for word in (*words, *Outcome, *Subject, *Layout):
        assert f"`{word}`" in PAGE, word


def test_every_part_and_every_compared_figure_is_on_the_page() -> None:
    funds = OwnFunds(**dict.fromkeys(OwnFunds.__struct_fields__, Decimal(1)))
    compared = {name for layout in Layout for name in own_figures(funds, layout)}
    for name in (*Part, *compared):
        assert name in PAGE, name
    assert len(NOT_KEPT) == len(set(NOT_KEPT))
    assert not compared & set(NOT_KEPT)
