"""The right way on from anywhere in a solution: what a teacher would write next."""

from __future__ import annotations

from strop.lab.sums.arithmetic import solve_expression
from strop.lab.sums.countdown import back_line, try_line
from strop.lab.sums.expression import Expr, Node, show
from strop.lab.sums.reach import Move, path
from strop.lab.sums.walks import ArithWalk, CountWalk, Made

__all__ = ["finish"]


def finish(reader: ArithWalk | CountWalk) -> str:
    """The rest of the solution from what the lines so far claim. For countdown without detours:
    where the target is out of reach, back to the latest state from which it is not. The answer
    is wrong where an earlier wrong step cannot be undone by that."""
    if isinstance(reader, ArithWalk):
        return solve_expression(reader.state)
    target = reader.target
    for index in range(len(reader.frames) - 1, -1, -1):
        state = reader.frames[index].state
        found = path((number for number, _ in state), target)
        if found is not None:
            break
    else:
        raise ValueError("the problem has no solution")
    lines = []
    if index < len(reader.frames) - 1:
        lines.append(back_line(tuple(number for number, _ in state)))
    for move in found:
        lines.append(try_line(move))
        state = _made(state, move)
    answer = next(expr for number, expr in state if number == target)
    return "".join(lines) + f"answer {show(answer)}\n"


def _made(state: tuple[Made, ...], move: Move) -> tuple[Made, ...]:
    pool = list(state)

    def take(number: int) -> Expr:
        return pool.pop(next(i for i, made in enumerate(pool) if made[0] == number))[1]

    new = Node(move.op, take(move.a), take(move.b))
    return (*((number, take(number)) for number in move.left[:-1]), (move.result, new))
