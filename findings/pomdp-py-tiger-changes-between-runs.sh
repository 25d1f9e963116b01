#!/usr/bin/env bash
# pomdp-py 1.3.5.1 (Python 3.12): its tiger, exported, has another order of actions in each run; listening moves it.
#
# Guess: to_pomdp_file of the package's own Tiger writes the tiger of the literature, the same file every time: a policy
#        that a solver answers by numbers of actions can be read with the lists of a later run.
# Seen:  the actions come from a set of strings, whose order changes with Python's seed of hashes: number 0 opens a door in
#        one run and listens in another. `T: listen` is no identity, either: 0.999999999 and 0.000000001, as the
#        model itself has it, so that the two states are one class under listening alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --only-binary pomdp-py pomdp-py==1.3.5.1
cat > "$work/tiger.py" <<'EOF'
import sys

from pomdp_py.problems.tiger.tiger_problem import make_tiger
from pomdp_py.utils.interfaces.conversion import to_pomdp_file

to_pomdp_file(make_tiger().agent, sys.argv[1])
EOF
for seed in 1 2 3 4 5 6; do
    PYTHONHASHSEED=$seed "$work/venv/bin/python" -W ignore "$work/tiger.py" "$work/$seed.pomdp"
    grep '^actions' "$work/$seed.pomdp"
done
orders=$(cat "$work"/*.pomdp | grep '^actions' | sort -u | wc -l)
[ "$orders" -gt 1 ]
grep '^T : listen' "$work/1.pomdp"
grep -qx 'T : listen : tiger-left : tiger-right 0.000000001' "$work/1.pomdp"
