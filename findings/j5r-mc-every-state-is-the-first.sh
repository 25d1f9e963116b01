#!/usr/bin/env bash
# j5r-mc 0.3, numpy 2.4.6 (Python 3.11 to 3.13): a simulated Markov chain never moves: every state is drawn from the initial distribution; the distribution at time 0 is that at time 1.
#
# Guess (30 November 2026, 21:01, blind): the next state of a simulation is drawn from the row of the one before, and distributions are d P^n.
# Seen:  pop() asks whether a first state was drawn, which nothing ever notes: a cycle of two states that starts in the first one stays
#        there, and a chain that starts anywhere has independent states. distribution(), "-> d0" at its first call by its docstring, is
#        d P, and limit_distribution(n), "from the initial to the n-th", begins with d P as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps j5r-mc==0.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from j5r_mc import MarkovChain

np.random.seed(0)
cycle = MarkovChain(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 0.0]))
states = [int(cycle.pop()) for _ in range(1000)]
print("a cycle of two:", states[:8])
assert set(states) == {0}

lazy = MarkovChain(np.array([[0.99, 0.01], [0.01, 0.99]]), np.array([0.5, 0.5]))
states = np.array([lazy.pop() for _ in range(10_000)])
moved = float((states[1:] != states[:-1]).mean())
print("moves of a chain that moves in 1% of its steps:", moved)
assert abs(moved - 0.5) < 0.03

chain = MarkovChain(np.array([[0.9, 0.1], [0.0, 1.0]]), np.array([1.0, 0.0]))
first = chain.distribution()
rows = chain.limit_distribution(3)
print("distribution at the first call", first.tolist(), "limit_distribution", rows.round(4).tolist())
assert np.allclose(first, [[0.9, 0.1]]) and np.allclose(rows[:, 0], [0.9, 0.81, 0.729])
PY
