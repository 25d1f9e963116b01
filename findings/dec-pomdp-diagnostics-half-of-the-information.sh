#!/usr/bin/env bash
# dec-pomdp-diagnostics 0.1.0: the mutual information of continuous observations and actions is 0.37 bits for 0.74, and 0 for 0.21.
#
# Guess: (blind) estimators.mi_cc(X, Y), by the nearest neighbours of Kraskov et al., is within a tenth of -log2(1 - r^2) / 2 bits for 2,000 pairs of
#        Gaussians of correlation r = 0.8; mi_cd of a coin and a number that tells it is 1 bit.
# Seen:  mi_cd is right. mi_cc takes the distance of pairs as Euclidean ("KSG-1" has the larger of the two coordinates' distances, for which its formula
#        holds), so that 0.3 to 0.4 bits are missing at any number of samples, and what would be negative is 0: at r = 0.5 an agent's actions are
#        reported not to depend on what it sees. The same estimate with the maximum norm is right, below.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.7.2 pandas==2.3.3 joblib==1.5.2
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps dec-pomdp-diagnostics==0.1.0
cd "$tmp"
"$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
from dec_pomdp_diagnostics.estimators import mi_cc, mi_cd

rng = np.random.default_rng(0)
coin = rng.integers(0, 2, 2000)
told = mi_cd((10 * coin + rng.normal(size=2000))[:, None], coin)[0]
print(f"a coin, told: {told:.3f} bits for 1")
assert abs(told - 1) < 0.02
for n in (2000, 8000):
    for r, low, high in ((0.5, 0, 0), (0.8, 0.3, 0.45), (0.95, 1.2, 1.45)):
        z = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], n)
        got, right = mi_cc(z[:, :1], z[:, 1:])[0], -np.log2(1 - r * r) / 2
        metric = mi_cc(z[:, :1], z[:, 1:], metric="chebyshev")[0]
        print(f"{n} pairs, r = {r}: {got:.3f} bits, by the maximum norm {metric:.3f}, for {right:.3f}")
        assert low <= got <= high and abs(metric - right) < 0.1
PY
