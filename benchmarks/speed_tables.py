"""What was measured, as Markdown."""

from __future__ import annotations

import math
from typing import Any

from speed_measure import Measured
from speed_problems import Problem

# By size, then by contestant.
Results = dict[int, dict[str, Measured]]
Everything = list[tuple[Problem, Results]]


def ratio(a: float, b: float) -> str:
    """Two digits that matter; – where one of the two is not known."""
    if not (a > 0 and b > 0):
        return "–"
    found = a / b
    return f"{found:.2f}" if found < 10 else f"{found:.0f}" if found < 1000 else f"{round(found, -2):,.0f}"


def milliseconds(seconds: float) -> str:
    if not seconds > 0:
        return "–"
    return (
        f"{1e3 * seconds:.3f}"
        if seconds < 1e-3
        else f"{1e3 * seconds:.2f}"
        if seconds < 0.1
        else f"{1e3 * seconds:.0f}"
    )


def megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 2**20:.1f}"


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]


def seconds(results: Results, size: int, name: str) -> float:
    """The time of a contestant that got through and agrees; not a number otherwise."""
    found = results.get(size, {}).get(name)
    return math.nan if found is None or found.failure else found.seconds


def common(problem: Problem, results: Results) -> int:
    """The largest size that every contestant takes."""
    return max(size for size in results if size <= problem.typed_up_to)


def growth(results: Results, name: str) -> str:
    """The exponent of the size in the time, between the two largest sizes of this contestant."""
    sizes = [size for size in results if seconds(results, size, name) > 0]
    if len(sizes) < 2:
        return "–"
    a, b = sorted(sizes)[-2:]
    return f"{math.log(seconds(results, b, name) / seconds(results, a, name)) / math.log(b / a):.1f}"


def overview(everything: Everything, leader: str) -> list[str]:
    """One row for each problem.  The leader is the generated code, or the limit where it is left out."""
    out = []
    for problem, results in everything:
        sizes = sorted(results)
        against = [seconds(results, s, "generated") / seconds(results, s, "limit") for s in sizes]
        known = [found for found in against if found > 0]
        at = common(problem, results)
        ahead = ratio(seconds(results, at, "JAX as typed"), seconds(results, at, leader))
        cells = [ratio(against[0], 1), ratio(against[-1], 1), ratio(max(known, default=math.nan), 1)]
        exponents = [growth(results, name) for name in ("generated", "limit", "JAX as typed")]
        out.append([problem.title, f"{sizes[0]}–{sizes[-1]}", *cells, f"{ahead} at {at}", *exponents])
    header = [
        "problem", "sizes", "generated / limit, smallest size", "largest size", "worst", f"JAX as typed / {leader}",
        "growth: generated", "limit", "JAX as typed",
    ]  # fmt: skip
    return table(header, out)


def cell(results: Results, size: int, name: str) -> str:
    found = results[size].get(name)
    if found is None:
        return "–"
    if found.failure:
        return f"**{found.failure.partition(':')[0]}**"
    return ratio(found.seconds, seconds(results, size, "limit"))


def details(problem: Problem, results: Results, names: list[str]) -> list[str]:
    """Times relative to the limit by size, the two of interest also in milliseconds."""
    shown = [name for name in names if any(name in results[size] for size in results) and not name.endswith("value")]
    header = [problem.size_name, *shown, "generated, ms", "limit, ms", "largest difference"]
    with_value = problem.value is not None
    if with_value:
        header += ["value and gradient / value: generated", "limit"]
    rows = []
    for size in sorted(results):
        row = [f"{size}", *(cell(results, size, name) for name in shown)]
        row += [milliseconds(seconds(results, size, name)) for name in ("generated", "limit")]
        row.append(f"{max(found.difference for found in results[size].values()):.0e}")
        if with_value:
            row += [
                ratio(seconds(results, size, name), seconds(results, size, f"{name} value"))
                for name in ("generated", "limit")
            ]
        rows.append(row)
    return [f"**{problem.title}**", "", *table(header, rows), ""]


def first_calls(everything: Everything, names: list[str]) -> list[str]:
    rows = []
    for problem, results in everything:
        size = common(problem, results)
        found = [results[size].get(name) for name in names]
        rows.append([problem.title, f"{size}", *(milliseconds(one.first) if one else "–" for one in found)])
    return table(["problem", "size", *(f"{name}, ms" for name in names)], rows)


def troubles(everything: Everything) -> list[str]:
    """Who disagrees or fails, and at which sizes: nothing of it should be overlooked."""
    found: dict[str, list[int]] = {}
    for problem, results in everything:
        for size, field in sorted(results.items()):
            for name, one in field.items():
                if one.failure:
                    found.setdefault(f"{problem.name}: {name} {one.failure}", []).append(size)
    return [f"- **{what}**, at {', '.join(map(str, sizes))}" for what, sizes in found.items()]


def memories(everything: Everything, found: dict[tuple[str, str], Any], names: list[str]) -> list[str]:
    rows = []
    for problem, results in everything:
        size = common(problem, results)
        cells = [megabytes(found.get((problem.name, name))) for name in names]
        rows.append([problem.title, f"{size}", *cells])
    return table(["problem", "size", *(f"{name}, MB" for name in names)], rows)
