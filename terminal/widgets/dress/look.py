"""Dress the program in one of the two schemes: Fusion, a palette and one style sheet from the same tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from terminal.widgets.dress.stylesheet import style_sheet
from terminal.widgets.dress.tokens import SCHEMES, Scheme, Tokens
from terminal.widgets.parts.icons import Sign, pixmap

FAMILY: Final = "HT Sans SC"
BODY: Final = 13
HEADER: Final = 12
AXIS: Final = 11

_IMAGES: Final = {"chevron": Sign.CHEVRON, "arrow_up": Sign.ARROW_UP, "arrow_down": Sign.ARROW_DOWN}


def add_fonts(fonts: tuple[bytes, ...]) -> tuple[str, ...]:
    """Make fonts known to Qt and return their families; one that cannot be read has none."""
    families: list[str] = []
    for font in fonts:
        families += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFontFromData(font))
    return tuple(families)


def font(pixels: int, *, bold: bool = False) -> QFont:
    """Return the screen font; figures are tabular, and not hinted, so that they keep their width at every scale."""
    made = QFont(FAMILY)
    made.setPixelSize(pixels)
    made.setBold(bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


class Look(QObject):
    """Hold the scheme in force; whoever paints with tokens of its own listens to `changed`.

    The `sheet` is for the window, not for the application: one of the application is applied anew to every part
    whenever it, or anything it stands in, is put into something else, and that had been a third of building the panels.
    """

    changed = Signal()
    sheet: str

    def __init__(self, application: QApplication, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self._application = application
        # Qt's style sheets take images from files only; the arrows are drawn into a folder of our own.
        self._folder = QTemporaryDir()
        application.setStyle("Fusion")
        application.setFont(font(BODY))
        self.scheme = scheme
        self._dress()

    @property
    def tokens(self) -> Tokens:
        """Return the colours in force."""
        return SCHEMES[self.scheme]

    def wear(self, scheme: Scheme) -> None:
        """Change to a scheme."""
        if scheme is not self.scheme:
            self.scheme = scheme
            self._dress()
            self.changed.emit()

    def _dress(self) -> None:
        tokens = self.tokens
        dark = self.scheme is Scheme.DARK
        # No effect on our own widgets, but native dialogs and title bars follow it where the platform can.
        self._application.styleHints().setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        self._application.setPalette(palette(tokens))
        self.sheet = style_sheet(tokens, family=FAMILY, images=self._images())

    def _images(self) -> dict[str, str]:
        found = {}
        for name, sign in _IMAGES.items():
            file = Path(self._folder.path()) / f"{name}-{self.scheme}.png"
            if not file.exists():
                pixmap(sign, self.tokens.text_2, size=12, ratio=2).save(str(file))
            found[name] = file.as_posix()
        return found


def palette(tokens: Tokens) -> QPalette:
    """Return the palette of a scheme, for everything a style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, tokens.window),
        (role.WindowText, tokens.text),
        (role.Base, tokens.panel),
        (role.AlternateBase, tokens.zebra),
        (role.Text, tokens.text),
        (role.PlaceholderText, tokens.text_3),
        (role.Button, tokens.raised),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.red),
        (role.Highlight, tokens.selected),
        (role.HighlightedText, tokens.text),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.Link, tokens.accent),
        (role.Light, tokens.hover),
        (role.Midlight, tokens.hover),
        (role.Mid, tokens.line),
        (role.Dark, tokens.strong_line),
        (role.Shadow, tokens.window),
        (role.Accent, tokens.accent),
    ):
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(tokens.text_3))
    return made
