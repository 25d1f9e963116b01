#!/usr/bin/env bash
# gtlab 0.2.7: the value of a stochastic game that pays 1 for ever is 1 for 10, "converged"; the regret of matching pennies is 1 for good.
#
# Expected, after a look at its source: best_response_iteration of a stochastic game with converged=True has the discounted values of the policies that it returns,
#        those that pure_values of the same module gives; the average regret of hedge in a game goes to 0, as the docstring's "no-regret" says.
# Seen:  it ends as soon as both policies stay, after as many sweeps of the values as that took: one where there is nothing to choose. One state that pays 1 with
#        discount 0.9: V = 1 for 10. In a game of five states with 100 at the end the value of the first is 33 for 656. The policies can be wrong for the same reason:
#        where four steps lead to 10 a step, a sure 1 a step "converged" after two sweeps (worth 10, the way there 59).
#        hedge's regret of a round is against the best reply to that round's move, so that it never falls: 1.0 after 20,000 rounds of matching pennies (0.009
#        against the best fixed move, which is what the theorem is about).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gtlab==0.2.7 numpy==2.3.5 scipy==1.16.3 pandas==2.3.3 networkx==3.5 matplotlib==3.10.7
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from gtlab.solvers.learning import hedge
from gtlab.solvers.stochastic_extra import best_response_iteration, pure_values

GAMMA = 0.9


def solved(r, P):
    found = best_response_iteration(r, 0 * r, P, GAMMA)
    moves = found["pi"].argmax(1), found["sig"].argmax(1)
    return found, pure_values(r, 0 * r, P, GAMMA, *moves)[0]


one, right = solved(np.ones((1, 1, 1)), np.ones((1, 1, 1, 1)))
print("1 a step for ever:", one["V1"], "for", right.round(6), "converged:", one["converged"], "sweeps:", one["n_iter"])
assert one["converged"] and one["V1"][0] == 1 and abs(right[0] - 10) < 1e-9

r, P = np.zeros((5, 2, 1)), np.zeros((5, 2, 1, 5))
r[:, 0, 0], r[4, 1, 0] = 1, 100
for s in range(5):
    P[s, 0, 0, s] = P[s, 1, 0, min(s + 1, 4)] = 1
ladder, right = solved(r, P)
print("a ladder to 100 a step:", ladder["V1"].round(1), "for", right.round(1), "converged:", ladder["converged"])
assert ladder["converged"] and 30 < ladder["V1"][0] < 36 and abs(right[0] - 656.1) < 1e-6

# stay (1 a step), or go through four states that pay nothing to 10 a step for ever
r, P = np.zeros((6, 2, 1)), np.zeros((6, 2, 1, 6))
r[0, 0, 0], r[5, :, 0] = 1, 10
P[0, 0, 0, 0] = P[0, 1, 0, 1] = 1
for s in range(1, 6):
    P[s, :, 0, min(s + 1, 5)] = 1
wait, stays = solved(r, P)
best = pure_values(r, 0 * r, P, GAMMA, [1, 0, 0, 0, 0, 0], [0] * 6)[0][0]
print("1 a step, or 10 a step after a while: move", int(wait["pi"][0].argmax()), "V", wait["V1"][0], "converged:", wait["converged"], "| worth", round(stays[0], 2), "| by going", round(best, 2))
assert wait["converged"] and wait["pi"][0].argmax() == 0 and wait["V1"][0] < 2 and stays[0] < 10.1 and best > 59

A = np.array([[1.0, -1.0], [-1.0, 1.0]])
played = hedge(A, -A, T=20_000)
mu = played["empirical_mu"]
external = (A @ mu.sum(0)).max() - (A * mu).sum()
print("matching pennies, 20,000 rounds: average regret", played["avg_regret_row"][-1], played["avg_regret_col"][-1], "| against the best fixed move", round(external, 4))
assert played["avg_regret_row"][-1] > 0.99 and played["avg_regret_col"][-1] > 0.99 and abs(external) < 0.02
PY
