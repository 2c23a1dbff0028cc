"""Write a journal to be verified, and forge one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from terminal.domain.fact.facts import Fact, LevelChanged
from terminal.domain.words.risk import Level, Scope
from terminal.store.journal import SqliteJournal
from terminal.store.verify import Verification, verify
from tests.contract import journal_facts as make


def journal_of(data: Path, *turns: tuple[Fact, ...]) -> Verification:
    with closing(SqliteJournal(data, make.TENANT)) as journal:
        for facts in turns:
            make.say(journal, *facts)
    return verify(data)


RED = LevelChanged(
    account=make.ACCOUNT,
    scope=Scope(),
    signal="risk_degree",
    value="91",
    threshold="90",
    before=Level.NORMAL,
    after=Level.RED,
    at=1,
)
