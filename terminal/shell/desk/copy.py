"""Hold the desk's fold of what its runner has told, together with the copy on disk that it comes from.

Stored and folded together: what is shown is always a prefix that a restart shows again, and what does not fold is not
kept either, for it would be met again at each start. A copy that cannot be read or folded is put aside and the runner
asked for everything; a fact of a kind nobody here knows, or a snapshot of another fold, leaves the last state standing
and the desk read-only, with a sentence that says so. What turned out to be no part of the runner's journal is
kept aside when its snapshot comes, for whoever wants to know how that could be (SAFETY 4, RESET).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from terminal.domain.typed_text import LONGEST_TEXT, shown
from terminal.engine.chain import DamageError
from terminal.engine.fold import apply
from terminal.engine.journal import RECORD_VERSION, Entry, JournalError, Record, UnknownRecord
from terminal.engine.snapshot import SnapshotError, thaw
from terminal.engine.state import FOLD_VERSION, State
from terminal.store.desk_file import BrokenFileError
from terminal.store.replica import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import StreamId
    from terminal.engine.journal import Head
    from terminal.store.replica import Replica
    from terminal.sync.effects import Arrived, Swap

UPGRADE = "运行器的版本比本程序新，工作台只能看旧状态、不能下单；请升级本程序后重新打开。"
OUTDATED = "运行器的版本比本程序旧，工作台不能显示它的记录；请升级运行器，并换一个数据目录。"


class UnusableError(Exception):
    """Say in a sentence what of a record this program can do nothing with; it was not stored."""


class Copy:
    """Own the replica and the state folded from it. `unreadable` says why the desk may only look, or is empty."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._is_left_behind = False  # a snapshot came that could not be put here: what follows does not fit
        self.unreadable = ""
        self.rebuilt = replica.rebuilt
        self.state = State()
        self.records: list[Record] = []  # of the copy, until somebody has shown them
        self._load()

    def heads(self) -> Mapping[StreamId, Head]:
        """Return how far each stream reaches."""
        return self._replica.heads()

    def take(self, arrived: Sequence[Arrived], saw: Callable[[Record], object] = lambda _: None) -> None:
        """Store and fold records, all of them or none; `saw` hears of each that was just folded.

        Of those that do not fold `UnusableError` tells. The state is then another one, folded anew from what is stored.
        """
        if self._is_left_behind:
            return

        def fold() -> None:
            for one in arrived:
                if self._fold(one.record) and isinstance(one.record, Record):
                    saw(one.record)

        events = [
            StoredEvent(one.record.stream, one.record.epoch, one.record.seq, one.data, one.hash) for one in arrived
        ]
        try:
            self._replica.append(events, fold)
        except Exception:
            self._load()  # what broke off may have changed anything
            raise

    def leave_behind(self, why: str) -> None:
        """Store and fold nothing more, and say why: what is here stays as it was, to be looked at."""
        self.unreadable, self._is_left_behind = why, True

    def swap(self, snapshot: Swap) -> bool:
        """Put a snapshot in the place of everything; return whether it could be folded here."""
        if snapshot.begin.fold_version != FOLD_VERSION:
            self.leave_behind(UPGRADE)
            return False
        try:
            state = _thawed(snapshot.data)
        except SnapshotError as problem:
            self.leave_behind(problem.message)
            return False
        if snapshot.reason:
            self._replica.start_over(JournalError(snapshot.reason))
            self.rebuilt = self._replica.rebuilt
        self._replica.swap(snapshot.data, snapshot.heads, snapshot.begin.visible_hash)
        self.state, self.unreadable, self._is_left_behind = state, "", False
        return True

    def visible_hash(self) -> str:
        """Return what the fold hashes to; everything here may be seen by whoever sits at this desk."""
        return self.state.visible_hash(frozenset(self.state.accounts), frozenset(self.state.persons))

    def close(self) -> None:
        """Give the files up."""
        self._replica.close()

    def _load(self) -> None:
        snapshot, _, entries = self._replica.state()
        self.records, self.unreadable = [], ""
        try:
            self.state = _thawed(snapshot) if snapshot is not None else State()
            self._fold_all(entries)
        except (DamageError, BrokenFileError, SnapshotError, UnusableError) as error:
            # Whatever was folded up to here is not trusted either: the runner has everything.
            self._replica.start_over(error)
            self.rebuilt = self._replica.rebuilt
            self.state, self.records, self.unreadable = State(), [], ""

    def _fold_all(self, entries: Iterator[Entry]) -> None:
        for entry in entries:
            if entry.record.v < RECORD_VERSION:
                raise BrokenFileError(f"由旧版程序写成（记录第 {entry.record.v} 版）")
            if self._fold(entry.record) and isinstance(entry.record, Record):
                self.records.append(entry.record)

    def _fold(self, record: Record | UnknownRecord) -> bool:
        if self.unreadable or isinstance(record, UnknownRecord):
            self.unreadable = self.unreadable or (UPGRADE if record.v >= RECORD_VERSION else OUTDATED)
            return False
        try:
            apply(self.state, record.fact, record.utc)
        except Exception as problem:  # a fold refuses in as many ways as there are contradictions
            what = f"流 {record.stream} 第 {record.seq} 条记录（{record.kind}）折叠不了（{_named(problem)}）"
            raise UnusableError(what) from problem
        return True


def _thawed(data: bytes) -> State:
    try:
        return thaw(data)
    except SnapshotError:
        raise
    except Exception as problem:  # as many ways as above
        raise SnapshotError(f"快照读不出来（{_named(problem)}），没有采用；请重新下载") from problem


def _named(problem: Exception) -> str:
    return f"{type(problem).__name__} {shown(str(problem), LONGEST_TEXT)}"
