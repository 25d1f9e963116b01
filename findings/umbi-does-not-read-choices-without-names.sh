#!/usr/bin/env bash
# umbi 0.2.14 (Python 3.12), stormpy 2.0.0: the exchange format's own library does not read Storm's file of a model where no command has a name.
#
# Guess: umbi reads what Storm writes with set_build_choice_labels, where the choices have names and where they have none.
# Seen:  where one command has a name it does. Where none has, as in CTMCs, Storm writes one string, the empty one, for all choices, and
#        umbi raises "ValueError: Modifying choice_action_to_name failed: input list length 0 does not match the number of choice
#        actions 1"; Storm reads the file back. Without set_build_choice_labels umbi reads the model.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0 umbi==0.2.14
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io
from umbi.ats import ats_to_umb

COIN = """mdp
module m
  s : [0..1] init 0;
  [NAME] s=0 -> 1/2 : true + 1/2 : (s'=1);
  [] s=0 -> (s'=1);
  [] s=1 -> true;
endmodule
"""
RATES = """ctmc
module m
  s : [0..1] init 0;
  <> s=0 -> 2 : (s'=1);
  <> s=1 -> 3 : (s'=0);
endmodule
"""


def choices(text, named):
    """The number of choices that Storm and umbi read of Storm's file."""
    with open("model.prism", "w") as file:
        file.write(text)
    options = stormpy.BuilderOptions()
    if named:
        options.set_build_choice_labels()
    stormpy.io.export_to_umb(stormpy.build_model(stormpy.parse_prism_program("model.prism"), options=options), "model.umb")
    storm = stormpy.build_model_from_umb("model.umb").nr_choices
    try:
        return storm, ats_to_umb.read("model.umb").num_choices
    except ValueError as error:
        print("ValueError:", error)
        assert "input list length 0 does not match the number of choice actions 1" in str(error)
        return storm, None


for name, text, number in (("a name", COIN.replace("NAME", "toss"), 3), ("no name", COIN.replace("NAME", ""), 3), ("rates", RATES, 2)):
    plain, named = choices(text, False), choices(text, True)
    print(f"{name}: without labels of choices {plain}, with them {named}")
    assert plain == (number, number) and named == (number, number if name == "a name" else None)
EOF
