"""Generated code beside the best hand-written code and beside automatic differentiation, on one core.

    python benchmarks/speed.py                      # everything, some ten minutes; Markdown on standard output
    python benchmarks/speed.py --quick              # two sizes each, no memory; a minute and a half
    python benchmarks/speed.py --only student --only chain
    python benchmarks/speed.py --without-generated  # the limits against JAX and PyTorch alone
    python benchmarks/speed.py --targets            # also the code generated for JAX and for PyTorch

Who is not installed is left out.  The problems are in `speed_problems.py`, the hand-written code in `limits.py` and
`limits_dense.py`.  All times are CPU times of one process on one core, contestants by turns.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

BEGAN = time.perf_counter()
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]


def sections(arguments: tuple[str, ...] = ()) -> list[str]:
    """The report as lines of Markdown, from a process of its own: threads are bound before NumPy is imported."""
    command = [sys.executable, str(HERE / "speed.py"), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def progress(text: str) -> None:
    print(f"{time.perf_counter() - BEGAN:7.1f} s  {text}", file=sys.stderr, flush=True)


def contestants(given: argparse.Namespace) -> list[Any]:
    from speed_contestants import GENERATED, LIMIT, OTHERS, TARGETS, VALUES

    field = [GENERATED, LIMIT, *OTHERS, *(TARGETS if given.targets else []), *VALUES]
    present = [one for one in field if importlib.util.find_spec(one.package)]
    for one in field:
        if one not in present:
            progress(f"!!! {one.package} is not installed: without {one.name}")
    return [one for one in present if not (given.without_generated and one.name.startswith("generated"))]


def measured(given: argparse.Namespace, field: list[Any]) -> Any:
    """Every problem at its sizes."""
    from speed_measure import measure
    from speed_problems import PROBLEMS

    known = [problem.name for problem in PROBLEMS]
    for name in given.only or ():
        if name not in known:
            raise SystemExit(f"no problem is called {name}; there are {', '.join(known)}")
    out = []
    for problem in PROBLEMS:
        if given.only and problem.name not in given.only:
            continue
        results = {}
        for size in problem.sizes[:2] if given.quick else problem.sizes:
            progress(f"{problem.name} {size}")
            results[size] = measure(problem, size, field, given.quick)
            for name, one in results[size].items():
                if one.failure:
                    progress(f"!!! {name} on {problem.name} at {size}: {one.failure}")
        out.append((problem, results))
    return out


def peaks(everything: Any, field: list[Any]) -> dict[tuple[str, str], int | None]:
    """Peak memory by problem and contestant, at the largest size that all take."""
    import speed_tables as tables
    from speed_measure import memory

    found = {}
    for problem, results in everything:
        size = tables.common(problem, results)
        progress(f"memory of {problem.name} {size}")
        for one in field:
            outcome = results[size].get(one.name)
            if outcome is not None and not outcome.failure:
                found[problem.name, one.name] = memory(HERE / "speed.py", problem.name, one.name, size)
    return found


def memory_of(name: str, contestant: str, size: str) -> None:
    """What the process for one contestant does: prints the peak in bytes."""
    import speed_contestants as c
    from speed_measure import peak_of
    from speed_problems import PROBLEMS

    problem = next(problem for problem in PROBLEMS if problem.name == name)
    one = next(one for one in (c.GENERATED, c.LIMIT, *c.OTHERS, *c.TARGETS) if one.name == contestant)
    build = one.prepare(problem, int(size), problem.data(int(size)))
    print(peak_of(build()))


def warm(libraries: set[str]) -> None:
    """What a library does once and for all on first use is nobody's first call."""
    from speed_contestants import jax_library, torch_library

    if "jax" in libraries:
        jax = jax_library()
        jax.block_until_ready(jax.jit(lambda x: jax.numpy.linalg.inv(x) @ x)(jax.numpy.eye(4)))
    if "torch" in libraries:
        torch = torch_library()
        torch.linalg.inv(torch.eye(4, requires_grad=True)).sum().backward()


def conditions(libraries: set[str]) -> str:
    found = [f"{name} {importlib.metadata.version(name)}" for name in ("scipy", *sorted(libraries))]
    return f"{', '.join(found)}; float64, one core, CPU time, medians of batches by turns."


def report(given: argparse.Namespace) -> list[str]:
    import speed_accuracy
    import speed_tables as tables

    field = contestants(given)
    names = [one.name for one in field if not one.name.endswith("value")]
    libraries = {one.package for one in field}
    warm(libraries)
    everything = measured(given, field)
    leader = "limit" if given.without_generated else "generated"
    out = ["## Speed of generated code", "", conditions(libraries), ""]
    out += ["Times are relative to the limit, the best hand-written NumPy and SciPy code known to us.", ""]
    troubles = tables.troubles(everything)
    if troubles:
        out += ["**Somebody disagrees or fails:**", "", *troubles, ""]
    out += [*tables.overview(everything, leader), ""]
    for problem, results in everything:
        out += tables.details(problem, results, names)
    out += ["**First call**, compiling included", "", *tables.first_calls(everything, names), ""]
    if not given.quick:
        found = peaks(everything, field)
        out += ["**Peak memory** of a call beyond its arguments", "", *tables.memories(everything, found, names), ""]
    if not given.only:
        progress("accuracy")
        who = [one for one in field if one.name in ("generated", "limit", "JAX as typed")]
        title = f"**Accuracy** of gradients, inputs positive definite of condition {speed_accuracy.CONDITION:.0e}"
        out += [title, "", *speed_accuracy.rows(who), ""]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--without-generated", action="store_true")
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--memory-of", nargs=3, metavar=("NAME", "CONTESTANT", "SIZE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    if given.memory_of:
        memory_of(*given.memory_of)
    else:
        print("\n".join(report(given)))


if __name__ == "__main__":
    from speed_measure import one_core

    one_core()
    main()
