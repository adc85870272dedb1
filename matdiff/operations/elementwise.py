"""Functions applied entry by entry.

One table row each: numbers, notation, domain.  The derivatives are in `rules/elementwise.rules`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, UNKNOWN
from matdiff.core.operation import KINK_AT_ZERO, Fact, Operation, Sizes, Slot, Value
from matdiff.dimensions import Shape
from matdiff.operations.inference import NON_NEGATIVE, never_negative
from matdiff.operations.powers import power
from matdiff.operations.shapes import broadcast_shape
from matdiff.operations.sums import coefficient_and_rest
from matdiff.operations.transposes import of_transposed_arguments


def _np(name: str) -> Value:
    def value(x: Any) -> Any:
        import numpy as np

        return getattr(np, name)(x)

    return value


def _special(name: str) -> Value:
    def value(x: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(x)

    return value


def _is_complex(x: Any) -> bool:
    import numpy as np

    return bool(np.iscomplexobj(x))


def _choose(condition: Any, a: Any, b: Any) -> Any:
    """np.where that leaves a number a number."""
    import numpy as np

    return np.where(condition, a, b)[()]


def real_part(x: Any) -> Any:
    return x.real if hasattr(x, "real") else x


# Piecewise functions follow the branch of the real part: the analytic continuation of the piece.
def choose_abs(x: Any) -> Any:
    return _choose(real_part(x) < 0, -x, x)


def _sign(x: Any) -> Any:
    import numpy as np

    return np.sign(real_part(x))


def _relu(x: Any) -> Any:
    return _choose(real_part(x) > 0, x, 0 * x)


def _step(x: Any) -> Any:
    return _choose(real_part(x) > 0, 1.0, 0.0)


def _cbrt(x: Any) -> Any:
    import numpy as np

    return _sign(x) * choose_abs(x) ** (1 / 3) if _is_complex(x) else np.cbrt(x)


def _log1p(x: Any) -> Any:
    import numpy as np

    if not _is_complex(x):
        return np.log1p(x)
    # NumPy's complex log1p loses what is small beside 1.
    re, im = x.real, x.imag
    return 0.5 * np.log1p(re * (2 + re) + im * im) + 1j * np.arctan2(im, 1 + re)


def _sigmoid(x: Any) -> Any:
    import numpy as np

    # For very negative x the exponential overflows to the right limit, 0.
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def _softplus(x: Any) -> Any:
    import numpy as np

    return _relu(x) + _log1p(np.exp(-choose_abs(x)))


def _normcdf(x: Any) -> Any:
    from scipy.special import erfc

    return 0.5 * erfc(-x / 2**0.5)


def _huber(x: Any, delta: Any) -> Any:
    return _choose(abs(real_part(x)) <= real_part(delta), 0.5 * x * x, delta * (choose_abs(x) - 0.5 * delta))


def _maximum(x: Any, y: Any) -> Any:
    return _choose(real_part(x) >= real_part(y), x, y)


def _minimum(x: Any, y: Any) -> Any:
    return _choose(real_part(x) <= real_part(y), x, y)


def _greater(x: Any, y: Any) -> Any:
    return _choose(real_part(x) >= real_part(y), 1.0, 0.0)


def _polygamma(x: Any, k: int) -> Any:
    import scipy.special

    return scipy.special.polygamma(k, x)


def _everywhere(test: Callable[[Any], Any]) -> Callable[..., bool]:
    def inside(x: Any, *_: Any) -> bool:
        import numpy as np

        return bool(np.all(test(np.asarray(x))))

    return inside


_POSITIVE = _everywhere(lambda x: x > 0)
_BELOW_ONE = _everywhere(lambda x: abs(x) < 1)
_AWAY_FROM_0 = _everywhere(lambda x: abs(x) > 1e-3)
_NO_POLE = _everywhere(lambda x: (x > 0) | (abs(x - x.round()) > 1e-2))

# A matrix of positive entries may be singular; a positive number has an inverse.
_ALWAYS_POSITIVE: dict[str, Fact] = {
    "positive": lambda e: TRUE,
    "invertible": lambda e: TRUE if e.is_scalar else UNKNOWN,
}


def _function(name: str, value: Value, doc: str = "", latex: str | None = None, **more: Any) -> Operation:
    return Operation(
        name, doc or f"the function {name}, entry by entry", lambda sizes, shapes, params: shapes[0], value,
        elementwise=True, transposed=of_transposed_arguments,
        latex=f"{latex}\\left({{0}}\\right)" if latex else None, **more,
    )  # fmt: skip


def _as_power(name: str, numerator: int, denominator: int = 1) -> Operation:
    """square, cube and sqrt are powers, so that they simplify with other powers."""
    from fractions import Fraction

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        return power(space, args[0], space.number(Fraction(numerator, denominator)))

    return Operation(
        name, f"the {name}, entry by entry", lambda sizes, shapes, params: shapes[0], lambda *a: None,
        build=build, elementwise=True,
    )  # fmt: skip


def _build_abs(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    """|c x| is |c| |x|, and what is never negative is its own modulus."""
    (e,) = args
    if never_negative(e):
        return e
    c, rest = coefficient_and_rest(e)
    if rest.op.name == "number":
        return space.number(abs(c))
    node = rest if never_negative(rest) else space.node(space.operations["abs"], (rest,), (), e.shape)
    return space.apply("product", space.number(abs(c)), node)


def _pair(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return broadcast_shape(sizes, shapes, params)


def _two(name: str, value: Value, doc: str, kinks: str = "", **more: Any) -> Operation:
    return Operation(
        name, doc, _pair, value, (Slot("X"), Slot("Y")), elementwise=True, kinks=kinks,
        transposed=of_transposed_arguments, **more,
    )  # fmt: skip


RECORDS = [
    _function("exp", _np("exp"), latex=r"\exp", facts=_ALWAYS_POSITIVE),
    _function("expm1", _np("expm1"), "exp(x) - 1 without cancellation"),
    _function("log", _np("log"), "the natural logarithm", latex=r"\log", domain=_POSITIVE, aliases=("ln",)),
    _function("log1p", _log1p, "log(1 + x) without cancellation", domain=_everywhere(lambda x: x > -1)),
    _as_power("sqrt", 1, 2),
    _as_power("square", 2),
    _as_power("cube", 3),
    _function("abs", choose_abs, "the absolute value", build=_build_abs, facts=NON_NEGATIVE,
              kinks=KINK_AT_ZERO,
              domain=_AWAY_FROM_0),
    _function("sign", _sign, "the sign", kinks=KINK_AT_ZERO, domain=_AWAY_FROM_0),
    _function("sin", _np("sin"), latex=r"\sin"),
    _function("cos", _np("cos"), latex=r"\cos"),
    _function("tan", _np("tan"), latex=r"\tan"),
    _function("asin", _np("arcsin"), latex=r"\arcsin", domain=_BELOW_ONE, aliases=("arcsin",)),
    _function("acos", _np("arccos"), latex=r"\arccos", domain=_BELOW_ONE, aliases=("arccos",)),
    _function("atan", _np("arctan"), latex=r"\arctan", aliases=("arctan",)),
    _function("sinh", _np("sinh"), latex=r"\sinh"),
    _function("cosh", _np("cosh"), latex=r"\cosh", facts=_ALWAYS_POSITIVE),
    _function("tanh", _np("tanh"), latex=r"\tanh"),
    _function("asinh", _np("arcsinh")),
    _function("acosh", _np("arccosh"), domain=_everywhere(lambda x: x > 1)),
    _function("atanh", _np("arctanh"), domain=_BELOW_ONE),
    _function("cbrt", _cbrt, "the real cube root", domain=_AWAY_FROM_0),
    _function("erf", _special("erf"), "the error function"),
    _function("normcdf", _normcdf, "the standard normal distribution function", facts=_ALWAYS_POSITIVE, latex=r"\Phi"),
    # left of 0 the complex gamma function loses a small imaginary part, so no complex step
    _function("gamma", _special("gamma"), "the gamma function", latex=r"\Gamma", domain=_NO_POLE, analytic=False),
    _function("lgamma", _special("gammaln"), "log |gamma(x)|", domain=_NO_POLE, analytic=False,
              latex=r"\log\Gamma"),
    _function("digamma", _special("psi"), "the derivative of lgamma", domain=_NO_POLE, latex=r"\psi"),
    _function("trigamma", lambda x: _polygamma(x, 1), "the derivative of digamma", domain=_POSITIVE, analytic=False,
              latex=r"\psi_1"),
    Operation("polygamma", "the k-th derivative of digamma", lambda sizes, shapes, params: shapes[0], _polygamma,
              (Slot("k", "dim"), Slot("X")), elementwise=True, transposed=of_transposed_arguments, domain=_POSITIVE,
              analytic=False),
    _function("sigmoid", _sigmoid, "1 / (1 + exp(-x))", latex=r"\sigma", facts=_ALWAYS_POSITIVE),
    _function("relu", _relu, "max(x, 0)", kinks=KINK_AT_ZERO, domain=_AWAY_FROM_0),
    _function("step", _step, "1 where x > 0, else 0", kinks=KINK_AT_ZERO, domain=_AWAY_FROM_0),
    _function("softplus", _softplus, "log(1 + exp(x))", facts=_ALWAYS_POSITIVE),
    _two(
        "huber",
        _huber,
        "x²/2 where |x| <= delta, else delta (|x| - delta/2), for delta > 0",
        domain=lambda x, delta: bool((delta > 0) & _AWAY_FROM_0(abs(x) - delta)),
    ),
    _two("maximum", _maximum, "the larger of two, entry by entry", "where two entries are equal",
         domain=lambda x, y: _AWAY_FROM_0(x - y)),
    _two("minimum", _minimum, "the smaller of two, entry by entry", "where two entries are equal",
         domain=lambda x, y: _AWAY_FROM_0(x - y)),
    _two("atleast", _greater, "1 where x >= y, else 0", "where two entries are equal",
         domain=lambda x, y: _AWAY_FROM_0(x - y)),
]  # fmt: skip
