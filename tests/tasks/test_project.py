from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from strop.core.errors import BadInput
from strop.tasks import project
from strop.tasks.project import find_project


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder above the projects: no search for a root goes past it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return root


LAYOUT = {
    "src/pkg/__init__.py": "",
    "src/pkg/deep/__init__.py": "",
    "src/pkg/deep/core.py": "x = 1\r\n",
    "tests/test_core.py": "def test_a():\n    pass\n",
    "flat.py": "y = 2\n",
}


@pytest.mark.parametrize(
    "mark", ["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini"]
)
def test_the_root_is_the_nearest_folder_with_a_mark(home: Path, mark: str):
    root = write(home / "work" / "repo", {**LAYOUT, mark: ""})
    (home / "work" / "pyproject.toml").touch()
    found = find_project([root / "src/pkg/deep/core.py"], [root / "tests/test_core.py"])
    assert found.root == root
    assert found.files == {"src/pkg/deep/core.py": "x = 1\r\n"}
    assert found.paths == ("src",)
    assert found.targets == ("tests/test_core.py",)


def test_a_git_folder_marks_the_root(home: Path):
    root = write(home / "repo", {**LAYOUT, ".git/HEAD": "x"})
    assert find_project([root / "src/pkg/deep/core.py"], [root / "tests"]).root == root


def test_without_a_mark_the_root_is_the_folder_that_all_share(home: Path):
    root = write(home / "plain", LAYOUT)
    found = find_project([root / "flat.py"], [root / "tests/test_core.py"])
    assert found.root == root
    assert found.paths == ("",)
    near = find_project([root / "src/pkg/deep/core.py"], [root / "src/pkg"])
    assert near.root == root / "src" / "pkg"
    assert near.targets == (".",)
    assert near.files == {"deep/core.py": "x = 1\r\n"}


def test_a_mark_in_the_home_folder_is_not_of_a_project_in_it(home: Path):
    root = write(home / "plain", LAYOUT)
    (home / "pyproject.toml").touch()
    assert find_project([root / "flat.py"], [root / "tests"]).root == root


def test_files_all_over_the_home_folder_need_a_root(home: Path):
    write(home, {"a/m.py": "", "b/test_m.py": ""})
    with pytest.raises(BadInput, match="--root DIR") as caught:
        find_project([home / "a/m.py"], [home / "b/test_m.py"])
    assert "\n" not in str(caught.value)


def test_each_file_is_imported_from_above_its_outermost_package(home: Path):
    root = write(home / "repo", {**LAYOUT, "setup.py": "", "lib/alone.py": "", "src/top.py": ""})
    files = ["src/pkg/deep/core.py", "flat.py", "lib/alone.py", "src/top.py"]
    found = find_project([root / f for f in files], [root / "tests"])
    assert list(found.files) == files
    assert found.paths == ("src", "", "lib")


def test_a_package_that_is_the_root_itself_ends_there(home: Path):
    root = write(home / "pkg", {"__init__.py": "", "m.py": "", "test_m.py": "", "setup.cfg": ""})
    assert find_project([root / "m.py"], [root / "test_m.py"]).paths == ("",)


def test_a_given_root_holds_and_must_hold_everything(home: Path):
    root = write(home / "repo", {**LAYOUT, "pyproject.toml": ""})
    found = find_project([root / "src/pkg/deep/core.py"], [root / "src"], root / "src")
    assert found.root == root / "src"
    assert found.paths == ("",)
    for files, tests in ((["flat.py"], ["src"]), (["src/pkg/deep/core.py"], ["tests"])):
        with pytest.raises(BadInput, match=r"lies outside the project .*--root DIR"):
            find_project([root / f for f in files], [root / t for t in tests], root / "src")


def test_paths_are_read_from_where_one_stands(home: Path, monkeypatch: pytest.MonkeyPatch):
    root = write(home / "repo", {**LAYOUT, "tox.ini": ""})
    monkeypatch.chdir(root / "src")
    found = find_project([Path("../flat.py")], [Path("../tests")])
    assert (found.root, list(found.files), found.targets) == (root, ["flat.py"], ("tests",))


def test_a_link_counts_where_it_leads(home: Path):
    root = write(home / "repo", {**LAYOUT, "tox.ini": ""})
    (home / "link").symlink_to(root)
    found = find_project([home / "link" / "flat.py"], [home / "link" / "tests"])
    assert found.root == root


def test_a_link_to_its_own_folder_is_followed_no_further(home: Path):
    root = write(home / "repo", {**LAYOUT, "tox.ini": ""})
    (root / "again").symlink_to(root)
    assert find_project([root / "flat.py"], [root / "tests"]).root == root


def test_what_does_not_exist_or_is_no_text_is_named(home: Path):
    root = write(home / "repo", {**LAYOUT, "tox.ini": "", "bad.py": b"\xff\xfe\x00"})
    with pytest.raises(BadInput, match=r"tests .*nothing\.py do not exist"):
        find_project([root / "flat.py"], [root / "nothing.py"])
    for name in ("gone.py", "bad.py", "src"):
        with pytest.raises(BadInput, match=name) as caught:
            find_project([root / name], [root / "tests"])
        assert "\n" not in str(caught.value)


def test_a_project_too_large_to_copy_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch):
    root = write(home / "repo", {**LAYOUT, "tox.ini": ""})
    files, tests = [root / "flat.py"], [root / "tests"]
    monkeypatch.setattr(project, "_MOST_FILES", 6)
    assert find_project(files, tests).root == root
    write(root, {"node_modules/a/big.js": "x" * 100, ".venv/lib.py": "", "__pycache__/m.pyc": b"x"})
    assert find_project(files, tests).root == root, "what is not copied does not count"
    write(root, {"seventh": "x"})
    with pytest.raises(BadInput, match=r"more than 6 files .*smaller --root DIR"):
        find_project(files, tests)
    monkeypatch.setattr(project, "_MOST_FILES", 100)
    monkeypatch.setattr(project, "_MOST_BYTES", 20)
    with pytest.raises(BadInput, match="too much to copy"):
        find_project(files, tests)


def test_the_digest_is_over_all_that_is_copied(home: Path):
    root = write(home / "repo", {**LAYOUT, "tox.ini": "", "data/x.bin": bytes(9)})

    def digest() -> str:
        return find_project([root / "flat.py"], [root / "tests"]).digest

    first = digest()
    assert digest() == first
    write(root, {".git/index": "x", "__pycache__/m.pyc": b"1", "src/old.pyc": b"1"})
    assert digest() == first, "what is left out of the copy"
    seen = {first}
    for name, text in {"data/x.bin": bytes(10), "new": "", "data/y.bin": bytes(9)}.items():
        write(root, {name: text})
        seen.add(digest())
    (root / "new").rename(root / "newer")
    assert len({*seen, digest()}) == 5
