"""Give a label a tone that the style sheet colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.widgets.rows import Tone

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QWidget


_MARKS: Final = {Tone.UP: "up", Tone.DOWN: "down", Tone.DIM: "dim", Tone.WARN: "warn"}


def show_text(label: QLabel, text: str, tone: Tone = Tone.PLAIN) -> bool:
    """Set text and tone of a label, nothing where both stand already; return whether the text is another."""
    changed = label.text() != text
    if changed:
        label.setText(text)
    mark(label, "tone", _MARKS.get(tone, ""))
    return changed


def mark(widget: QWidget, name: str, value: str) -> None:
    """Set a property the style sheet selects by, and have the widget dressed anew when it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
