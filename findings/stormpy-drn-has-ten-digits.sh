#!/usr/bin/env bash
# stormpy 2.0.0 (Python 3.11 or 3.12): a DRN export of doubles has ten digits, and read back a rare goal is never reached.
#
# Guess: export_to_drn writes a model so that build_model_from_drn gives it back: with the digits that tell doubles apart.
# Seen:  ten digits of each number: thirds sum to 0.9999999999, and of a goal that comes with 1e-11 a step the staying is `1` beside
#        `1e-11`, a row above 1, silently. The expected time to it, 1e11 before, has "no solution" after. options with
#        output_precision = 17 give the model back, and so does a UMB export.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io
from stormpy.io import DirectEncodingExporterOptions


def built(text):
    with open("model.prism", "w") as file:
        file.write(f"dtmc\nmodule m\n{text}\nendmodule\n" + 'label "goal" = s=1;\nrewards "steps" s!=1: 1; endrewards\n')
    return stormpy.build_model(stormpy.parse_prism_program("model.prism"))


def time(model):
    return stormpy.model_checking(model, stormpy.parse_properties('R=? [F "goal"]')[0]).get_value(0)


def rows(options=None):
    """The transitions of state 0 in the file."""
    stormpy.io.export_to_drn(model, "model.drn", options=options)
    with open("model.drn") as file:
        lines = [line.rstrip() for line in file]
    start = next(i for i, line in enumerate(lines) if line.startswith("\taction"))
    return [line.split(":")[1].strip() for line in lines[start + 1 :] if line.startswith("\t\t")]


model = built("s:[0..3] init 0;\n[] s=0 -> 1/3:(s'=1) + 1/3:(s'=2) + 1/3:(s'=3);\n[] s>0 -> true;")
print("thirds:", rows()[:3])
assert rows()[:3] == ["0.3333333333"] * 3

model = built("s:[0..1] init 0;\n[] s=0 -> 1-1e-11:true + 1e-11:(s'=1);\n[] s=1 -> true;")
before = time(model)
print("a goal of 1e-11:", rows()[:2], "time before:", before)
assert rows()[:2] == ["1", "1e-11"] and abs(before / 1e11 - 1) < 1e-4
try:
    print(time(stormpy.build_model_from_drn("model.drn")))
    raise SystemExit("the file has the time now")
except RuntimeError as error:
    print("read back:", error)
    assert "no solution" in str(error)

options = DirectEncodingExporterOptions()
options.output_precision = 17
print("17 digits:", rows(options)[:2], "time:", time(stormpy.build_model_from_drn("model.drn")))
assert time(stormpy.build_model_from_drn("model.drn")) == before
stormpy.io.export_to_umb(model, "model.umb")
assert time(stormpy.build_model_from_umb("model.umb")) == before
EOF
