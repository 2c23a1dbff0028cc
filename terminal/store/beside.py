"""Read a journal beside its owner: the records in the order of appending, each held against its chain.

The file is opened for reading only, no owner is asked and nothing is left behind, so a runner may go on writing. What
it appends while one reads may or may not be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from sqlalchemy import Connection, select

from terminal.domain.errors import UserError
from terminal.engine.records.chain import Chains, DamageError
from terminal.engine.records.journal import Entry, JournalError
from terminal.store.database import UNREADABLE, connect_readonly, trouble
from terminal.store.journal import JOURNAL_FILE
from terminal.store.schema import APPLICATION_ID, RECORDS, house_of
from terminal.store.stored import STORED, stored
from terminal.store.wal import has_lost_turns

_PAGE = 1_000


def find_journal(data: Path) -> Path:
    """Return the journal in a runner's folder, or the only one of the runners kept under a user's folder."""
    if data.name == JOURNAL_FILE and data.is_file():
        return data
    if (data / JOURNAL_FILE).is_file():
        return data / JOURNAL_FILE
    found = sorted(data.glob(f"runner/*/{JOURNAL_FILE}"))
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{data} 下有 {len(found)} 个运行器的日志，请用 --data 指明一个，例如 {found[0].parent}。")
    raise UserError(f"{data} 里没有 {JOURNAL_FILE}；请给出运行器的数据目录。")


def end_of(file: Path) -> tuple[int, bytes]:
    """Return position and hash of the last record of a journal; 0 before the first."""
    try:
        with closing(_ours(file)) as connection:
            last = select(RECORDS.c.position, RECORDS.c.hash).order_by(RECORDS.c.position.desc()).limit(1)
            found = connection.execute(last).one_or_none()
    except UNREADABLE as error:
        raise trouble("日志打不开", file, error) from error
    return (0, b"") if found is None else (found.position, found.hash)


def read_beside(file: Path) -> Iterator[Entry]:
    """Yield every record of a journal, from the first on; damage is a `JournalError` where it stands."""
    try:
        if has_lost_turns(file):
            raise JournalError(f"{file} 的预写文件（-wal）有已提交的部分被损坏；请用 hengduo verify 核对")
        connection = _ours(file)
    except (OSError, *UNREADABLE) as error:
        raise trouble("日志打不开", file, error) from error
    try:
        chains = Chains(*house_of(connection))
        position = 0
        for page in connection.execute(STORED.order_by(RECORDS.c.position)).partitions(_PAGE):
            for row in stored(page):
                position += 1
                if row[0] != position:
                    raise DamageError(row[1], row[2], position, f"总第 {position} 条至第 {row[0] - 1} 条缺失")
                yield chains.follow(*row)
    except UNREADABLE as error:
        raise trouble("日志读不出来", file, error) from error
    finally:
        connection.close()


def _ours(file: Path) -> Connection:
    # An empty file is a database without tables: it is known by what is not in its header.
    with ExitStack() as stack:
        connection = stack.enter_context(closing(connect_readonly(file)))
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID:
            stack.pop_all()
            return connection
    what = "是空文件" if file.stat().st_size == 0 else "不是衡舵的日志"
    raise JournalError(f"{file} {what}；请给出运行器的数据目录，或取备份")
