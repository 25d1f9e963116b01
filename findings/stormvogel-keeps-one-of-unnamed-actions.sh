#!/usr/bin/env bash
# stormvogel 0.13 (Python 3.12), stormpy 2.0.0: read from Storm's UMB file, an MDP has one action in every state.
#
# Guess: choices without names are told apart by their numbers, as stormvogel does with stormpy's model in memory
#        (actions "0", "1", ...); or the file is refused.
# Seen:  Storm writes names of actions only if asked to (set_build_choice_labels). Without them each choice of a
#        state is the empty action, and the last one stays. No message: the least and the greatest probability of
#        heads are both 1/2, where they are 1/2 and 3/4.
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

with open("throw.nm", "w") as file:
    file.write("""mdp
module m
  s : [0..2] init 0;
  [twice] s=0 -> 3/4 : (s'=1) + 1/4 : (s'=2);
  [once] s=0 -> 1/2 : (s'=1) + 1/2 : (s'=2);
  [] s>0 -> true;
endmodule
label "heads" = s=1;
""")
built = stormpy.build_model(stormpy.parse_prism_program("throw.nm"))
stormpy.io.export_to_umb(built, "throw.umb")


def ask(model):
    return [stormvogel.model_checking(model, f'{p}=? [F "heads"]', scheduler=False).at_init() for p in ("Pmin", "Pmax")]


print("Storm:", built.nr_choices, "choices; of UMB:", stormpy.build_model_from_umb("throw.umb").nr_choices)
assert built.nr_choices == stormpy.build_model_from_umb("throw.umb").nr_choices == 4
memory, file = stormpy_to_stormvogel(built), read_from_umb("throw.umb")
for name, model in (("memory", memory), ("file", file)):
    print(f"stormvogel, from {name}:", [str(a) for a, _ in model.initial_state.choices], ask(model))
assert len(list(memory.initial_state.choices)) == 2 and ask(memory) == [0.5, 0.75]
assert len(list(file.initial_state.choices)) == 1 and ask(file) == [0.5, 0.5]
EOF
