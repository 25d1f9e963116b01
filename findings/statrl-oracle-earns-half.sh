#!/usr/bin/env bash
# statrl 1.2609 (Python 3.12 or 3.13): the "oracle", against which regret is counted, earns half of the optimum on the two-room grid with walls.
#
# Guess (30 November 2026, 19:37, blind): its transitions sum to 1, and the oracle, which "solves the MDP exactly and follows its
#        optimal policy", has the optimal gain, so that no learner has a negative regret.
# Seen:  getTransition(s, a), which oracles read, keeps the last of several outcomes that lead to one state. GridWorldWithWall lists a
#        move against a wall as one more way to stay, so that rows sum to 0.1 there, and the oracle fears walls: 0.039 a step
#        for 0.077. GridWorld, the same map without states for walls, has rows that sum to 1, and the 0.077.
#        The oracle also discounts by 0.999, whatever the model: it stays with 0.5 for ever beside a way of some 1000 steps to 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile statrl==1.2609
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from statrl.settings.markovdecisionprocess.discrete_nostructure.agents._Oracle import build_opti
from statrl.settings.markovdecisionprocess.discrete_nostructure.environment import DiscreteMDP
from statrl.settings.markovdecisionprocess.gridworld.envs.gridworlds import GridWorld, GridWorldWithWall
from statrl.settings.utils import Dirac


def arrays(env):
    """P[s, a, next] and r(s, a) of the outcomes that step() draws from."""
    p = np.zeros((env.nS, env.nA, env.nS))
    r = np.zeros((env.nS, env.nA))
    for s in range(env.nS):
        for a in range(env.nA):
            r[s, a] = env.R[s][a].mean()
            for probability, following, _ in env.P[s][a]:
                p[s, a, following] += probability
    assert np.allclose(p.sum(2), 1)
    return p, r


def gain(env, policy):
    """The long-run mean reward a step from the start, by powers of the lazy chain."""
    p, r = arrays(env)
    chain = (np.eye(env.nS) + np.einsum("sa,sat->st", policy, p)) / 2
    return float(env.isd @ np.linalg.matrix_power(chain, 2**20) @ (policy * r).sum(1))


def best(env):
    """An optimal policy of a chain where all states reach the goal, by relative value iteration."""
    p, r = arrays(env)
    u = np.zeros(env.nS)
    for _ in range(100_000):
        q = r + p @ u / 2 + u[:, None] / 2
        change = q.max(1) - u
        u = q.max(1) - q.max(1)[0]
        if np.ptp(change) < 1e-12:
            break
    return np.eye(env.nA)[q.argmax(1)]


seen = {}
for kind in (GridWorld, GridWorldWithWall):
    env = kind(7, 7, map_name="2-room", initialSingleStateDistribution=True, start=[1, 1], goal=[5, 5])
    sums = [env.getTransition(s, a).sum() for s in range(env.nS) for a in range(env.nA)]
    oracle = build_opti("two rooms", env, env.nS, env.nA)
    seen[kind] = gain(env, oracle.policy), min(sums)
    print(kind.__name__, "least row sum", round(min(sums), 4), "gain of the oracle", round(seen[kind][0], 5))
optimal = gain(env, best(env))
print("gain of relative value iteration", round(optimal, 5))
assert abs(optimal - 0.076532) < 1e-5
assert abs(seen[GridWorld][0] - optimal) < 1e-9 and abs(seen[GridWorld][1] - 1) < 1e-9
assert abs(seen[GridWorldWithWall][0] - 0.039107) < 1e-5 and abs(seen[GridWorldWithWall][1] - 0.1) < 1e-9

# Stay for 0.5 a step, or leave with probability 0.001 a step for a state that pays 1 for ever.
outcomes = {0: {0: [(1.0, 0, False)], 1: [(0.001, 1, False), (0.999, 0, False)]}, 1: {a: [(1.0, 1, False)] for a in (0, 1)}}
rewards = {0: {0: Dirac(0.5), 1: Dirac(0.0)}, 1: {0: Dirac(1.0), 1: Dirac(1.0)}}
env = DiscreteMDP(2, 2, outcomes, rewards, [1.0, 0.0])
policy = build_opti("wait", env, 2, 2).policy
leave = gain(env, np.array([[0.0, 1.0], [1.0, 0.0]]))
print("the oracle's gain", gain(env, policy), "and that of leaving", round(leave, 6))
assert gain(env, policy) == 0.5 and leave > 0.999
PY
