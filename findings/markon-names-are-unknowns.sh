#!/usr/bin/env bash
# markon 1.0.0 with sympy 1.14.0: names of states are unknowns of the equations, and may be the answer.
#
# Guess: a CTMC with two closed classes is refused, since no distribution is the one. And, after a look at its source,
#        from its words: the names of states, "strings", are labels and change nothing.
# Seen:  the answer of the two classes is {s: 0, a: 1 - b, b: b}: a formula in the name of a state. Names with a blank
#        or a comma, as of a queue's "2,0", become several unknowns: AttributeError. A state with the name of a symbol
#        that is a rate (failures at rate a, from a) makes the equations nonlinear: an error of sympy's.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile markon==1.0.0 sympy==1.14.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import warnings
from importlib.metadata import version

import sympy
from markon import solve_ctmc

warnings.simplefilter("ignore")  # sympy warns of the names that are several unknowns
print("markon", version("markon"))
a, b = sympy.symbols("a b")
classes = solve_ctmc({("s", "a"): 1, ("s", "b"): 2}, ["s", "a", "b"])
print("two closed classes:", classes)
assert classes["s"] == 0 and classes["b"] == b and sympy.simplify(classes["a"] - (1 - b)) == 0


def refused(name, rates, states):
    try:
        answer = solve_ctmc(rates, states)
    except Exception as error:
        print(name, type(error).__name__, error)
        return type(error).__name__
    raise SystemExit(f"changed: {name} {answer}")


plain = solve_ctmc({("up", "down"): a, ("down", "up"): b}, ["up", "down"])
print("rates a and b between up and down:", plain)
assert sympy.simplify(plain["up"] - b / (a + b)) == 0
assert refused("between a and b:", {("a", "b"): a, ("b", "a"): b}, ["a", "b"]) == "PolyNonlinearError"
assert refused("'on hold':", {("on hold", "busy"): 1, ("busy", "on hold"): 5}, ["on hold", "busy"]) == "AttributeError"
ring = ["2,0", "1,1", "0,2"]
assert refused("a queue:", {(ring[i], ring[(i + 1) % 3]): 1 for i in range(3)}, ring) == "AttributeError"
PYTHON
