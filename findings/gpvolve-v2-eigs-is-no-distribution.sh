#!/usr/bin/env bash
# gpvolve-v2 1.2.2 (Python 3.12): a "stationary distribution" of (-1.19, 0, 2.19), first passage times that are NaN, and a
# triangle that is not ergodic.
#
# Guess: where the distribution is not the only one, an error, or one of them, as method="power" gives. Where a trap lies
#        beside the target, mfpt() raises, as it says: the time is infinite. is_ergodic() is irreducible and aperiodic.
# Seen:  method="eigs" returns any vector of the eigenspace, divided by its sum, another one at each call: for the walk
#        with ends 0 and 2 often with numbers below 0 and above 1, without a word. A trap is noticed if it is one state; of
#        two states it makes NaN of all but the target. A period is looked for on the diagonal alone, so that the walk
#        on a triangle, aperiodic, is none of the ergodic ones.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gpvolve-v2==1.2.2 numpy==2.4.6 scipy==1.17.1 networkx==3.6.1
"$work/venv/bin/python" -W ignore - <<'EOF'
import gpvolve
import numpy as np
from scipy.sparse import csr_matrix


def chain(*rows):
    return csr_matrix(np.array(rows, dtype=float))


ends = chain([1, 0, 0], [0.5, 0, 0.5], [0, 0, 1])
for method in ("power", "eigs"):
    found = [gpvolve.stationary_distribution(ends, method=method) for _ in range(30)]
    print(f"walk with two ends, {method}:", *found[:3])
    assert all(np.allclose(pi @ ends, pi) and abs(pi.sum() - 1) < 1e-9 for pi in found)
    assert any(pi.min() < -1e-3 for pi in found) == (method == "eigs")

trap = chain([1, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5])
try:
    gpvolve.mfpt(ends, 0)
except gpvolve.GpvolveError as error:
    print("a trap of one state:", str(error)[:70])
else:
    raise SystemExit("changed: a trap of one state raises nothing")
times = gpvolve.mfpt(trap, 0)
print("a trap of two states:", times)
assert times[0] == 0 and np.isnan(times[1:]).all()

triangle = chain([0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0])
print("triangle:", "irreducible", gpvolve.is_irreducible(triangle), "ergodic", gpvolve.is_ergodic(triangle),
      "eigenvalues", gpvolve.eigenvalues(triangle))
assert gpvolve.is_irreducible(triangle) and not gpvolve.is_ergodic(triangle)
EOF
