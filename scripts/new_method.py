"""Starts a method: its file with docstring and card, and its anchor test. Both run as they are.

Usage: python scripts/new_method.py FAMILY NAME PAPER YEAR "TITLE"
Example: python scripts/new_method.py refine critic_loop P999 2026 "Critic loop"
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

METHOD = '''"""{title}: say in one line what it does.

**Maths.** y = M(x); name every symbol and shape here.

**Differs from the paper.** Nothing yet; say what and why once something does.

**Use when** say when.
**Fails when** say when.

Source: {paper} ({year}).
"""

from __future__ import annotations

from dataclasses import dataclass

from strop.core.card import Card
from strop.core.run import Run
from strop.core.types import Candidate, Task
from strop.moves.sample import sample

CARD = Card(
    title="{title}",
    papers=("{paper}",),
    year={year},
    kind="strategy",
    needs=("model", "checks"),
    cost="rounds draws and checks",
    axes={{
        "what": "sequential",
        "how": "sampling",
        "where": "code",
        "how_well": "pass rate",
        "system": "sampling",
        "roles": ("policy",),
    }},
    anchor="tests/methods/test_{name}.py::test_one_draw_and_one_check_a_round",
)


@dataclass(frozen=True)
class {cls}:
    """`rounds`: draws, at least 1."""

    rounds: int = 1

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1. Got {{self.rounds}} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        for _ in range(self.rounds):
            candidate = await sample(run, task)
            run.offer(candidate, await run.check(candidate))
        return run.best
'''

TEST = """from __future__ import annotations

from pathlib import Path

from strop.methods.{family}.{name} import {cls}

from .solving import CRASH, RIGHT, fenced, solve


def test_one_draw_and_one_check_a_round(ledger: Path):
    outcome, events = solve({cls}(rounds=2), {{"": [fenced(CRASH), fenced(RIGHT)]}}, ledger)
    assert [event.kind for event in events].count("verdict") == 2
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT
"""


def main() -> int:
    """Write both files; refuses to overwrite. Returns the exit code."""
    if len(sys.argv) != 6 or not sys.argv[2].isidentifier() or not sys.argv[4].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    family, name, paper, year, title = sys.argv[1:]
    cls = "".join(part.capitalize() for part in name.split("_"))
    fields = {
        "family": family,
        "name": name,
        "paper": paper,
        "year": year,
        "title": title,
        "cls": cls,
    }
    home = ROOT / "src" / "strop" / "methods" / family
    files = {
        home / f"{name}.py": METHOD.format(**fields),
        ROOT / "tests" / "methods" / f"test_{name}.py": TEST.format(**fields),
    }
    for path in files:
        if path.exists():
            print(f"{path} exists; choose another name", file=sys.stderr)
            return 2
    home.mkdir(exist_ok=True)
    (home / "__init__.py").touch()
    for path, text in files.items():
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    print(f"now: scripts/test tests/methods/test_{name}.py tests/test_every_method.py -k {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
