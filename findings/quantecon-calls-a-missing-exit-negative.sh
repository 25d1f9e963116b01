#!/usr/bin/env bash
# quantecon 0.13.1 (Python 3.12): estimate_mc of "a a b" raises "P must be nonnegative".
#
# Guess: the state that is seen only at the end has no exit to count: it is left out, absorbing, or the error names it.
# Seen:  its row is 0/0, and the check of the chain calls the NaN a negative probability; b is not named. The default of
#        NumPy adds a warning of an invalid division. "a a b a", with one exit, is a chain.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile quantecon==0.13.1
"$work/venv/bin/python" -W ignore - <<'EOF'
from quantecon.markov import estimate_mc

chain = estimate_mc(list("aaba"))
print("a a b a:", chain.P.tolist())
assert chain.P.tolist() == [[0.5, 0.5], [1, 0]]
message = ""
try:
    print(estimate_mc(list("aab")).P)
except ValueError as error:
    message = str(error)
print("a a b: ValueError:", message)
assert message == "P must be nonnegative"
EOF
