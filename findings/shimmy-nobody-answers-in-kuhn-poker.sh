#!/usr/bin/env bash
# shimmy 2.0.1, open_spiel 2.0.2, pettingzoo 1.27.0 (Python 3.12): Kuhn poker in PettingZoo's terms is cut after its first bet; elsewhere one player's payoff comes twice.
#
# Guess: an episode of OpenSpielCompatibilityV0 ends where OpenSpiel's game ends, and the rewards that last() gives an agent add
#        up to its return there, as they do in PettingZoo's own tic-tac-toe.
# Seen:  the deals of the cards are counted as moves, and the count, which starts at 1, is held against OpenSpiel's greatest length
#        without chance: Kuhn poker, 3 long with 2 deals, is "truncated" in all episodes after one action, with 0 for both, one in
#        six games of Leduc poker before its end, hearts always. In games that do end, the rewards are added up once more when the
#        first agent leaves: in tic-tac-toe and matching pennies the sums are (-1, 2) for (-1, 1), no zero-sum game any more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile shimmy==2.0.1 open_spiel==2.0.2 pettingzoo==1.27.0 gymnasium==1.4.0 pygame==2.6.1 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
import pyspiel
from pettingzoo.classic import tictactoe_v3
from shimmy import OpenSpielCompatibilityV0

rng = np.random.default_rng(0)


def play(env, seed):
    """The sums of the rewards that last() gave each agent over one episode of random legal actions, and the number of actions."""
    env.reset(seed=seed)
    sums, actions = dict.fromkeys(env.possible_agents, 0.0), 0
    for agent in env.agent_iter(500):
        seen, reward, terminated, truncated, info = env.last()
        sums[agent] += reward
        if terminated or truncated:
            env.step(None)
            continue
        mask = info["action_mask"] if "action_mask" in info else seen["action_mask"]
        env.step(int(rng.choice(np.flatnonzero(mask))))
        actions += 1
    return list(sums.values()), actions


for seed in range(10):
    assert sum(play(tictactoe_v3.env(), seed)[0]) == 0
print("PettingZoo's tic-tac-toe: sums of 0 in 10 episodes")

poker = OpenSpielCompatibilityV0(env=pyspiel.load_game("kuhn_poker"))
ends = [(play(poker, seed), poker.game_state.is_terminal()) for seed in range(40)]
print("kuhn_poker: episodes that OpenSpiel calls ended:", sum(end for _, end in ends), "of 40; actions:", {a for (_, a), _ in ends})
assert not any(end for _, end in ends) and all(sums == [0, 0] and actions == 1 for (sums, actions), _ in ends)

for name in ("matrix_mp", "tic_tac_toe"):
    env = OpenSpielCompatibilityV0(env=pyspiel.load_game(name))
    won = 0
    for seed in range(40):
        sums, _ = play(env, seed)
        returns = env.game_state.returns()
        assert env.game_state.is_terminal() and sums == [returns[0], 2 * returns[1]], (sums, returns)
        won += returns[0] != 0
    print(name, "last sums:", sums, "OpenSpiel's returns:", returns, "; the second one twice in", won, "of 40")
    assert won > 10
EOF
