"""Seat a person at a strategy panel, and build what it is shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QMainWindow

from terminal.domain.commands import CommandBody
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.ids import CommandId, DeviceId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, StrategySettings
from terminal.domain.products.instrument import Reference
from terminal.domain.view import Quote
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.screen import AccountLine, LinkLine, LinkState, Preview, ResultLine, StrategyCard
from terminal.widgets.strategy.form_grid import GridForm
from terminal.widgets.strategy.panel import StrategyPanel
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT, DAY, NOW

REBAR, NEXT_REBAR, COPPER, COIL = (
    InstrumentId(name) for name in ("SHFE.rb2505", "SHFE.rb2510", "SHFE.cu2503", "SHFE.hc2505")
)
REBAR_CALL, REBAR_PUT = InstrumentId("SHFE.rb2505C3300"), InstrumentId("SHFE.rb2505P3300")

ME, OTHER = PersonId("day"), PersonId("night")
HERE, THERE = DeviceId("desk-1"), DeviceId("desk-2")
GRID = StrategyId("网格-螺纹")


class RecordingHand:
    """Keep what was asked and sent."""

    def __init__(self) -> None:
        self.sent: list[CommandBody] = []
        self.asked: list[CommandBody] = []

    def send(self, body: CommandBody) -> CommandId:
        self.sent.append(body)
        return self.last_command

    @property
    def last_command(self) -> CommandId:
        return CommandId(f"c{len(self.sent)}")

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        self.asked.append(body)
        return len(self.asked)


def grid_settings(**changed: Any) -> GridSettings:
    whole = GridSettings(
        account=ACCOUNT,
        instrument=REBAR,
        side=Side.BUY,
        anchor=Decimal(3300),
        step=Decimal(10),
        lines=12,
        lots_per_line=2,
        stop=Decimal(3150),
        lower=Decimal(3180),
        upper=Decimal(3330),
    )
    return replace(whole, **changed)


def card(settings: StrategySettings | None = None, **changed: Any) -> StrategyCard:
    whole = StrategyCard(
        strategy=GRID,
        account=ACCOUNT,
        settings=settings or grid_settings(),
        version=3,
        status=StrategyStatus.RUNNING,
        then=None,
        sentence="多网格 12 条线，持 8 手，下一买点 3198，挂单 4 笔",
        lots={REBAR: 8},
        working=4,
        fees_today=Decimal("126.4"),
        profit_today=Decimal(1240),
    )
    return replace(whole, **changed)


def link(**changed: Any) -> LinkLine:
    whole = LinkLine(
        state=LinkState.LIVE,
        sentence="",
        runner="本机运行器",
        person=ME,
        person_name="日盘",
        device=HERE,
        roles={ACCOUNT: (Role.TRADER,)},
        may_order=True,
    )
    return replace(whole, **changed)


def account_line(**changed: Any) -> AccountLine:
    whole = AccountLine(
        account=ACCOUNT,
        name="主账户",
        trading_day=DAY,
        linked=True,
        opening_allowed=True,
        why_closed="",
        level=Level.NORMAL,
    )
    return replace(whole, **changed)


def quote(last: int | None) -> Quote:
    near = None if last is None else (last - 1, last + 1)
    bid, ask = near or (None, None)
    return Quote(bid, ask, last, 5, 7, 100, 5000, None, None, None, NOW, NOW)


class Seat:
    """Hold a shown panel, its hand, and short ways to what a person does."""

    def __init__(self, panel: StrategyPanel, hand: RecordingHand, reference: Reference) -> None:
        window = panel.parentWidget()
        assert isinstance(window, QMainWindow)
        self.window = window  # or nobody would hold it
        self.panel, self.hand, self.bench, self.view = panel, hand, panel.bench, panel.bench.view
        self.reference = reference

    def open_market(self) -> None:
        names = (REBAR, NEXT_REBAR, COPPER, COIL, REBAR_CALL, REBAR_PUT)
        self.panel.show_instruments(tuple(self.reference.instrument(name, DAY) for name in names))
        self.panel.show_quotes({REBAR: quote(3302), NEXT_REBAR: quote(3345), COIL: quote(3421), COPPER: quote(7391)})

    def form(self, kind: StrategyKind) -> Any:
        self.view.tabs.setCurrentIndex(kind)
        return self.bench.form(kind)

    def answer(self, verdict: Verdict = Verdict.ALLOW, **changed: Any) -> None:
        preview = Preview(request=len(self.hand.asked), verdict=verdict, sentence="会挂 12 条线。")
        self.panel.show_previews({preview.request: replace(preview, **changed)})

    def preview(self, verdict: Verdict = Verdict.ALLOW, **changed: Any) -> None:
        self.view.preview_button.click()
        self.answer(verdict, **changed)

    def result(self, *, ok: bool, code: str, sentence: str = "") -> None:
        line = ResultLine(
            command=self.hand.last_command, body=self.hand.sent[-1], ok=ok, code=code, sentence=sentence or code
        )
        self.panel.show_results((line,))

    def show(self, *cards: StrategyCard) -> None:
        self.panel.show_strategies({one.strategy: one for one in cards})

    def edit(self, shown: StrategyCard | None = None) -> GridForm:
        shown = shown or card()
        self.show(shown)
        self.panel.cards.views[shown.strategy].change_button.click()
        form = self.bench.form(StrategyKind.GRID)
        assert isinstance(form, GridForm)
        return form
