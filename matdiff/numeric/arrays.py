"""Arrays from users: shapes checked against declarations, sizes solved for, results in the shapes users expect.

Vectors are accepted and returned as (n,), matrices as (m, n), scalars as floats.  Inside, a vector is a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim, shape_text
from matdiff.errors import EvaluationError
from matdiff.language.names import canonical, pretty
from matdiff.numeric.evaluate import Evaluation, key_of
from matdiff.operations.indexsums import sizes_in


def callables(*roots: Expr) -> dict[str, bool]:
    """Functions of the user's own under the roots, a derivative g'' as g_2; True where one must be given."""
    used = [e.params for e in walk(*roots) if e.op.name == "applied"]
    # whoever gives g for the sake of g_1 is not corrected
    found = {key_of(f.name, k): False for f, last in used for k in range(last)}
    return found | {key_of(f.name, k): not f.is_known for f, k in used}


def evaluation(
    variables: Mapping[str, Expr],
    arrays: Mapping[str, Any],
    needed: Iterable[str],
    functions: Mapping[str, bool] | None = None,
) -> Evaluation:
    """An evaluation at the given arrays.  Raises EvaluationError for missing, unknown or misshapen ones.

    `functions` are those of the user's own, which are given as callables (see `callables`).
    """
    functions = functions or {}
    given: dict[str, Any] = {}
    for key, value in arrays.items():
        if _name(key) in given:
            raise EvaluationError(f"{pretty(_name(key))} is given twice")
        given[_name(key)] = value
    own = {name: given.pop(name) for name in list(given) if name in functions}
    for name, function in own.items():
        if not callable(function):
            raise EvaluationError(
                f"{name} is a function of one's own: a callable is expected", suggestion=f"{name}=np.tanh"
            )
    for name in given:
        if name not in variables:
            known = ", ".join(map(pretty, [*variables, *functions]))
            raise EvaluationError(f"{pretty(name)} is not a variable of this problem; it has {known}")
    for name in sorted([*needed, *(name for name, must in functions.items() if must)]):
        if name not in given and name not in own:
            raise EvaluationError(f"no value was given for {pretty(name)}")
    values = {name: _inside(variables[name], value) for name, value in given.items()}
    return Evaluation({**values, **own}, _sizes([(variables[n], v) for n, v in values.items()]))


def _name(key: str) -> str:
    name = canonical(key)
    # Python keywords cannot be arguments: lambda_ is how code spells lambda.
    return name[:-1] if name.endswith("_") else name


def _inside(symbol: Expr, value: Any) -> Any:
    import numpy as np

    try:
        if np.iscomplexobj(value):
            raise TypeError("complex")
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        # a RuntimeError is PyTorch's, for a tensor that records its derivatives
        raise EvaluationError(f"{pretty(symbol.name)} is not an array of real numbers") from None
    if not array.size:
        raise EvaluationError(f"{pretty(symbol.name)} has no entries")
    if symbol.is_scalar:
        if array.size != 1:
            raise EvaluationError(f"{pretty(symbol.name)} is a scalar, but an array of shape {array.shape} was given")
        return float(array.reshape(-1)[0])
    if array.ndim == 1 and symbol.shape[1].is_one:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise EvaluationError(
            f"{pretty(symbol.name)} is {shape_text(symbol.shape)}, but an array of shape {np.shape(value)} was given"
        )
    return array


def _sizes(pairs: list[tuple[Expr, Any]]) -> dict[str, int]:
    """All sizes the shapes settle: single names first, then compound ones with one name left."""
    demands = [
        (dim, actual, symbol)
        for symbol, value in pairs
        if not symbol.is_scalar
        for dim, actual in zip(symbol.shape, value.shape)
    ]
    sizes: dict[str, int] = {}
    for _ in range(len(demands) + 1):
        for dim, actual, _symbol in demands:
            unknown = [n for n in dim.names if n not in sizes]
            if len(unknown) == 1:
                solved = _solve(dim, unknown[0], actual, sizes)
                if solved is not None:
                    sizes[unknown[0]] = solved
    for dim, actual, symbol in demands:
        if all(n in sizes for n in dim.names) and dim.value(sizes) != actual:
            settled = ", ".join(f"{n} = {sizes[n]}" for n in sorted(dim.names))
            raise EvaluationError(
                f"{pretty(symbol.name)} is {shape_text(symbol.shape)}"
                + (f" with {settled}" if settled else "")
                + f", but one of its sizes is {actual}"
            )
    return sizes


def _solve(dim: Dim, name: str, actual: int, sizes: Mapping[str, int]) -> int | None:
    """The whole number for the one unknown name of a size, where it occurs linearly."""
    at = [dim.value({**sizes, name: k}) for k in (0, 1, 2)]
    slope = at[1] - at[0]
    if slope == 0 or at[2] - at[1] != slope or (actual - at[0]) % slope:
        return None
    return (actual - at[0]) // slope


def computed(e: Expr, at: Evaluation, *, flat: bool = True) -> Any:
    """The value as users expect it.  Raises EvaluationError where there is none: a singular matrix, 1/0."""
    import numpy as np

    try:
        return outside(e, at(e), flat=flat)
    except KeyError as missing:
        if not any(missing.args[0] in sizes_in(part) for part in walk(e)):
            raise
        raise EvaluationError(f"the size {missing.args[0]} does not follow from the shapes of the arrays") from None
    except (np.linalg.LinAlgError, IndexError, ZeroDivisionError, OverflowError) as error:
        raise EvaluationError(f"the expression has no value at these arrays: {error}") from None


def outside(e: Expr, value: Any, *, flat: bool = True) -> Any:
    """A result as users expect it: a float, (n,) or (m, n); a Jacobian stays (m, n) also with one column."""
    import numpy as np

    if e.is_scalar:
        return float(np.real(value))
    array = np.asarray(value, dtype=float)
    return array.reshape(-1) if flat and e.shape[1].is_one else array
