"""Calls: their arguments, and the function or method called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.kinds import METHOD_OWNER, fit
from strop.moves.mutate.precedence import SUM, TEST
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Site

__all__ = ["arguments", "callees"]

_GROUPS = (
    "min max",
    "any all",
    "floor ceil round trunc",
    "sorted reversed list",
    "list set tuple",
    "sum len max",
    "int float round",
    "upper lower title capitalize",
    "isupper islower",
    "isdigit isalpha isalnum isnumeric",
    "startswith endswith",
    "lstrip rstrip strip",
    "find rfind index",
    "split rsplit splitlines",
    "partition rpartition",
    "append extend",
    "append appendleft",
    "add update",
    "add discard",
    "add remove",
    "discard remove",
    "append add",
    "insert append",
    "keys values items",
    "union intersection difference symmetric_difference",
    "issubset issuperset isdisjoint",
    "popleft pop",
    "popleft popitem",
    "ljust rjust center",
    "bisect_left bisect_right",
    "insort_left insort_right",
    "heappush heappop heappushpop",
    "nlargest nsmallest",
    "permutations combinations product combinations_with_replacement",
    "zip zip_longest",
    "map filter",
    "sin cos tan",
    "asin acos atan",
    "log log2 log10",
    "ord chr",
    "setdefault get",
    "mean median mode",
    "match search fullmatch",
    "isinstance issubclass",
    "str repr",
    "bin hex oct",
    "sub subn",
    "year month day",
    "range enumerate",
    "print str",
    "dict list",
    "copy deepcopy",
    "add sub",
    "and_ or_ xor",
    "mul truediv floordiv",
    "lt le gt ge",
    "eq ne",
)
_LIKE: dict[str, dict[str, float]] = {}
for _group in _GROUPS:
    _words = _group.split()
    for _word in _words:
        for _other in _words:
            if _other != _word:
                like = 1.0 if len(_words) == 2 else 0.8
                _LIKE.setdefault(_word, {}).setdefault(_other, like)


def callees(site: Site) -> Iterator[Change]:
    """Another function or method in a call."""
    node = site.node
    if site.role != "function":
        return
    function = site.function
    pool, module = function.pool, function.module
    parent = site.parent
    count = len(parent.args) if isinstance(parent, ast.Call) else 0
    owner = node.value if isinstance(node, ast.Attribute) else None
    if isinstance(node, ast.Attribute):
        name = node.attr
    elif isinstance(node, ast.Name):
        name = node.id
    else:
        return
    end = site.text.end(node)
    done = {name}

    def change(variant: str, new: str, factor: float) -> Change:
        done.add(new)
        return Change(variant, (site.text.edit(end - len(name), end, new),), factor)

    for other, like in _LIKE.get(name, {}).items():
        known = owner is not None or other in function.visible
        if known:
            yield change("function/antonym", other, like)
    if owner is not None:
        holder = owner.id if isinstance(owner, ast.Name) else ""
        kind = function.kind(owner)
        for base, names in pool.methods.items():
            for other in names:
                if other not in done:
                    same = 1.0 if base == holder else 0.5
                    yield change("function/used", other, same * fit(METHOD_OWNER.get(other), kind))
        for other in module.pool.methods.get(holder, [])[:8]:
            if other not in done:
                yield change("function/module", other, 0.8)
        return
    for other, arity in pool.functions.items():
        if other not in done and other in function.visible:
            yield change("function/used", other, 1.0 if arity == count else 0.3)
    for other, definition in list(module.functions.items())[:30]:
        if other not in done and other in function.visible and definition in module.tree.body:
            yield change("function/module", other, 1.0 if _takes(definition, count) else 0.3)


def _takes(definition: ast.FunctionDef | ast.AsyncFunctionDef, count: int) -> bool:
    most = len(definition.args.args)
    return most - len(definition.args.defaults) <= count <= most


def arguments(site: Site) -> Iterator[Change]:
    """Arguments swapped, dropped, added; keywords flipped, dropped, added."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    text, args = site.text, node.args
    for i in range(len(args)):
        for j in range(i + 1, len(args)):
            first, second = args[i], args[j]
            if text.segment(first) == text.segment(second):
                continue
            swap = tuple(
                text.edit(text.start(old), text.end(old), text.segment(new))
                for old, new in ((first, second), (second, first))
            )
            kinds = fit(site.function.kind(first), site.function.kind(second))
            yield Change("argument/swap", swap, kinds if j == i + 1 else kinds * 0.8)
    every = [*args, *node.keywords]
    close = text.end(node) - 1
    for index, arg in enumerate(every):
        start = _start(site, arg)
        if len(every) == 1:
            if isinstance(arg, ast.GeneratorExp):
                continue
            stretch = (text.end(node.func) + 1, close)
            if text.source[stretch[0] - 1] != "(":
                continue
        elif index + 1 < len(every):
            stretch = (start, _start(site, every[index + 1]))
        else:
            stretch = (_end(site, every[index - 1]), _end(site, arg))
        if "(" in text.source[stretch[0] : start] or ")" in text.source[stretch[0] : start]:
            continue
        variant = "argument/drop" if index < len(args) else "keyword/drop"
        yield Change(variant, (text.edit(*stretch, ""),), 1.0 if len(every) > 1 else 0.4)
    for keyword in node.keywords:
        flag = keyword.value
        if keyword.arg and isinstance(flag, ast.Constant) and isinstance(flag.value, bool):
            edit = text.edit(text.start(flag), text.end(flag), str(not flag.value))
            yield Change("keyword/flip", (edit,))
    yield from _added(site, node)


