from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from terminal.shell.plans.lines import Lines, Path

TEXT = '''\
seed = 1
note = """
[not.a.table]
x = "#"
""" # comment
[limits]
'quoted key' = [ # nested
    1,
    { a = 2, b = [
        3,
    ] },
]
a.b.c = 'it''s'
[[account]]
id = "x\\u0041\\""
[account.limits]
n = 1
[[account]]
id = 2020-01-01 10:00:00
[[account.leg]]
lots = 1
[[account.leg]]
"lots" = 2
"\\u0062" = """a\\"""b"""""
last = true
'''.replace("'it''s'", "'it'")


def test_every_key_is_found_on_its_line() -> None:
    lines = Lines(TEXT)
    expected: dict[Path, int] = {
        ("seed",): 1,
        ("note",): 2,
        ("limits",): 6,
        ("limits", "quoted key"): 7,
        ("limits", "quoted key", 0): 8,
        ("limits", "quoted key", 1, "b", 0): 10,
        ("limits", "a", "b", "c"): 13,
        ("account", 0): 14,
        ("account", 0, "id"): 15,
        ("account", 0, "limits", "n"): 17,
        ("account", 1): 18,
        ("account", 1, "leg", 1, "lots"): 23,
        ("account", 1, "leg", 1, "b"): 24,
        ("account", 1, "leg", 1, "last"): 25,
    }
    assert {path: lines[path] for path in expected} == expected
    assert tomllib.loads(TEXT)["account"][1]["leg"][1]["last"] is True


def test_what_is_not_written_is_found_at_what_is_around_it() -> None:
    lines = Lines(TEXT)
    assert lines["account", 1, "leg", 0, "missing"] == 20
    assert lines["nowhere",] == 1


NAMES = st.text(alphabet="ab-_1", min_size=1, max_size=4)
STRINGS = st.sampled_from(['"a # b"', "'[x]'", '"""\n]\n"""', "'''\n{\n'''", '"\\""', '""', "''"])
VALUES = st.recursive(
    st.one_of(st.just("1"), st.just("0.5"), st.just("2020-08-21 13:45:00"), STRINGS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + "\n]"),
        st.lists(inner, max_size=2).map(
            lambda items: "{ " + ", ".join(f"k{place} = {item}" for place, item in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.booleans(), NAMES, st.lists(st.tuples(NAMES, VALUES), max_size=3)), max_size=4))
def test_each_assignment_of_any_text_is_found(tables: list[tuple[bool, str, list[tuple[str, str]]]]) -> None:
    text, expected, seen = "", {}, 0
    for number, (quoted, name, pairs) in enumerate(tables):
        header = f'"{name}{number}"' if quoted else f"{name}{number}"
        text += f"[[{header}]] # {name}\n"
        for key, value in dict(pairs).items():
            expected[f"{name}{number}", 0, key] = text.count("\n") + 1
            text += f"{key} = {value}\n"
            seen += 1
    tomllib.loads(text)
    lines = Lines(text)
    assert {path: lines[path] for path in expected} == expected
