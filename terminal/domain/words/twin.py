"""Let a word of the screen carry its English twin."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Twin(StrEnum):
    """Be a Chinese text with its `english` name; the members are listed by whoever holds the words."""

    english: str

    def __new__(cls, chinese: str, english: str) -> Self:
        """Make a word that is its Chinese text."""
        word = str.__new__(cls, chinese)
        word._value_ = chinese
        word.english = english
        return word
