"""Run a measurement that needs Qt in a process of its own, on the platform that has no screen."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from terminal.widgets.dress.look import Look

Result = TypeVar("Result")


def measured_offscreen(measure: Callable[[], Result]) -> Result:
    """Return what a function of a module returns in a fresh process; this one never loads Qt."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_go_offscreen) as child:
        return child.submit(measure).result()


def dressed_application() -> tuple[QApplication, Look]:
    """Return an application with the screen's fonts and colours; it must be kept while it is drawn with."""
    from PySide6.QtWidgets import QApplication

    from terminal.store.reference import resource_root
    from terminal.widgets.dress.look import Look, add_fonts

    application = QApplication(["hengduo"])
    fonts = (file for file in (resource_root() / "fonts").iterdir() if file.name.endswith(".otf"))
    add_fonts(tuple(font.read_bytes() for font in fonts))
    look = Look(application)
    application.setStyleSheet(look.sheet)  # what is measured stands without the window that wears it
    return application, look


def _go_offscreen() -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
