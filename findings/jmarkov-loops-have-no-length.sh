#!/usr/bin/env bash
# jmarkov 0.3.13: every chain of two states that can come back has period 2, and none is ergodic.
#
# Guess: the period of [[1/2, 1/2], [1/2, 1/2]] is 1: a state that may stay has a cycle of length 1.
# Seen:  powers are looked at from the second to the n-th, so that a loop counts from its second round on. With three
#        states 2 and 3 are there; with two the answer is 2, and is_ergodic() is False for the fair coin.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jmarkov==0.3.13 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from jmarkov.dtmc import dtmc

coin = dtmc(np.array([[0.5, 0.5], [0.5, 0.5]]))
machine = dtmc(np.array([[0.9, 0.1], [0.6, 0.4]]))
die = dtmc(np.full((3, 3), 1 / 3))
for name, chain in (("coin", coin), ("machine", machine), ("three states", die)):
    print(f"{name}: period {chain.period()}, ergodic {chain.is_ergodic()}, stationary {chain.steady_state()}")
assert coin.period() == machine.period() == 2 and not coin.is_ergodic() and not machine.is_ergodic()
assert die.period() == 1 and die.is_ergodic()
EOF
