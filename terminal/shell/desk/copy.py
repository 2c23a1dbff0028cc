"""Hold the desk's fold of what its runner has told, together with the copy on disk that it comes from.

Stored and folded together: what is shown is always a prefix that a restart shows again, and what does not fold is not
kept either, for it would be met again at each start. A copy that cannot be read or folded, or that an older program
folded, is put aside and the runner asked for everything; a fact of a kind nobody here knows, or a snapshot of another
fold, leaves the last state standing and the desk read-only, with a sentence that says so. So does from the greeting on
a runner that folds by other rules than this program, or does not say by which: its records mean something else. The
next connection begins anew. What turned out to be no part
of the runner's journal is kept aside when its snapshot comes, for whoever wants to know how that could be (SAFETY 4,
RESET). Of an account that was taken from this person nothing is kept, neither here nor aside: its streams are erased at
the greeting, before any snapshot comes.

A desk that is there every day is never sent a snapshot, so it makes its own: after `COMPACT_AFTER` records the fold and
its past take the place of the records they came from, and a start folds no more than those that came since. What this
program cannot read is in no fold and would be lost with its bytes, so that a copy that may only be looked at keeps all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from terminal.domain.words.typed_text import LONGEST_TEXT, shown
from terminal.engine.fold import apply
from terminal.engine.records.chain import DamageError
from terminal.engine.records.journal import RECORD_VERSION, Entry, JournalError, Record, UnknownRecord
from terminal.engine.records.snapshot import OtherFoldError, SnapshotError, freeze, thaw
from terminal.engine.state import FOLD_VERSION, State
from terminal.shell.picture.past import Past
from terminal.store.desk_file import BrokenFileError, OtherVersionError
from terminal.store.replica import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import StreamId
    from terminal.engine.records.journal import Head
    from terminal.engine.screen import EventLine
    from terminal.store.replica import Replica
    from terminal.sync.effects import Arrived, Swap

COMPACT_AFTER: Final = 5_000  # records: a sixth of a second at a start, and a few snapshots a day
UPGRADE = "运行器的版本比本程序新，工作台只能看旧状态、不能下单；请升级本程序后重新打开。"
OUTDATED = "运行器的版本比本程序旧，工作台不能显示它的记录；请升级运行器，并换一个数据目录。"
OLD_RUNNER = "运行器的版本比本程序旧，工作台只能看旧状态、不能下单；请运行器的管理员升级它，升级后这里自动恢复。"

Saw = Callable[[Record, "EventLine | None"], object]


class UnusableError(Exception):
    """Say in a sentence what of a record this program can do nothing with; it was not stored."""


class Copy:
    """Own the replica, and state and past folded from it."""

    def __init__(self, replica: Replica, *, compact_after: int = COMPACT_AFTER) -> None:
        self._replica = replica
        self._compact_after = compact_after
        self._behind = ""  # why nothing more is put here, during this connection: what follows would not fit
        self._unfolded = ""  # why records here cannot be folded
        self.other_fold: int | None = None  # by whose rules the runner folds, where they are not this program's
        self.rebuilt = replica.rebuilt
        self.state = State()
        self.past = Past()
        self._tail = 0  # records folded since the snapshot on disk, or since it was last tried to make one
        self._load()
        self.compact()

    @property
    def unreadable(self) -> str:
        """Return why the desk may only look, or nothing."""
        return self._behind or self._unfolded

    def heads(self) -> Mapping[StreamId, Head]:
        """Return how far each stream reaches."""
        return self._replica.heads()

    def take(self, arrived: Sequence[Arrived], saw: Saw = lambda _, __: None) -> None:
        """Store and fold records, all of them or none; `saw` hears of each that was just folded, and how it is said.

        Of those that do not fold `UnusableError` tells. The state is then another one, folded anew from what is stored.
        """
        if self._behind:
            return

        def fold() -> None:
            for one in arrived:
                if self._fold(one.record) and isinstance(one.record, Record):
                    saw(one.record, self._tell(one.record))

        events = [
            StoredEvent(one.record.stream, one.record.epoch, one.record.seq, one.data, one.hash) for one in arrived
        ]
        try:
            self._replica.append(events, fold)
        except Exception:
            self._load()  # what broke off may have changed anything
            raise

    def forget_unseen(self, visible: Collection[StreamId]) -> list[StreamId]:
        """Erase the streams of which nothing may be seen any more, and return them; the runner sends the rest anew."""
        taken = sorted(self.heads().keys() - visible)
        if taken:
            self._replica.forget(taken)
            self._load()
        return taken

    def leave_behind(self, why: str) -> None:
        """Store and fold nothing more, and say why: what is here stays as it was, to be looked at."""
        self._behind = why

    def greet(self, fold_version: int) -> bool:
        """Hear by which rules the runner of a new connection folds; return whether the state may be another one now."""
        stood_behind, self._behind = self._behind, ""
        if fold_version != FOLD_VERSION:
            self.other_fold = fold_version
            self.leave_behind(UPGRADE if fold_version > FOLD_VERSION else OLD_RUNNER)
        elif stood_behind:
            self._load()
        return bool(stood_behind)

    def resume(self) -> None:
        """Begin again from what is stored, where the disk takes something again; else a `UserError` says what is wrong.

        What came meanwhile is to be asked for.
        """
        self._replica.find_room()
        self._load()
        self._behind = ""

    def part(self) -> None:
        """Hear that the connection is over: what the next runner folds by is not known."""
        if self.other_fold is not None:
            self.other_fold, self._behind = None, ""

    def swap(self, snapshot: Swap) -> bool:
        """Put a snapshot in the place of everything; return whether it could be folded here."""
        if snapshot.begin.fold_version != FOLD_VERSION:
            self.leave_behind(UPGRADE if snapshot.begin.fold_version > FOLD_VERSION else OLD_RUNNER)
            return False
        try:
            state = _thawed(snapshot.data)
        except SnapshotError as problem:
            self.leave_behind(problem.message)
            return False
        if snapshot.reason:
            self._replica.start_over(JournalError(snapshot.reason))
            self.rebuilt = self._replica.rebuilt
            self.past = Past()
        untold = _records(snapshot.heads) if snapshot.reason else _records(snapshot.heads, self._replica.heads())
        if untold:
            self.past.skip(untold)
        self._replica.swap(snapshot.data, snapshot.heads, snapshot.begin.visible_hash, self.past.freeze())
        self.state, self._behind, self._unfolded, self._tail = state, "", "", 0
        return True

    def compact(self) -> None:
        """Put the fold in the place of the records it came from, where enough have come since the last time.

        What the disk refuses leaves everything as it was, and is tried again after as many records.
        """
        if self._tail < self._compact_after or self.unreadable:
            return
        self._tail = 0
        snapshot = freeze(self.state, accounts=None, persons=frozenset(self.state.persons))
        with suppress(JournalError):  # nothing is lost; that the disk is full is said where a record does not fit
            self._replica.swap(snapshot, self._replica.heads(), "", self.past.freeze())

    def visible_hash(self) -> str:
        """Return what the fold hashes to; everything here may be seen by whoever sits at this desk."""
        return self.state.visible_hash(frozenset(self.state.accounts), frozenset(self.state.persons))

    def close(self) -> None:
        """Give the files up."""
        self._replica.close()

    def _load(self) -> None:
        snapshot, _, entries = self._replica.state()
        self._unfolded, self._tail = "", 0
        try:
            self.state = _thawed(snapshot) if snapshot is not None else State()
            self.past = Past.thaw(self._replica.past())
            self._fold_all(entries)
        except (DamageError, BrokenFileError, SnapshotError, UnusableError) as error:
            # Whatever was folded up to here is not trusted either: the runner has everything.
            self._replica.start_over(OtherVersionError(error.by_whom) if isinstance(error, OtherFoldError) else error)
            self.rebuilt = self._replica.rebuilt
            self.state, self.past, self._unfolded, self._tail = State(), Past(), "", 0

    def _fold_all(self, entries: Iterator[Entry]) -> None:
        for entry in entries:
            if entry.record.v < RECORD_VERSION:
                raise OtherVersionError(f"由旧版程序写成（记录第 {entry.record.v} 版）")
            if self._fold(entry.record) and isinstance(entry.record, Record):
                self._tell(entry.record)

    def _tell(self, record: Record) -> EventLine | None:
        return self.past.saw(self.state, record.fact, record.utc, record.actor, record.cause)

    def _fold(self, record: Record | UnknownRecord) -> bool:
        if self._unfolded or isinstance(record, UnknownRecord):
            self._unfolded = self._unfolded or (UPGRADE if record.v >= RECORD_VERSION else OUTDATED)
            return False
        try:
            apply(self.state, record.fact, record.utc)
        except Exception as problem:  # a fold refuses in as many ways as there are contradictions
            what = f"流 {record.stream} 第 {record.seq} 条记录（{record.kind}）折叠不了（{_named(problem)}）"
            raise UnusableError(what) from problem
        self._tail += 1
        return True


def _records(heads: Mapping[StreamId, Head], after: Mapping[StreamId, Head] | None = None) -> int:
    known = {stream: head.seq for stream, head in (after or {}).items() if stream in heads}
    return sum(max(0, head.seq - known.get(stream, 0)) for stream, head in heads.items())


def _thawed(data: bytes) -> State:
    try:
        return thaw(data)
    except SnapshotError:
        raise
    except Exception as problem:  # as many ways as above
        raise SnapshotError(f"快照读不出来（{_named(problem)}），没有采用；请重新下载") from problem


def _named(problem: Exception) -> str:
    return f"{type(problem).__name__} {shown(str(problem), LONGEST_TEXT)}"
