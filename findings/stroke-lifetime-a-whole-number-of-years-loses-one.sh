#!/usr/bin/env bash
# stroke-lifetime 3.0.2: a survival of exactly five years is worth four: the last year of a whole number has weight 0.
#
# Expected, after a look at its source: the QALYs up to a survival time grow with it without a jump: of a utility of 1, not discounted, t years are worth t, and resources used likewise.
# Seen:  the weight of the last year is the survival time modulo its whole part: 0 at 2.0, 3.0, 5.0 and 20.0 years, so that 5.0 are worth 4.0 and 4.999 are worth 4.999; 1.0 is right. With the package's
#        discount of 3.5% and a utility of 0.8, 3.0 years are worth 1.57 for 2.32.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stroke-lifetime==3.0.2 numpy==2.3.5 pandas==2.3.3
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from stroke_lifetime.models import calculate_qaly


def worth(years, utility=1.0, discount=0.0):
    """QALYs of a woman whose utility does not change with age."""
    return calculate_qaly(utility, years, 70.0, 0, 70.0, 0.0, 0.0, 0.0, dfq=discount)[0]


for years in (0.5, 1.0, 2.5, 4.999, 5.001):
    assert abs(worth(years) - years) < 1e-9, years
print("4.999 years:", worth(4.999), "| 5.0 years:", worth(5.0), "| 5.001 years:", worth(5.001))
for years in (2.0, 3.0, 5.0, 20.0):
    assert abs(worth(years) - (years - 1)) < 1e-9, years

three = worth(3.0, 0.8, 0.035)
right = 0.8 * sum(1.035**-t for t in range(3))
print("3.0 years at 0.8, discounted:", round(three, 4), "for", round(right, 4))
assert abs(three - 0.8 * sum(1.035**-t for t in range(2))) < 1e-9 and three < right - 0.7
PY
