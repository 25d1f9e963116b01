#!/usr/bin/env bash
# deeptime 0.5.0: the probability to hit an absorbing target is 0 from the target itself.
#
# Guess: h = 1 on the target and the least solution elsewhere, as its documentation says: (0, 0.7, 1) for a gambler who
#        wins with 0.7.
# Seen:  every state with p(i, i) = 1 is set to 0 last, targets too: (0, 0.7, 0). With both ends as the target it is
#        (0, 1, 0): reached for sure from the middle only. A closed class of two states beside the target, which has the
#        least solution 0, raises LinAlgError; so "minimal" holds where every trap is a single state.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile deeptime==0.5.0 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from deeptime.markov.tools.analysis import committor, hitting_probability

ends = np.array([[1, 0, 0], [0.3, 0, 0.7], [0, 0, 1]])
for target in ([2], [0, 2]):
    print(f"target {target}:", hitting_probability(ends, target))
print("committor of 0 and 2:", committor(ends, [0], [2]))
assert np.allclose(hitting_probability(ends, [2]), [0, 0.7, 0])
assert np.allclose(hitting_probability(ends, [0, 2]), [0, 1, 0])
assert np.allclose(committor(ends, [0], [2]), [0, 0.7, 1])

pair = np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]])
try:
    print(hitting_probability(pair, [0]))
except np.linalg.LinAlgError as error:
    print("1 goes to 0 or to the pair 2, 3; target [0]:", type(error).__name__, error)
else:
    raise SystemExit("changed: it has an answer")
EOF
