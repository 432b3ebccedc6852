"""The schema as a contract: what a release may change, and whether operations hold."""

from __future__ import annotations

from pathlib import Path

import graphql
import pytest
from typer.testing import CliRunner

from graphql_api.cli import cli
from graphql_api.schema.contract import GOES as ENDING
from graphql_api.schema.contract import check_operations, compare, deprecations
from graphql_api.schema.executable import build_schema, sdl

SCHEMAS = Path(__file__).parents[2] / "docs/schemas"
GOES = "Deprecated 2027-01-15: use `b`. Goes with 2.0.0."
BEFORE = f"""
type Query {{ a(x: Int, y: Int @deprecated(reason: "{GOES}")): E, b: Int
  old: Int @deprecated(reason: "{GOES}") }}
enum E {{ ONE, TWO @deprecated(reason: "{GOES}") }}
input I {{ z: Int, w: Int @deprecated(reason: "{GOES}") }}
union U = Query
"""
AFTER = """
type Query { a(x: Int): E, b: Int }
enum E { ONE }
input I { z: Int }
union U = Query
"""


def last_release() -> Path:
    """The newest schema that partners may rely on."""
    released = SCHEMAS.glob("*.graphql")
    return max(released, key=lambda path: [int(part) for part in path.stem.split(".")])


@pytest.mark.parametrize("released", sorted(SCHEMAS.glob("*.graphql")), ids=lambda path: path.stem)
def test_nothing_breaks_a_release(released: Path) -> None:
    """R41: what a release offered, this version offers, or had announced to drop."""
    from importlib.metadata import version

    found = compare(released.read_text("utf-8"), sdl(), version("reassort"))
    assert found.breaking == ()


def unclear_deprecations(text: str) -> list[str]:
    named = deprecations(graphql.build_schema(text))
    return [name for name, reason in named if not ENDING.search(reason)]


def test_every_deprecation_says_since_when_and_until_when() -> None:
    """R41: clients can plan: `Deprecated <date> ... Goes with <major>.0.0`."""
    assert unclear_deprecations(sdl()) == []
    assert unclear_deprecations('type Query { a: Int @deprecated(reason: "Old.") }') == ["Query.a"]


def test_what_was_announced_may_go_with_the_version_named() -> None:
    """R41: fields, arguments, input fields and values, in 2.0.0 and not before."""
    early, due = compare(BEFORE, AFTER, "1.9.0"), compare(BEFORE, AFTER, "2.0.0")
    assert sorted(early.breaking) == sorted(due.announced)
    assert len(early.breaking) == 4
    assert (early.announced, due.breaking) == ((), ())


def test_a_type_goes_with_the_last_of_its_fields() -> None:
    """R41: and from its union; not while one of its fields is not deprecated."""
    old = f'a: Int @deprecated(reason: "{GOES}")'
    before = f"type Query {{ u: U }} union U = A | B type A {{ {old} }} type B {{ b: Int }}"
    after = "type Query { u: U } union U = B type B { b: Int }"
    found = compare(before, after, "2.0.0")
    assert (len(found.announced), found.breaking) == (2, ())
    kept = before.replace("type A {", "type A { c: Int")
    assert len(compare(kept, after, "2.0.0").breaking) == 2


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (AFTER.replace(", b: Int", ""), "Field Query.b was removed."),
        (AFTER.replace("b: Int", "b: String"), "Query.b changed type from Int to String."),
        (AFTER.replace("x: Int", "x: Int!"), "type from Int to Int!"),
        (AFTER.replace("enum E { ONE }", "enum E { THREE }"), "Enum value E.ONE was removed."),
        (AFTER.replace("z: Int", "z: Int, v: Int!"), "required field I.v was added"),
        (AFTER.replace("union U = Query", ""), "U was removed."),
    ],
)
def test_what_was_not_announced_breaks(after: str, sentence: str) -> None:
    """R41: each change in a sentence, whatever the version."""
    assert sentence in " ".join(compare(BEFORE, after, "9.0.0").breaking)


def test_a_new_member_is_dangerous() -> None:
    """R41: allowed, and listed: clients must be ready for it."""
    after = AFTER.replace("union U = Query", "union U = Query | New\ntype New { n: Int }")
    (sentence,) = compare(AFTER, after, "1.0.0").dangerous
    assert "New" in sentence


def test_the_command_names_what_breaks(tmp_path: Path) -> None:
    """R41: `reassort schema --check-against FILE` ends with 1, and with 0 when nothing breaks."""
    released = tmp_path / "1.0.0.graphql"
    released.write_text(sdl().replace("type Query {", "type Query {\n  gone: Int"), "utf-8")
    refused = CliRunner().invoke(cli, ["schema", "--check-against", str(released)])
    assert (refused.exit_code, refused.output) == (1, "breaking: Field Query.gone was removed.\n")
    taken = CliRunner().invoke(cli, ["schema", "--check-against", str(last_release())])
    assert (taken.exit_code, "Nothing breaks" in taken.output) == (0, True)


def test_what_is_no_schema_is_said(tmp_path: Path) -> None:
    """A file that cannot be read as SDL is named."""
    wrong = tmp_path / "wrong.graphql"
    wrong.write_text("type {", "utf-8")
    result = CliRunner().invoke(cli, ["schema", "--check-against", str(wrong)])
    assert isinstance(result.exception, ValueError)
    assert "wrong.graphql" in str(result.exception)


def test_operations_that_do_not_hold_are_named_with_their_line(tmp_path: Path) -> None:
    """R41: the file and the line of what broke; an operation over the limits is refused, too."""
    good, gone = tmp_path / "good.graphql", tmp_path / "gone.graphql"
    good.write_text("{ votingRound { id } }", "utf-8")
    gone.write_text("query Round {\n  votingRound {\n    colour\n  }\n}\n", "utf-8")
    wide = tmp_path / "wide.graphql"
    aliases = " ".join(f"a{n}: __typename" for n in range(300))
    wide.write_text(f"{{ {aliases} }}", "utf-8")
    found = check_operations(build_schema(), [good, gone, wide])
    assert [(each.file.name, each.line) for each in found] == [
        ("gone.graphql", 3),
        ("wide.graphql", 1),
    ]
    assert "colour" in str(found[0])


def test_a_folder_without_operations_is_told(tmp_path: Path) -> None:
    """R39: a wrong path looks like success otherwise; one of each is singular."""
    empty = CliRunner().invoke(cli, ["schema", "--operations", str(tmp_path)])
    assert empty.exit_code == 1
    assert f"There is no .graphql file in {tmp_path}." in empty.stderr
    (tmp_path / "wrong.graphql").write_text("{ nothing }", "utf-8")
    one = CliRunner().invoke(cli, ["schema", "--operations", str(tmp_path)])
    assert one.stdout.endswith("1 file, 1 finding.\n")


def test_the_command_checks_a_folder_of_operations(tmp_path: Path) -> None:
    """R41: partners can ask by themselves; an empty folder is a mistake."""
    empty = CliRunner().invoke(cli, ["schema", "--operations", str(tmp_path)])
    (tmp_path / "round.graphql").write_text("{ votingRound { id } }", "utf-8")
    sound = CliRunner().invoke(cli, ["schema", "--operations", str(tmp_path)])
    (tmp_path / "round.graphql").write_text("{ votingRound { colour } }", "utf-8")
    broken = CliRunner().invoke(cli, ["schema", "--operations", str(tmp_path / "round.graphql")])
    assert [each.exit_code for each in (empty, sound, broken)] == [1, 0, 1]
    assert "round.graphql:1: " in broken.output
