"""Compares an implementation with the reference values that exact-mdp wrote.

Fill in `mine`, then run `pytest`, or this file by itself. Needs nothing but Python.
"""

import json
import os
import unittest
from fractions import Fraction
from numbers import Number

FOLDER = os.path.dirname(os.path.abspath(__file__))
TOLERANCE = 1e-9  # of the largest entry of a quantity


def mine(reference):
    """What your code says, by the names of the reference; leave out what it does not compute.

    `reference` has the model's `states`, `actions`, `pairs`, `criterion` and `policy`; see its
    `conventions` for what the numbers mean.
    """
    return {
        # "v": your_values(...),
        # "q": ...,
        # "gradient": ...,
    }


def load():
    with open(os.path.join(FOLDER, "REFERENCE_FILE"), encoding="utf-8") as file:
        return json.load(file)


def flat(x):
    """All numbers of nested lists, in order; fractions are strings, what does not exist is None."""
    if isinstance(x, str):
        return [Fraction(x)]
    if isinstance(x, Number) or x is None:
        return [x]
    return [y for entry in x for y in flat(entry)]


def compare(name, found, expected):
    found, expected = flat(found), flat(expected)
    assert len(found) == len(expected), f"{name}: {len(found)} numbers, not {len(expected)}"
    scale = max([abs(y) for y in expected if y is not None], default=1) or 1
    for i, (x, y) in enumerate(zip(found, expected)):
        if y is not None:
            assert abs(x - y) <= TOLERANCE * scale, f"{name}[{i}] is {x}, not {float(y)}"


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
        raise unittest.SkipTest("fill in `mine`")
    for name, found in results.items():
        compare(name, found, reference[name])


if __name__ == "__main__":
    test_the_reference_is_consistent()
    try:
        test_mine()
    except unittest.SkipTest as skipped:
        print(f"skipped: {skipped}")
    print("ok")
