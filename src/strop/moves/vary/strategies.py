"""Hypothesis strategies as text, to be evaluated where Hypothesis is, with it as `st`."""

from __future__ import annotations

from typing import Any

from strop.moves.vary.hints import Hint
from strop.moves.vary.literals import NotPlain, text_of
from strop.moves.vary.shape import Atom, Many, Number, Row, Shape, Table, Text
from strop.moves.vary.trees import key

__all__ = ["strategy_of_hint", "strategy_of_shape"]

_FINITE = "allow_nan=False, allow_infinity=False"
# All of Unicode takes Hypothesis seconds to look up in a fresh process.
_TEXT = (
    "st.text(st.one_of(st.characters(codec='ascii'), "
    r"st.sampled_from('\xa0\xdf\xe9\u0130\u0301\u03a3\u200b\u4e2d\U0001f600')))"
)
_SIMPLE = {
    "int": "st.integers()",
    "float": f"st.floats({_FINITE})",
    "bool": "st.booleans()",
    "str": _TEXT,
    "bytes": "st.binary()",
    "complex": f"st.complex_numbers({_FINITE})",
    "none": "st.none()",
}
_WIDEST = 24


def strategy_of_hint(hint: Hint) -> str:
    """Any value of the type, but for floats that are not finite; text is mostly ASCII."""
    if hint.kind in _SIMPLE:
        return _SIMPLE[hint.kind]
    parts = [strategy_of_hint(part) for part in hint.parts]
    match hint.kind:
        case "literal":
            return _sampled(hint.values)
        case "union":
            return f"st.one_of({', '.join(parts)})"
        case "row":
            return f"st.tuples({', '.join(parts)})"
        case "dict":
            return f"st.dictionaries({parts[0]}, {parts[1]})"
        case "set":
            return f"st.sets({parts[0]})"
        case "frozenset":
            return f"st.frozensets({parts[0]})"
        case "list":
            return f"st.lists({parts[0]})"
        case kind:
            return f"st.lists({parts[0]}).map({'tuple' if kind == 'many' else kind})"


def strategy_of_shape(shape: Shape) -> str:
    """Values like those that the shape was inferred from: kinds, ranges, alphabets, lengths, order
    and distinctness. Raises `NotPlain` where none of them can be written down."""
    kinds = sorted(shape.counts, key=lambda kind: -shape.counts[kind])
    found: list[str] = []
    for kind in kinds:
        try:
            found.append(_part(kind, shape.parts[kind]))
        except NotPlain:
            continue
    if not found:
        raise NotPlain
    return found[0] if len(found) == 1 else f"st.one_of({', '.join(found)})"


def _sampled(values: Any) -> str:
    return f"st.sampled_from([{', '.join(map(text_of, values))}])"


def _part(kind: str, part: Any) -> str:
    match part:
        case Atom():
            return _SIMPLE[kind] if kind in ("bool", "none") else _sampled(part.seen)
        case Number():
            return _number(kind, part)
        case Text():
            return _text(kind, part)
        case Row():
            return _row(kind, part)
        case Table():
            return _table(part)
        case Many():
            return _many(kind, part)
        case _:
            raise NotPlain


def _number(kind: str, part: Number) -> str:
    if part.closed:
        return _sampled(
            sorted(part.seen, key=lambda n: (key(n)[0], abs(n) if key(n)[0] == 1 else 0))
        )
    odd = [number for number in part.seen if isinstance(number, dict)]
    if kind == "int":
        drawn = f"st.integers({int(part.floor)}, {int(part.ceiling)})"
    elif part.whole:
        drawn = f"st.integers({int(part.floor)}, {int(part.ceiling)}).map(float)"
    else:
        drawn = f"st.floats({float(part.floor)!r}, {float(part.ceiling)!r})"
    return f"st.one_of({drawn}, {_sampled(odd)})" if odd else drawn


def _text(kind: str, part: Text, size: str = "") -> str:
    """`size` is a variable with the length, where that is not the text's own."""
    if part.closed or not part.alphabet:
        drawn = f"st.sampled_from({sorted(part.seen, key=len)!r})"
    else:
        drawn = f"st.text(st.sampled_from({part.alphabet!r}), {_sizes(part, size)})"
    return f"{drawn}.map(lambda s: s.encode('latin-1'))" if kind == "bytes" else drawn


