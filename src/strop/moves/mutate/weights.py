"""How likely each kind of change is the fix: the one table of all weights.

The numbers are ranks more than probabilities: what people most often change in one-line fixes
(the templates of PAR and TBar, the usual mutation operators) stands near 1, and a family that
multiplies (donors by places, guards by conditions) stands low, so that its many members come after
the few of the others. An operator multiplies a weight by a factor, seldom above 1, for how well the
member fits: same kind of value, same statement, few rivals.
"""

from __future__ import annotations

__all__ = ["LEAST", "WEIGHTS", "worth"]

LEAST = 0.035
"""What weighs less is not proposed."""

WEIGHTS: dict[str, float] = {
    "comparison/boundary": 1.0,  # < and <=
    "comparison/membership": 0.8,  # in and not in, is and is not
    "comparison/flip": 0.75,  # < and >
    "comparison/equality": 0.75,  # == and !=
    "comparison/complement": 0.65,  # < and >=
    "comparison/order": 0.4,  # == to an order, an order to == or !=
    "comparison/bound": 0.22,  # operator and constant: == 0 to <= 1
    "comparison/identity": 0.15,  # == and is
    "comparison/chain": 0.3,  # 0 <= a < b, and back
    "comparison/one-of": 0.12,  # == c to in (c, d)
    "arithmetic/near": 0.8,  # + and -, // and /, & and |
    "arithmetic/far": 0.35,
    "arithmetic/rare": 0.12,
    "arithmetic/grouping": 0.4,  # a + b // c and (a + b) // c
    "augmented/drop": 0.4,  # += to =
    "augmented/add": 0.45,  # = to +=
    "augmented/other": 0.12,  # = to -=, *=, |=
    "boolean/connective": 0.85,  # and and or
    "boolean/operand": 0.6,  # a and b to a
    "boolean/grouping": 0.4,
    "boolean/negate": 0.75,
    "boolean/unnegate": 0.9,
    "condition/constant": 0.3,
    "condition/truth": 0.55,  # True to a name, a == b
    "condition/null": 0.45,  # c to v is None or c
    "condition/join": 0.28,  # with another condition of the function
    "condition/join-name": 0.2,  # with a name's truth
    "condition/join-test": 0.08,  # with a generated test
    "off-by-one/index": 0.75,
    "off-by-one/range": 0.8,
    "off-by-one/slice": 0.7,
    "off-by-one/returned": 0.5,
    "off-by-one/value": 0.45,
    "off-by-one/argument": 0.45,
    "off-by-one/compared": 0.5,
    "off-by-one/operand": 0.25,
    "off-by-one/removed": 0.75,
    "constant/step": 0.65,  # n to n + 1, n - 1
    "constant/sign": 0.4,
    "constant/zero-one": 0.7,
    "constant/small": 0.3,
    "constant/text": 0.45,
    "constant/flip": 0.75,  # True and False
    "constant/empty": 0.45,  # [] to [[]], to [v]
    "constant/function": 0.35,  # another one of the function
    "constant/module": 0.12,
    "constant/none": 0.12,
    "variable/name": 0.62,
    "variable/outer": 0.12,
    "attribute/same": 0.6,
    "attribute/function": 0.35,
    "attribute/module": 0.14,
    "argument/swap": 0.6,
    "argument/drop": 0.4,
    "argument/add": 0.2,
    "argument/range": 0.4,
    "operands/swap": 0.4,
    "keyword/flip": 0.6,
    "keyword/drop": 0.4,
    "keyword/add": 0.25,
    "slice/drop-bound": 0.4,
    "slice/drop": 0.4,
    "slice/tail": 0.4,  # e to e[1:], e[:-1]
    "slice/reverse": 0.2,
    "slice/name": 0.22,  # e to e[:n], e[n:]
    "slice/ends": 0.6,  # [0] and [-1]
    "slice/index": 0.14,  # e to e[0]
    "slice/step": 0.15,
    "donor/condition": 0.35,
    "donor/iterable": 0.4,
    "donor/same": 0.3,
    "donor/value": 0.16,
    "donor/operand": 0.1,
    "donor/module": 0.04,
    "wrap/likely": 0.32,
    "wrap/builtin": 0.14,
    "wrap/module": 0.12,
    "wrap/method": 0.08,
    "wrap/used": 0.3,  # a method that the function calls on something else
    "wrap/sign": 0.3,
    "wrap/list": 0.2,
    "unwrap/builtin": 0.5,
    "unwrap/function": 0.35,
    "unwrap/method": 0.4,
    "unwrap/index": 0.25,
    "unwrap/attribute": 0.25,
    "function/antonym": 0.7,
    "function/used": 0.28,
    "function/module": 0.1,
    "min-max/keep": 0.32,  # t = v to t = max(t, v)
    "min-max/zero": 0.3,
    "min-max/name": 0.1,
    "extension/constant": 0.14,
    "extension/name": 0.2,
    "extension/scale": 0.09,
    "extension/expression": 0.05,
    "extension/sequence": 0.3,
    "collapse/operand": 0.45,
    "collapse/choice": 0.4,
    "return/donor": 0.4,
    "return/name": 0.35,
    "return/constant": 0.25,
    "return/test": 0.22,
    "return/part": 0.25,
    "return/list": 0.22,
    "return/yield": 0.4,
    "target/name": 0.25,
    "target/part": 0.3,
    "target/swap": 0.45,
    "target/split": 0.25,
    "target/merge": 0.35,
    "statement/delete": 0.4,
    "statement/copy": 0.2,
    "statement/call": 0.28,  # xs.append(v), seen.add(v)
    "statement/assign": 0.24,  # v = w
    "statement/step": 0.14,  # v += 1
    "statement/return": 0.2,
    "statement/jump": 0.2,
    "statement/swap": 0.35,
    "guard/entry": 0.2,
    "guard/jump": 0.1,
    "guard/inside": 0.06,
    "structure/wrap": 0.1,  # the statement under an if
    "structure/unwrap": 0.3,
    "structure/loop": 0.3,  # while and if
    "structure/dedent": 0.55,
    "structure/indent": 0.4,
    "structure/branch": 0.35,  # elif and if, branches swapped
    "structure/else": 0.2,
}


def worth(variant: str, factor: float) -> bool:
    """Whether a change of this row and factor is heavy enough to be proposed."""
    return WEIGHTS[variant] * factor >= LEAST
