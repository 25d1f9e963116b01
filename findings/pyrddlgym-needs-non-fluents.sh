#!/usr/bin/env bash
# pyRDDLGym 2.7: an instance without a non-fluents block raises KeyError: 'non_fluents'.
#
# Guess: a domain that declares no non-fluent needs no block for them (the instance has nothing to say there).
# Seen:  the parser takes the text, the model is then refused with the bare key; not the file nor the
#        missing block is named. A dummy non-fluent and a block for it make the same model load.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym==2.7
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import contextlib
import io

import pyRDDLGym

DOMAIN = """domain count {
  pvariables {
    %s
    x  : { state-fluent, int, default = 0 };
    up : { action-fluent, bool, default = false };
  };
  cpfs { x' = if (up) then x + 1 else x; };
  reward = x;
}"""
INSTANCE = """%s instance i {
  domain = count; %s init-state { x = 0; };
  max-nondef-actions = 1; horizon = 5; discount = 1.0;
}"""


def load(fluent, block, reference):
    with open("domain.rddl", "w") as domain, open("instance.rddl", "w") as instance:
        domain.write(DOMAIN % fluent)
        instance.write(INSTANCE % (block, reference))
    with contextlib.redirect_stdout(io.StringIO()):
        env = pyRDDLGym.make("domain.rddl", "instance.rddl")
    env.reset()
    return env.step({"up": True})[0]


dummy = load("DUMMY : { non-fluent, real, default = 0.0 };",
             "non-fluents none { domain = count; non-fluents { DUMMY = 0.0; }; }", "non-fluents = none;")
print("with a dummy:", dummy)
assert dummy["x"] == 1
try:
    load("", "", "")
except KeyError as error:
    print("without:      KeyError:", error)
    assert error.args == ("non_fluents",)
else:
    raise SystemExit("changed: loads without non-fluents")
EOF
