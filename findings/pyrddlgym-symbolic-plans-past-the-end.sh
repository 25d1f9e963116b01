#!/usr/bin/env bash
# pyRDDLGym-symbolic 0.0.11, pyRDDLGym 2.7, xaddpy 0.2.8 (Python 3.11 or 3.12): symbolic value iteration goes on after the end, 2 for 1, and takes forbidden actions.
#
# Guess: ValueIteration of a grounded RDDL problem is the optimal discounted value of what the simulator of pyRDDLGym runs: episodes end where
#        the `termination` block holds, and actions are taken where `action-preconditions` let them. KronDelta(b) is b.
# Seen:  neither block is asked for: a step that pays 1 and ends is worth 2 at a discount of 1/2 (`terminated` in the simulator, which
#        refuses another step), and a problem whose one action is forbidden everywhere is worth 0.4 as without the
#        precondition, for 0. With KronDelta around the same Boolean expression the value holds tests such as "-0.75 + False <= 0",
#        and cannot be evaluated: AssertionError without a message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym-symbolic==0.0.11 pyRDDLGym==2.7 xaddpy==0.2.8 symengine==0.15.0 sympy==1.14.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" -W ignore - 2> stderr <<'EOF' || { cat stderr; exit 1; }
import contextlib
import io

import pyRDDLGym
from pyRDDLGym.core.grounder import RDDLGrounder
from pyRDDLGym.core.parser.parser import RDDLParser
from pyRDDLGym.core.parser.reader import RDDLReader
from pyRDDLGym_symbolic.core.model import RDDLModelXADD
from pyRDDLGym_symbolic.mdp.mdp_parser import MDPParser
from pyRDDLGym_symbolic.solver.vi import ValueIteration


def write(body):
    open("domain.rddl", "w").write(
        "domain lamp { pvariables { ONE : { non-fluent, real, default = 1.0 }; x : { state-fluent, bool, default = false };"
        " go : { action-fluent, bool, default = false }; }; " + body + " }"
    )
    open("instance.rddl", "w").write(
        "non-fluents one { domain = lamp; non-fluents { ONE = 1.0; }; } instance once { domain = lamp; non-fluents = one;"
        " init-state { x = false; }; max-nondef-actions = 1; horizon = 40; discount = 0.5; }"
    )


def value(body):
    """The value of the state in which x is false, after 60 sweeps, as in the package's own example."""
    write(body)
    with contextlib.redirect_stdout(io.StringIO()):
        reader, parser = RDDLReader("domain.rddl", "instance.rddl"), RDDLParser(None, False)
        parser.build()
        ast = parser.parse(reader.rddltxt)
        model = RDDLModelXADD(RDDLGrounder(ast).ground(), reparam=False)
        model.compile()
        mdp = MDPParser().parse(model, model.discount, concurrency=ast.instance.max_nondef_actions)
        found = ValueIteration(mdp=mdp, max_iter=60, perform_reduce_lp=False).solve()["value_dd"][-1]
    return mdp.context.evaluate(found, bool_assign={model.ns["x"]: False}, cont_assign={}, primitive_type=True)


LIGHT = "cpfs { x' = if (x) then Bernoulli(1.0) else if (go) then Bernoulli(0.25) else Bernoulli(0.0); }; reward = x;"
ENDS = "cpfs { x' = true; }; reward = 1.0;"

free, forbidden = value(LIGHT), value(LIGHT + " action-preconditions { ~go; };")
print("the lamp:", free, "with the switch forbidden:", forbidden, "for 0")
assert abs(free - 0.4) < 1e-9 and abs(forbidden - 0.4) < 1e-9

past = value(ENDS + " termination { x; };")
with contextlib.redirect_stdout(io.StringIO()):
    env = pyRDDLGym.make("domain.rddl", "instance.rddl")
env.reset(seed=0)
_, reward, terminated, _, _ = env.step({})
print("a step that pays", reward, "and ends:", terminated, "| its value:", past)
assert reward == 1 and terminated and abs(past - 2) < 1e-9

print("x' = x | go:", value("cpfs { x' = x | go; }; reward = x;"))
try:
    print(value("cpfs { x' = KronDelta(x | go); }; reward = x;"))
    raise SystemExit("KronDelta can be evaluated now")
except AssertionError as error:
    print("x' = KronDelta(x | go): AssertionError", error)
EOF
