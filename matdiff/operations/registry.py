"""All operations by name.  Tests, the catalogue, error suggestions and the language read this and nothing else."""

from __future__ import annotations

from dataclasses import replace

from matdiff.core.expr import Space
from matdiff.core.operation import Operation
from matdiff.operations import (
    algebra,
    blocks,
    derivatives,
    elementwise,
    functions,
    gather,
    indexsums,
    leaves,
    matrix_functions,
    norms,
    partial,
    powers,
    products,
    shorthands,
    spectral,
    structure,
    sums,
    transposes,
    user_functions,
)  # fmt: skip


def _complete(op: Operation) -> Operation:
    if op.build is not None:
        return op
    name = op.name
    return replace(op, build=lambda space, args, params: algebra.plain(space, space.operations[name], args, params))


_MODULES = (
    leaves, sums, algebra, transposes, powers, products, functions, matrix_functions, elementwise, norms, spectral,
    gather, structure, blocks, partial, indexsums,
    shorthands, user_functions, derivatives,
)  # fmt: skip

OPERATIONS: dict[str, Operation] = {op.name: _complete(op) for module in _MODULES for op in module.RECORDS}

_CALLED: dict[str, Operation] = {}
for _op in OPERATIONS.values():
    if _op.callable:
        for _name in (_op.text or _op.name, *_op.aliases):
            _CALLED[_name] = _op
    elif _op.aliases:
        for _name in _op.aliases:
            _CALLED[_name] = _op


def lookup(name: str) -> Operation | None:
    """The operation a user means by calling `name(...)`, aliases included."""
    return _CALLED.get(name)


def called_names() -> list[str]:
    """Every name a user may call, for suggestions."""
    return sorted(_CALLED)


def new_space() -> Space:
    """An empty table of expressions over all operations."""
    return Space(OPERATIONS)
