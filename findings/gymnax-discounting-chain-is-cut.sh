#!/usr/bin/env bash
# gymnax 1.0.1, bsuite 0.3.6 (Python 3.12): the end of the discounting chain is an end in bsuite and a cut in gymnax.
#
# Guess: gymnax's DiscountingChain-bsuite is bsuite's discounting_chain: the same rewards at the same steps, 100 steps, and
#        the discount 0 at the last one, as its other environments of that name have it at their ends.
# Seen:  the same rewards at the same steps; the last step is truncated, not terminated, with the discount 1. What bootstraps at
#        a cut goes on past the last reward with a value that no step will ever correct; in bsuite it stops. And DeepSea's last
#        step is both, terminated and truncated, with the discount 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnax==1.0.1 bsuite==0.3.6 jax==0.10.2 numpy==2.4.6 six==1.17.0
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'EOF'
import gymnax
import jax
from bsuite.environments.discounting_chain import DiscountingChain


def run(name, actions):
    """Where rewards were paid, and the flags and the discount of the last step."""
    env, params = gymnax.make(name)
    step = jax.jit(env.step)
    _, state = env.reset(jax.random.PRNGKey(0), params)
    paid = []
    for t, action in enumerate(actions):
        _, state, reward, ended, cut, info = step(jax.random.PRNGKey(t), state, action, params)
        if reward:
            paid.append((t + 1, round(float(reward), 6)))
        if ended or cut:
            break
    return paid, t + 1, bool(ended), bool(cut), float(info["discount"])


for chain in range(5):
    actions = [chain] + 99 * [0]
    paid, steps, ended, cut, discount = run("DiscountingChain-bsuite", actions)
    other, rewards = DiscountingChain(mapping_seed=0), []
    other.reset()
    for t, action in enumerate(actions):
        last = other.step(action)
        if last.reward:
            rewards.append((t + 1, float(last.reward)))
    print(f"chain {chain}: gymnax {paid}, ended {ended}, cut {cut}, discount {discount}; bsuite {rewards}, {last.discount}")
    assert paid == rewards and steps == 100 and last.last() and last.discount == 0
    assert (ended, cut, discount) == (False, True, 1)
_, _, *flags = run("DeepSea-bsuite", 8 * [1])
print("deep sea: ended, cut, discount", flags)
assert flags == [True, True, 0]
_, _, *flags = run("UmbrellaChain-bsuite", 100 * [1])
print("umbrella: ended, cut, discount", flags)
assert flags == [True, False, 0]
EOF
