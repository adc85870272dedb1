"""JAX: the templates of NumPy with JAX's modules, and its own functions brought along."""

from __future__ import annotations

import re

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node
from matdiff.compile.targets.numpy import NumPy
from matdiff.compile.targets.printer import ATOM, Template

_MODULES = {"np.": "jnp.", "scipy.special.": "jax.scipy.special.", "scipy.linalg.": "jax.scipy.linalg."}


def _for_jax(table: dict[str, Template]) -> dict[str, Template]:
    out = {}
    for name, (level, pattern) in table.items():
        for old, new in _MODULES.items():
            pattern = pattern.replace(old, new)
        out[name] = (level, pattern)
    return out


class JAX(NumPy):
    """Pure functions of arrays: they can be jitted, mapped over batches and sharded."""

    label = "JAX"
    kernels = "matdiff.compile.kernels.jax"
    tuned = False
    functions = {
        **_for_jax(NumPy.functions),
        "digamma": (ATOM, "jax.scipy.special.digamma({0})"),
        "trigamma": (ATOM, "jax.scipy.special.polygamma(1, {0})"),
    }
    templates = _for_jax(NumPy.templates)
    calls = _for_jax(NumPy.calls)
    # whole numbers become floating-point ones, which do not overflow
    array = "{0} = 1.0 * jnp.asarray({0})"
    number = "{0} = 1.0 * {0}"

    def _converted(self, name: str, pattern: str, may_be_sparse: bool) -> str:
        return pattern.format(identifier(name))

    def result(self, result: object, node: Node) -> str:
        return self.text(node)

    def _as_matrix(self, node: Node) -> Template:
        if node.args[0].rank == 0:
            return ATOM, f"jnp.reshape({self.text(node.args[0])}, (1, 1))"
        return super()._as_matrix(node)

    def _function(self, node: Node) -> Template:
        level, pattern = self._template(node)
        if node.static and not pattern.startswith("math."):
            # some functions refuse whole numbers
            pattern = re.sub(r"\{0(?:\.\d)?\}", "jnp.asarray({0}, dtype=float)", pattern)
        return self._filled((level, pattern), node)
