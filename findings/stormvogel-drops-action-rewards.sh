#!/usr/bin/env bash
# stormvogel 0.13 (Python 3.12): of a reward structure with items for states and for actions only the states' are read.
#
# Guess: its models have rewards of states only, so that rewards that differ between the actions of a state are refused:
#        it says so, and does where a structure has action items alone.
# Seen:  with one state item beside them the action items vanish, without a word, on both ways: from stormpy's model and
#        from a UMB file, with ignore_unsupported_rewards=False. The least cost to the goal is 4.5 in Storm and 1.5 in
#        stormvogel, which asks Storm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormvogel==0.13 stormpy==2.0.0 umbi==0.2.14
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io
import stormvogel
from stormvogel.stormpy_utils.mapping import stormpy_to_stormvogel
from stormvogel.umbi import read_from_umb

ASKED = 'Rmin=? [F "goal"]'


def build(name, rewards):
    with open(name, "w") as file:
        file.write(f"""mdp
module m
  s : [0..2] init 0;
  [a] s=0 -> 1/3 : (s'=1) + 2/3 : (s'=2);
  [b] s=0 -> (s'=2);
  [a] s=1 -> true;
  [a] s=2 -> 1/2 : (s'=0) + 1/2 : (s'=1);
endmodule
label "goal" = s=1;
rewards "r" {rewards} endrewards
""")
    options = stormpy.BuilderOptions()
    options.set_build_all_labels()
    options.set_build_all_reward_models()
    options.set_build_choice_labels()
    return stormpy.build_model(stormpy.parse_prism_program(name), options=options)


def ask(model):
    return stormvogel.model_checking(model, ASKED, scheduler=False).at_init()


both = build("both.nm", "s=0 : 1; [b] true : 2; [a] s=2 : 3;")
stormpy.io.export_to_umb(both, "both.umb")
exact = stormpy.model_checking(both, stormpy.parse_properties(ASKED)[0]).get_value(0)
seen = ask(stormpy_to_stormvogel(both)), ask(read_from_umb("both.umb"))
print("Storm:", exact, "stormvogel, of its model and of UMB:", seen)
assert abs(exact - 4.5) < 1e-4 and all(abs(value - 1.5) < 1e-4 for value in seen)
try:
    stormpy_to_stormvogel(build("actions.nm", "[b] true : 2; [a] s=2 : 3;"))
except ValueError as error:
    print("without the state item:", str(error).split(" State(")[0])
else:
    raise SystemExit("changed: action rewards are read")
EOF
