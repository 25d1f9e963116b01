#!/usr/bin/env bash
# pyRDDLGym 2.7: an action that the model forbids is carried out, by default and without a word.
#
# Guess: action-preconditions say which actions exist in a state; step() raises on a forbidden one, as it does
#        on one action too many (max-nondef-actions).
# Seen:  make() has enforce_action_constraints=False: the forbidden `push` moves x, pays its reward and
#        there is no warning. Two actions where one is allowed raise even so. With the flag it raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym==2.7
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import contextlib
import io
import warnings

import pyRDDLGym

open("domain.rddl", "w").write("""domain push {
  pvariables {
    DUMMY : { non-fluent, real, default = 0.0 };
    x     : { state-fluent, int, default = 0 };
    push  : { action-fluent, bool, default = false };
    pull  : { action-fluent, bool, default = false };
  };
  cpfs { x' = if (push) then x + 1 else x; };
  reward = if (push) then 10 else 0;
  action-preconditions { push => (x == 0); };
}""")
open("instance.rddl", "w").write("""
non-fluents none { domain = push; non-fluents { DUMMY = 0.0; }; }
instance once {
  domain = push; non-fluents = none; init-state { x = 0; };
  max-nondef-actions = 1; horizon = 5; discount = 1.0;
}""")


def pushes(**options):
    with contextlib.redirect_stdout(io.StringIO()):
        env = pyRDDLGym.make("domain.rddl", "instance.rddl", **options)
    env.reset()
    return env, [env.step({"push": True})[:2] for _ in range(2)]


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    env, seen = pushes()
print("forbidden in x = 1:", seen, "warnings:", [str(w.message) for w in caught])
assert [(s["x"], r) for s, r in seen] == [(1, 10), (2, 10)]
assert not [w for w in caught if "precondition" in str(w.message)]

for name, call in (("two actions", lambda: env.step({"push": True, "pull": True})),
                   ("enforced", lambda: pushes(enforce_action_constraints=True))):
    try:
        call()
    except Exception as error:
        print(f"{name}: {type(error).__name__}")
    else:
        raise SystemExit(f"changed: {name} does not raise")
EOF
