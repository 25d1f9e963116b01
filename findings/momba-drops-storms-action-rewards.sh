#!/usr/bin/env bash
# momba 0.6.12, stormpy 2.0.0: a JANI model of Storm's that goes through Momba has lost the rewards of its actions.
#
# Guess: jani.load_model reads what Storm makes of a PRISM program, or says that it cannot; dump_model writes the same model,
#        so that Storm's answers are those of before: 9 expected costs of 1 a step and 2 more for each `go`.
# Seen:  Storm writes the reward of an action as an assignment of the edge; Momba knows assignments of destinations and
#        of locations alone, leaves the edge's out with a UserWarning about "unknown fields", and writes a valid model whose
#        answer is 5.4, the steps alone. States, probabilities, state rewards and properties are kept.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile momba==0.6.12 stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json
import warnings

import stormpy
import stormpy.io
from momba import jani

with open("walk.nm", "w") as file:
    file.write(
        """mdp
module walk
  x : [0..3] init 0;
  [go]   x=0 -> 1/3 : (x'=1) + 2/3 : (x'=2);
  [wait] x=0 -> true;
  []     x>0 & x<3 -> 1/2 : (x'=x+1) + 1/2 : (x'=x-1);
  []     x=3 -> true;
endmodule
rewards "cost"
  true : 1;
  [go] true : 2;
endrewards
label "goal" = x=3;
"""
    )
program = stormpy.parse_prism_program("walk.nm")
model, properties = program.to_jani(stormpy.parse_properties('Pmax=? [F "goal"]; R{"cost"}min=? [F "goal"]', program))
stormpy.io.export_jani_to_file("storm.jani", model, properties)
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    with open("storm.jani", "rb") as file:
        network = jani.load_model(file.read())
print("warnings:", [str(w.message)[:40] for w in heard])
assert any("unknown fields {'assignments'}" in str(w.message) for w in heard)
with open("momba.jani", "wb") as file:
    written = jani.dump_model(network)
    file.write(written if isinstance(written, bytes) else written.encode())


def answers(path):
    model, properties = stormpy.parse_jani_model(path)
    found = []
    for formula in properties:
        built = stormpy.build_model(model, [formula])
        found.append(stormpy.model_checking(built, formula).get_value(built.initial_states[0]))
    print(path, found)
    return found


# by hand: v0 = 3 + v1/3 + 2 v2/3, v1 = 1 + v0/2 + v2/2, v2 = 1 + v1/2; with 1 in place of 3 without the reward of `go`
before, after = answers("storm.jani"), answers("momba.jani")
assert abs(before[1] - 9) < 1e-4 and abs(after[1] - 5.4) < 1e-4 and before[0] == after[0] == 1
assert any("assignments" in edge for edge in json.load(open("storm.jani"))["automata"][0]["edges"])
assert not any("assignments" in edge for edge in json.load(open("momba.jani"))["automata"][0]["edges"])
PY
