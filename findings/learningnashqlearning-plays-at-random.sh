#!/usr/bin/env bash
# LearningNashQLearning 0.12: the agents play at random whatever epsilon is, and the step size is divided by 1, 2, 3, … in a row: learning stops within ten steps of pure_training_ep.
#
# Guess: with epsilon = 0 ("randomicity") an agent plays its equilibrium
#   strategy of the current game's Q-table: in the prisoner's dilemma repeated
#   with gamma = 0.5 both defect from some step on, and the mean reward is near
#   1. pure_training_ep is a number of "steps for which the gamma value does
#   not decrease" (the step size is meant); from there it falls as alfa / n,
#   slowly, and the Q-table still moves.
# Seen: setCurrentStrategy is never called; the strategy stays None, and
#   np.random.choice with p=None is uniform. With epsilon = 0 each of the four
#   pairs of actions is played a quarter of the time to the end, the mean
#   reward is 2 (of random play, 1 for the equilibrium), and the rewards that
#   are returned and plotted say nothing of what was learned. The Q-table
#   itself is right with a constant step: 2 for both who defect. But
#   alfa = alfa / (t + 1 - pure_training_ep) divides what was divided the step
#   before: it is alfa / n!, 3e-7 of it after ten steps. With alfa = 0.1 and
#   pure_training_ep = 20 the Q-table after 20,000 steps is to the last bit the
#   one after 40, 0.45 for 2. epsilon is divided in the same way, which changes
#   nothing. (The default is 1000 steps; a game of many states needs more.)
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 pygambit==16.7.0 ipywidgets
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps LearningNashQLearning==0.12    # Model needs no more than these
"$tmp/v/bin/python" - <<'PY'
from collections import Counter
import numpy as np
from LearningNashQLearning.Model.Environment import Environment
from LearningNashQLearning.Model.NashQLearning import NashQLearning

PAY = {(0, 0): (3, 3), (0, 1): (0, 4), (1, 0): (4, 0), (1, 1): (1, 1)}      # 1 defects

def learn(steps, alfa, epsilon, pure):
    np.random.seed(0)
    env = Environment(NGames=1, NPlayers=2)
    game = env.getGame(0)
    game.setPossibleActions((2, 2))
    for a, p in PAY.items():
        game.setPayoff(a, np.array(p, float))
        game.setTransition(a, 0, 1.0)
    nq = NashQLearning(env)
    nq.setSteps({"new": steps})
    total, diffs, rewards, history = nq.nashQlearning(
        alfa=alfa, gamma=.5, epsilon=epsilon, pure_training_ep=pure, decaying_epsilon=pure)
    plays = [tuple(int(a) for a in history.get(t).get("action_profile")) for t in range(steps)]
    policy = np.array(history.get(steps - 1).get("policy")[0], float)
    return plays, np.mean(rewards, axis=1), nq.agents[0].getQtable(game).astype(float), policy

# 1. epsilon = 0.
plays, mean, q, policy = learn(2000, .5, 0., 10**9)
late = Counter(plays[1000:])
print("last 1000 plays:", dict(late), "mean reward", mean)
print("its policy:", policy.tolist(), "Q of both who defect:", q[1, 1])
assert np.allclose(policy, [[0, 1], [0, 1]]) and np.allclose(q[1, 1], 2)
assert all(200 < late[a] < 300 for a in PAY) and np.all(abs(mean - 2) < .1)

# 2. The step size.
short, long_ = learn(40, .1, .1, 20), learn(20_000, .1, .1, 20)
print("Q of both who defect after 40 steps:", short[2][1, 1], "after 20,000:", long_[2][1, 1], "limit: 2")
const = learn(2000, .1, .1, 10**9)
print("with a step size that stays 0.1, after 2,000:", const[2][1, 1])
assert np.array_equal(short[2], long_[2]) and (short[2][1, 1] < .5).all()
assert np.allclose(const[2][1, 1], 2, atol=.01)
assert Counter(long_[0]).total() == 20_000
PY
