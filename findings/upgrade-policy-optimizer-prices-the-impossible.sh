#!/usr/bin/env bash
# upgrade-policy-optimizer 0.1.2: the expected cost to a goal that may never be reached is a number, exit code 0.
#
# Guess: an infinite expectation is inf, or an error: the solver's documentation names the RuntimeError that it raises
#        where value iteration does not converge.
# Seen:  no such raise is in it. The values are what max_iter sweeps have added up, with converged False in the result;
#        with max_iter 200 the cost is 100.5. Its command prints them to two digits as expected costs and ends with 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile upgrade-policy-optimizer==0.1.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import json
import subprocess
import sys

from upo import MDP, solve_mdp_value_iteration

model = {
    "states": ["start", "goal", "stuck"],
    "terminal_states": ["goal"],
    "transitions": {"start": {"try": {"goal": 0.5, "stuck": 0.5}}, "stuck": {"wait": {"stuck": 1.0}}},
    "costs": {"start": {"try": 1.0}, "stuck": {"wait": 1.0}},
}
assert "RuntimeError" in solve_mdp_value_iteration.__doc__
mdp = MDP.from_dict(
    states=model["states"],
    terminal_states=model["terminal_states"],
    transitions_dict=model["transitions"],
    costs_dict=model["costs"],
)
for sweeps, cost in ((200, 100.5), (2000, 1000.5)):
    result = solve_mdp_value_iteration(mdp, max_iter=sweeps)
    print(f"max_iter {sweeps}: V = {result.V.tolist()}, converged {result.converged}")
    assert result.V[0] == cost and not result.converged

with open("model.json", "w") as file:
    json.dump(model, file)
command = [sys.executable, "-m", "upo.cli", "model.json", "--max-iter", "2000"]
ran = subprocess.run(command, capture_output=True, text=True)
(line,) = [line for line in ran.stdout.splitlines() if line.startswith("Expected Total Cost")]
print(f"{line} (exit code {ran.returncode}, {len(ran.stderr)} bytes on standard error)")
assert line.endswith(" 1000.50") and ran.returncode == 0 and not ran.stderr
EOF
