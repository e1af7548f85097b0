"""Repair by search: suspicious lines, small changes of the syntax tree, then pairs, then a model.

**Maths.** Suspicion of a line (Ochiai) s = ef / sqrt((ef + nf)(ef + ep)); a change c of line l is
tried in the order of s(l) w(c), with w the prior of its operator. Plausible patches are grouped by
what they do on inputs x_1..x_m like the recorded ones; the answer is the smallest patch of the
group with the greatest sum of s w among those that newly fail on the fewest inputs.

Several faults: changes that each mend one failing test and break no passing one are found apart,
test by test, and then tried together.

**Differs from the paper.** GenProg evolves statement edits; here single changes are tried in a
fixed order, which finds one-line repairs sooner, and pairs of the changes that helped.

**Use when** a test fails and the fault is small.
**Fails when** the repair needs code that is not in the file, or the tests cannot tell a repair from
a change that fits them by chance (see `alternatives` and `mutants_killed`).

Source: classic. Ochiai: Abreu, Zoeteweij, van Gemund (2006); generate and validate: GenProg (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from strop.core.card import Card
from strop.core.errors import BudgetSpent
from strop.core.patch import Patch
from strop.core.run import Run
from strop.core.types import Candidate, Task, Verdict
from strop.moves.choose_patch import choose_patch
from strop.moves.draft_patch import draft_patch, findings
from strop.moves.localise import Spectrum, ochiai
from strop.moves.patch_search import PATIENCE, PatchSearch, demand_time, steady_screen
from strop.moves.singles import Changes

CARD = Card(
    title="Mutation repair guided by Ochiai, with pairs and a model last",
    papers=(),
    year=2009,
    kind="strategy",
    needs=("survey", "screen", "verify"),
    cost="up to thousands of short executions; model calls only where the search fails",
    axes={
        "what": "parallel",
        "how": "search",
        "where": "code",
        "how_well": "plausible and credible patches at equal CPU",
        "system": "search",
        "roles": ("policy", "value"),
    },
    anchor="tests/methods/test_mutation_repair.py::test_ochiai_of_a_hand_worked_spectrum",
)


_PARTNERS, _HUNG = 40, 100


@dataclass(frozen=True)
class MutationRepair:
    """`enough` plausible patches end the search; `pairs` and `drafts` bound how many are tried of
    each; `inputs` tell plausible patches apart; `mutants` measure the suite."""

    enough: int = 8
    pairs: int = 600
    drafts: int = 4
    inputs: int = 60
    mutants: int = 30

    def __post_init__(self) -> None:
        if self.enough < 1:
            raise ValueError(f"enough must be at least 1. Got {self.enough} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        files = task.meta["files"]
        start = run.propose(Patch().value, kind="patch", origin="as it is")
        survey = await run.check(start, [run.port("survey")])
        run.offer(start, survey)
        spectrum = Spectrum.fault_in(survey)
        suspicion = ochiai(spectrum)
        changes = Changes(files, suspicion)
        demand_time(run, spectrum)
        screen = await steady_screen(run, start, spectrum)
        search = PatchSearch(run, spectrum, self.enough)
        try:
            tried = await search.judge(changes.singles(), screen)
            if not search.found and len(spectrum.failing) > 1:
                groups = await search.mended_apart([change for change, _ in tried])
                together = changes.combined(groups) if len(groups) > 1 else ()
                tried += await search.judge(islice(together, self.pairs), screen)
            if not search.found:
                helped = [change for change, verdict in tried if verdict.detail["green"]]
                rest = [change for change, _ in tried[:_PARTNERS] if change not in helped]
                partners = [*helped, *rest][:_PARTNERS]
                pairs = changes.combined([partners, helped[:_PARTNERS] or partners])
                tried += await search.judge(islice(pairs, self.pairs), screen)
            if not search.found:
                hung = [change for change, verdict in tried if verdict.status == "timeout"]
                tried += await search.judge(hung[:_HUNG], screen.slower(PATIENCE))
            last: Verdict | None = None
            for _ in range(self.drafts if run.plays("repairer") else 0):
                if search.found:
                    break
                learned = findings(suspicion, tried)
                file = suspicion.ranked()[0][0][0] if suspicion.known else next(iter(files))
                draft = await draft_patch(
                    search.run, task.prompt, files, file, spectrum.failures(), learned, last
                )
                judged = await search.judge([draft] if draft else [], screen)
                last = judged[-1][1] if judged else last
        except BudgetSpent:
            if not search.found:
                raise
        return await choose_patch(
            run, files, start, spectrum.calls, search.found, screen, self.inputs, self.mutants
        )
