"""Give a label its text, the room for it, and a tone that the style sheet colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.widgets.parts.rows import Tone

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QWidget


_MARKS: Final = {Tone.UP: "up", Tone.DOWN: "down", Tone.DIM: "dim", Tone.WARN: "warn"}


def show_text(label: QLabel, text: str, tone: Tone = Tone.PLAIN) -> bool:
    """Set text and tone of a label, nothing where both stand already; return whether the text is another."""
    changed = label.text() != text
    if changed:
        label.setText(text)
    mark(label, "tone", _MARKS.get(tone, ""))
    if changed:
        _make_room(label)
    return changed


def _make_room(label: QLabel) -> None:
    # Qt lays out after it has painted: for a frame or more a figure would be cut where it has grown, and a cut one is
    # another figure (of "+1,840" the rest of the plus is a minus).
    if label.wordWrap() or not label.isVisible() or label.sizeHint().width() <= label.width():
        return
    above = label.parentWidget()
    while above is not None:
        layout = above.layout()
        if layout is not None:
            layout.activate()
        above = None if above.isWindow() else above.parentWidget()


def mark(widget: QWidget, name: str, value: str) -> None:
    """Set a property the style sheet selects by, and have the widget dressed anew when it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
