"""Reading and writing one level of a case-file value: its kind and its plain content."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Any

__all__ = ["SEQUENCES", "build", "clip", "key", "look", "size"]

SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "iter"})
_BIG = 1 << 1024
_SPECIAL = ("nan", "inf", "-inf")
_ITEMS = {"$tuple": "tuple", "$set": "set", "$frozenset": "frozenset", "$iter": "iter"}
_OPEN = {
    "collections.deque",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.defaultdict",
    "builtins.bytearray",
}
_WIDTHS = (1024, 256, 64, 16, 4, 1)


def look(tree: Any) -> tuple[str, Any]:
    """The kind of a value and its content: items of a sequence, pairs of a table, characters of
    text and (as Latin-1) of bytes. What has no known form is an "atom", its own content."""
    if tree is None:
        return "none", None
    if isinstance(tree, bool):
        return "bool", tree
    if isinstance(tree, int):
        return "int", tree
    if isinstance(tree, float):
        return ("float", tree) if math.isfinite(tree) else ("atom", tree)
    if isinstance(tree, str):
        return "str", tree
    if isinstance(tree, list):
        return "list", tree
    if isinstance(tree, dict):
        if not any(isinstance(name, str) and name[:1] == "$" for name in tree):
            return "dict", [[name, value] for name, value in tree.items()]
        return _tagged(tree) or ("atom", tree)
    return "atom", tree


def _tagged(tree: dict[str, Any]) -> tuple[str, Any] | None:
    tag, content = next(iter(tree.items()))
    if tag == "$as" and set(tree) == {"$as", "of"} and content in _OPEN:
        return f"as {content}", [tree["of"]]
    if len(tree) > 1:
        return None
    if tag == "$float":
        return ("float", tree) if content in _SPECIAL else None
    if isinstance(content, list):
        if tag in _ITEMS:
            return _ITEMS[tag], content
        if tag == "$dict" and all(isinstance(p, list) and len(p) == 2 for p in content):
            return "pairs", content
        if tag == "$complex" and len(content) == 2:
            return ("complex", content) if all(look(p)[0] == "float" for p in content) else None
    if isinstance(content, str):
        try:
            if tag == "$int":
                return "int", int(content, 16)
            if tag == "$bytes":
                return "bytes", base64.b64decode(content, validate=True).decode("latin-1")
        except (ValueError, binascii.Error):
            return None
    return None


def build(kind: str, content: Any) -> Any:
    """The value that `look` would read as `kind` and `content`."""
    if kind == "int":
        return content if -_BIG < content < _BIG else {"$int": hex(content)}
    if kind in ("tuple", "iter"):
        return {f"${kind}": content}
    if kind in ("set", "frozenset"):
        return {f"${kind}": sorted(content, key=key)}
    if kind == "dict":
        return dict(content)
    if kind == "pairs":
        return {"$dict": content}
    if kind == "complex":
        return {"$complex": content}
    if kind == "bytes":
        return {"$bytes": base64.b64encode(content.encode("latin-1")).decode()}
    if kind.startswith("as "):
        return {"$as": kind[3:], "of": content[0]}
    return content


def key(tree: Any) -> tuple[Any, ...]:
    """Orders values of one rank (first item) as Python does, equal for what Python calls equal."""
    kind, content = look(tree)
    if kind == "none":
        return (0,)
    if kind in ("bool", "int") or (kind == "float" and not isinstance(content, dict)):
        return 1, content
    if kind == "str":
        return 2, content
    if kind == "bytes":
        return 3, content
    if kind in ("list", "tuple"):
        return 4, kind, tuple(map(key, content))
    if kind in ("set", "frozenset"):
        return 5, tuple(sorted(map(key, content)))
    return 6, json.dumps(tree)


def size(tree: Any) -> int | None:
    """The length of a list, tuple, string or bytes; None for anything else."""
    kind, content = look(tree)
    return len(content) if kind in ("list", "tuple", "str", "bytes") else None


def clip(tree: Any, budget: int) -> Any:
    """`tree` with its long lists, tables and strings cut until it has about `budget` parts."""
    for width in _WIDTHS:
        if _count(tree, 0) <= budget:
            break
        tree = _cut(tree, width, 0)
    return tree


# Deeper than this, values are only copied; wire.py itself allows 200 levels.
_DEPTH = 60


def _count(tree: Any, depth: int) -> int:
    kind, content = look(tree)
    if kind in ("str", "bytes"):
        return 1 + len(content) // 16
    if depth > _DEPTH or not isinstance(content, list):
        return 1
    return 1 + sum(_count(item, depth + 1) for item in content)


def _cut(tree: Any, width: int, depth: int) -> Any:
    kind, content = look(tree)
    if kind in ("str", "bytes"):
        return build(kind, content[: width * 16])
    if depth > _DEPTH or not isinstance(content, list) or kind in ("complex", "atom"):
        return tree
    if kind in ("dict", "pairs"):
        pairs = [[name, _cut(value, width, depth + 1)] for name, value in content[:width]]
        return build(kind, pairs)
    return build(kind, [_cut(item, width, depth + 1) for item in content[:width]])
