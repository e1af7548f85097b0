"""A model's draft of a repair, told what the tests found and what the search learned."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from strop.core.patch import Edit, Patch
from strop.core.run import Run
from strop.core.types import Feedback, Verdict
from strop.moves.extract import extract_code
from strop.moves.feedback import feedback_text
from strop.moves.localise import Suspicion
from strop.moves.singles import Change

__all__ = ["draft_patch", "findings"]

_LINES = 5
_HELPED = 5


async def draft_patch(
    run: Run,
    prompt: str,
    files: Mapping[str, str],
    file: str,
    failures: Sequence[Feedback],
    learned: str,
    last: Verdict | None,
) -> Change | None:
    """One draft of a file; None where the reply holds no program that differs. Raises
    `ModelError`, `BudgetSpent`."""
    reply = await run.ask(
        "repairer",
        prompt=prompt,
        file=file,
        code=files[file],
        failures=feedback_text(failures, 4),
        findings=learned,
        last=feedback_text(last.feedback) if last else "",
    )
    text = _placed(files[file], extract_code(reply.text))
    patch = Patch.between(files, {file: text}) if text else Patch()
    return Change(patch, 0.5, "model") if patch.edits else None


def findings(suspicion: Suspicion, tried: Sequence[tuple[Change, Verdict]]) -> str:
    """What the search learned, as lines for a prompt."""
    lines = [f"Suspicious: {f} line {n} ({s:.2f})." for (f, n), s in suspicion.ranked()[:_LINES]]
    helped = [(change, v) for change, v in tried if v.detail.get("green")]
    helped.sort(key=lambda row: -len(row[1].detail["green"]))
    lines += [
        f"Partly right: {change.origin} makes {', '.join(v.detail['green'][:3])} pass, and not all."
        for change, v in helped[:_HELPED]
    ]
    if tried:
        lines.append(f"{len(tried)} small changes were tried and are not enough.")
    return "\n".join(lines)


def _placed(source: str, code: str) -> str | None:
    """`code` in the place of the definitions that it redefines, or as the whole file where it
    seems to be that, or where the file does not parse."""
    code = _whole(code)
    if not _parses(source):
        return code or None
    old, new = _definitions(source), _definitions(code)
    if not new or (set(old) <= set(new) and len(code) >= len(source) / 2):
        return code if new else None
    text = source
    for name in sorted(set(old) & set(new), key=lambda n: -old[n][0]):
        start, end = old[name]
        first, last = new[name]
        text = Edit("", start, end, code[first:last]).of(text)
    return text if text != source else None


def _definitions(source: str) -> dict[str, tuple[int, int]]:
    """Names of functions and classes at the top level, with the stretch of text of each."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: dict[str, tuple[int, int]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name] = (starts[first - 1], starts[node.end_lineno or node.lineno])
    return found


def _whole(code: str) -> str:
    """The code without what follows its last whole statement: replies are cut off at the end."""
    lines = code.split("\n")
    for end in range(len(lines), 0, -1):
        starts = end == len(lines) or (lines[end][:1] not in (" ", "\t", ")", "]", "}", "", "#"))
        if starts and _parses("\n".join(lines[:end])):
            return "\n".join(lines[:end]).strip("\n") + "\n"
    return ""


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True
