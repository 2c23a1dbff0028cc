"""Bring in pyqtgraph without making every class and every enumeration of Qt.

It mirrors three modules of Qt by reading each of their names once, and each is made by being read: most of what its
import takes, for seven hundred names of which a chart needs a few dozen. Here the mirrors stand ready when it comes in,
and read a name when it is asked for. Where pyqtgraph should one day mirror nothing, nobody looks at them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from PySide6 import QtCore, QtGui, QtWidgets

_LIST: Final = "__dir__"
"""What a module is asked by for its names."""


class _Mirror(ModuleType):
    """Be one of pyqtgraph's modules over one of Qt's."""

    def __init__(self, of: ModuleType) -> None:
        super().__init__(f"pyqtgraph.Qt.{of.__name__.rpartition('.')[2]}")
        self._of = of

    def __getattr__(self, name: str) -> object:
        found = getattr(self._of, name)
        setattr(self, name, found)  # the next one who asks need not come here
        return found


@contextmanager
def _mirrors_ready() -> Iterator[None]:
    if "pyqtgraph" in sys.modules:
        yield
        return
    lists = []
    for module in (QtCore, QtGui, QtWidgets):
        mirror, names = _Mirror(module), vars(module)
        sys.modules[mirror.__name__] = mirror
        lists.append((names, {_LIST: names[_LIST]} if _LIST in names else {}))
        names[_LIST] = list  # nothing to copy
    try:
        yield
    finally:
        for names, before in lists:
            del names[_LIST]
            names.update(before)


with _mirrors_ready():
    import pyqtgraph as pg

__all__ = ["pg"]
