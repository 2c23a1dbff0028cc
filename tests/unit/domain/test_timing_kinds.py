from __future__ import annotations

from typing import get_args

import msgspec

from terminal.domain.parameters.strategy import Timing
from terminal.domain.parameters.timing_kinds import TIMING_KINDS, tag_of


def test_every_timing_is_in_the_table_with_all_its_fields() -> None:
    assert [type(kind.fresh) for kind in TIMING_KINDS.values()] == list(get_args(Timing))
    for tag, kind in TIMING_KINDS.items():
        assert tag == tag_of(kind.fresh)
        fields = [field.name for field in msgspec.structs.fields(type(kind.fresh))]
        assert sorted(part.field for part in kind.parts) == sorted(fields)
