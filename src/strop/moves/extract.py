"""Getting the program out of a model's reply: fenced or raw, whole or a continued stub."""

from __future__ import annotations

import ast
import re

__all__ = ["defines", "extract_code", "extract_json", "inputs_of_tests"]

_FENCE = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+)[ \t]*(?P<language>[\w+#.-]*)[^\n]*\n(?P<body>.*?)"
    r"(?:^[ \t]*(?P=fence)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ALIASES = {
    "python": {"python", "py", "python3", "py3", "pycon", "ipython"},
    "c": {"c", "h"},
    "c++": {"c++", "cpp", "cc", "cxx"},
    "javascript": {"javascript", "js", "jsx", "node", "mjs"},
    "typescript": {"typescript", "ts", "tsx"},
    "java": {"java"},
    "sql": {"sql", "sqlite", "postgresql"},
    "verilog": {"verilog", "systemverilog", "sv", "v"},
}
_STATEMENT = re.compile(r"^(?:def|class|import|from|async def|@|if __name__)\b|^@", re.MULTILINE)


def extract_code(
    text: str, language: str = "python", entry: str | None = None, stub: str = ""
) -> str:
    """The program in a reply, or "" where there is none.

    Fenced blocks in `language` (or without one) come first: the last that defines `entry`, else the
    longest. Without a fence, the longest part of the text that is Python. Where `entry` is not
    defined but `stub` (a header with docstring) defines it, the reply is read as its body.
    """
    names = _ALIASES.get(language, {language}) | {""}
    blocks = [(match["language"].lower(), match["body"]) for match in _FENCE.finditer(text)]
    fitting = [body for name, body in blocks if name in names and body.strip()]
    if language != "python":
        return max(fitting, key=len, default="" if blocks else text).strip("\n")
    if blocks and not fitting:
        return ""
    if fitting:
        defining = [body for body in fitting if entry and defines(body, entry)]
        code = defining[-1] if defining else max(fitting, key=len)
    else:
        code = _raw_python(text, entry)
    code = _undent(code).rstrip() + "\n" if code.strip() else ""
    if entry and stub and not defines(code, entry):
        whole = _continued(stub, code or text)
        if whole and defines(whole, entry):
            return whole
    return code


def defines(source: str, entry: str) -> bool:
    """Whether the source parses and binds `entry` (`f`, or `C.m`) at the top level."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    name = entry.partition(".")[0]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound = {node.name}
        elif isinstance(node, ast.Assign):
            bound = {target.id for target in node.targets if isinstance(target, ast.Name)}
        else:
            continue
        if name in bound:
            return True
    return False


def extract_json(text: str) -> object | None:
    """The first JSON array or object in a reply, fenced or not; None where there is none."""
    import json

    decoder = json.JSONDecoder()
    for match in re.finditer(r"[\[{]", text):
        try:
            value, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        return value
    return None


def inputs_of_tests(text: str, entry: str) -> list[list[object]]:
    """The arguments in lines such as `f(1, [2]) == 3`, with or without `assert`; lines that are
    nothing of the kind are left out."""
    found: list[list[object]] = []
    for line in text.splitlines() if entry else ():
        line = line.strip().removeprefix("assert ")
        if not line.startswith(f"{entry}("):
            continue
        try:
            call = next(n for n in ast.walk(ast.parse(line)) if isinstance(n, ast.Call))
            found.append([ast.literal_eval(arg) for arg in call.args])
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            continue
    return found


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _raw_python(text: str, entry: str | None) -> str:
    if _parses(text) and (_STATEMENT.search(text) or entry is None):
        return text
    start = _STATEMENT.search(text)
    if start is None:
        return ""
    lines = text[start.start() :].splitlines()
    for end in range(len(lines), 0, -1):
        part = "\n".join(lines[:end])
        if _parses(part):
            return part
    return "\n".join(lines)


def _undent(code: str) -> str:
    import textwrap

    return code if _parses(code) else textwrap.dedent(code)


def _continued(stub: str, body: str) -> str:
    """The stub with `body` under it, indented if need be, cut back until it parses."""
    import textwrap

    lines = body.strip("\n").splitlines()
    if lines and not lines[0].startswith((" ", "\t")):
        lines = textwrap.indent("\n".join(lines), "    ").splitlines()
    for end in range(len(lines), 0, -1):
        if not lines[end - 1].strip():
            continue
        whole = stub.rstrip() + "\n" + "\n".join(lines[:end]) + "\n"
        if _parses(whole):
            return whole
    return ""
