"""Fold a journal again and hold it against the invariants, the signatures it carries, and the growth it may show."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fact.facts import ConfirmationDecided, Fact, StrategyChanged, StrategyStarted, TenantFact
from terminal.domain.ids import AccountId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.words.settings import WORDS
from terminal.engine.check import check_all
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.confirmations.device_key import is_signed
from terminal.engine.fold import apply
from terminal.engine.records.journal import Entry, Record
from terminal.engine.state import State
from terminal.strategies.table import strategy_of

MACHINES = frozenset({PersonId("runner"), PersonId("plan")})
SIGNED = frozenset({ConfirmationEvent.APPROVE, ConfirmationEvent.REJECT})


class Refold:
    """Be a witness: fold every fact as a runner would, and say what the fold or the whole refuses."""

    def __init__(self) -> None:
        self.state = State()
        self._broken = False
        self._agreed: dict[tuple[AccountId, StrategyId], StrategySettings] = {}

    def see(self, entry: Entry, record: Record) -> Iterable[str]:
        """Fold one record; after the first refusal the rest is not judged, for it stands on the refused one."""
        if self._broken:
            return ()
        found = (*self._signature(record), *self._growth(record.fact), *_named_to_everybody(record))
        try:
            apply(self.state, record.fact, record.utc)
        except (InvariantError, UserError, KeyError, ArithmeticError) as refusal:
            self._broken = True
            return (*found, f"这一条不能接在前面的事实之后：{refusal}")
        return found

    def conclude(self) -> Iterable[str]:
        """Return every invariant the folded whole breaks."""
        return () if self._broken else check_all(self.state)

    def _signature(self, record: Record) -> tuple[str, ...]:
        fact = record.fact
        if not isinstance(fact, ConfirmationDecided) or fact.decision not in SIGNED:
            return ()
        account = self.state.accounts.get(fact.account)
        asked = account.confirmations.get(fact.confirmation) if account is not None else None
        checker = self.state.persons.get(fact.person) if fact.person is not None else None
        device = checker.devices.get(fact.device) if checker is not None and fact.device is not None else None
        if asked is None or device is None or fact.person is None:
            return (f"复核 {fact.confirmation} 的签名设备没有登记在复核人名下",)
        signed = approval_bytes(asked.confirmation.order_hash, fact.decision, fact.person)
        if not is_signed(device.public_key, fact.signature, signed):
            return (f"复核 {fact.confirmation} 的签名与保存的内容不符",)
        return ()

    def _growth(self, fact: Fact) -> tuple[str, ...]:
        # Reckoned here anew, not with the engine's words: they may be what was wrong. Whether a cited approval is
        # about these very settings, and was given, is asked where orphans are looked for.
        if not isinstance(fact, StrategyStarted | StrategyChanged):
            return ()
        key = fact.account, fact.strategy
        agreed = self._agreed.setdefault(key, fact.settings)
        if isinstance(fact, StrategyStarted) or fact.envelope is not None:
            self._agreed[key] = fact.settings
            return ()
        if type(fact.settings) is not type(agreed):
            return ()  # the fold refuses it
        kind = strategy_of(agreed)
        before, after = kind.sizes(agreed), kind.sizes(fact.settings)
        grown = [
            f"{WORDS[name]}由 {before[name]} 增至 {lots}"
            for name, lots in after.items()
            if _by_a_fifth(before[name], lots)
        ]
        return (
            (f"策略 {fact.strategy} 第 {fact.version} 版没有复核：{'，'.join(grown)}，超过五分之一",) if grown else ()
        )


def _by_a_fifth(agreed: int, lots: int) -> bool:
    return (lots - agreed) * 5 > agreed


def _named_to_everybody(record: Record) -> tuple[str, ...]:
    if isinstance(record.fact, TenantFact) and record.actor.person not in MACHINES:
        return (f"租户的流发给所有工作台，却写着人员 {record.actor.person}（SAFETY I25）",)
    return ()
