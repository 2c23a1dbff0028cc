"""Let a person set up a roll (移仓): which contracts, how many lots, when, and how hard to chase."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QLineEdit

from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Half, RollSettings, StrategySettings
from terminal.domain.words.settings import CAPTIONS, COMBINES, FLAGS, POSITION_SIDES
from terminal.widgets.parts import figures
from terminal.widgets.strategy.fields import ChoiceBox, Field, in_columns
from terminal.widgets.strategy.form import BLANK, Readout, StrategyForm, next_expiry, rollable
from terminal.widgets.strategy.timings import TimingRows

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.widgets.strategy.ground import Ground, Held

NOTHING = InstrumentId("")
FIRST_DAYS = 5
SAME_ACCOUNT: Final = "同一账户"
SEPARATORS: Final = re.compile("[、，,；;]")


class RollForm(StrategyForm):
    """Hold the settings of a roll."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rolled: Held | None = None  # the position that side, lots and flag were taken from
        self.near, self.far = self.contract("near"), self.contract("far")
        self.side = self.choice("side", POSITION_SIDES)
        self.lots, self.batch_lots = self.number("lots"), self.number("batch_lots")
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.readout = Readout(("当前价差（远−近）", "近月最后交易日", "持仓量 近 / 远"), self, priced=(0, 2))
        self.timings = TimingRows(self)
        self.timings.edited.connect(lambda: self._touched("timings"))
        self.combine = self.choice("combine", COMBINES)
        self.combine.edited.connect(self._weigh)
        self.pay_up_ticks, self.naked_lots = self.number("pay_up_ticks"), self.number("naked_lots")
        self.chase_seconds, self.max_chases = self.number("chase_seconds"), self.number("max_chases")
        self.batch_pause_seconds = self.number("batch_pause_seconds")
        self.strategies = self._names("strategies")
        self.far_account = self._accounts("far_account")
        self._half: Half | None = None
        self.needed_weight = self.number("needed_weight")  # last: it is seen only where timings are weighed
        names = list(self.fields)
        self.add(in_columns([self.fields[name] for name in names[:6]]))
        self.add(self.readout)
        self.add(self.timings)
        self.add(in_columns([self.fields[name] for name in names[6:]]))
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> RollSettings:
        """Return what the form says; a contract not chosen yet is an empty name."""
        return RollSettings(
            account=account,
            near=self.near.instrument,
            far=self.far.instrument,
            side=Side(self.side.value),
            lots=int(self.lots.value),
            batch_lots=int(self.batch_lots.value),
            timings=self.timings.timings,
            combine=Combine(self.combine.value),
            weights=self.timings.weights,
            needed_weight=int(self.needed_weight.value),
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            pay_up_ticks=int(self.pay_up_ticks.value),
            chase_seconds=int(self.chase_seconds.value),
            max_chases=int(self.max_chases.value),
            naked_lots=int(self.naked_lots.value),
            batch_pause_seconds=int(self.batch_pause_seconds.value),
            far_account=AccountId(self.far_account.value) if self.far_account.value else None,
            half=self._half,
            strategies=tuple(map(StrategyId, SEPARATORS.sub(" ", self.strategies.text()).split())),
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""
        if not isinstance(settings, RollSettings):
            return
        self.near.put(settings.near)
        self.far.put(settings.far)
        self.side.put(settings.side)
        self.combine.put(settings.combine)
        self.strategies.setText("、".join(settings.strategies))
        self._half = settings.half
        self._offer(settings.far_account or "")
        self.hedge_flag.put(settings.hedge_flag)
        self.timings.put(settings.timings, settings.weights)
        self._weigh()
        for box, value in (
            (self.lots, settings.lots),
            (self.batch_lots, settings.batch_lots),
            (self.needed_weight, settings.needed_weight),
            (self.pay_up_ticks, settings.pay_up_ticks),
            (self.chase_seconds, settings.chase_seconds),
            (self.max_chases, settings.max_chases),
            (self.naked_lots, settings.naked_lots),
            (self.batch_pause_seconds, settings.batch_pause_seconds),
        ):
            box.put(value)

    def _names(self, name: str) -> QLineEdit:
        caption, _ = CAPTIONS[name]
        line = QLineEdit(self)
        line.setAccessibleName(caption)
        line.setPlaceholderText("无")
        line.setToolTip("网格的编号，用顿号隔开：它们的持仓一起移，移完改绑远月")
        line.textEdited.connect(lambda _: self._touched(name))
        self.fields[name] = Field(caption, line, self)
        return line

    def _accounts(self, name: str) -> ChoiceBox:
        box = ChoiceBox(CAPTIONS[name][0], parent=self)
        box.setToolTip("远月开在另一个您能交易的账户：跨账户移仓，两个账户各有一半，各过各的风控与复核")
        return self._chosen(name, box)

    def _offer(self, taken: str) -> None:
        # The account taken stays, also where it is no longer offered.
        names = dict(self.ground.others)
        if taken and taken not in names:
            names[AccountId(taken)] = taken
        self.far_account.clear()
        self.far_account.addItem(SAME_ACCOUNT, "")
        for account, name in names.items():
            self.far_account.addItem(name, account)
        self.far_account.put(taken)
        self.fields["far_account"].setVisible(bool(names) and self._half is None)

    def show_ground(self, ground: Ground) -> None:
        """Take what the account holds, and in which other ones far may be opened."""
        self.ground = ground
        self._offer(self.far_account.value)
        super().show_ground(ground)

    def _weigh(self) -> None:
        weighed = self.combine.value == Combine.WEIGHTED
        self.timings.weigh(weighed=weighed)
        self.fields["needed_weight"].setVisible(weighed)

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts; of the timings everything but their thresholds. What is new is no half of anything."""
        if settings is None and self._half is not None:
            self._half = None
            self._offer(self.far_account.value)
        super().fix(settings)
        self.timings.fix(fixed=settings is not None)

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._rolled = None
        self.fill(
            RollSettings(
                account=AccountId(""),
                near=NOTHING,
                far=NOTHING,
                side=Side.BUY,
                lots=1,
                batch_lots=1,
                timings=(DaysToExpiry(days=FIRST_DAYS),),
                naked_lots=1,
            )
        )

    def suggest(self) -> None:
        """Offer the held position that expires first, whole, into the next expiry; never more ahead than a batch."""
        if self._rolled is None or ("near" in self.own and self._rolled.instrument != self.near.instrument):
            self._rolled = self._first_held()
            if self._rolled is not None:
                self._take(self._rolled)
            elif "hedge_flag" not in self.own:
                self.hedge_flag.put(self.ground.flag)
        if "near" not in self.own and (first := rollable(self.instruments)) is not None:
            self.near.put(first.id if self._rolled is None else self._rolled.instrument)
        if "naked_lots" not in self.own:
            self.naked_lots.put(max(int(self.batch_lots.value), 1))
        near = self.instruments.get(self.near.instrument)
        if "far" not in self.own and near is not None:
            later = next_expiry(near, self.instruments)
            self.far.put(later.id if later else NOTHING)

    def _first_held(self) -> Held | None:
        near = self.near.instrument if "near" in self.own else None
        held = [
            one
            for one in self.ground.held
            if one.instrument in self.instruments and near in (None, one.instrument)
            if near is not None or next_expiry(self.instruments[one.instrument], self.instruments)
        ]
        listed = self.instruments
        return min(held, key=lambda one: (listed[one.instrument].delivery_month or 0, -one.lots), default=None)

    def _take(self, held: Held) -> None:
        for name, box, value in (("side", self.side, held.side), ("hedge_flag", self.hedge_flag, held.flag)):
            if name not in self.own:
                box.put(value)
        if "lots" not in self.own:
            self.lots.put(held.lots)

    def blanks(self) -> dict[str, str]:
        """Return the number fields in which there is no number."""
        rows = {f"timings.{place}": BLANK for place, row in enumerate(self.timings.rows) if row.blank}
        return super().blanks() | rows

    def show_faults(self, faults: dict[str, str]) -> None:
        """Say under each field what is wrong with it."""
        super().show_faults(faults)
        self.timings.say(faults)

    def show_market(self) -> None:
        """Show spread, expiry and open interest."""
        near, far = (self.instruments.get(name) for name in self.contracts())
        near_quote, far_quote = (self.quotes.get(name) for name in self.contracts())
        spread = figures.ABSENT
        if near and far and near_quote and far_quote and near_quote.last is not None and far_quote.last is not None:
            places = max(figures.decimals(near.tick), figures.decimals(far.tick))
            spread = figures.signed(far.price(far_quote.last) - near.price(near_quote.last), places)
        expiry = figures.day(near.expiry) if near and near.expiry else figures.ABSENT
        held = " / ".join(figures.number(quote.open_interest if quote else None) for quote in (near_quote, far_quote))
        self.readout.show_values(spread, expiry, held)
