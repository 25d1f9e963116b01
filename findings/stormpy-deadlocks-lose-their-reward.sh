#!/usr/bin/env bash
# stormpy 2.0.0: a deadlock that Storm mends with a self-loop loses the reward of its state.
#
# Guess: a state without a command gets a loop and is then the same as one with the command `[] x=1 -> true`,
#        as in PRISM: `rewards true : 1` is paid there in every step.
# Seen:  the mended state pays 0. On 0 -> 1 with reward 1 everywhere: total reward 1 for inf, three steps 1 for 3,
#        expected reward at time 1 is 0 for 1, long-run average 0 for 1. A DRN export holds the zero too:
#        `state 1 [0] deadlock`. No message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import math

import stormpy
import stormpy.io

PROGRAM = """dtmc
module walk
  x : [0..1] init 0;
  [] x=0 -> (x'=1);
  %s
endmodule
rewards true : 1; endrewards
"""
QUERIES = ["R=? [C]", "R=? [C<=3]", "R=? [I=1]", "R=? [LRA]"]


def answers(loop):
    with open("walk.nm", "w") as file:
        file.write(PROGRAM % loop)
    program = stormpy.parse_prism_program("walk.nm")
    values = []
    for query in QUERIES:
        formulas = stormpy.parse_properties(query, program)
        model = stormpy.build_model(program, formulas)
        result = stormpy.model_checking(model, formulas[0])
        values.append(result.get_value(model.initial_states[0]))
    stormpy.io.export_to_drn(model, "walk.drn")
    with open("walk.drn") as file:
        state = next(line.strip() for line in file if line.startswith("state 1"))
    print(f"{loop or 'deadlock':18}", dict(zip(QUERIES, values)), "|", state)
    return values, state


assert answers("[] x=1 -> true;") == ([math.inf, 3, 1, 1], "state 1 [1]")
assert answers("") == ([1, 1, 0, 0], "state 1 [0] deadlock")
EOF
