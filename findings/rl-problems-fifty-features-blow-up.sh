#!/usr/bin/env bash
# rl_problems 0.1.1: the contextual bandit's step of 1/n overshoots with many features: weights of hundreds for weights near 1; n_runs plays n_runs - 1 times.
#
# Guess: ContextualBandit learns the linear rewards (noise 0.1) of the arm it
#   plays most to within 0.2 in each weight: 1000 runs with 10 features (its
#   own example), 1000 with 50. KArmedBandit's counts sum to n_runs.
# Seen: an arm's first step has rate 1, its second 1/2, whatever the length
#   of the context, whose square is near the number of features d: the error is
#   multiplied by up to 1 - d, 1 - d/2, … and grows until n is near d. With 10
#   features the best-known arm is up to 0.3 off after 1000 runs, with 50 by
#   170 to 440 (the true weights are standard normal), and the greedy choice
#   is of noise; after 20,000 still by 0.3 to 2. Least squares on the
#   very contexts and rewards of that arm is within 0.05.
#   KArmedBandit(1000, …) pulls 999 times: its loop is range(1, n_runs); the
#   other three bandits pull n_runs times. The README imports from
#   RL_Problems, which is not there: the package is rl_problems.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3.12}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile rl_problems==0.1.1 numpy==2.3.5
"$tmp/v/bin/python" - <<'PY'
import random
import numpy as np
from rl_problems.Bandit_Problem.contextual_bandit import ContextualBandit
from rl_problems.Bandit_Problem.k_armed_bandit import KArmedBandit

update = "_ContextualBandit__update_estimates"

def errors(runs, features, seed):
    np.random.seed(seed)
    random.seed(seed)
    bandit, seen = ContextualBandit(n_runs=runs, epsilon=.1, num_arms=5, context_dim=features), []
    own = getattr(bandit, update)
    def recorded(action, reward, context):
        seen.append((action, reward, context))
        own(action, reward, context)
    setattr(bandit, update, recorded)
    r = bandit.run_contextual_bandit()
    arm = int(np.argmax(r["Counts"]))
    x = np.array([c for a, _, c in seen if a == arm])
    y = np.array([w for a, w, _ in seen if a == arm])
    fit = np.linalg.lstsq(x, y, rcond=None)[0]
    return abs(r["Estimated_Q"][arm] - r["True_Q"][arm]).max(), abs(fit - r["True_Q"][arm]).max()

for runs, features in ((1000, 3), (1000, 10), (1000, 50), (20_000, 50)):
    e = np.array([errors(runs, features, seed) for seed in range(5)])
    print(f"{runs} runs, {features} features: off by", e[:, 0].round(2), "least squares by", e[:, 1].round(3))
    assert (e[:, 1] < .05).all()
    if features == 50:
        assert (e[:, 0] > (100 if runs == 1000 else .2)).all()

n = sum(KArmedBandit(1000, .1, 5).run_epsilon_greedy()["Counts"])
print("KArmedBandit(1000, …) pulls", n)
assert n == 999
try:
    import RL_Problems
    raise SystemExit("the README's import works")
except ModuleNotFoundError:
    pass
PY
