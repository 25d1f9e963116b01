#!/usr/bin/env bash
# stormpy 2.0.0: a block of rewards without a name cannot be asked for beside a named one; through UMB it can.
#
# Guess: `R=?` means the unnamed block where there is one (as PRISM's R means the first), in the model and in what
#        is read back from its exports.
# Seen:  built from PRISM, or read back from DRN: "The reward model is not unique", and no name reaches it. UMB has
#        named it `default`: the same model, read back from UMB, answers R{"default"}=? with 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io

with open("walk.nm", "w") as file:
    file.write("""dtmc
module walk
  x : [0..1] init 0;
  [] x=0 -> (x'=1);
  [] x=1 -> true;
endmodule
rewards x=0 : 1; endrewards
rewards "toll" x=0 : 5; endrewards
label "goal" = x=1;
""")
built = stormpy.build_model(stormpy.parse_prism_program("walk.nm"))
stormpy.io.export_to_drn(built, "walk.drn")
stormpy.io.export_to_umb(built, "walk.umb")


def ask(model, name):
    formula = stormpy.parse_properties(f'R{name}=? [F "goal"]')[0]
    try:
        return stormpy.model_checking(model, formula).get_value(0)
    except RuntimeError as error:
        return str(error).split("Exception: ")[-1]


seen = {
    source: (sorted(model.reward_models), [ask(model, name) for name in ("", '{"toll"}', '{"default"}')])
    for source, model in (
        ("PRISM", built),
        ("DRN", stormpy.build_model_from_drn("walk.drn")),
        ("UMB", stormpy.build_model_from_umb("walk.umb")),
    )
}
for source, found in seen.items():
    print(f"{source}:", *found)
assert seen["PRISM"] == seen["DRN"] and seen["DRN"][0] == ["", "toll"]
assert seen["DRN"][1][1] == 5 and all(isinstance(seen["DRN"][1][i], str) for i in (0, 2))
assert seen["UMB"][0] == ["default", "toll"] and seen["UMB"][1][1:] == [5, 1]
EOF
