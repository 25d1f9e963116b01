#!/usr/bin/env bash
# aniate 2.1.0: a model of unbounded value is "valid", and its optimum is what max_iter steps pay.
#
# Guess: "a model is rejected when its value is unbounded": at gamma 1 a loop that pays 1 is found at construction.
# Seen:  the check is that each state has some way to an end. The loop beside it passes; the start value is 1000 with
#        max_iter=1000, and 100000 by default, with a line of the log and an infinite bound to tell. Where it pays 0
#        and the way out costs 5, the optimum is 0 by looping ("converged"), whose value evaluate() calls undefined.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile aniate==2.1.0 numpy==2.4.6 scipy==1.17.1
ANIATE_BANNER=0 "$work/venv/bin/python" - <<'EOF'
import aniate


def model(loop, out):
    return aniate.from_functions(
        states=[0, 1],
        actions=["loop", "out"],
        transition=lambda s, a: {s if a == "loop" else 1: 1.0},
        reward=lambda s, a, t: 0.0 if s == 1 else loop if a == "loop" else out,
        gamma=1.0,
        terminal=[1],
        initial=0,
    )


for sweeps in (100, 1000):
    found = model(1.0, 0.0).solve(max_iter=sweeps).describe()
    print(f"loop pays 1, max_iter {sweeps}: start value {found['start_value']}, stopped: {found['stopped']}")
    assert found["start_value"] == sweeps

idle = model(0.0, -5.0)
found = idle.solve().describe()
print("loop pays 0, out costs 5:", found["start_value"], found["policy"], found["stopped"])
assert found["start_value"] == 0 and found["policy"] == {"0": "loop"} and found["stopped"] == "converged"
try:
    aniate.evaluate(idle, [0, 0])
except ValueError as error:
    print("evaluate of that policy:", str(error)[:33])
else:
    raise SystemExit("changed: it has a value")
EOF
