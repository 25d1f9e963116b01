#!/usr/bin/env bash
# phph 0.1.1 (Python 3.12): where a fifth of the customers need no service, the others wait 1.9 for 0.67; waits seen by a virtual customer raise; a feasible model is called infeasible.
#
# Guess: (blind) "any phase-type inter-arrival and service-time distribution": an initial distribution that sums to 0.8 is a service of no length with probability 0.2, as
#        in the textbooks, or it is refused; waitDist(t, type="virtual") works, and is waitDist(t) for Poisson arrivals.
# Seen:  Poisson arrivals and Erlang services are right, also the mean. The missing 0.2 is carried on as if nothing were missing: of an M/G/1 queue of
#        load 0.4 the mean wait is 1.905 for 0.667, P(wait) 0.571 for 0.4, and a mean service of 0.8 comes out right. waitDist(t, "virtual")
#        raises a ValueError on M/M/1, and every waitDist of a queue of load 1/2 prints "Error: The model is infeasible since arrivalRate > serviceRate x servers", ratio 1.0.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile phph==0.1.1 numpy==2.4.6 scipy==1.17.1
cd "$tmp"
"$tmp/v/bin/python" -W ignore - <<'PY'
import contextlib
import io

import numpy as np
import phph

def queue(rate, start, phases):
    return phph.model(np.matrix([[1.0]]), np.matrix([[-rate]]), np.matrix([start]), np.matrix(phases), 1)

def wait(rate, mean, second):               # Pollaczek and Khinchine
    return rate * second / 2 / (1 - rate * mean)

erlang = queue(0.8, [1.0, 0.0], [[-2.0, 2.0], [0.0, -2.0]])
print("M/E2/1:", erlang.meanWaitingTime(), "for", wait(0.8, 1, 1.5))
assert abs(erlang.meanWaitingTime() - wait(0.8, 1, 1.5)) < 1e-6

some = queue(0.5, [0.8], [[-1.0]])
print("a fifth of no length:", some.meanWaitingTime(), "for", wait(0.5, 0.8, 1.6), "- P(wait)", some.probWait(), "for 0.4 - response less wait", some.meanResponse() - some.meanWaitingTime())
assert abs(some.meanWaitingTime() - 1.904762) < 1e-5 and abs(some.probWait() - 0.571429) < 1e-5
assert abs(some.meanResponse() - some.meanWaitingTime() - 0.8) < 1e-6

plain = queue(0.5, [1.0], [[-1.0]])
said = io.StringIO()
with contextlib.redirect_stdout(said):
    tail = plain.waitDist(1.0)
print("M/M/1, P(wait > 1):", tail, "for", 0.5 * np.exp(-0.5), "- says:", said.getvalue().splitlines()[:2])
assert abs(tail - 0.5 * np.exp(-0.5)) < 1e-6 and "infeasible" in said.getvalue()
try:
    with contextlib.redirect_stdout(said):
        plain.waitDist(1.0, "virtual")
    raise SystemExit("a virtual customer's wait is there")
except ValueError as error:
    print("virtual: ValueError:", error)
PY
