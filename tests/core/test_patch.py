from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strop.core.errors import BadInput
from strop.core.patch import Edit, Patch

TEXT = "def f(x):\n    return x + 1\n"
TOOLS = {
    "git": ["git", "apply", "--whitespace=nowarn"],
    "patch": ["patch", "-p1", "-s", "--binary"],
}
present = pytest.mark.parametrize("tool", [tool for tool in TOOLS if shutil.which(tool)])
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def by_tool(tool: str, folder: Path, files: dict[str, str], diff: str) -> dict[str, str]:
    """The files after git or patch applied the diff in a folder that holds them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    done = subprocess.run(
        TOOLS[tool],
        input=diff.encode(),
        cwd=folder,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr, diff)
    return {name: (folder / name).read_bytes().decode() for name in files}


def test_edits_are_made_in_the_original_text():
    patch = Patch.of(
        [Edit("a.py", 23, 24, "-"), Edit("a.py", 4, 5, "go"), Edit("b.py", 0, 0, "#\n")]
    )
    assert [edit.start for edit in patch.edits] == [4, 23, 0]
    assert patch.apply({"a.py": TEXT, "b.py": "x = 1\n", "c.py": ""}) == {
        "a.py": "def go(x):\n    return x - 1\n",
        "b.py": "#\nx = 1\n",
    }


def test_neighbours_and_insertions_at_one_place_are_no_overlap():
    patch = Patch.of(
        [Edit("a", 2, 4, "XY"), Edit("a", 0, 2, ""), Edit("a", 4, 4, "!"), Edit("a", 4, 4, "?")]
    )
    assert patch.apply({"a": "0123rest"}) == {"a": "XY!?rest"}


@pytest.mark.parametrize(
    "edits",
    [
        [Edit("a", 0, 3, "x"), Edit("a", 2, 4, "y")],
        [Edit("a", 0, 9, "x"), Edit("a", 3, 3, "y")],
        [Edit("a", 1, 2, "x"), Edit("a", 1, 2, "y")],
        [Edit("a", 1, 1, "x"), Edit("a", 1, 1, "x")],
    ],
)
def test_edits_that_overlap_or_repeat_are_refused(edits: list[Edit]):
    with pytest.raises(ValueError, match="overlap"):
        Patch.of(edits)


@pytest.mark.parametrize(
    "edits",
    [
        (Edit("a", 4, 5, "x"), Edit("a", 1, 2, "y")),
        (Edit("b", 0, 1, "x"), Edit("a", 5, 6, "y")),
    ],
)
def test_a_patch_made_by_hand_must_be_sorted(edits: tuple[Edit, ...]):
    with pytest.raises(ValueError, match="not sorted"):
        Patch(edits)
    assert Patch.of(edits).edits == tuple(reversed(edits))


@pytest.mark.parametrize(
    "edit",
    [
        Edit("b", 0, 1, ""),
        Edit("a", 0, 4, ""),
        Edit("a", 4, 4, ""),
        Edit("a", -1, 1, ""),
        Edit("a", 2, 1, ""),
    ],
)
def test_a_patch_that_does_not_fit_names_the_file(edit: Edit):
    with pytest.raises(BadInput, match=f"does not fit {edit.file}: {edit.start} to {edit.end}"):
        Patch.of([edit]).apply({"a": "abc"})


def test_each_stretch_is_held_against_the_original_length():
    with pytest.raises(BadInput, match="does not fit a: 3 to 5"):
        Patch.of([Edit("a", 0, 0, "longer"), Edit("a", 3, 5, "x")]).apply({"a": "abc"})
    assert Patch.of([Edit("a", 0, 3, ""), Edit("a", 3, 3, "x")]).apply({"a": "abc"}) == {"a": "x"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "null",
        "{",
        '[["a", 0, 1]]',
        '[["a", "zero", 1, "x"]]',
        '[["a",0,2,"x"],["a",1,3,"y"]]',
        '[["a", 1e999, 2, "x"]]',
        "[" * 100_000,
    ],
)
def test_a_value_that_is_no_patch_is_bad_input_in_a_line(value: str):
    with pytest.raises(BadInput, match=r"^not a patch: ") as caught:
        Patch.read(value)
    assert "\n" not in str(caught.value)


def test_the_value_is_one_compact_text_whatever_the_order():
    edits = [Edit("b.py", 3, 4, "é\n"), Edit("a.py", 0, 0, '"')]
    assert Patch.of(edits).value == '[["a.py",0,0,"\\""],["b.py",3,4,"é\\n"]]'
    assert Patch.of(edits[::-1]).value == Patch.of(edits).value
    assert Patch().value == "[]"


def test_together_is_both_or_nothing():
    one, two = (
        Patch.of([Edit("a", 4, 5, "x")]),
        Patch.of([Edit("a", 0, 1, "y"), Edit("b", 0, 0, "z")]),
    )
    both = one.together(two)
    assert both is not None
    assert both == two.together(one)
    assert both.apply({"a": "012345", "b": ""}) == {"a": "y123x5", "b": "z"}
    assert one.together(one) is None
    assert one.together(Patch.of([Edit("a", 3, 6, "")])) is None
    assert one.together(Patch()) == one


def test_size_counts_what_really_changes():
    files = {"a": "return value + 1"}
    assert Patch.of([Edit("a", 0, 16, "return value - 1")]).size(files) == 1
    assert Patch.of([Edit("a", 13, 14, "-")]).size(files) == 1
    assert Patch.of([Edit("a", 13, 14, "")]).size(files) == 1
    assert Patch.of([Edit("a", 0, 0, "abc")]).size(files) == 3
    assert Patch.of([Edit("a", 0, 6, "return")]).size(files) == 0
    assert Patch().size(files) == 0


def test_between_keeps_what_both_texts_share():
    old = {"a": "aaa", "b": "left same right", "c": "same"}
    new = {"a": "aaaa", "b": "left DIFF right", "c": "same"}
    patch = Patch.between(old, new)
    assert patch.edits == (Edit("a", 3, 3, "a"), Edit("b", 5, 9, "DIFF"))
    assert Patch.between(old, old) == Patch()


def test_the_diff_is_a_unified_diff_of_all_files_that_change():
    patch = Patch.of([Edit("z.py", 23, 24, "-"), Edit("a.py", 0, 1, "y")])
    assert patch.diff({"z.py": TEXT, "a.py": "x = 1", "same.py": ""}) == (
        "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n"
        "-x = 1\n\\ No newline at end of file\n+y = 1\n\\ No newline at end of file\n"
        "--- a/z.py\n+++ b/z.py\n@@ -1,2 +1,2 @@\n"
        " def f(x):\n-    return x + 1\n+    return x - 1\n"
    )
    assert Patch().diff({"a": TEXT}) == ""


@present
@pytest.mark.parametrize("name", ["my file.py", "a b/c d.py", "ü/日本.py", "-x.py"])
def test_any_file_name_is_found(tool: str, name: str, tmp_path: Path):
    files = {name: TEXT}
    made = by_tool(tool, tmp_path, files, Patch.of([Edit(name, 4, 5, "g")]).diff(files))
    assert made == {name: TEXT.replace("f(x)", "g(x)")}


@present
def test_a_text_may_become_empty_and_an_empty_one_grow(tool: str, tmp_path: Path):
    files = {"a.py": "", "b.py": "x\n"}
    new = {"a.py": "y\n", "b.py": ""}
    assert by_tool(tool, tmp_path, files, Patch.between(files, new).diff(files)) == new


@present
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, TEXT.replace("+", "-")),
        ("a\nb", "a\nc"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
        ("a\r\nb\n", "a\nb\n"),
        ("a\nb\f\nc\x0bd\n", "a\nB\f\nc\x0bd\n"),
        ("a\x1cb\x85c\u2028d\ne\n", "a\x1cb\x85c\u2028D\ne\n"),
        ("a\rb\nc\n", "a\rB\nc\n"),
        ("naïve = 'ü'\n", "naïve = '日本\U0001f600'\n"),
        ("a\n\n\nb\n", "a\n\nb\n"),
        ("-- a\n++ b\n", "-- b\n++ a\n"),
        ("\n".join(map(str, range(60))), "\n".join(map(str, [0, "x", *range(2, 58), "y", 59]))),
    ],
    ids=repr,
)
def test_the_diff_is_applied_to_the_letter(tool: str, old: str, new: str, tmp_path: Path):
    files = {"pkg/a.py": old, "b.py": "untouched\n"}
    patch = Patch.between(files, {"pkg/a.py": new})
    assert by_tool(tool, tmp_path, files, patch.diff(files)) == {**files, "pkg/a.py": new}


lines = st.lists(st.sampled_from(["a", "b = 1", "\tc", "", "é", "x\f", "y\r"]), max_size=9)
texts = st.builds(lambda rows, end: "\n".join(rows) + end, lines, st.sampled_from(["", "\n"]))


@given(
    st.dictionaries(st.sampled_from("abc"), st.tuples(st.text(max_size=30), st.text(max_size=30)))
)
@example({"a": ("aa", "aaa"), "b": ("abab", "ab"), "c": ("", "x")})
def test_between_makes_old_into_new_and_survives_json(pairs: dict[str, tuple[str, str]]):
    old = {name: pair[0] for name, pair in pairs.items()}
    new = {name: pair[1] for name, pair in pairs.items()}
    patch = Patch.between(old, new)
    assert {**old, **patch.apply(old)} == new
    assert {edit.file for edit in patch.edits} == {name for name in old if old[name] != new[name]}
    assert Patch.read(patch.value) == patch
    assert patch.size(old) <= sum(len(old[n]) + len(new[n]) for n in old)


@given(st.text(min_size=1, max_size=40), st.data())
def test_many_edits_are_the_same_as_cutting_and_joining(text: str, data: st.DataObject):
    marks = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
    stretches = list(zip(marks[::2], marks[1::2], strict=False))
    edits = [Edit("a", s, e, data.draw(st.text(max_size=4))) for s, e in stretches]
    whole, at = "", 0
    for edit in edits:
        whole, at = whole + text[at : edit.start] + edit.text, edit.end
    patch = Patch.of(data.draw(st.permutations(edits)))
    assert patch.apply({"a": text}) == {"a": whole + text[at:]}
    assert Patch.read(patch.value) == patch


@needs_git
@settings(max_examples=30)
@given(st.lists(st.tuples(texts, texts).filter(lambda p: p[0] and p[1]), min_size=1, max_size=6))
def test_git_apply_of_the_diff_is_apply(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
):
    old = {f"f{n}.py": a for n, (a, _) in enumerate(pairs)}
    patch = Patch.between(old, {f"f{n}.py": b for n, (_, b) in enumerate(pairs)})
    if patch.edits:
        made = by_tool("git", tmp_path_factory.mktemp("repo"), old, patch.diff(old))
        assert made == {**old, **patch.apply(old)}
