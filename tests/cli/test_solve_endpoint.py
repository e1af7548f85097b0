"""`strop solve` against a real server that misbehaves."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from ..models.local_server import Fault, drop_mid_body, hang, on_calls, status, text
from .conftest import TASK, Said, Shell
from .endpoint import RIGHT, WRONG, ProgramServer, running


def solve(strop: Shell, *more: object) -> Said:
    task = strop.write("double.toml", TASK)
    return strop("solve", task, "--json", *more)


def test_a_solved_task_exits_0_with_the_whole_outcome(strop: Shell):
    with running(ProgramServer(program=lambda call, i: RIGHT if i == 1 else WRONG)) as server:
        strop.use(server)
        said = solve(strop, "--width", 4, "--set", "n=4")
    assert said.code == 0, said.err
    row = said.json
    assert row["passed"] is True
    assert row["stopped"] == "passed"
    assert row["candidate"]["value"].strip() == RIGHT
    assert row["hidden_verdict"]["passed"] is True
    assert row["cost"]["calls"] == server.calls == 1
    assert row["cost"]["tokens_in"] == 7
    assert row["evidence"]["cases_passed"] == 2


def test_an_unsolved_task_exits_1_and_keeps_the_best(strop: Shell):
    with running(ProgramServer(program=lambda call, i: WRONG)) as server:
        strop.use(server)
        said = solve(strop, "--set", "n=2")
    assert said.code == 1
    assert said.json["stopped"] == "done"
    assert said.json["candidate"]["value"].strip() == WRONG


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(status(500), id="500"),
        pytest.param(status(429, Retry_After="0"), id="429"),
        pytest.param(text('{"choices": [{"mess'), id="malformed"),
        pytest.param(drop_mid_body, id="dropped"),
    ],
)
def test_one_bad_reply_in_eight_is_tried_again(strop: Shell, fault: Fault):
    server = ProgramServer(
        lacks_n=True,
        fault=on_calls(lambda number: number % 8 == 3, fault),
        program=lambda call, i: WRONG,
    )
    with running(server):
        strop.use(server)
        said = solve(strop, "--set", "n=8", "--width", 8)
    assert said.code == 1
    assert said.json["evidence"]["candidates"] == 8
    assert said.json["evidence"]["failed_draws"] == 0
    assert said.json["cost"]["calls"] == server.calls


def test_seven_good_of_eight_give_an_answer_with_the_degradation_stated(strop: Shell):
    server = ProgramServer(
        lacks_n=True,
        fault=on_calls(lambda number: number == 5, status(400, "content refused")),
        program=lambda call, i: RIGHT,
    )
    with running(server):
        strop.use(server)
        said = solve(strop, "--method", "self_consistency", "--set", "n=8", "--set", "inputs=1")
    assert said.code == 0
    assert said.json["evidence"]["candidates"] == 7
    assert said.json["evidence"]["failed_draws"] == 1
    assert "1 draws failed and were left out" in said.json["evidence"]["notes"][0]
    assert "content refused" in said.json["evidence"]["notes"][0]


def test_every_call_failing_exits_4_with_one_line(
    strop: Shell, one_line: Callable[[Said, int], str]
):
    with running(ProgramServer(fault=status(401, "bad key"))) as server:
        strop.use(server)
        task = strop.write("double.toml", TASK)
        line = one_line(strop("solve", task, "--set", "n=4"), 4)
    assert "bad key" in line
    assert "401" in line


def test_a_hung_server_ends_with_the_seconds_of_the_budget(strop: Shell):
    with running(ProgramServer(fault=hang)) as server:
        strop.use(server)
        started = time.monotonic()
        said = solve(strop, "--budget", "seconds=2")
        took = time.monotonic() - started
    assert said.code == 3
    assert took < 6, "two seconds, one more to stop, and the start of the interpreter"


def test_a_hung_call_does_not_hold_up_the_good_ones(strop: Shell):
    server = ProgramServer(
        lacks_n=True, fault=on_calls(lambda number: number == 2, hang), program=lambda c, i: RIGHT
    )
    with running(server):
        strop.use(server)
        said = solve(strop, "--set", "n=4", "--width", 4, "--budget", "seconds=30")
    assert said.code == 0
    assert said.json["passed"] is True


def test_a_second_command_pays_for_nothing_twice(strop: Shell):
    with running(ProgramServer(program=lambda call, i: WRONG)) as server:
        strop.use(server)
        first = solve(strop, "--set", "n=3")
        calls = server.calls
        again = solve(strop, "--set", "n=3")
    assert server.calls == calls
    assert again.json["paid"]["tokens"] == 0
    assert again.json["cost"]["tokens"] == first.json["cost"]["tokens"]
    assert again.json["candidate"]["value"] == first.json["candidate"]["value"]


def test_killed_in_the_middle_and_resumed_pays_for_nothing_twice(strop: Shell):
    server = ProgramServer(latency=0.2, lacks_n=True, program=lambda call, i: WRONG)
    with running(server):
        strop.use(server)
        task = strop.write("double.toml", TASK)
        process = strop.start("solve", task, "--set", "n=12", "--width", 1, "--json")
        while server.calls < 5:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        sent = server.calls
        said = strop("solve", task, "--set", "n=12", "--width", 1, "--json", "--resume")
    assert said.code == 1
    assert said.json["evidence"]["candidates"] == 12
    kept = 12 - said.json["paid"]["calls"]
    assert kept >= sent - 1, "all but the call that was in flight are kept"
    assert server.calls == sent + said.json["paid"]["calls"]
    listed = strop("runs", "list", "--json").json["runs"]
    assert len(listed) == 1, "the run went on under its own id"


def test_ctrl_c_keeps_the_best_so_far_and_exits_130(strop: Shell):
    server = ProgramServer(latency=0.1, lacks_n=True, program=lambda call, i: WRONG)
    with running(server):
        strop.use(server)
        task = strop.write("double.toml", TASK)
        process = strop.start("solve", task, "--set", "n=200", "--width", 1, "--json")
        while server.calls < 4:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    said = Said(process.returncode, out, err)
    assert said.code == 130, err
    assert said.json["stopped"] == "interrupted"
    assert said.json["candidate"]["value"].strip() == WRONG
    assert "Traceback" not in err


def test_a_batch_shares_one_budget_and_exits_1_unless_all_pass(strop: Shell):
    second = TASK.replace('"double"', '"triple"', 1).replace("expected = 6", "expected = 9")
    strop.write("tasks/a.toml", TASK)
    strop.write("tasks/b.toml", second)
    with running(ProgramServer(program=lambda call, i: RIGHT)) as server:
        strop.use(server)
        said = strop("solve", "tasks", "--json", "--set", "n=2", "--budget", "calls=4")
    assert said.code == 1
    assert said.json["n"] == 2
    assert said.json["passed"] == 1
    assert [row["passed"] for row in said.json["results"]] == [True, False]


def test_dry_run_shows_the_prompt_and_spends_nothing(strop: Shell):
    with running(ProgramServer()) as server:
        strop.use(server)
        said = solve(strop, "--dry-run")
    assert said.code == 0
    assert "twice x" in said.json["messages"][-1][1]
    assert server.calls == 0
