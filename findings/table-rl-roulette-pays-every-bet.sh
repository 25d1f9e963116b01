#!/usr/bin/env bash
# table-rl 0.3.0: the arrays T and R of its roulette are another game than its step(), one that nobody should leave.
#
# Expected, after a look at its source, from the paper that its docstring names and from its step(): bets lose, nearly
#        all of them 1/19 on average, and walking away pays 0, so that v* = 0 and the best action is to leave. T and R,
#        which its own value iteration takes, say so.
# Seen:  R has the probabilities of winning in the place of the expected payments, all positive: value iteration says
#        9/19 a round, 47.4 at γ = 0.99, and never to leave.
#        Its RiverSwimEnv of six states starts in one of 1 to 14, whatever init_state_distribution says, and its step()
#        raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile table-rl==0.3.0 gymnasium==1.2.3 numpy==2.3.5
"$work/venv/bin/python" - <<'PYTHON'
import contextlib
import io
from importlib.metadata import version
import numpy as np
from table_rl.dp import dp
from table_rl.envs.river_swim import RiverSwimEnv
from table_rl.envs.roulette import Roulette

print("table-rl", version("table-rl"))
np.random.seed(0)
env = Roulette()
red = 167
env.reset()
with contextlib.redirect_stdout(io.StringIO()):  # step() prints each win
    paid = [env.step(red)[1] for _ in range(20000)]
print("a bet at even odds: mean of step()", np.mean(paid), ", in R", env.R[0, red, 0])
assert abs(np.mean(paid) + 1 / 19) < 0.03 and set(paid) == {1.0, -1.0}
bets = env.R[0, 1:, 0]
print("R of the 170 bets: from", bets.min(), "to", bets.max())
assert np.isclose(bets.min(), 1 / 38) and np.isclose(bets.max(), 9 / 19)
v = dp.value_iteration(2, 171, env.R, env.T, 0.99, 3000)
print("value iteration on T and R:", v[0], "; expected 0")
assert np.isclose(v[0], 9 / 19 / 0.01)

river = RiverSwimEnv()
starts = {int(river.reset()[0]) for _ in range(500)}
print("river of", river.observation_space.n, "states starts in", sorted(starts), "; its distribution", river.init_state_distribution)
assert starts == set(range(1, 15))
river.current_state = 1
try:
    river.step(1)
except ValueError as error:
    print("its step():", error)
else:
    raise SystemExit("changed: the river can be stepped")
PYTHON
