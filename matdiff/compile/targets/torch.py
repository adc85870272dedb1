"""PyTorch: how each instruction is written where it differs from NumPy."""

from __future__ import annotations

import re

from matdiff.compile.inputs import Inputs
from matdiff.compile.naming import identifier
from matdiff.compile.program import Node
from matdiff.compile.targets.numpy import NumPy
from matdiff.compile.targets.printer import ATOM, Template

_UNARY = "exp expm1 log log1p sqrt sin cos tan sinh cosh tanh sign abs".split()
# New tensors take their type and device from the first argument that has them.
_NEW = "**new"


class Torch(NumPy):
    """Functions of tensors, on any device and under torch.func.vmap."""

    label = "PyTorch"
    kernels = "matdiff.compile.kernels.torch"
    tuned = False
    array = "{0} = torch.as_tensor({0}, **new)"
    number = "{0} = torch.as_tensor({0}, **new)"
    functions: dict[str, Template] = {
        **{name: (ATOM, f"torch.{name}({{0}})") for name in _UNARY},
        **{f"a{name}": (ATOM, f"torch.a{name}({{0}})") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        "maximum": (ATOM, "maximum({0}, {1})"),
        "minimum": (ATOM, "minimum({0}, {1})"),
        "cbrt": (ATOM, "cube_root({0})"),
        "erf": (ATOM, "torch.erf({0})"),
        "gamma": (ATOM, "gamma({0})"),
        "lgamma": (ATOM, "torch.lgamma({0})"),
        "digamma": (ATOM, "torch.digamma({0})"),
        "trigamma": (ATOM, "torch.polygamma(1, {0})"),
        "polygamma": (ATOM, "torch.polygamma({1}, {0})"),
        "sigmoid": (ATOM, "torch.sigmoid({0})"),
        "softplus": (ATOM, "softplus({0})"),
        "relu": (ATOM, "torch.relu({0})"),
        "step": (ATOM, "step({0})"),
        "atleast": (ATOM, "at_least({0}, {1})"),
        "huber": (ATOM, "huber({0}, {1})"),
        "normcdf": (ATOM, "torch.special.ndtr({0})"),
    }
    templates: dict[str, Template] = {
        **{name: (level, pattern.replace("np.linalg.", "torch.linalg.").replace("np.", "torch."))
           for name, (level, pattern) in NumPy.templates.items()},
        "copy": (ATOM, "{0.6}.clone()"),
        "diagmat": (ATOM, "torch.diag_embed({0})"),
        "eye": (ATOM, f"torch.eye({{s0}}, {_NEW})"),
        "zeros": (ATOM, f"torch.zeros({{shape}}, {_NEW})"),
        "ones": (ATOM, f"torch.ones({{shape}}, {_NEW})"),
        "unit": (ATOM, "unit({p0}, {s0}, new)"),
    }  # fmt: skip
    calls: dict[str, Template] = {
        **{name: (level, pattern.replace("np.linalg.", "torch.linalg.").replace("np.", "torch."))
           for name, (level, pattern) in NumPy.calls.items()},
        "sylvester": (ATOM, "solve_sylvester({0}, {1}, {2})"),
        "blkdiag": (ATOM, "torch.block_diag({all})"),
        "cross": (ATOM, "torch.linalg.cross({0}, {1}, dim=0)"),
        "duplication": (ATOM, "duplication({p0}, new)"),
        "elimination": (ATOM, "elimination({p0}, new)"),
        "commutation": (ATOM, "commutation({p0}, {p1}, new)"),
    }  # fmt: skip

    def arguments(self, inputs: Inputs, checked: bool) -> list[str]:
        lines = super().arguments(inputs, checked)
        whole = [identifier(v.name) for v in inputs.variables if any(not d.is_one for d in v.shape)]
        first = (
            f'{{"dtype": {whole[0]}.dtype, "device": {whole[0]}.device}}'
            if whole
            else '{"dtype": torch.float64, "device": "cpu"}'
        )
        return [f"    new = {first}", *lines]

    def _converted(self, name: str, pattern: str, may_be_sparse: bool) -> str:
        return pattern.format(identifier(name))

    def result(self, result: object, node: Node) -> str:
        # a number that depends on sizes alone is a number of Python
        return f"torch.as_tensor({self.text(node)}, **new)" if node.static and not node.shape else self.text(node)

    def _as_matrix(self, node: Node) -> Template:
        if node.args[0].rank == 0:
            return ATOM, f"torch.as_tensor({self.text(node.args[0])}, **new).reshape(1, 1)"
        return super()._as_matrix(node)

    def _function(self, node: Node) -> Template:
        level, pattern = self._template(node)
        if node.static and not pattern.startswith("math."):
            # functions of tensors meet numbers of Python
            pattern = re.sub(r"\{(0)(?:\.\d)?\}", r"torch.as_tensor({\1}, **new)", pattern)
        return self._filled((level, pattern), node)
