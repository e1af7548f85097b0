"""Lines that changed since a commit, as git tells them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from strop.core.errors import BadInput
from strop.tasks.changed_lines import changed_lines


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree with one commit of `a é.py`, ten lines."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a é.py").write_text("".join(f"x{n} = {n}\n" for n in range(1, 11)))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "start")
    return tmp_path


def test_changed_added_and_removed_lines(tree: Path):
    path = tree / "a é.py"
    assert changed_lines({"a": path}, "HEAD") == {"a": set()}
    lines = path.read_text().splitlines(True)
    lines[2] = "x3 = 33\n"
    del lines[5]
    path.write_text("new = 0\n" + "".join(lines) + "more = 1\nlast = 2")
    assert changed_lines({"a": path}, "HEAD") == {"a": {1, 4, 11, 12}}
    git(tree, "commit", "-q", "-a", "-m", "second")
    assert changed_lines({"a": path}, "HEAD") == {"a": set()}
    assert changed_lines({"a": path}, "HEAD~1") == {"a": {1, 4, 11, 12}}


def test_a_new_file_changed_whole(tree: Path):
    (tree / "below").mkdir()
    new, added = tree / "new.py", tree / "below" / "added.py"
    new.write_text("a = 1\nb = 2\n")
    added.write_text("a = 1\nb = 2\nc = 3\n")
    git(tree, "add", "below")
    assert changed_lines({"n": new, "a": added}, "HEAD") == {"n": {1, 2}, "a": {1, 2, 3}}


@pytest.mark.parametrize("since", ["nothing", "-O/tmp/x", "--output=x", "HEAD..HEAD", ""])
def test_an_unknown_commit_is_refused(tree: Path, since: str):
    with pytest.raises(BadInput, match="no such commit"):
        changed_lines({"a": tree / "a é.py"}, since)
    assert not (tree / "x").exists()


def test_outside_a_work_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.py").write_text("a = 1\n")
    with pytest.raises(BadInput, match="in no git work tree"):
        changed_lines({"a": tmp_path / "a.py"}, "HEAD")
