#!/usr/bin/env bash
# marchie 0.3: from a transient state the chain is where it never can be: the start is read in another numbering than the matrix.
#
# Guess: from state 0 of a chain that stays there with 1/2 and else is absorbed in 1 or 2 the distribution after two steps is (1/4, 3/8, 3/8)
#        and at the end (0, 1/2, 1/2), in whatever order ("canonical numbering" is the default: the closed classes first).
# Seen:  init_distr, given by the states' own numbers, is multiplied by the matrix in canonical numbering: the chain starts in the
#        state of canonical number 0, here state 1, and stays there, for states_insteps as for end_behavior.end_state_distr.
#        With use_canonical=False the former is right; the latter knows no other. The end of a chain with one closed class does
#        not depend on the start and is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==79.0.1 wheel==0.45.1 numpy==2.4.6 graphviz==0.21
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation marchie==0.3
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from marchie import MarChie

start = np.array([1.0, 0.0, 0.0])
P = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
chain = MarChie(init_distr=start, trans_mat=P)
names = [str(state) for state, _ in sorted(chain.canonical_mapping.items(), key=lambda pair: pair[1])]
print("canonical order of the states:", ", ".join(names))
assert names == ["1", "2", "0"]

two, own, end = chain.states_insteps(2), chain.states_insteps(2, use_canonical=False), chain.end_behavior.end_state_distr
print("after two steps:", two, "| by the states' own numbers:", own, "| at the end:", end)
assert np.allclose(own, start @ P @ P) and np.allclose(own, [0.25, 0.375, 0.375])
assert np.allclose(two, [1, 0, 0]) and np.allclose(end, [1, 0, 0])

rows = chain.end_behavior.end_trans_mat
print("the end from each state, canonical:", rows.tolist())
assert np.allclose(rows[2], [0.5, 0.5, 0])

one_class = MarChie(init_distr=start, trans_mat=np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.25, 0.75]]))
print("one closed class:", one_class.end_behavior.end_state_distr)
assert np.allclose(one_class.end_behavior.end_state_distr, [1 / 3, 2 / 3, 0])
EOF