def _start(site: Site, arg: ast.expr | ast.keyword) -> int:
    return site.text.offset(arg.lineno, arg.col_offset)


def _end(site: Site, arg: ast.expr | ast.keyword) -> int:
    return site.text.offset(arg.end_lineno or arg.lineno, arg.end_col_offset or 0)


def _added(site: Site, node: ast.Call) -> Iterator[Change]:
    function, args = site.function, node.args
    if any(isinstance(arg, (ast.GeneratorExp, ast.Starred)) for arg in args):
        return
    callee = site.code(node.func).text
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    given = [site.code(arg) for arg in args]
    rest = [f"{k.arg}={site.code(k.value).text}" for k in node.keywords if k.arg]
    if len(rest) != len(node.keywords):
        return

    def anew(*new: Code | str) -> Code:
        parts = [part if isinstance(part, str) else part.within(TEST) for part in new]
        return Code(f"{callee}({', '.join([*parts, *rest])})")

    if name == "range":
        numbers = [n for n in site.names() if function.kinds.get(n) == "int"]
        if len(args) == 1:
            yield site.put("argument/range", anew("1", *given), 1.0)
            yield site.put("argument/range", anew("0", *given), 0.1)
            plus = Code(f"{given[0].within(SUM)} + 1", SUM)
            yield site.put("argument/range", anew("1", plus), 1.0)
            for number in numbers:
                yield site.put("argument/range", anew(number, *given), 0.7)
        if len(args) == 2:
            for step, like in (("2", 0.7), ("-1", 0.8)):
                yield site.put("argument/range", anew(*given, step), like)
            for number in numbers:
                yield site.put("argument/range", anew(*given, number), 0.5)
        return
    if name in ("sorted", "min", "max") or method == "sort":
        given_keys = {k.arg for k in node.keywords}
        if name not in ("min", "max") and "reverse" not in given_keys:
            yield site.put("keyword/add", anew(*given, "reverse=True"))
        if "key" not in given_keys and len(args) < 2:
            for key, like in (("len", 0.4), ("abs", 0.2), ("str.lower", 0.15)):
                yield site.put("keyword/add", anew(*given, f"key={key}"), like)
        if name in ("min", "max") and len(args) == 1 and "default" not in given_keys:
            yield site.put("keyword/add", anew(*given, "default=0"), 0.4)
        return
    extra: list[tuple[str, float]] = []
    if name in ("enumerate", "sum") and len(args) == 1:
        extra = [("1", 0.8), ("[]", 0.2)] if name == "sum" else [("1", 1.5)]
    elif name == "round" and len(args) == 1:
        extra = [("2", 0.8), ("1", 0.4)]
    elif name == "zip":
        return
    elif method == "pop" and not args:
        extra = [("0", 2.0), ("-1", 0.1)]
    elif method == "get" and len(args) == 1:
        extra = [(v, 0.8) for v in ("0", "[]", "''")]
    elif method == "split" and not args:
        extra = [("' '", 0.8), ("','", 0.4)]
    for value, like in extra:
        yield site.put("argument/add", anew(*given, value), min(like, 1.0))
    definition = function.module.functions.get(name or method)
    if definition is not None and (name or isinstance(node.func, ast.Attribute)):
        formal = definition.args
        bound = bool(formal.args) and formal.args[0].arg in ("self", "cls")
        if len(args) + bound < len(formal.args):
            missing = formal.args[len(args) + bound].arg
            for other in site.names():
                like = 1.0 if other == missing else 0.5
                yield site.put("argument/add", anew(*given, other), like)