def _sizes(part: Text | Many, size: str) -> str:
    low, high = (size, size) if size else _lengths(part)
    return f"min_size={low}, max_size={high}"


def _lengths(part: Text | Many) -> tuple[int, int]:
    if part.fixed:
        return part.low, part.low
    return min(part.low, 1), max(part.low, min(max(2 * part.high, part.high + 2), _WIDEST))


def _row(kind: str, part: Row) -> str:
    columns = [strategy_of_shape(column) for column in part.columns]
    if kind.startswith("as "):
        return f"{columns[0]}.map({kind[3:].removeprefix('builtins.')})"
    if kind == "complex":
        return f"st.builds(complex, {', '.join(columns)})"
    drawn = f"st.tuples({', '.join(columns)})"
    if part.ascending:
        drawn += ".map(sorted)"
    return drawn if kind == "tuple" and not part.ascending else f"{drawn}.map({kind})"


def _table(part: Table) -> str:
    if part.values:
        fields = {name: part.values.get(key(name), part.value) for name in part.keys}
        texts = {name: strategy_of_shape(shape) for name, shape in fields.items()}
        fixed, maybe = (
            "{" + ", ".join(f"{text_of(n)}: {s}" for n, s in texts.items() if must(n)) + "}"
            for must in (
                lambda name: key(name) in part.required,
                lambda name: key(name) not in part.required,
            )
        )
        return f"st.fixed_dictionaries({fixed}, optional={maybe})"
    if not part.key.parts:
        return "st.just({})"
    low, high = min(part.low, 1), max(part.high + 2, 2 * part.high)
    drawn = f"{strategy_of_shape(part.key)}, {strategy_of_shape(part.value)}"
    return f"st.dictionaries({drawn}, min_size={low}, max_size={min(high, _WIDEST)})"


def _many(kind: str, part: Many, size: str = "") -> str:
    if not part.element.parts:
        return f"st.builds({kind})" if kind != "iter" else "st.builds(lambda: iter([]))"
    unique = ", unique_by=repr" if part.distinct else ""
    row = _rows(part, size) if part.even and part.permutation is None else ""
    if part.permutation is not None:
        drawn = _permuted(part, size)
    elif row:
        drawn = row
    else:
        drawn = f"st.lists({strategy_of_shape(part.element)}, {_sizes(part, size)}{unique})"
    if part.order:
        turned = ", reverse=True" if part.order < 0 else ""
        return f"{drawn}.map(lambda x: {_made(kind, f'sorted(x{turned})')})"
    return drawn if kind == "list" and part.permutation is None else f"{drawn}.map({kind})"


def _made(kind: str, text: str) -> str:
    return text if kind == "list" else f"{kind}({text})"


def _permuted(part: Many, size: str) -> str:
    length = size or "n"
    first = part.permutation or 0
    drawn = f"st.permutations(range({f'{first}, {length} + {first}' if first else length}))"
    if size:
        return drawn
    low, high = _lengths(part)
    # No further than the numbers went.
    numbers = part.element.parts.get("int")
    most = int(numbers.ceiling) + 1 - first if isinstance(numbers, Number) else high
    return f"st.integers({low}, {max(low, min(high, most))}).flatmap(lambda n: {drawn})"


def _rows(part: Many, size: str) -> str:
    """Elements of one length; "" where they are of several kinds."""
    if len(part.element.parts) != 1:
        return ""
    kind, inner = next(iter(part.element.parts.items()))
    # A variable of its own for each level of nesting.
    width = f"{size}n"
    if isinstance(inner, Text) and inner.alphabet and not inner.closed:
        row = _text(kind, inner, width)
    elif isinstance(inner, Many) and inner.element.parts:
        row = _many(kind, inner, width)
    else:
        return ""
    unique = ", unique_by=repr" if part.distinct else ""
    low, high = _lengths(inner)
    sizes = _sizes(part, size)
    if part.square:
        low, high = max(1, _lengths(part)[0]), min(_lengths(part)[1], 8)
        sizes = _sizes(part, width)
    drawn = f"st.lists({row}, {sizes}{unique})"
    return f"st.integers({low}, {min(high, 12)}).flatmap(lambda {width}: {drawn})"
