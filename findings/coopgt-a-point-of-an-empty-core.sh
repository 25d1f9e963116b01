#!/usr/bin/env bash
# coopgt 0.0.3 (Python 3.11 to 3.13): of an empty core it finds a point, which pays out 5 more than there is; the Shapley values of convex games, all of which are in the core, are not in it three times in ten.
#
# Guess: (blind) find_core_point is None where the core is empty, and its point passes is_in_core; the Shapley value of a convex game is in the core (Shapley 1971), so is_in_core
#        and is_imputation allow for rounding, of thirds at least.
# Seen:  find_core_point takes the least sum that satisfies all coalitions for the worth of all where they differ by less than a hundred-thousandth: three
#        players with 1,000,000 in all of whom each pair has 666,670 get 1,000,005. is_in_core and is_imputation compare sums of floating-point numbers exactly:
#        of 200 convex games with worths in hundredths 61 have a Shapley value that is no imputation by it.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" coopgt==0.0.3 numpy==2.3.5 scipy==1.16.3 more-itertools==10.8.0
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import itertools
import random
from fractions import Fraction

from coopgt.core import find_core_point, is_imputation, is_in_core
from coopgt.shapley_value import calculate

COALITIONS = [c for n in range(4) for c in itertools.combinations((1, 2, 3), n)]

def pairs(worth, total):
    return {c: (0, 0, worth, total)[len(c)] for c in COALITIONS}

for worth, total in ((666_670, 1_000_000), (667, 1_000)):               # three times a pair is more than twice all: empty
    point = find_core_point(pairs(worth, total))
    print(f"pairs {worth} of {total}: least sum {Fraction(3 * worth, 2)}, point {point}", "" if point is None else f"sum {point.sum()}, in the core: {is_in_core(pairs(worth, total), point)}")
    assert 3 * worth > 2 * total
    if total > 10_000:
        assert abs(point.sum() - 1_000_005) < 1e-6 and not is_in_core(pairs(worth, total), point)
    else:
        assert point is None

random.seed(0)
inside = efficient = 0
for _ in range(200):
    weights = [random.randint(1, 9) for _ in range(3)]
    exact = {c: Fraction(sum(weights[i - 1] for i in c) ** 2, 100) for c in COALITIONS}
    game = {c: float(v) for c, v in exact.items()}
    value = calculate(game)
    right = [sum(exact[tuple(sorted(o[: o.index(i) + 1]))] - exact[tuple(sorted(o[: o.index(i)]))] for o in itertools.permutations((1, 2, 3))) / 6 for i in (1, 2, 3)]
    assert max(abs(a - float(b)) for a, b in zip(value, right)) < 1e-12
    assert sum(right) == exact[1, 2, 3] and all(sum(right[i - 1] for i in c) >= exact[c] for c in COALITIONS)
    inside += is_in_core(game, value)
    efficient += is_imputation(game, value)
print(f"Shapley values of 200 convex games: imputations {efficient}, in the core {inside}")
assert 100 <= inside <= 180 and 100 <= efficient <= 180
PY
