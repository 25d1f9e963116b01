#!/usr/bin/env bash
# mdpax 0.2.2, jax 0.10.2 (Python 3.12): the first solver of a process computes in float32, the next ones in the float64 that was asked for.
#
# Guess: jax_double_precision, on by default, makes the values float64; a solver made of a config, as in the docstring
#        of ValueIterationConfig, works; policy iteration that says that it has converged has the values of its policy.
# Seen:  the switch is set while the first solver is made, after its problem and its discount: their arrays, and the values, are
#        float32. The same two lines a second time give float64. With JAX_ENABLE_X64=1 the first is float64 too. A solver made of a
#        config raises NameError. And policy iteration, whose evaluation stops after 100 sweeps by default, ends
#        at a discount of 0.999 with values of 375 to 389 for 2614 to 2628, and only a line in the log that the policy is stable.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
# what it declares has JAX for a graphics card; the rest of that is here
"$work/venv/bin/pip" install --quiet --no-compile jax==0.10.2 numpy==2.4.6 chex==0.1.92 hydra-core==1.3.8 jaxtyping==0.3.11 loguru==0.7.3 \
    numpyro==0.22.0 orbax-checkpoint==0.12.8
"$work/venv/bin/pip" install --quiet --no-compile --no-deps mdpax==0.2.2
cd "$work"
cat > run.py <<'PY'
import sys

import numpy as np
from loguru import logger

logger.remove()
from mdpax.problems.forest import Forest, ForestConfig
from mdpax.solvers import PolicyIteration, ValueIteration
from mdpax.solvers.value_iteration import ValueIterationConfig


def types():
    solver = ValueIteration(Forest(S=5), gamma=0.95, epsilon=1e-9, convergence_test="max_diff", verbose=0)
    assert solver.jax_double_precision
    return str(solver.solve(5000).values.dtype)


found = [types(), types()]
print("values:", found)
assert found == sys.argv[1:]
try:
    ValueIteration(config=ValueIterationConfig(problem=ForestConfig(S=4)))
    raise SystemExit("a config will do now")
except NameError as error:
    print("NameError:", error)

# waiting is best in every state: 0.9 to the next age, 0.1 (a fire) to the first; 4 in the last
wait = np.zeros((5, 5))
for age in range(5):
    wait[age, 0] += 0.1
    wait[age, min(age + 1, 4)] += 0.9
right = np.linalg.solve(np.eye(5) - 0.999 * wait, [0, 0, 0, 0, 4])
solved = PolicyIteration(Forest(S=5), gamma=0.999, convergence_test="max_diff", verbose=0).solve()
off = np.abs(np.asarray(solved.values, float) - right).max()
print("policy iteration:", np.asarray(solved.values), "for", right, "policy", np.asarray(solved.policy).ravel(), solved.info)
assert (np.asarray(solved.policy) == 0).all() and solved.info.iteration < 10 and off > 2000
PY
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore run.py float32 float64
JAX_PLATFORMS=cpu JAX_ENABLE_X64=1 "$work/venv/bin/python" -W ignore run.py float64 float64
