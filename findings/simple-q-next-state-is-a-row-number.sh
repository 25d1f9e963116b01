#!/usr/bin/env bash
# Simple-Q 1.0.4: with a list of states the next state is taken as a row of the table: labels 1 to 4 learn from the wrong state, tuples from one entry, strings raise.
#
# Guess: Qlearning(states=[…], actions=[…]) takes "immutable objects" as
#   states, "not indices", in all methods: a corridor of four cells with 1 for
#   leaving the last has the Q-values 0.512, 0.64, 0.8, 1 of its steps
#   ahead at gamma = 0.8, whatever the cells are called.
# Seen: update_q_table looks up the index of state and action but not of
#   next_state, which goes into q_table[next_state] as it is. With 0, 1, 2, 3
#   (the indices) and with states=4 the values are right. With 1, 2, 3, 4 and
#   a fifth cell that is not entered each cell learns from the cell after its
#   successor: 0, 0.8, 0, 1; without the fifth it is an IndexError. With (0, 0),
#   (0, 1), (1, 0), (1, 1) the tuple is row and column of the table, one entry
#   of another state: -2.22, 0, -2.58, 1, without an error or a warning. With
#   "a", "b", "c", "d" it is an IndexError. gamma=1.0 and epsilon=0.0 are
#   refused, by raise Warning(…).
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile Simple-Q==1.0.4 numpy==2.3.5 bidict==0.23.1
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from Simple_Q import Qlearning

RIGHT = [.512, .64, .8, 1.]                   # "on" from each of four cells

def learn(cells, states, sweeps=200):
    agent = Qlearning(states=states, actions=["on", "stay"], alpha=1., gamma=.8)
    for _ in range(sweeps):
        for k, cell in enumerate(cells):
            last = k == len(cells) - 1
            agent.update_q_table(cell, "on", 1. if last else 0., None if last else cells[k + 1])
            agent.update_q_table(cell, "stay", -1., cell)
    return agent.q_table[:, 0]

for cells, states in (([0, 1, 2, 3], 4), ([0, 1, 2, 3], [0, 1, 2, 3])):
    q = learn(cells, states)
    print("states =", states, q)
    assert np.allclose(q, RIGHT)

cells = [1, 2, 3, 4]
q = learn(cells, cells + [5])
print("states = [1, 2, 3, 4, 5]:", q[:4])
assert np.allclose(q[:4], [0, .8, 0, 1])
cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
q = learn(cells, cells)
print("tuples:", q)
assert np.allclose(q, [-2.2222, 0, -2.5778, 1], atol=1e-3)
for cells in ([1, 2, 3, 4], ["a", "b", "c", "d"]):
    try:
        raise SystemExit(f"{cells}: {learn(cells, cells)}")
    except IndexError as e:
        print(cells, "IndexError:", str(e)[:60])
for bad in (dict(gamma=1.), dict(epsilon=0.)):
    try:
        Qlearning(states=2, actions=2, **bad)
        raise SystemExit("taken")
    except Warning as e:
        print(bad, repr(e))
PY
