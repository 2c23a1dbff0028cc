from __future__ import annotations

import re

from terminal.domain.words.terms import Term


def test_a_term_is_its_chinese_text_and_knows_its_english_twin() -> None:
    texts = {f"{term}": term.english for term in Term}
    assert texts["客户权益"] == "equity"
    assert [term.english for term in Term if term == "可用"] == ["available"]


def test_no_two_terms_share_a_text_in_either_language() -> None:
    terms = list(Term)
    assert len({term.value for term in terms}) == len(terms) == len(Term.__members__)
    assert len({term.english for term in terms}) == len(terms)


def test_every_term_is_chinese_and_its_twin_is_plain_english() -> None:
    assert [term for term in Term if not re.fullmatch(r"(?:[\u4e00-\u9fff/ ]|Delta)+", term)] == []
    assert [term.english for term in Term if not re.fullmatch(r"[a-z /]+", term.english)] == []


def test_the_words_that_are_fixed_are_not_coined_anew() -> None:
    # DOMAIN 4.16: never bare 权益; 涨停价 and 跌停价, not 板价.
    assert not {"权益", "涨停板价", "跌停板价", "裸腿", "自动熔断"} & set(Term)
