from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.errors import BadInput, LedgerUnusable
from strop.core.ledger import Ledger, digest

Script = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "deep" / "ledger.sqlite")
    yield ledger
    ledger.close()


def integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()


def test_events_come_back_in_order_and_by_run(ledger: Ledger):
    ledger.append("a", "begin", {"n": 1})
    ledger.append_all("b", [("begin", {}, None), ("reply", {"text": "é\n\0 "}, "k")])
    ledger.append("a", "end", {"n": 2})
    assert [(e.kind, e.body) for e in ledger.events("a")] == [
        ("begin", {"n": 1}),
        ("end", {"n": 2}),
    ]
    assert [e.key for e in ledger.events("b")] == [None, "k"]
    assert list(ledger.events("c")) == []


def test_find_gives_the_first_event_of_a_key_in_any_run(ledger: Ledger):
    ledger.append("a", "reply", {"text": "one"}, "k")
    ledger.append("b", "reply", {"text": "two"}, "k")
    assert ledger.find("k") == {"text": "one"}
    assert ledger.find("other") is None


def test_events_survive_closing_and_opening(ledger: Ledger):
    ledger.append("a", "reply", {"x": [1, None, "two"]}, "k")
    ledger.close()
    assert ledger.find("k") == {"x": [1, None, "two"]}
    assert Ledger(ledger.path).find("k") == {"x": [1, None, "two"]}


def test_a_transaction_is_kept_whole_or_not_at_all(ledger: Ledger):
    def rows():
        yield ("reply", {"n": 1}, None)
        raise KeyError("stopped")

    ledger.append("a", "begin", {})
    with pytest.raises(KeyError):
        ledger.append_all("a", rows())
    assert [e.kind for e in ledger.events("a")] == ["begin"]


def test_runs_lists_the_newest_first_with_begin_and_end(ledger: Ledger):
    ledger.append("old", "begin", {"task": "t1"})
    ledger.append("old", "end", {"passed": True})
    ledger.append("new", "begin", {"task": "t2"})
    ledger.append("orphan", "reply", {})
    new, old = ledger.runs()
    assert (new.id, new.begin, new.end, new.events) == ("new", {"task": "t2"}, None, 1)
    assert (old.id, old.begin, old.end, old.events) == ("old", {"task": "t1"}, {"passed": True}, 2)
    assert new.started >= old.started


def test_resolve_knows_last_full_ids_and_unique_prefixes(ledger: Ledger):
    with pytest.raises(BadInput, match="no runs"):
        ledger.resolve("last")
    for name in ("abc", "abd", "ab", "xyz"):
        ledger.append(name, "begin", {})
    assert ledger.resolve("last") == "xyz"
    assert ledger.resolve("ab") == "ab"
    assert ledger.resolve("abc") == "abc"
    assert ledger.resolve("x") == "xyz"
    with pytest.raises(BadInput, match="3 runs"):
        ledger.resolve("a")
    with pytest.raises(BadInput, match=r"no run called 'q'.*strop runs list"):
        ledger.resolve("q")


def test_remove_takes_a_run_and_what_it_paid_for(ledger: Ledger):
    ledger.append("a", "begin", {})
    ledger.append("a", "reply", {}, "k")
    ledger.append("b", "begin", {})
    assert ledger.remove("a") == 2
    assert ledger.remove("a") == 0
    assert ledger.find("k") is None
    assert [row.id for row in ledger.runs()] == ["b"]


