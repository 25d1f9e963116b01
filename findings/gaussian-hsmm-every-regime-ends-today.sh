#!/usr/bin/env bash
# gaussian-hsmm 0.1.0: the last regime has to end on the last day of the data: two days of the low one are the high one.
#
# Expected, after a look at its source: predict_proba, the smoothed probabilities of the states, and score, the log-likelihood, are those of a hidden semi-Markov model of
#        which one sees the first T days: the last regime goes on, and counts with the probability that it is at least so long. The score
#        of data that tell nothing of the state is that of the data.
# Seen:  the last segment counts with the probability that it is exactly so long, as if each regime ended with the data. Regimes last
#        20 days on average (1 + Poisson(19)), a day is N(0, 1) in the low one and N(3, 1) in the high one: after 20 days at 0 and 20 at 3,
#        two days at 0 are the high regime with 0.99 (less than 0.001 where the last one may go on, by summing over all ways to cut the
#        days), since a regime of two days has 1e-7; the best path agrees. Of ten days that tell nothing the likelihood is 200 times too small; fits and AIC use it.
#        Neither the README's list of what it does not do nor the docstrings speak of it.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2 hmmlearn==0.3.3 gaussian-hsmm==0.1.0
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from gaussian_hsmm import GaussianHSMM
from scipy.stats import norm, poisson

LONG, MEAN = 200, 20.0

def model(low, high):
    m = GaussianHSMM(n_components=2, max_duration=LONG)
    m.n_features_ = 1
    m.startprob_, m.transmat_ = np.array([0.5, 0.5]), np.array([[0.0, 1.0], [1.0, 0.0]])
    m.means_, m.covars_ = np.array([[low], [high]]), np.ones((2, 1))
    m.duration_means_ = np.array([MEAN, MEAN])
    m._update_duration_probabilities()
    return m

def posterior_of_high_today(x, low, high, goes_on):
    """By the sum over all ways to cut the days into regimes, forwards; the last regime ends today, or goes on."""
    days = np.arange(1, LONG + 1)
    pmf = poisson.pmf(days - 1, MEAN - 1)
    pmf /= pmf.sum()
    last = pmf[::-1].cumsum()[::-1] if goes_on else pmf
    dens = np.array([norm.pdf(x, low), norm.pdf(x, high)])
    T = len(x)
    ends = np.zeros((T + 1, 2))                     # weight of the cuts of the first t days whose last regime, of state s, ends there
    for t in range(1, T + 1):
        for s in (0, 1):
            for d in range(1, t + 1):
                before = 0.5 if d == t else ends[t - d, 1 - s]
                ends[t, s] += before * (last if t == T else pmf)[d - 1] * dens[s, t - d:t].prod()
    return ends[T, 1] / ends[T].sum(), np.log(ends[T].sum())

x = np.concatenate([np.zeros(20), np.full(20, 3.0), np.zeros(2)])
m = model(0.0, 3.0)
today, score = m.predict_proba(x[:, None])[-1, 1], m.score(x[:, None])
(cut, cut_score), (free, free_score) = (posterior_of_high_today(x, 0.0, 3.0, g) for g in (False, True))
print(f"two days at 0 after twenty at 3 are the high regime: {today:.4f}; by sums {cut:.4f} if it ends today, {free:.6f} if it may go on")
print("decoded:", "".join(map(str, m.predict(x[:, None]))))
assert abs(today - cut) < 1e-9 and abs(score - cut_score) < 1e-9
assert today > 0.98 and free < 0.001 and (m.predict(x[:, None])[-2:] == 1).all()

y = np.zeros(10)                                    # both regimes look alike: the likelihood is that of ten days of N(0, 1)
ratio = np.exp(norm.logpdf(y).sum() - model(0.0, 0.0).score(y[:, None]))
print(f"ten days that tell nothing: their density is {ratio:.0f} times the likelihood")
assert 190 < ratio < 210
PY
