#!/usr/bin/env bash
# rl-envs-forge 6.0.0, gymnasium 0.29.1, numpy 1.26.4 (Python 3.11 or 3.12): each pull of its bandit ends an episode, and each reset draws new means: over 4,000 resets an arm has 4,000 of them, and nothing can be learned; a gambler with 1 may stake 100: 0.4 for 0.002.
#
# Guess (30 November 2026, not blind: not written down before its source was read): arms stay what they are from episode to episode, and a gambler stakes what he has.
# Seen:  KArmedBandit.step() says terminated=True, after which Gymnasium's loop and vector environments call reset(), which "reinitializes the arms": means are
#        drawn anew, and changes over time begin at 0 again. Given by arm_params arms stay. GamblersProblem takes any stake up to the goal by default
#        (strict_actions=True refuses), so that its best play wins 0.4 from a capital of 1 where its own build_mdp() has 0.002.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rl-envs-forge==6.0.0 gymnasium==0.29.1 numpy==1.26.4
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
import numpy as np
from rl_envs_forge.envs.acml.gambler_problem.gambler_problem import GamblersProblem
from rl_envs_forge.envs.k_armed_bandit.k_armed_bandit import KArmedBandit

bandit = KArmedBandit(k=3, seed=0)
bandit.reset(seed=0)
means, rewards = [], []
for _ in range(4000):
    means.append(bandit.arms[0].current_params["mean"])
    _, reward, terminated, _, _ = bandit.step(0)
    rewards.append(reward)
    assert terminated
    bandit.reset()
print("bandit: means of arm 0 over 4,000 resets", len(set(means)), "with the standard deviation", np.std(means).round(2))
assert len(set(means)) == 4000 and abs(np.std(means) - 1) < 0.05
bandit = KArmedBandit(k=3, arm_params={0: {"distribution": "normal", "mean": 2.0, "std": 1.0}})
bandit.reset(), bandit.reset()
assert bandit.arms[0].current_params["mean"] == 2.0

gambler = GamblersProblem()
gambler.reset(seed=1)
won = 0
for _ in range(4000):
    gambler.reset()
    _, reward, terminated, _, _ = gambler.step(100)
    won += reward
model = gambler.build_mdp()
values = np.zeros(101)
for _ in range(2000):
    for state in range(1, 100):
        values[state] = max(sum(p * (r + (0 if end else values[s])) for s, r, end, p in model[state, a].values())
                            for a in range(1, min(state, 100 - state) + 1))
print("gambler: from 1 a stake of 100 wins", won / 4000, "the model's optimum is", values[1].round(4))
assert abs(won / 4000 - 0.4) < 0.03 and values[1] < 0.0025
PY
cat seen