def test_a_lone_surrogate_in_a_body_comes_back(ledger: Ledger):
    ledger.append("a", "reply", {"text": "half an emoji: \ud83d, naïve"}, "k")
    assert ledger.find("k") == {"text": "half an emoji: \ud83d, naïve"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_every_json_body_comes_back_as_it_went_in(ledger: Ledger):
    @given(body=st.dictionaries(st.text(), json_values, max_size=4))
    def round_trip(body: dict[str, object]):
        ledger.append("a", "note", body)
        *_, last = ledger.events("a")
        assert json.dumps(last.body) == json.dumps(body)
        ledger.remove("a")

    round_trip()


@given(st.text(), st.text(), st.integers())
def test_a_digest_depends_on_every_part_and_on_where_parts_end(a: str, b: str, n: int):
    assert digest(a, b, n) == digest(a, b, n)
    assert len(digest(a)) == 32
    assert digest(a, n) != digest(a, n + 1)
    assert digest(a, b) != digest(a + b)
    assert digest({"x": 1, "y": a}) == digest({"y": a, "x": 1})


WRITER = """
from pathlib import Path
from strop.core.ledger import Ledger
path, name = Path(sys.argv[1]), sys.argv[2]
while not path.with_name("go").exists():
    pass
ledger = Ledger(path)
for index in range(0, 2000, 4):
    ledger.append_all(name, [("step", {"n": index + i}, f"{name}{index + i}") for i in range(4)])
ledger.close()
"""


def test_two_processes_write_to_one_new_file_at_once(tmp_path: Path, script: Script):
    path = tmp_path / "ledger.sqlite"
    writers = [script(WRITER, path, name) for name in ("left", "right")]
    (tmp_path / "go").touch()
    for writer in writers:
        _, err = writer.communicate(timeout=20)
        assert (writer.returncode, err) == (0, "")
    ledger = Ledger(path)
    for name in ("left", "right"):
        assert [e.body["n"] for e in ledger.events(name)] == list(range(2000))
    ledger.close()
    assert integrity(path) == "ok"


def test_many_processes_may_open_a_new_file_in_the_same_moment(tmp_path: Path, script: Script):
    source = WRITER.replace("2000", "4")
    path = tmp_path / "ledger.sqlite"
    writers = [script(source, path, f"w{i}") for i in range(6)]
    (tmp_path / "go").touch()
    assert [(w.communicate(timeout=20)[1], w.returncode) for w in writers] == [("", 0)] * 6
    ledger = Ledger(path)
    assert [len(list(ledger.events(f"w{i}"))) for i in range(6)] == [4] * 6
    ledger.close()


def test_kill_9_of_a_writer_loses_nothing_that_was_committed(tmp_path: Path, script: Script):
    path = tmp_path / "ledger.sqlite"
    writer = script(
        """
from pathlib import Path
from strop.core.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for index in range(10**9):
    ledger.append("run", "step", {"n": index, "pad": "x" * 500}, f"k{index}")
    print(index, flush=True)
""",
        path,
    )
    assert writer.stdout is not None
    last = -1
    for line in writer.stdout:
        last = int(line)
        if last >= 200:
            break
    writer.kill()
    rest, _ = writer.communicate(timeout=10)
    last = max([last, *map(int, rest.split())])
    assert writer.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    numbers = [e.body["n"] for e in ledger.events("run")]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= last + 1
    assert ledger.find(f"k{last}") is not None
    ledger.append("run", "step", {"n": -1})
    ledger.close()
    assert integrity(path) == "ok"


def unusable(path: Path) -> str:
    """What every verb says of a ledger at a path where none can be."""
    said = set[str]()
    for use in (
        lambda ledger: ledger.append("a", "begin", {}),
        lambda ledger: ledger.find("k"),
        lambda ledger: list(ledger.events("a")),
        lambda ledger: ledger.runs(),
        lambda ledger: ledger.remove("a"),
    ):
        ledger = Ledger(path)
        with pytest.raises(LedgerUnusable) as caught:
            use(ledger)
        ledger.close()
        said.add(str(caught.value))
    text = said.pop()
    assert not said
    assert str(path) in text
    assert "--ledger" in text
    assert "STROP_LEDGER" in text
    assert "\n" not in text
    return text


def test_a_path_under_a_regular_file_is_unusable(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    assert unusable(tmp_path / "file" / "ledger.sqlite")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_folder_that_nobody_can_make_is_unusable():
    assert unusable(Path("/proc/no-such-process/ledger.sqlite"))


def test_a_folder_at_the_path_is_unusable(tmp_path: Path):
    assert unusable(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_unusable(tmp_path: Path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "permission" in unusable(folder / "ledger.sqlite")


def test_a_text_file_is_unusable_and_left_alone(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, not a ledger\n" * 50)
    before = path.read_bytes()
    assert "not a database" in unusable(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_another_program_is_unusable_and_left_alone(tmp_path: Path, version: int):
    path = tmp_path / "places.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    assert "another program" in unusable(path)
    assert path.read_bytes() == before


def test_a_ledger_of_another_format_says_so(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    ledger.append("a", "begin", {})
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "another version of strop (format 99" in unusable(path)


FILLER = """
from pathlib import Path
from strop.core.errors import LedgerUnusable
from strop.core.ledger import Ledger
if len(sys.argv) > 2:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
ledger = Ledger(Path(sys.argv[1]))
kept = 0
try:
    while kept < 5000:
        ledger.append("run", "step", {"n": kept, "pad": "x" * 2000}, f"k{kept}")
        kept += 1
except LedgerUnusable as error:
    print(kept)
    print(error)
"""


def full(writer: subprocess.Popen[str], path: Path) -> None:
    out, err = writer.communicate(timeout=20)
    assert (writer.returncode, err) == (0, "")
    kept, message = out.splitlines()
    assert 1 <= int(kept) < 5000
    assert f"ledger {path} cannot be used" in message
    assert "full" in message or "I/O error" in message


def test_a_file_that_may_not_grow_is_unusable_and_keeps_what_it_has(tmp_path: Path, script: Script):
    path = tmp_path / "ledger.sqlite"
    writer = script(FILLER, path, 200_000)
    full(writer, path)
    ledger = Ledger(path)
    numbers = [e.body["n"] for e in ledger.events("run")]
    assert numbers == list(range(len(numbers)))
    assert numbers
    ledger.append("run", "step", {"n": -1})
    ledger.close()


def test_a_full_disk_is_unusable(tmp_path: Path, script: Script):
    mount, umount = shutil.which("mount"), shutil.which("umount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        not (mount and umount)
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("no tmpfs can be mounted here; the file-size limit test stands in for it")
    try:
        full(script(FILLER, disk / "ledger.sqlite"), disk / "ledger.sqlite")
        for event in Ledger(disk / "ledger.sqlite").events("run"):
            assert event.kind == "step"
    finally:
        subprocess.run([umount, "-l", str(disk)], check=True)
