"""Hold a contract to the net lots that a person's own rule asks for (自编策略).

The theory. The rule sees sampled prices only, so its answer changes with a sample, a fill or a day; with a look that
shows it nothing else it is not asked again. What it asks for is stated before it is traded (`OwnAimed`), with its
reason; a restart goes on to what was stated last. The house trades: it closes before it opens, one direction at a
time, chases an order that rests too long, and is judged by the gate like everybody.

A rule that fails, or asks for more than its most lots, ends the strategy: its orders are taken back, what it holds
stays with the account, and the alert says so. So does a code that is not there: nobody decides for it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AccountFact, StrategyMarked
from terminal.domain.fact.marks import Chased, Finished, OwnAimed
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.parameters.lasting import OWN_FREE
from terminal.domain.parameters.own import Before, OwnSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.domain.view import Earlier, SpreadWatch
from terminal.domain.words.settings import WORDS
from terminal.strategies.children import SECOND, Ledger, take
from terminal.strategies.draft import Draft
from terminal.strategies.lasting import lasting
from terminal.strategies.legless import Legless
from terminal.strategies.legs import Leg, Pursuit, fold_chase, pursue
from terminal.strategies.own.code import Aim, Seen, asked, checked, misfit, woken
from terminal.strategies.own.coming import Coming
from terminal.strategies.sight import look, unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.view import View
    from terminal.strategies.own.code import OwnCode, Rule
    from terminal.strategies.sight import Sight

SCOPE = "aim"  # the place, and the tag, of all its orders


class OwnMemory(msgspec.Struct, tag="own_memory"):
    """Hold what the facts say: lots held by its own fills, and the lots and the reason stated last."""

    ledger: Ledger = msgspec.field(default_factory=Ledger)
    leg: Leg = msgspec.field(default_factory=Leg)
    net: int = 0
    aim: int = 0
    reason: str = ""
    over: bool = False


class OwnStrategy(Legless[OwnSettings, OwnMemory]):
    """Implement `Strategy` for rules that people have written; it knows those it was taught, by their hash."""

    kind = "own"

    def __init__(self) -> None:
        self._codes: dict[str, OwnCode] = {}
        # What was asked last, and the answer: a rule that sees the same says the same, and is asked with every look.
        self._last: tuple[OwnCode, OwnSettings, Seen, Aim | str | None] | None = None
        self._watch: tuple[OwnSettings, SpreadWatch] | None = None  # of the settings asked about last

    def learn(self, code: OwnCode) -> None:
        """Take a code that has been read; the same text twice is one."""
        self._codes[code.sha256] = code

    def rule_of(self, settings: OwnSettings) -> Rule | None:
        """Return the rule that settings name, `None` where no code of that hash was read."""
        code = self._codes.get(settings.sha256)
        return None if code is None else code.rule

    def check(self, settings: OwnSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        for name, least in (("max_lots", 1), ("chase_seconds", 1), ("pay_up_ticks", 0)):
            if getattr(settings, name) < least:
                return f"{WORDS[name]}应至少为 {least}，请改大。"
        for one in settings.numbers:
            if not one.least <= one.value <= one.most:
                return f"{one.title}应在 {one.least} 至 {one.most} {one.unit}之间，现为 {one.value}，请修改。"
            if one.whole and one.value != int(one.value):
                return f"{one.title}应为整数，现为 {one.value}，请修改。"
        code = self._codes.get(settings.sha256)
        if code is None:
            return f"{_absent(settings)}；请把它放在方案旁边，由方案启动。"
        return misfit(code, settings) or checked(code, settings) or None

    def instruments(self, settings: OwnSettings) -> tuple[InstrumentId, ...]:
        """Return the contract."""
        return (settings.instrument,)

    def watches(self, settings: OwnSettings) -> tuple[SpreadWatch, ...]:
        """Return the window of its price."""
        return (watch_of(settings),)

    def whole(self, settings: OwnSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the most lots it may hold."""
        return ((settings.instrument, settings.max_lots),)

    def sizes(self, settings: OwnSettings) -> dict[str, int]:
        """Return the most lots it may hold."""
        return {"max_lots": settings.max_lots}

    def may_change(self, old: OwnSettings, new: OwnSettings, memory: OwnMemory) -> str | None:
        """Return why the strategy cannot go on with the new settings, or `None`."""
        most = max(abs(memory.net), abs(memory.aim))
        if most > new.max_lots:
            return f"已有和要有的最多 {most} 手，多于新的{WORDS['max_lots']} {new.max_lots} 手；请先让它减仓。"
        if (new.instrument, new.before) != (old.instrument, old.before):
            wrong = _not_moved(old, new, memory)
            if wrong:
                return wrong
            old = replace(old, instrument=new.instrument, before=new.before)
        return lasting(old, new, OWN_FREE)

    def begin(self, settings: OwnSettings) -> OwnMemory:
        """Return the memory before any fact."""
        return OwnMemory()

    def fold(self, settings: OwnSettings, memory: OwnMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        if not isinstance(fact, StrategyMarked):
            filled = take(memory.ledger, fact, tag, at)
            memory.net += filled
            if filled:
                memory.leg.chases = 0
            return
        match fact.mark:
            case OwnAimed():
                memory.aim, memory.reason, memory.leg.chases = fact.mark.lots, fact.mark.reason, 0
            case Chased():
                fold_chase(memory.ledger, memory.leg, SCOPE, fact.mark)
            case Finished():
                memory.over = True
            case _:
                pass

    def decide(
        self, strategy: StrategyId, settings: OwnSettings, memory: OwnMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what is wanted now; while winding, nothing but its orders cancelled."""
        sight = look(view, settings.instrument)
        if sight is None:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        if winding or memory.over:
            draft.cancel_all("收尾：撤销挂单")
            return draft.decision()
        found = self._asked(settings, memory, view)
        if memory.net == memory.aim and not memory.ledger.children and _stays(found, memory.aim):
            return NOTHING  # as after nearly every sample; what follows would find the same
        if isinstance(found, str):
            draft.cancel_all(found)
            draft.mark(Finished(summary=f"{found}；持有的 {memory.net} 手留在账户里"))
        elif found is not None and found.lots != memory.aim:
            draft.mark(OwnAimed(lots=found.lots, before=memory.aim, reason=found.reason))
        else:
            _trade(settings, memory, draft, sight)
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: OwnSettings, memory: OwnMemory, view: View) -> Quiet | None:
        """Return until when it goes on wanting nothing: until the next sample, which the engine looks at by itself."""
        if look(view, settings.instrument) is None:
            return unseen(view, settings.instrument)
        if memory.ledger.busy or memory.net != memory.aim:
            return None
        return EVER if self.decide(strategy, settings, memory, view) == NOTHING else None

    def foresees(self, settings: OwnSettings) -> bool:
        """Return whether the code says at which prices it must be asked."""
        code = self._codes.get(settings.sha256)
        return code is not None and code.wakes is not None

    def wakes(
        self, settings: OwnSettings, memory: OwnMemory, view: View, prices: NDArray[np.float64], first: int
    ) -> NDArray[np.bool_]:
        """Return at which of the prices to come, `prices[first:]` in yuan, a rule must be asked that `foresees`.

        They are of one trading day, and what is held stays what it is. What its `wakes` cannot say is a `UserError`.
        """
        code = self._codes[settings.sha256]
        if code.wakes is None:
            return np.ones(len(prices) - first, dtype=np.bool_)
        coming = Coming(
            prices=prices,
            first=first,
            window=settings.window,
            held=memory.net,
            trading_day=view.trading_day,
            days_to_expiry=view.days_to_expiry(settings.instrument),
        )
        found = woken(code, code.wakes, settings, coming)
        if isinstance(found, str):
            raise UserError(f"{found}；请改正它，或从代码里删去（不写只是回测慢些）。")
        return found

    def _asked(self, settings: OwnSettings, memory: OwnMemory, view: View) -> Aim | str | None:
        code = self._codes.get(settings.sha256)
        if code is None:
            return _absent(settings)
        if self._watch is None or self._watch[0] is not settings:
            self._watch = settings, watch_of(settings)
        seen = Seen(
            prices=view.samples(self._watch[1]),
            held=memory.net,
            trading_day=view.trading_day,
            days_to_expiry=view.days_to_expiry(settings.instrument),
        )
        last = self._last
        if last is not None and last[0] is code and last[1] is settings and last[2] == seen:
            return last[3]
        found = asked(code, settings, seen)
        self._last = code, settings, seen, found
        return found


def _stays(found: Aim | str | None, aim: int) -> bool:
    return found is None or (not isinstance(found, str) and found.lots == aim)


def _absent(settings: OwnSettings) -> str:
    return f"没有代码 {settings.code}（{settings.sha256[:8]}），或它已被改动"


def watch_of(settings: OwnSettings) -> SpreadWatch:
    """Return the window of prices a rule reads."""
    return SpreadWatch(
        legs=((settings.instrument, Decimal(1)),),
        sample_seconds=settings.sample_seconds,
        window=settings.window,
        earlier=tuple(
            Earlier(legs=((one.instrument, Decimal(1)),), until=one.until, shift=one.shift) for one in settings.before
        ),
    )


def rebound(settings: OwnSettings, far: InstrumentId, until: int, shift: Decimal) -> OwnSettings:
    """Return the settings of a rule that has gone with a roll to far, which stands `shift` yuan higher.

    What was quoted up to `until` (UTC ns, included) moves by it, so that the rule sees no roll as a move of the market.
    """
    left = [replace(one, shift=one.shift + shift) for one in settings.before]
    now = Before(instrument=settings.instrument, until=until, shift=shift)
    return replace(settings, instrument=far, before=(*left, now))


def _not_moved(old: OwnSettings, new: OwnSettings, memory: OwnMemory) -> str:
    # Another month, and what was seen of this one moved to where that stands: only while nothing is held.
    if memory.net or memory.ledger.busy:
        return f"已有 {memory.net} 手或有委托在途时合约不能换，请由移仓带它过去。"
    last = new.before[-1] if new.before else None
    moved = None if last is None else rebound(old, new.instrument, last.until, last.shift)
    if moved is None or new.instrument == old.instrument or new.before != moved.before:
        return f"{WORDS['before']}与换去的合约不符；请由移仓带它过去，或另启一个。"
    return ""


def _trade(settings: OwnSettings, memory: OwnMemory, draft: Draft, sight: Sight) -> None:
    lack, own = memory.aim - memory.net, 0
    if lack * memory.net < 0:  # first to nothing, so that what it opens never stands against what it closes
        own = min(abs(lack), abs(memory.net))
        lack = own if lack > 0 else -own
    pursue(
        draft,
        sight,
        memory.leg,
        Pursuit(
            leg=0,
            scope=SCOPE,
            tag=SCOPE,
            lack=lack,
            own=own,
            pay_up=settings.pay_up_ticks,
            patience=settings.chase_seconds * SECOND,
            join=False,
            reason=f"目标 {memory.aim} 手：{memory.reason}",
        ),
    )
