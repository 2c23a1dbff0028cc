from __future__ import annotations

import pytest

from terminal.domain.words.execution_terms import ExecutionTerm
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.domain.words.twin import Twin

KINDS = (TargetTerm, ExecutionTerm, OtcTerm, ScanTerm)


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_a_kind_is_a_second_translation_of_a_term(kind: type[Twin]) -> None:
    others = [one for other in (Term, *KINDS) if other is not kind for one in other]
    words, twins = {str(one) for one in others}, {one.english for one in others}
    assert [one for one in kind if str(one) in words or one.english in twins] == []
    assert len({one.english for one in kind}) == len(list(kind))
