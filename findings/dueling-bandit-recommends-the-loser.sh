#!/usr/bin/env bash
# dueling-bandit 0.1.2: its spectral ranking goes from winners to losers: PARWiS recommends the worst of four, and its choice of a pair is an IndexError; the README's example a TypeError.
#
# Expected, after a look at its source: RankCentrality ("spectral ranking from pairwise comparisons") ranks items by how they fare: with 100 duels of each pair of four
#        Bradley-Terry items the stationary distribution is largest for the best one, as env.best_arm() is, and so is PARWiSAgent's
#        recommend(). select_pair() is the pair of the greatest disruption. The README's quick start runs.
# Seen:  the chain steps from i to j with the share of duels that i has won, so that its mass lies with the losers: 0.11, 0.21, 0.33, 0.35
#        for the best to the worst; the agent with these counts recommends the worst. The number of the best pair in the upper triangle is
#        read as that of a rectangle: an IndexError, or pairs that are not that pair. run_simulation passes the context to
#        every agent, which four of five do not take: a TypeError. And scikit-learn, which is imported, is not declared.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2 pandas==2.3.3 matplotlib==3.10.7 dueling-bandit==0.1.2
MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
from importlib.metadata import requires
import numpy as np
from dueling_bandit.agents import DoubleThompsonSamplingAgent, PARWiSAgent
from dueling_bandit.environment import DuelingBanditEnv, RankCentrality
from dueling_bandit.experiments import run_simulation

print("declared:", requires("dueling-bandit"))
assert not any("learn" in r for r in requires("dueling-bandit"))

utility = np.array([3.0, 2.0, 1.0, 0.0])
beats = 1 / (1 + np.exp(utility[None] - utility[:, None]))      # beats[i, j]: the probability that i wins
env = DuelingBanditEnv(beats, seed=0)
wins = np.rint(100 * beats).astype(int)
np.fill_diagonal(wins, 0)
mass = RankCentrality(4).stationary_distribution(wins, wins.T)
print("best by the environment:", env.best_arm(), "ranks", env.true_rank(), "mass", mass.round(3))
assert env.best_arm() == 0 and (np.diff(mass) > 0).all()

# By hand: the same chain, and the one of rank centrality, from the loser to the winner.
def long_run(moves):
    P = moves / moves.sum(axis=1, keepdims=True)
    return np.linalg.lstsq(np.vstack([P.T - np.eye(4), np.ones(4)]), np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
share = wins / 100
assert np.allclose(mass, long_run(share), atol=1e-6) and (np.diff(long_run(share.T)) < 0).all()

agent = PARWiSAgent(4, seed=0)
agent.wins, agent.losses = wins.copy(), wins.T.copy()
agent._update_pi()
print("PARWiS recommends:", agent.recommend())
assert agent.recommend() == 3

# Which pair is taken where each in turn is made the most disruptive one.
taken = {}
for best in [(i, j) for i in range(4) for j in range(i + 1, 4)]:
    agent._disruption = lambda i, j: float((i, j) == best)
    taken[best] = tuple(map(int, agent.select_pair()))
print("most disruptive pair: taken", taken)
assert taken == {(0, 1): (0, 1), (0, 2): (0, 2), (0, 3): (0, 3), (1, 2): (1, 2), (1, 3): (1, 3), (2, 3): (1, 4)}

for name, run in {"README": lambda: run_simulation(DuelingBanditEnv.random_bt(k=20, d=5, seed=42), DoubleThompsonSamplingAgent(k=20, seed=42), 500)}.items():
    try:
        run()
        raise SystemExit("the README's example runs")
    except TypeError as e:
        print(f"{name}: TypeError: {e}")
PY
