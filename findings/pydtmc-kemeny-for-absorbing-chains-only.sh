#!/usr/bin/env bash
# PyDTMC 8.7.0: kemeny_constant is None for every ergodic chain, the very chains that have one.
#
# Guess: Kemeny's constant of an ergodic chain is sum_j pi_j m_ij, here 6.2295 (or one more, by the convention
#        m_jj = recurrence time); an absorbing chain has none, since the sum depends on i.
# Seen:  the other way round: None for the ergodic chain, and for an absorbing one the trace of its fundamental
#        matrix (I - Q)^-1, 25/9. mean_first_passage_times_to() of the same object is right and gives 6.2295
#        from every state; the name is kept for something else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile PyDTMC==8.7.0
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from pydtmc import MarkovChain

P = [[0.5, 0.5, 0, 0], [0.25, 0.25, 0.5, 0], [0, 0.2, 0.5, 0.3], [0.1, 0, 0, 0.9]]
ergodic = MarkovChain(P, list("abcd"))
by_hand = ergodic.mean_first_passage_times_to() @ ergodic.steady_states[0]
print("ergodic:  ", ergodic.is_ergodic, ergodic.kemeny_constant, "by hand", by_hand)
assert ergodic.is_ergodic and ergodic.kemeny_constant is None
assert np.allclose(by_hand, by_hand[0]) and abs(by_hand[0] - 6.2295082) < 1e-6

Q = [[1, 0, 0, 0], [0.3, 0, 0.7, 0], [0, 0.4, 0, 0.6], [0, 0, 0, 1]]
absorbing = MarkovChain(Q, list("abcd"))
print("absorbing:", absorbing.kemeny_constant, "trace of N", np.trace(absorbing.fundamental_matrix))
assert abs(absorbing.kemeny_constant - 25 / 9) < 1e-12
EOF
