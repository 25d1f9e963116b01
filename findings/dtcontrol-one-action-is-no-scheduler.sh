#!/usr/bin/env bash
# dtcontrol 2.1.15, stormpy 2.0.0 (Python 3.11): Storm's scheduler that has one action for all states is no data: ZeroDivisionError.
#
# Guess: its loader reads any scheduler that Storm writes as JSON for a PRISM program, with values of variables and origins of choices, as
#        documented; the least cost of going three steps, by `go`, is a tree of one leaf. Its command runs.
# Seen:  one with two actions is read right, states and choices. With one action the size of a step between the numbers of actions is
#        (0 - 0) / (1 - 1): ZeroDivisionError. Without the origins of choices every state is taken for one that Storm gave a loop
#        to, and left out: "max() arg is an empty sequence". The command `dtcontrol` ends in ModuleNotFoundError: it needs
#        pkg_resources, which its metadata do not name and setuptools has no more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile dtcontrol==2.1.15 stormpy==2.0.0 numpy==2.4.6 setuptools==82.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'EOF'
import json

import stormpy
from dtcontrol.dataset.storm_dataset_loader import StormDatasetLoader

PROGRAM = """mdp
module m
  x : [0..3] init 0;
  [go] x < 3 -> 0.7 : (x' = x + 1) + 0.3 : true;
  [leap] x < 3 -> 0.5 : (x' = min(x + 2, 3)) + 0.5 : true;
endmodule
label "goal" = x = 3;
rewards
  [go] true : 1;
  [leap] true : COST;
endrewards
"""


def read(cost, origins=True):
    """What dtcontrol makes of the scheduler of least cost: states, numbers and names of actions."""
    with open("m.prism", "w") as file:
        file.write(PROGRAM.replace("COST", cost))
    program = stormpy.parse_prism_program("m.prism")
    options = stormpy.BuilderOptions()
    options.set_build_all_reward_models()
    options.set_build_all_labels()
    options.set_build_state_valuations(True)
    options.set_build_choice_labels(True)
    if origins:
        options.set_build_choice_origins(True)
    model = stormpy.build_model[float](program, options=options)
    question = stormpy.parse_properties('Rmin=? [F "goal"]', program)[0]
    scheduler = stormpy.model_checking(model, question, extract_scheduler=True).get_scheduler()
    text = scheduler.to_json_str(model)
    with open("m.storm.json", "w") as file:
        file.write(text)
    print("Storm:", [(entry["s"], entry["c"][0].get("labels")) for entry in json.loads(text)])
    states, _, actions, names, _ = StormDatasetLoader()._load_dataset("m.storm.json")
    return {int(x): names["category_names"][0][a - 1][:-1] for (x,), (a,) in zip(states.tolist(), actions.tolist())}


two = read("1.2")
print("two actions:", two)
assert two[1] == "leap" and two[2] == "go"
for cost, origins, kind, words in (("9", True, ZeroDivisionError, "division"), ("9", False, ValueError, "empty")):
    message = ""
    try:
        read(cost, origins)
    except kind as error:
        message = f"{kind.__name__}: {error}"
    print("one action, origins", origins, ":", message)
    assert words in message
EOF
"$work/venv/bin/dtcontrol" --help 2>"$work/error" && exit 1
grep "No module named 'pkg_resources'" "$work/error"
