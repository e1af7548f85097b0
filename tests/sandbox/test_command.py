from __future__ import annotations

import pytest

from strop.core.errors import BadInput
from strop.sandbox.jobs import CommandJob, Limits

from .conftest import Bench


def test_a_command_runs_among_its_files(any_bench: Bench) -> None:
    done = any_bench.run(CommandJob("cat a/b.txt -; echo no >&2; exit 3", {"a/b.txt": "x\n"}, "in"))
    assert (done.status, done.exit_code, done.stdout, done.stderr) == ("failed", 3, "x\nin", "no\n")


def test_an_argument_list_needs_no_shell(bench: Bench) -> None:
    done = bench.run(CommandJob(["echo", "$HOME"]))
    assert (done.status, done.stdout) == ("passed", "$HOME\n")
    assert bench.run(CommandJob(["nothing-of-the-kind"])).exit_code == 127
    with pytest.raises(BadInput):
        bench.run(CommandJob([]))


def test_the_whole_tree_ends_with_the_command(any_bench: Bench) -> None:
    line = "(setsid sleep 61 &) ; sleep 61 & echo out"
    done = any_bench.run(CommandJob(line))
    assert (done.status, done.stdout) == ("passed", "out\n")
    assert done.wall_seconds < 5
    listing = any_bench.run(CommandJob("cat here 2>/dev/null; ls"))
    assert listing.stdout == ""


def test_limits_hold_for_the_tree(bench: Bench) -> None:
    assert bench.run(CommandJob("sleep 60", limits=Limits(wall_seconds=0.3))).status == "timeout"
    done = bench.run(CommandJob("kill -SEGV $$"))
    assert (done.status, done.message) == ("crashed", "killed by SIGSEGV")
    flood = bench.run(CommandJob("yes", limits=Limits(wall_seconds=2, output_bytes=100)))
    assert len(flood.stdout) == 100
    assert flood.truncated
