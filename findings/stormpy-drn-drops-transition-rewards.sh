#!/usr/bin/env bash
# stormpy 2.0.0: a DRN export of rewards r(s, a, s') is all zeros, silently.
#
# Guess: DRN has a place for r(s, a) only, so the export writes the expectation over s', or refuses.
# Seen:  the reward block is there, with 0 for every state and choice, and no message. The model checks to 4;
#        read back from its DRN, Storm itself says that the reward model is empty. UMB keeps the rewards: 4.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io

FILES = {
    "m.tra": "mdp\n0 0 0 0.5\n0 0 1 0.5\n0 1 1 1\n1 0 1 1\n",
    "m.lab": "#DECLARATION\ninit goal\n#END\n0 init\n1 goal\n",
    "m.trew": "0 0 1 4\n0 1 1 3\n",
}
for name, text in FILES.items():
    with open(name, "w") as file:
        file.write(text)
FORMULA = stormpy.parse_properties('Rmax=? [F "goal"]')[0]


def value(model):
    return stormpy.model_checking(model, FORMULA).get_value(0)


model = stormpy.build_model_from_explicit("m.tra", "m.lab", transition_rewards="m.trew")
stormpy.io.export_to_drn(model, "m.drn")
stormpy.io.export_to_umb(model, "m.umb")
umb = stormpy.build_model_from_umb("m.umb")
print("explicit files:", value(model), "UMB:", value(umb))
assert abs(value(model) - 4) < 1e-6 and abs(value(umb) - 4) < 1e-6

with open("m.drn") as file:
    rows = [line.strip() for line in file if line.strip().startswith(("state", "action"))]
print("DRN:", rows)
assert rows == ["state 0 [0] init", "action 0 [0]", "action 1 [0]", "state 1 [0] goal", "action 0 [0]"]
try:
    print(value(stormpy.build_model_from_drn("m.drn")))
except RuntimeError as error:
    print("DRN, read back:", error)
    assert "empty" in str(error)
else:
    raise SystemExit("changed: the DRN has rewards")
EOF
