"""A journal with persons' streams, holders and changed strategies verifies, refolds, and shows what was forged."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import pytest

from terminal.domain.fact.facts import (
    AccountOpened,
    AccountTaken,
    AlertRaised,
    DocumentSaved,
    Fact,
    Role,
    RolesGranted,
    StrategyChanged,
    StrategyStarted,
)
from terminal.domain.ids import CommandId, ConfirmationId, DeviceId, PersonId, StrategyId, StreamId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level
from terminal.engine.records.journal import stream_of
from terminal.store.journal import SqliteJournal
from terminal.store.projections import Projections
from terminal.store.refold import Refold
from terminal.store.verify import Verification, verify
from tests.contract import journal_facts as make

LI: Final = PersonId("li")
LI_STREAM: Final = StreamId("person:li")
SAVED: Final = DocumentSaved(person=LI, name="layout", version=1, body="[1]")
SAVED_DONE: Final = msgspec.structs.replace(make.done("d1", account=None), person=LI)
OPENED: Final = AccountOpened(account=make.ACCOUNT, name="A1", cash=Decimal(1), trading_day=make.DAY, investor="i")
TAKEN: Final = AccountTaken(account=make.ACCOUNT, person=make.MAKER, device=make.DESK)
ALERT: Final = AlertRaised(account=make.ACCOUNT, level=Level.RED, code="X", instrument=None, sentence="看一看")
NAME: Final = "grid-1"
GRID: Final = GridSettings(
    account=make.ACCOUNT,
    instrument=make.INSTRUMENT,
    side=Side.BUY,
    anchor=Decimal(820),
    step=Decimal(5),
    lines=3,
    lots_per_line=10,
    stop=Decimal(790),
    lower=Decimal(800),
    upper=Decimal(820),
)
STARTED: Final = StrategyStarted(account=make.ACCOUNT, strategy=StrategyId(NAME), settings=GRID, version=1)
CHANGED: Final = StrategyChanged(
    account=make.ACCOUNT,
    strategy=StrategyId(NAME),
    settings=msgspec.structs.replace(GRID, lots_per_line=9),
    version=2,
    person=make.MAKER,
)


def journal_of(data: Path, *facts: Fact) -> Verification:
    with closing(SqliteJournal(data, make.TENANT)) as journal:
        make.say(journal, *facts)
    return verify(data)


def test_a_persons_facts_and_answers_stand_in_the_persons_stream_alone() -> None:
    assert stream_of(SAVED, make.TENANT) == LI_STREAM
    assert stream_of(SAVED_DONE, make.TENANT) == LI_STREAM
    assert stream_of(make.done("c1", account=None), make.TENANT) == "person:trader"
    assert stream_of(TAKEN, make.TENANT) == "account:A1"


def test_a_journal_with_a_persons_stream_is_whole_counted_refolded_and_projected(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.a_small_day(journal)
        make.say(journal, SAVED, SAVED_DONE, ALERT, TAKEN)
        assert journal.command_result(CommandId("d1")) == SAVED_DONE
        with closing(Projections(tmp_path, journal)) as tables:
            tables.catch_up()
            assert tables.position() == 21
    found = verify(tmp_path)
    assert found.ok, found.sentence
    assert found.heads[LI_STREAM].seq == 2
    assert found.commands == 4


def test_a_refold_takes_what_persons_keep_and_who_holds_an_account(tmp_path: Path) -> None:
    granted = RolesGranted(account=make.ACCOUNT, person=make.MAKER, name="m", roles=(Role.TRADER,))
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.say(journal, OPENED, granted, TAKEN, ALERT, SAVED, SAVED_DONE)
    refold = Refold()
    assert verify(tmp_path, witnesses=(refold,)).ok
    assert refold.state.persons[LI].documents["layout"].body == "[1]"
    account = refold.state.accounts[make.ACCOUNT]
    assert (account.holder, list(account.open_alerts)) == ((make.MAKER, make.DESK), [1])


@pytest.mark.parametrize("version", [1, 3])
def test_an_order_of_a_strategy_names_the_version_that_was_in_force(tmp_path: Path, version: int) -> None:
    wrong = make.recorded(1, cause=make.by_strategy(NAME, version))
    found = journal_of(tmp_path, STARTED, CHANGED, wrong)
    assert found.orphans == 1
    assert f"第 {version} 版参数，当时是第 2 版" in found.sentence


def test_orders_before_and_after_a_change_name_their_own_versions(tmp_path: Path) -> None:
    before = make.recorded(1, cause=make.by_strategy(NAME, 1))
    after = make.recorded(2, cause=make.by_strategy(NAME, 2))
    assert journal_of(tmp_path, STARTED, before, CHANGED, after).ok


def test_a_change_that_skips_a_version_or_cites_no_approval_is_an_orphan(tmp_path: Path) -> None:
    skipping = msgspec.structs.replace(CHANGED, version=3)
    assert "由第 1 版跳到第 3 版" in journal_of(tmp_path / "a", STARTED, skipping).sentence
    citing = msgspec.structs.replace(CHANGED, envelope=ConfirmationId("k"))
    assert "没有申请" in journal_of(tmp_path / "b", STARTED, citing).sentence


def journal_refolded(data: Path, *facts: Fact) -> Verification:
    with closing(SqliteJournal(data, make.TENANT)) as journal:
        make.say(journal, OPENED, STARTED, *facts)
    return verify(data, witnesses=(Refold(),))


def changed(version: int, lots: int) -> StrategyChanged:
    return msgspec.structs.replace(CHANGED, version=version, settings=msgspec.structs.replace(GRID, lots_per_line=lots))


def test_a_size_that_grew_by_more_than_a_fifth_without_a_second_person_is_found(tmp_path: Path) -> None:
    assert journal_refolded(tmp_path / "a", changed(2, 12)).ok  # exactly a fifth
    found = journal_refolded(tmp_path / "b", changed(2, 13))
    assert not found.ok
    assert "策略 grid-1 第 2 版没有复核：每格手数由 10 增至 13，超过五分之一" in found.sentence


def test_growth_is_counted_from_what_was_agreed_however_small_the_steps(tmp_path: Path) -> None:
    assert journal_refolded(tmp_path / "a", changed(2, 11), changed(3, 5), changed(4, 12)).ok
    found = journal_refolded(tmp_path / "b", changed(2, 11), changed(3, 12), changed(4, 13))
    assert "第 4 版没有复核：每格手数由 10 增至 13" in found.sentence
    assert found.orphans == 1


def test_an_approval_of_something_else_agrees_to_no_growth(tmp_path: Path) -> None:
    of_an_order = make.requested("k"), make.approved("k"), make.consumed("k")
    citing = msgspec.structs.replace(changed(2, 20), envelope=ConfirmationId("k"))
    found = journal_of(tmp_path, STARTED, *of_an_order, citing)
    assert "策略 grid-1 的参数与复核 k 所批准的不同" in found.sentence


def test_an_order_by_hand_from_a_desk_that_does_not_hold_the_account_is_an_orphan(tmp_path: Path) -> None:
    elsewhere = msgspec.structs.replace(make.by_hand(), device=DeviceId("laptop"))
    found = journal_of(tmp_path, make.recorded(1, cause=elsewhere), TAKEN, make.recorded(2))
    assert found.ok, found.sentence
    again = journal_of(tmp_path / "b", TAKEN, make.recorded(1, cause=elsewhere))
    assert again.orphans == 1
    assert "没有接管" in again.sentence
