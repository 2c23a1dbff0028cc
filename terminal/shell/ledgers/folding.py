"""Fold the lines of a ledger into its books; what is wrong with one names its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from terminal.domain.errors import UserError
from terminal.shell.ledgers.book import LedgerBook, Taken

LONGEST_LINE: Final = 1 << 20  # bytes


def fold(lines: Iterable[bytes], name: str) -> Iterator[tuple[Taken, LedgerBook]]:
    """Fold the lines of a ledger and yield after each what it did and the books; blank ones are passed over.

    What is wrong with a line is a `UserError` that names it; nothing is yielded for it.
    """
    book = LedgerBook()
    for number, raw in enumerate(lines, 1):
        try:
            text = _text(raw, first=number == 1)
            if not text:
                continue
            taken = book.take(number, text)
        except UserError as problem:
            raise UserError(f"账本 {name} 第 {number} 行：{problem.message}") from None
        yield taken, book
    book.verify()


def _text(raw: bytes, *, first: bool) -> str:
    if len(raw) > LONGEST_LINE:
        raise UserError("这一行超过 1 MiB，不像是账本，请核对文件。")
    try:
        return raw.decode("utf-8-sig" if first else "utf-8").strip()
    except UnicodeDecodeError:
        raise UserError("不是 UTF-8 文字，请另存为 UTF-8 编码。") from None
