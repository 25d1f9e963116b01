#!/usr/bin/env bash
# inferactively-pymdp 1.0.4, jax 0.7.2 (Python 3.11 or 3.12): one observation that is masked replaces the agent's likelihood by a uniform one for good.
#
# Expected, after a look at its source: infer_states(observation, prior, mask=[0]), "mask for observations", leaves that observation out: the beliefs are the prior for
#        this step, and the next observation, not masked, counts as before: 0.871 for a state that is 0.6 a priori.
# Seen:  the masked likelihood is written into the list that the agent holds. Beliefs are (0.6, 0.4), as they should be, and stay so: A is
#        (1/2, 1/2) in each column from then on, in inference, in planning and for whoever reads it. A mask of 0.5
#        halves what is left with each call. The array that the caller made is not changed. An agent that is a frozen module changes without a word.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 jax==0.7.2 jaxlib==0.7.2 inferactively-pymdp==1.0.4
JAX_PLATFORMS=cpu MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
import jax.numpy as jnp
import numpy as np
from pymdp.agent import Agent

A = jnp.array([[0.9, 0.2], [0.1, 0.8]])              # A[o, s]
B, D = jnp.array([[0.8, 0.3], [0.2, 0.7]])[..., None], jnp.array([0.6, 0.4])

def belief(agent, **options):
    return np.array(agent.infer_states([jnp.array([0])], empirical_prior=agent.D, **options)[0])[0, 0]

bayes = np.array(A[0] * D / (A[0] @ D))
agent = Agent(A=[A], B=[B], D=[D])
before, masked, after = belief(agent), belief(agent, mask=[jnp.array(0.0)]), belief(agent)
print(f"by Bayes {bayes.round(4)}: before {before.round(4)}, masked {masked.round(4)}, after {after.round(4)}; A is now {np.array(agent.A[0])[0].tolist()}")
assert np.allclose(before, bayes, atol=1e-5) and np.allclose(masked, D, atol=1e-5) and np.allclose(after, D, atol=1e-5)
assert np.allclose(agent.A[0], 0.5) and np.allclose(A, [[0.9, 0.2], [0.1, 0.8]])

agent, seen = Agent(A=[A], B=[B], D=[D]), []
for _ in range(3):
    belief(agent, mask=[jnp.array(0.5)])
    seen.append(round(float(agent.A[0][0, 0, 0]), 4))
print("A[0, 0] after each observation with a mask of 0.5:", seen)
assert np.allclose(seen, [0.7, 0.6, 0.55])
PY
