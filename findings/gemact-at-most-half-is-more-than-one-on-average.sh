#!/usr/bin/env bash
# gemact 1.3.0: the expected value of min(X, 0.5) is 1.36 for an inverse Gaussian X; a zero-truncated negative binomial number of claims has a mean of 0.05 for 1.25.
#
# Guess (1 December 2026, 03:41, blind): means of (a, b, k) frequencies and stop-loss premiums are those of an enumeration or an integral.
# Seen:  lev(v), "expected value of the function min(x, v)", is above v itself for the inverse Gaussian, Dagum, inverse paralogistic and uniform laws, above the mean
#        for the beta, and too low for Burr XII and the paralogistic, 0.65 for 1.33; for the uniform on [1, 5] min(X, 5) has 2.5 on average and X 3.5, min(X, 6)
#        is no number. Pareto, lognormal, gamma, inverse gamma, Weibull and exponential are right, and so are all means, variances and samples. The mean
#        of a zero-truncated negative binomial law is multiplied by 1 - p^n where it is to be divided: a loss model's mean is 15.12 by
#        moments and 21.43 by its own distribution, and each number of claims, at least 1, is 0.05 on average with n = 1, p = 0.8.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gemact==1.3.0 numpy==2.3.5 scipy==1.16.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - 2>&1 <<'PY'
import numpy as np
from gemact import Frequency, LossModel, Severity
from gemact import distributions as laws
from scipy.integrate import quad


def number(x):
    return float(np.ravel(x)[0])


def limited(law, v):
    """E[min(X, v)], the integral of the survival function."""
    return quad(lambda x: 1 - number(law.cdf(x)), 0, v, limit=500)[0]


wrong = {
    "inverse Gaussian": (laws.InvGauss(mu=2.0, scale=3.0), 0.5),
    "Dagum": (laws.Dagum(d=2.0, s=3.0, scale=2.0), 2.5),
    "inverse paralogistic": (laws.InvParalogistic(b=4.0, scale=2.0), 2.5),
    "uniform": (laws.Uniform(a=1.0, b=5.0), 2.5),
    "beta": (laws.Beta(a=2.0, b=3.0, scale=4.0), 2.5),
    "Burr XII": (laws.Burr12(c=3.0, d=2.0, scale=2.0), 2.5),
    "paralogistic": (laws.Paralogistic(a=3.0, scale=2.0), 2.5),
}
for name, (law, v) in wrong.items():
    found, right = number(law.lev(v)), limited(law, v)
    mean = quad(lambda x: 1 - number(law.cdf(x)), 0, np.inf, limit=500)[0]
    print(f"{name}: E min(X, {v}) = {found:.3f} for {right:.3f}; mean {number(law.mean()):.3f} for {mean:.3f}")
    assert abs(found / right - 1) > 0.15 and abs(number(law.mean()) / mean - 1) < 1e-3
    if name in ("inverse Gaussian", "Dagum", "inverse paralogistic", "uniform"):
        assert found > v
for law in (laws.Gamma(a=2.0, scale=3.0), laws.Lognormal(shape=0.5, scale=2.0), laws.Weibull(c=1.5, scale=2.0), laws.Pareto2(shape=4.0, scale=3.0, loc=0)):
    assert abs(number(law.lev(2.5)) - limited(law, 2.5)) < 1e-6

for n, p, seen, right in ((1, 0.8, 0.05, 1.25), (2, 0.4, 2.52, 25 / 7)):
    law = laws.ZTNegBinom(n=n, p=p)
    k = np.arange(1000)
    print(f"zero-truncated negative binomial {n}, {p}: mean {law.mean():.3f} for {np.sum(k * law.pmf(k)):.3f}")
    assert abs(law.mean() - seen) < 1e-9 and abs(np.sum(k * law.pmf(k)) - right) < 1e-9
model = LossModel(
    frequency=Frequency(dist="ztnbinom", par={"n": 2, "p": 0.4}),
    severity=Severity(dist="gamma", par={"a": 2.0, "scale": 3.0}),
    aggr_loss_dist_method="fft", sev_discr_method="localmoments", n_sev_discr_nodes=2000, sev_discr_step=0.05, n_aggr_dist_nodes=2**15, tilt=False,
)
print("mean loss by its distribution", model.mean(use_dist=True), "by moments", model.mean(use_dist=False))
assert abs(model.mean(use_dist=True) - 150 / 7) < 1e-3 and abs(model.mean(use_dist=False) - 15.12) < 1e-6
PY
