"""Texts of people: which are visible, which may be names, and how a sentence repeats any other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.words.typed_text import is_name, is_visible, shown, visible_part

texts = st.text(max_size=200)


@given(texts, st.integers(1, 80))
def test_what_a_sentence_repeats_is_visible_and_short_whatever_it_was(text, most):
    made = shown(text, most)
    assert is_visible(made)
    assert len(made) <= most + 1


@given(st.text(st.characters(categories=["L", "N"]), max_size=64))
def test_an_ordinary_text_is_repeated_as_it_is(text):
    assert shown(text) == text


@given(texts)
def test_the_visible_part_of_a_text_is_visible_and_all_that_is(text):
    part = visible_part(text)
    assert is_visible(part)
    assert len(part) == sum(is_visible(one) for one in text)


def test_a_name_is_more_than_gaps_and_no_longer_than_sixty_four():
    assert [is_name(one) for one in ("网格　甲", "\u3000", "", "x" * 64, "x" * 65)] == [True, False, False, True, False]
