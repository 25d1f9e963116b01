#!/usr/bin/env bash
# pyRDDLGym 2.7, pyRDDLGym-jax 3.1, jax 0.12.0.1 (Python 3.12): Pareto(3, 10) has mean 5 in the one simulator and 15 in the other.
#
# Guess: RDDL's Pareto(shape, scale) is the law on [scale, inf) with the tail (scale / x)^shape, of mean 15 for (3, 10), in both
#        simulators of one description.
# Seen:  pyRDDLGym multiplies NumPy's pareto(), which is Lomax's law and starts at 0, by the scale: draws below 10, mean 5. With
#        pyRDDLGym-jax's JaxRDDLSimulator the same file draws 10 and more, mean 15: what its planner learns is paid otherwise by
#        the environment.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym==2.7 pyRDDLGym-jax==3.1 jax==0.12.0.1 jaxlib==0.12.0.1
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'EOF'
import contextlib
import io

import numpy as np
import pyRDDLGym
from pyRDDLGym.core.simulator import RDDLSimulator
from pyRDDLGym_jax.core.simulator import JaxRDDLSimulator

open("domain.rddl", "w").write("""domain tail {
  pvariables {
    SCALE : { non-fluent, real, default = 10.0 };
    x     : { state-fluent, real, default = 0.0 };
    idle  : { action-fluent, bool, default = false };
  };
  cpfs { x' = Pareto(3.0, SCALE); };
  reward = 0.0;
}""")
open("instance.rddl", "w").write("""
non-fluents ten { domain = tail; non-fluents { SCALE = 10.0; }; }
instance once {
  domain = tail; non-fluents = ten; init-state { x = 0.0; };
  max-nondef-actions = 1; horizon = 3000; discount = 1.0;
}""")

drawn = {}
for backend in (RDDLSimulator, JaxRDDLSimulator):
    with contextlib.redirect_stdout(io.StringIO()):
        env = pyRDDLGym.make("domain.rddl", "instance.rddl", backend=backend)
    env.reset(seed=0)
    drawn[backend] = np.array([float(env.step({})[0]["x"]) for _ in range(3000)])
    print(f"{backend.__name__}: least {drawn[backend].min():.3f}, mean {drawn[backend].mean():.2f}")
ours, theirs = drawn[RDDLSimulator], drawn[JaxRDDLSimulator]
assert ours.min() < 0.1 and abs(ours.mean() - 5) < 0.8
assert theirs.min() >= 10 and abs(theirs.mean() - 15) < 0.8
EOF
