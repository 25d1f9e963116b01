#!/usr/bin/env bash
# umbi 0.2.14 (Python 3.12), stormpy 2.0.0: the exchange format's own library does not read values of variables as
# Storm writes them.
#
# Guess: what Storm exports of a PRISM program, with set_build_state_valuations(), is read by umbi: both are of the
#        format's authors.
# Seen:  Storm writes the bounds of each variable (lower, upper), as it knows them for every PRISM variable. umbi raises
#        NotImplementedError, strict or not; without the valuations the same model is read, and so is the
#        file by Storm. So a model from PRISM loses the names of its states on the way to umbi and what is built on it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile umbi==0.2.14 stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import json
import tarfile

import stormpy
import stormpy.io
from umbi.ats import ats_to_umb

with open("walk.nm", "w") as file:
    file.write("""dtmc
module walk
  x : [0..2] init 0;
  [] x<2 -> 1/2 : (x'=x+1) + 1/2 : true;
  [] x=2 -> true;
endmodule
label "end" = x=2;
""")
program = stormpy.parse_prism_program("walk.nm")
for name, valuations in (("plain.umb", False), ("named.umb", True)):
    options = stormpy.BuilderOptions()
    options.set_build_all_labels()
    if valuations:
        options.set_build_state_valuations()
    stormpy.io.export_to_umb(stormpy.build_model[float](program, options=options), name)

with tarfile.open("named.umb") as archive:
    index = json.load(archive.extractfile("index.json"))
variable = index["valuations"]["states"]["classes"][0]["variables"][0]
print("Storm writes:", variable)
assert variable["lower"] == 0 and variable["upper"] == 2

print("without valuations umbi reads", ats_to_umb.read("plain.umb", strict=True).num_states, "states")
print("Storm reads", stormpy.build_model_from_umb("named.umb").nr_states, "states with them")
for strict in (True, False):
    try:
        ats_to_umb.read("named.umb", strict=strict)
    except NotImplementedError as error:
        print(f"umbi, strict={strict}: NotImplementedError: {error}")
    else:
        raise SystemExit("changed: umbi reads it")
EOF
