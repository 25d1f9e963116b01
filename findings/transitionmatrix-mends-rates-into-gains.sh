#!/usr/bin/env bash
# transitionMatrix 0.5.1 (Python 3.11 or 3.12): a generator whose negative rates are mended has rows that do not add up to 0, and mass grows.
#
# Guess: generator(fix_negative=True) is a generator: rates of at least 0, rows that add up to 0, so that its exponential is a
#        matrix of probabilities near the one that it was made of. fix_negativerates() makes a valid matrix of one with a small
#        negative entry. (After a look at the source:) remove(state) is the chain without it, each row divided by what is left.
# Seen:  -0.00625 becomes +0.00625, and the row that much: the exponential has a row of 1.0059. fix_negativerates() takes the
#        diagonal of a generator for negative entries: all three of its rows become 0. remove() makes a row that
#        did not lead to the state one that stays for ever, raises IndexError for any state but the last, and takes any word for a method.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile transitionMatrix==0.5.1 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from scipy.linalg import expm, logm
from transitionMatrix import TransitionMatrix

P = np.array([[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0, 0, 1.0]])
chain = TransitionMatrix(values=P)
assert chain.validate() is True and np.allclose(chain.generator(), logm(P))
mended = np.asarray(chain.generator(fix_negative=True))
sums = expm(mended).sum(axis=1)
print("rate 0 -> 2:", logm(P)[0, 2], "mended", mended[0, 2], "- rows", mended.sum(axis=1).round(6), "- of its exponential", sums.round(6))
assert abs(mended[0, 2] + logm(P)[0, 2]) < 1e-12 and mended[0].sum() > 0.006 and sums[0] > 1.005

rates = TransitionMatrix(values=[[-1.0, 1.2, -0.2], [0.1, -0.1, 0.0], [0.0, 0.0, 0.0]])
rates.fix_negativerates()
print("fix_negativerates:", np.asarray(rates).tolist())
assert not np.asarray(rates).any()

without = np.asarray(chain.remove(2, "no such method"))
print("without state 2:", without.tolist())
assert np.allclose(without[0], [1, 0]) and np.allclose(without[1], [1 / 9, 8 / 9])
try:
    chain.remove(0, "no such method")
    raise SystemExit("a first state can be removed now")
except IndexError as error:
    print("IndexError:", error)
PY
