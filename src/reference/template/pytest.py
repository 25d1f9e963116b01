"""Compares an implementation with the reference values that exact-mdp wrote.

Fill in `mine` in MINE_FILE, then run `pytest`, or this file by itself. Needs nothing but Python;
NumPy arrays and other arrays with `tolist` are taken. Where exact-mdp is on the path (or named by the
environment variable EXACT_MDP), a wrong gradient is judged, and the mistake named. This file may be
written anew (`exact-mdp reference … --for pytest --force`); MINE_FILE stays as it is.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from fractions import Fraction
from numbers import Number

FOLDER = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(FOLDER, "REFERENCE_FILE")
MINE = os.path.join(FOLDER, "MINE_FILE")

# Of the largest entry of a quantity: proven bounds are added where the reference has them, and numbers
# of 32 or 16 bits are allowed what their type can hold.
TOLERANCE = 1e-9
TOLERANCE_BY_DTYPE = {"float32": 1e-6, "float16": 2e-3, "bfloat16": 2e-2}


def load():
    with open(REFERENCE, encoding="utf-8") as file:
        return json.load(file)


def mine(reference):
    """What the file beside this one says, read by its path: the folder need not be a package."""
    specification = importlib.util.spec_from_file_location("mine", MINE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.mine(reference)


def plain(x):
    """Nested lists of numbers; arrays are made lists."""
    return plain(x.tolist()) if hasattr(x, "tolist") else x


def flat(x):
    """All numbers of nested lists, in order; fractions are strings, what does not exist is None."""
    x = plain(x)
    if isinstance(x, str):
        return [Fraction(x)]
    if isinstance(x, Number) or x is None:
        return [x]
    return [y for entry in x for y in flat(entry)]


def tolerance(found):
    """By the type of the numbers: 1e-6 for 32 bits."""
    if isinstance(found, (list, tuple)):
        return max([tolerance(entry) for entry in found], default=TOLERANCE)
    name = str(getattr(found, "dtype", "")).split(".")[-1]
    return TOLERANCE_BY_DTYPE.get(name, TOLERANCE)


def by_pair(name, found, expected, reference):
    """Rows q[state][action] as the pairs of the reference, where there are such rows."""
    rows, pairs = plain(found), reference["pairs"]
    states, actions = reference["states"], reference["actions"]
    if len(flat(expected)) != len(pairs) or not isinstance(rows, (list, tuple)):
        return found
    dense = len(rows) == len(states) and all(isinstance(row, (list, tuple)) for row in rows)
    if not dense or not all(len(row) == len(actions) for row in rows):
        return found
    at = {state: i for i, state in enumerate(states)}
    action = {a: i for i, a in enumerate(actions)}
    return [rows[at[s]][action[a]] for s, a in pairs]


def compare(name, found, expected, reference=None, bounds=None):
    allowed = tolerance(found)
    if reference is not None:
        found = by_pair(name, found, expected, reference)
    found, expected = flat(found), flat(expected)
    bounds = flat(bounds) if bounds is not None else []
    assert len(found) == len(expected), f"{name}: {len(found)} numbers, not {len(expected)}"
    scale = max([abs(y) for y in expected if y is not None], default=1) or 1
    for i, (x, y) in enumerate(zip(found, expected)):
        if y is None:
            continue
        bound = bounds[i] if i < len(bounds) and bounds[i] is not None else 0
        # written so that NaN fails
        right = x is not None and abs(x - y) <= allowed * scale + bound
        assert right, f"{name}[{i}] is {x}, not {float(y)}" + diagnosis(name, found, expected, reference)


def diagnosis(name, found, expected, reference):
    """What explains a wrong vector: a factor, or what `exact-mdp judge` says of a gradient."""
    text = factor(found, expected)
    program = os.environ.get("EXACT_MDP") or shutil.which("exact-mdp")
    if name != "gradient" or program is None or reference is None:
        return text
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.yaml")
        with open(model, "w", encoding="utf-8") as file:
            file.write(reference["source"])
        command = [program, "judge", model, "--policy", REFERENCE, "--gradient", "-", "--quiet"]
        criterion = reference["criterion"]
        command += ["--criterion", criterion["kind"]]
        for key in ("discount", "horizon"):
            fits = key == "horizon" or criterion["kind"] in ("discounted", "finite-horizon")
            if criterion.get(key) is not None and fits:
                command += [f"--{key}", str(criterion[key])]
        numbers = json.dumps([float(x) for x in found])
        done = subprocess.run(command, input=numbers, capture_output=True, text=True)
    return text + ("\n" + done.stdout if done.returncode == 1 else "")


def factor(found, expected):
    """A sentence, if one vector is a multiple of the other."""
    pairs = [(float(x), float(y)) for x, y in zip(found, expected) if x is not None and y is not None]
    square = sum(y * y for _, y in pairs)
    if not square:
        return ""
    c = sum(x * y for x, y in pairs) / square
    size = max(abs(x) for x, _ in pairs)
    if size and max(abs(x - c * y) for x, y in pairs) <= 1e-6 * size:
        return f" (all of it is {c:.10g} times what it should be)"
    return ""


def compare_estimator(name, found, reference):
    laws = {law["name"]: law for law in reference["estimators"]}
    assert name in laws, f"the reference has no estimator {name}; it has {', '.join(laws)}"
    figures = found if isinstance(found, dict) else {"expectation": found}
    for figure, numbers in figures.items():
        assert figure in laws[name], f"an estimator has no `{figure}`"
        compare(f"{name}: {figure}", numbers, laws[name][figure])


def compare_fixtures(found, reference):
    fixtures = reference.get("fixtures")
    assert fixtures is not None, "the reference has no fixtures: write it with --trajectories"
    estimates = {estimate["name"]: estimate for estimate in fixtures["estimates"]}
    for name, numbers in found.items():
        if name in estimates:
            figures = numbers if isinstance(numbers, dict) else {"estimate": numbers}
            for figure, numbers in figures.items():
                assert figure in estimates[name], f"a fixture has no `{figure}`"
                compare(f"fixtures, {name}: {figure}", numbers, estimates[name][figure])
            vacuous = fixtures.get("vacuous", [])
            assert name not in vacuous, f"fixtures, {name}: all estimates are 0; write others with --another-seed"
        else:
            assert name in fixtures, f"the fixtures have no `{name}`; they have {', '.join(estimates)}"
            compare(f"fixtures, {name}", numbers, fixtures[name])


def test_the_reference_is_consistent():
    """v is the mean of q under the policy, except where one of them does not exist."""
    reference = load()
    index = {state: i for i, state in enumerate(reference["states"])}
    v, q = flat(reference["v"]), flat(reference["q"])
    means = [0] * len(v)
    for (state, _), pi, q in zip(reference["pairs"], flat(reference["policy"]["probabilities"]), q):
        s = index[state]
        means[s] = None if q is None or means[s] is None else means[s] + pi * q
    known = [i for i, (x, y) in enumerate(zip(v, means)) if x is not None and y is not None]
    compare("v", [means[i] for i in known], [v[i] for i in known])


def test_mine():
    reference = load()
    results = mine(reference)
    if not results:
        raise unittest.SkipTest("fill in `mine` in MINE_FILE")
    bounds = reference.get("bounds", {})
    laws = [law["name"] for law in reference["estimators"]]
    for name, found in results.items():
        if name == "estimators":
            for estimator, figures in found.items():
                compare_estimator(estimator, figures, reference)
        elif name == "fixtures":
            compare_fixtures(found, reference)
        elif name in reference:
            compare(name, found, reference[name], reference, bounds.get(name))
        else:
            assert name in laws, f"the reference has no `{name}`; its estimators are {', '.join(laws)}"
            compare_estimator(name, found, reference)


if __name__ == "__main__":
    test_the_reference_is_consistent()
    try:
        test_mine()
    except unittest.SkipTest as skipped:
        print(f"skipped: {skipped}")
    print("ok")
