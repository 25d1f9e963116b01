#!/usr/bin/env bash
# mdptoolbox-hiive 4.0.3.1: RelativeValueIteration, its solver for the average reward, solves no model.
#
# Guess: the fork renamed `discount` to `gamma` in every class, so all solvers of its documentation run.
# Seen:  RelativeValueIteration still sets `discount`, while the Bellman operator that it inherits reads
#        `gamma`: run() raises AttributeError on the toolbox's own example, forest(). PolicyIteration solves
#        the same model. There is no other way to the average reward in the package.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps \
    mdptoolbox-hiive==4.0.3.1 numpy==2.2.6 scipy==1.15.3
"$work/venv/bin/python" - <<'EOF'
from hiive.mdptoolbox import example, mdp

P, R = example.forest()
discounted = mdp.PolicyIteration(P, R, 0.9)
discounted.run()
assert abs(discounted.V[0] - 26.244) < 1e-9, discounted.V

average = mdp.RelativeValueIteration(P, R)
try:
    average.run()
except AttributeError as error:
    print("RelativeValueIteration on forest():", error)
    assert "gamma" in str(error), error
else:
    raise SystemExit(f"changed: average reward {average.average_reward}")
EOF
