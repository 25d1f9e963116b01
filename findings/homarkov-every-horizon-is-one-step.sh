#!/usr/bin/env bash
# HOMarkov 0.5.0: the prediction for any number of steps is that for one step.
#
# Guess: predict_state(state, num_steps=k) is the k-th power of the fitted matrix on that state; and a chain of order 2 moves
#        from the pair (0, 0) to (0, 1) where a 1 follows.
# Seen:  the product in its power is computed and thrown away, so that every power is the first: (0, 1, 0) for 2, 3 and 10
#        steps of a chain that has long mixed, and for 0 steps. At order 2 pairs do not overlap: from (0, 0) it goes to the
#        two signs that follow, so that "one step" is two signs. transition_df() needs a class that pandas dropped in 1.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile HOMarkov==0.5.0 numpy==2.2.6 scipy==1.15.3 pandas==2.3.3
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from HOMarkov.markov import MarkovChain

chain = MarkovChain(3)
chain.fit([[0, 1, 1, 2, 0, 1], [1, 0]])
P = chain.transition_matrix.toarray()
start = np.array([1.0, 0.0, 0.0])
assert np.allclose(P.sum(axis=1), 1)
for steps in (1, 2, 3, 10):
    said, exact = chain.predict_state(start, num_steps=steps).toarray()[0], start @ np.linalg.matrix_power(P, steps)
    print(f"after {steps} steps: {said}, exact {exact.round(4)}")
    assert np.allclose(said, P[0]) and np.allclose(said, exact) == (steps == 1)

pairs = MarkovChain(2, order=2)
pairs.fit([[0, 0, 1, 0, 1, 1]])
at = pairs.possible_states
P = pairs.transition_matrix.toarray()
print("(0, 0) in 0 0 1 0 1 1 goes to", [pair for pair, k in at.items() if P[at[0, 0], k] > 0])
assert P[at[0, 0], at[1, 0]] == 1 and P[at[0, 0], at[0, 1]] == 0
try:
    chain.transition_df()
except AttributeError as error:
    print("transition_df:", error)
else:
    raise SystemExit("changed: there is a data frame")
EOF
