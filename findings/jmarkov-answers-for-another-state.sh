#!/usr/bin/env bash
# jmarkov 0.3.13: the probability of absorption "starting from state start" is that of another state, or an IndexError.
#
# Guess: start and target are numbers of states of the chain, as in the check that both are transient.
# Seen:  the numbers index the matrix of the transient states alone. In the gambler's ruin 0..3 with absorbing ends a
#        gambler with 1 wins with probability 9/79 = 0.114; the answer is 30/79 = 0.380, the one for 2. Asked for 2,
#        it raises an IndexError. absorbtion_times does the same. Right only where the transient states come first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jmarkov==0.3.13 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from jmarkov.dtmc import dtmc

P = np.array([[1, 0, 0, 0], [0.7, 0, 0.3, 0], [0, 0.7, 0, 0.3], [0, 0, 0, 1]])
N = np.linalg.inv(np.eye(2) - P[1:3, 1:3])
wins = N @ P[1:3, 3]
chain = dtmc(P)
seen = chain.absorbtion_probabilities(3, 1).item()
print("absorbed in 3, exact from 1 and 2:", wins, "asked from 1:", seen)
assert np.allclose(wins, [9 / 79, 30 / 79]) and np.isclose(seen, wins[1])
for name, ask in (("probabilities", chain.absorbtion_probabilities), ("times", chain.absorbtion_times)):
    try:
        ask({"probabilities": 3, "times": 1}[name], 2)
    except IndexError as error:
        print(f"absorbtion_{name} from 2: IndexError: {error}")
    else:
        raise SystemExit(f"changed: absorbtion_{name} answers")

last = dtmc(P[np.ix_([1, 2, 0, 3], [1, 2, 0, 3])])  # the same chain, transient states first
print("transient states first, from both:", [last.absorbtion_probabilities(3, s).item() for s in (0, 1)])
assert np.allclose([last.absorbtion_probabilities(3, s).item() for s in (0, 1)], wins)
EOF
