#!/usr/bin/env bash
# icu-sepsis 2.0.1, gymnasium 1.4.0: the expert's policy takes actions that the environment calls inadmissible, in every state.
#
# Guess: expert_policy, "cleaned" of the actions that were taken too seldom, is a policy over the admissible ones: it survives with
#        0.78, as documented, whatever is done about inadmissible actions; its rows sum to 1.
# Seen:  0.78 it is by default, where an inadmissible action is the mean of the admissible ones. But in each of the 713
#        states of living patients the policy has mass on inadmissible actions, 0.16 in the mean and up to 0.88: with
#        inadmissible_action_strategy="terminate" it survives with 0.42, where uniform admissible actions have 0.78. The last
#        three rows are zero. (The documented 0.88 of the best policy is 0.875.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile icu-sepsis==2.0.1 gym==0.26.2 gymnasium==1.4.0 numpy==1.26.4
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY' 2>&1 | grep -v -i -e "gym has been" -e "users of this version" -e "migration guide" -e "please upgrade"
import gymnasium
import icu_sepsis
import numpy as np

LIVING, DEATH = 713, 713
env = gymnasium.make("Sepsis/ICU-Sepsis-v2").unwrapped
model, expert = env.dynamics, env.expert_policy
transitions, start = model["tx_mat"], model["d_0"][:LIVING]
allowed = np.zeros((716, 25), bool)
for s, actions in enumerate(model["admissible_actions"]):
    allowed[s, actions] = True
ending = np.where(allowed[:, :, None], transitions, np.eye(716)[DEATH])


def survival(policy, p):
    """The probability to reach the state after death's, that of survival, from the start."""
    chain = np.einsum("sa,sat->st", policy[:LIVING], p[:LIVING])
    return float(start @ np.linalg.solve(np.eye(LIVING) - chain[:, :LIVING], chain[:, DEATH + 1]))


outside = np.where(allowed, 0, expert)[:LIVING].sum(1)
uniform = allowed / allowed.sum(1, keepdims=True)
print("mass on inadmissible actions: least", outside.min(), "mean", outside.mean(), "most", outside.max())
for name, policy in (("expert", expert), ("uniform, admissible", uniform)):
    print(f"{name}: {survival(policy, transitions):.4f} by default, {survival(policy, ending):.4f} where inadmissible actions end")
assert 0 < outside.min() and abs(outside.mean() - 0.1564) < 1e-3 and abs(outside.max() - 0.8772) < 1e-3
assert abs(survival(expert, transitions) - 0.78) < 0.005 and abs(survival(expert, ending) - 0.4158) < 1e-3
assert abs(survival(uniform, ending) - 0.78) < 0.005
assert np.allclose(expert.sum(1), np.arange(716) < LIVING)

# the environment itself
env = gymnasium.make("Sepsis/ICU-Sepsis-v2", inadmissible_action_strategy="terminate")
draw, alive, episodes = np.random.default_rng(0), 0.0, 2000
state, _ = env.reset(seed=0)
for _ in range(episodes):
    state, _ = env.reset()
    ended = cut = False
    while not (ended or cut):
        state, reward, ended, cut, _ = env.step(draw.choice(25, p=expert[state]))
        alive += reward
print("survived in", episodes, "episodes:", alive / episodes)
assert abs(alive / episodes - 0.4158) < 0.05
PY
