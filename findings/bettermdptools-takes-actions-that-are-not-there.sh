#!/usr/bin/env bash
# bettermdptools 0.11.0 (Python 3.12): where a state has fewer actions than state 0, the missing ones are worth 0.
#
# Guess: P[s] holds the actions of s, as its loops over P[s][a] do; a missing action is not chosen, or an error.
# Seen:  the table of q has as many columns as P[0] has actions, all of them 0 at first. State 1 has one action, at
#        -5; value iteration answers v = 0 and action 1, which P[1] does not have, without a word. The vectorised
#        variant and policy iteration raise a KeyError on the same P.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile bettermdptools==0.11.0 gymnasium==1.3.0 numpy==2.4.6
"$work/venv/bin/python" - <<'EOF'
from bettermdptools.algorithms.planner import Planner

P = {
    0: {0: [(1.0, 1, -1.0, False)], 1: [(1.0, 0, -2.0, False)]},
    1: {0: [(1.0, 2, -5.0, True)]},
    2: {0: [(1.0, 2, 0.0, True)], 1: [(1.0, 2, 0.0, True)]},
}
v, _, policy = Planner(P).value_iteration(gamma=0.9)
print("exact: v = [-5.5, -5, 0]; seen:", v, policy)
assert v.tolist() == [-1, 0, 0] and policy[1] == 1 and 1 not in P[1]
for name in ("value_iteration_vectorized", "policy_iteration"):
    try:
        getattr(Planner(P), name)(gamma=0.9)
    except KeyError as error:
        print(f"{name}: KeyError({error})")
    else:
        raise SystemExit(f"changed: {name} takes it")
EOF
