#!/usr/bin/env bash
# committor-kmc 0.1.0, numpy 2.4.6, scipy 1.17.1 (Python 3.11 to 3.13): the backward committor is one less the forward one for every chain: on a ring with a drift nine tenths of the reactive current end on the way.
#
# Guess (30 November 2026, 20:30, blind): committors, rates and mean first passage times are those of the linear equations.
# Seen:  q_plus, the reactive rate and the passage times are. q_minus, the probability that the chain came from the source last,
#        is 1 - q_plus, which holds for reversible chains alone; any generator is taken, without a word. Rates of 1 one way and 0.1 the
#        other round a ring of four: q_minus is 1/11 for 10/11 where nearly all that pass come from the source, and of a current
#        of 0.227 that enters this state 0.023 leave it. A simulation agrees with the equations.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile committor-kmc==0.1.0 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from committor_kmc.kmc import gillespie, mfpt_matrix, stationary_distribution, tpt_reactive_flux

SOURCE, SINK = 0, 2


def ring(back):
    rates = np.zeros((4, 4))
    for i in range(4):
        rates[i, (i + 1) % 4], rates[i, i - 1] = 1, back
    return rates - np.diag(rates.sum(1))


def solved(rates):
    """The committor to the sink."""
    inner = [1, 3]
    q = np.zeros(4)
    q[SINK] = 1
    q[inner] = np.linalg.solve(rates[np.ix_(inner, inner)], -rates[inner, SINK])
    return q


for back in (1.0, 0.1):
    rates = ring(back)
    found = tpt_reactive_flux(rates, stationary_distribution(rates), SOURCE, SINK)
    # The stationary law is uniform, so the reversed chain has the transposed rates.
    last_from_source = 1 - solved(rates.T)
    into, out = found.net_current[:, 1].sum(), found.net_current[1].sum()
    print("back", back, "q_minus", found.q_minus.round(4), "by equations", last_from_source.round(4), "| into 1:", round(into, 4), "out of 1:", round(out, 4))
    assert np.allclose(found.q_plus, solved(rates)) and np.allclose(found.q_minus, 1 - found.q_plus)
    path = gillespie(rates, SOURCE, n_hops_max=100_000, rng=np.random.default_rng(0))
    time, came = np.zeros((4, 2)), 0
    for state, dwell in zip(path.states, np.diff(path.times)):
        came = {SOURCE: 0, SINK: 1}.get(state, came)
        time[state, came] += dwell
    simulated = time[:, 0] / time.sum(1)
    print("  simulated", simulated.round(3))
    assert np.allclose(simulated, last_from_source, atol=0.01)
    if back == 1:
        assert np.allclose(found.q_minus, last_from_source) and abs(into - out) < 1e-12
    else:
        assert np.allclose([found.q_minus[1], last_from_source[1]], [1 / 11, 10 / 11])
        assert np.allclose([into, out], [0.22727, 0.02273], atol=1e-4)
        # From 1 to 2 and 3 to 2, by hand.
        assert abs(mfpt_matrix(rates)[1, SINK] - np.linalg.solve(-np.delete(np.delete(rates, 2, 0), 2, 1), np.ones(3))[1]) < 1e-12
PY
