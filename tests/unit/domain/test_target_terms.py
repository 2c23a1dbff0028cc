from __future__ import annotations

from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term


def test_no_word_of_a_target_is_a_second_translation_of_a_term() -> None:
    words, twins = {str(one) for one in Term}, {one.english for one in Term}
    assert [one for one in TargetTerm if str(one) in words or one.english in twins] == []
    assert len({one.english for one in TargetTerm}) == len(TargetTerm)
