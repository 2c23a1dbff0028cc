"""Hold contracts to the net lots that a person's own rule asks for (自编策略).

The theory. The rule sees sampled prices only, so its answer changes with a sample, a fill or a day; with a look that
shows it nothing else it is not asked again. What it asks for is stated before it is traded (`OwnAimed`), with its
reason; a restart goes on to what was stated last. The house trades: it closes before it opens, one direction at a
time, chases an order that rests too long, and is judged by the gate like everybody.

A rule of several contracts is asked while one of those it trades trades. Each goes to its own target by itself: one
that does not trade now waits until it does, and only takes back what rests there for a target of before. Those that are
only seen have no target.

A rule that holds lots and is shown no prices says so (`own.unseen`): it wants nothing, and could not leave.

A rule that fails, or asks for more than its most lots, ends the strategy: its orders are taken back, what it holds
stays with the account, and the alert says so. So does a code that is not there: nobody decides for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import UNSET
from msgspec.structs import replace

from terminal.domain.errors import UserError
from terminal.domain.fact.marks import Finished, OwnAimed
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.parameters.lasting import free_of
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.quiet import EVER, Quiet, together
from terminal.domain.words.settings import WORDS
from terminal.strategies.children import SECOND
from terminal.strategies.draft import Draft
from terminal.strategies.lasting import lasting
from terminal.strategies.legless import Legless
from terminal.strategies.legs import Pursuit, pursue
from terminal.strategies.own.code import Seen, asked, checked, misfit, woken
from terminal.strategies.own.coming import Coming
from terminal.strategies.own.enough import needed
from terminal.strategies.own.memory import OwnMemory, fold_own, scope_of
from terminal.strategies.own.unseen import told_now
from terminal.strategies.own.windows import parts_of, rebound
from terminal.strategies.sight import look, unseen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.domain.fact.facts import AccountFact
    from terminal.domain.ids import AccountId, InstrumentId, StrategyId
    from terminal.domain.parameters.own import OwnContract
    from terminal.domain.view import SpreadWatch, View
    from terminal.strategies.own.code import Answers, OwnCode, Rule
    from terminal.strategies.own.memory import Held
    from terminal.strategies.own.windows import Parts
    from terminal.strategies.sight import Sight


class OwnStrategy(Legless[OwnSettings, OwnMemory]):
    """Implement `Strategy` for rules that people have written; it knows those it was taught, by their hash."""

    kind = "own"

    def __init__(self) -> None:
        self._codes: dict[str, OwnCode] = {}
        # What was asked last for each, and the answer: a rule that sees the same says the same, and is asked with every
        # look.
        self._last: dict[tuple[AccountId, StrategyId], tuple[OwnCode, OwnSettings, list[Seen], Answers | str]] = {}

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
        wrong = _twice(settings)
        if wrong:
            return wrong
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
        """Return the contracts it trades or sees."""
        return parts_of(settings).instruments

    def watches(self, settings: OwnSettings) -> tuple[SpreadWatch, ...]:
        """Return the window of the price of each."""
        return parts_of(settings).watches

    def whole(self, settings: OwnSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the most lots it may hold of those it trades."""
        return tuple((one.instrument, one.max_lots) for _, one in parts_of(settings).traded)

    def sizes(self, settings: OwnSettings) -> dict[str, int]:
        """Return the most lots it may hold of the first; those of the others last for its life."""
        return {"max_lots": settings.max_lots}

    def may_change(self, old: OwnSettings, new: OwnSettings, memory: OwnMemory) -> str | None:
        """Return why the strategy cannot go on with the new settings, or `None`."""
        most = max(abs(memory.net), abs(memory.aim))
        if most > new.max_lots:
            return f"已有和要有的最多 {most} 手，多于新的{WORDS['max_lots']} {new.max_lots} 手；请先让它减仓。"
        if not old.rest and (new.instrument, new.before) != (old.instrument, old.before):
            wrong = _not_moved(old, new, memory)
            if wrong:
                return wrong
            old = replace(old, instrument=new.instrument, before=new.before)
        return lasting(old, new, free_of(old))

    def begin(self, settings: OwnSettings) -> OwnMemory:
        """Return the memory before any fact."""
        return OwnMemory()

    def fold(self, settings: OwnSettings, memory: OwnMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        fold_own(settings, memory, fact, tag, at)

    def decide(
        self, strategy: StrategyId, settings: OwnSettings, memory: OwnMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what is wanted now; while winding, nothing but its orders cancelled."""
        parts = parts_of(settings)
        sights = [look(view, one.instrument) for _, one in parts.traded]
        seen = any(sight is not None for sight in sights)
        told = None if winding or memory.over else told_now(parts, memory, view)
        if not seen and not memory.ledger.children and told is None:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        if winding or memory.over:
            draft.cancel_all("收尾：撤销挂单")
            return draft.decision()
        if told is not None:
            draft.mark(told)
            return draft.decision()
        found = self._asked(strategy, settings, memory, view) if seen else {}
        if not memory.ledger.children and _level(memory) and _stays(found, memory):
            return NOTHING  # as after nearly every sample; what follows would find the same
        if isinstance(found, str):
            draft.cancel_all(found)
            draft.mark(Finished(summary=f"{found}；{_left(parts, memory)}留在账户里"))
        elif not _stays(found, memory):
            _state(draft, memory, found)
        else:
            each = zip(parts.traded, sights, strict=True)
            _trade_each(settings, memory, draft, [(place, one, sight) for (place, one), sight in each])
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: OwnSettings, memory: OwnMemory, view: View) -> Quiet | None:
        """Return until when it goes on wanting nothing: until the next sample, which the engine looks at by itself."""
        parts = parts_of(settings)
        if memory.ledger.busy:
            return None
        if all(look(view, one.instrument) is None for _, one in parts.traded):
            return together(unseen(view, one.instrument) for _, one in parts.traded)
        code = self._codes.get(settings.sha256)
        if not _level(memory) or code is None:
            return None
        if code.wakes is None and not code.memoryless:
            # One that may remember is asked as often as where nobody sleeps, and not once more for this.
            last = self._last.get((settings.account, strategy))
            if last is None or last[1] is not settings or last[2] != _seen(settings, memory, view):
                return None
        return EVER if self.decide(strategy, settings, memory, view) == NOTHING else None

    def foresees(self, settings: OwnSettings) -> bool:
        """Return whether it can be said ahead at which prices the rule must be asked.

        A rule that might remember what it was shown is never shown what has not come: it is asked at each sample.
        """
        code = self._codes.get(settings.sha256)
        return code is not None and (code.wakes is not None or code.memoryless)

    def is_memoryless(self, settings: OwnSettings) -> bool:
        """Return whether the rule is proven to remember nothing."""
        code = self._codes.get(settings.sha256)
        return code is not None and code.memoryless

    def declares(self, settings: OwnSettings) -> bool:
        """Return whether the code says by itself at which prices its rule must be asked."""
        code = self._codes.get(settings.sha256)
        return code is not None and code.wakes is not None

    def wakes(
        self, settings: OwnSettings, memory: OwnMemory, view: View, prices: Sequence[NDArray[np.float64]], first: int
    ) -> NDArray[np.bool_]:
        """Return at which of the prices to come, `prices[…][first:]` in yuan, a rule must be asked that `foresees`.

        They are of one trading day, one row for each contract, and what is held stays what it is. What its `wakes`
        cannot say is a `UserError`. A rule without `wakes`, proven to remember nothing, is asked itself, one price
        after another, up to the first at which it wants something else than is aimed at.
        """
        code = self._codes[settings.sha256]
        if code.wakes is None:
            return _asked_ahead(code, settings, memory, view, prices, first)
        coming = [
            Coming(
                prices=row,
                first=first,
                window=settings.window,
                held=memory.of(one.name).net,
                trading_day=view.trading_day,
                days_to_expiry=view.days_to_expiry(one.instrument),
            )
            for one, row in zip(parts_of(settings).contracts, prices, strict=True)
        ]
        found = woken(code, code.wakes, settings, coming)
        if isinstance(found, str):
            raise UserError(f"{found}；请改正它，或从代码里删去（不写只是回测慢些）。")
        return found

    def needs(self, settings: OwnSettings, memory: OwnMemory, view: View) -> int | None:
        """Return how many prices the rule needs before it can say anything, `None` where that is not known."""
        code = self._codes.get(settings.sha256)
        return None if code is None else needed(code, settings, _seen(settings, memory, view))

    def _asked(self, strategy: StrategyId, settings: OwnSettings, memory: OwnMemory, view: View) -> Answers | str:
        code = self._codes.get(settings.sha256)
        if code is None:
            return _absent(settings)
        seen, key = _seen(settings, memory, view), (settings.account, strategy)
        last = self._last.get(key)
        if last is not None and last[0] is code and last[1] is settings and last[2] == seen:
            return last[3]
        found = asked(code, settings, seen)
        self._last[key] = code, settings, seen, found
        return found


def _seen(settings: OwnSettings, memory: OwnMemory, view: View) -> list[Seen]:
    parts = parts_of(settings)
    return [
        Seen(
            prices=view.samples(watch),
            held=memory.of(one.name).net,
            trading_day=view.trading_day,
            days_to_expiry=view.days_to_expiry(one.instrument),
        )
        for one, watch in zip(parts.contracts, parts.watches, strict=True)
    ]


def _asked_ahead(
    code: OwnCode,
    settings: OwnSettings,
    memory: OwnMemory,
    view: View,
    prices: Sequence[NDArray[np.float64]],
    first: int,
) -> NDArray[np.bool_]:
    rows = [row.tolist() for row in prices]
    fixed = [
        (memory.of(one.name).net, view.trading_day, view.days_to_expiry(one.instrument))
        for one in parts_of(settings).contracts
    ]
    wakes = np.zeros(len(rows[0]) - first, dtype=np.bool_)
    for place in range(len(wakes)):
        end = first + place + 1
        begin = max(end - settings.window, 0)
        seen = [Seen(tuple(row[begin:end]), *rest) for row, rest in zip(rows, fixed, strict=True)]
        if not _stays(asked(code, settings, seen), memory):
            wakes[place:] = True
            break
    return wakes


def _stays(found: Answers | str, memory: OwnMemory) -> bool:
    if isinstance(found, str):
        return False
    for name, aim in found.items():  # noqa: SIM110  # a generator for each sample of each rule costs more than this
        if aim.lots != memory.of(name).aim:
            return False
    return True


def _level(memory: OwnMemory) -> bool:
    if memory.net != memory.aim:
        return False
    return not memory.others or all(held.net == held.aim for held in memory.others.values())


def _left(parts: Parts, memory: OwnMemory) -> str:
    if len(parts.contracts) == 1:
        return f"持有的 {memory.net} 手"
    held = ((one.instrument.rpartition(".")[2], memory.of(one.name).net) for _, one in parts.traded)
    return f"持有的 {'、'.join(f'{name} {net} 手' for name, net in held)}"


def _state(draft: Draft, memory: OwnMemory, found: Answers) -> None:
    for name, aim in found.items():
        before = memory.of(name).aim
        if aim.lots != before:
            draft.mark(OwnAimed(lots=aim.lots, before=before, reason=aim.reason, contract=name or UNSET))


def _twice(settings: OwnSettings) -> str | None:
    contracts = settings.contracts
    for place, one in enumerate(contracts):
        if one.max_lots < 0:
            return f"{one.instrument} 的{WORDS['max_lots']}不能为负，只看的请不写。"
        if any(one.instrument == other.instrument for other in contracts[:place]):
            return f"合约 {one.instrument} 写了两次，请换成别的合约或删去。"
        if any(one.name == other.name for other in contracts[:place]):
            return f"合约的名字 {one.name} 写了两次，请改名。"
    return None


def _absent(settings: OwnSettings) -> str:
    return f"没有代码 {settings.code}（{settings.sha256[:8]}），或它已被改动"


def _not_moved(old: OwnSettings, new: OwnSettings, memory: OwnMemory) -> str:
    # Another month, and what was seen of this one moved to where that stands: only while nothing is held.
    if memory.net or memory.ledger.busy:
        return f"已有 {memory.net} 手或有委托在途时合约不能换，请由移仓带它过去。"
    last = new.before[-1] if new.before else None
    moved = None if last is None else rebound(old, old.instrument, new.instrument, last.until, last.shift)
    if moved is None or new.instrument == old.instrument or new.before != moved.before:
        return f"{WORDS['before']}与换去的合约不符；请由移仓带它过去，或另启一个。"
    return ""


def _trade_each(
    settings: OwnSettings, memory: OwnMemory, draft: Draft, seen: Sequence[tuple[int, OwnContract, Sight | None]]
) -> None:
    # A third refusal within half a minute would pause it (C10), so no decision asks for three openings at once, nor
    # for two while one was refused; whoever was refused less often comes first, so that none waits for ever.
    ledger = memory.ledger
    draft.most_openings = 1 if ledger.lately_refused(draft.now) else 2
    for place, one, sight in sorted(seen, key=lambda each: ledger.failures(scope_of(each[1].name))):
        _trade(settings, place, one, memory.of(one.name), draft, sight)


def _trade(
    settings: OwnSettings, place: int, contract: OwnContract, held: OwnMemory | Held, draft: Draft, sight: Sight | None
) -> None:
    lack, own = held.aim - held.net, 0
    if lack * held.net < 0:  # first to nothing, so that what it opens never stands against what it closes
        own = min(abs(lack), abs(held.net))
        lack = own if lack > 0 else -own
    scope = scope_of(contract.name)
    pursue(
        draft,
        sight,
        held.leg,
        Pursuit(
            leg=place,
            scope=scope,
            tag=scope,
            lack=lack,
            own=own,
            pay_up=settings.pay_up_ticks,
            patience=settings.chase_seconds * SECOND,
            join=False,
            reason=f"目标 {held.aim} 手：{held.reason}",
        ),
    )
