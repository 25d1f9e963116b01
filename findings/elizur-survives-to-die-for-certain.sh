#!/usr/bin/env bash
# elizur 0.3.1 (Python 3.12): to live to 100 and to die in the year after has probability 1.0 for 0.03; the expectation of life leaves out the last year.
#
# Guess (1 December 2026, 02:34, blind): life contingencies by recursion: the probability to survive n years and to fail within t more is l(x + n) / l(x)
#        - l(x + n + t) / l(x), and over all n and t = 1 these add up to 1; the curtate expectation is the sum of all t-year survival probabilities.
# Seen:  tqxn is 1 wherever x + n + t reaches the size of the table, "the probability of failing after max age given survival": that of a
#        newborn to die at the age of 100 is 1.0 beside a survival probability npx(100, 0) of 0.03, and the deferred
#        probabilities add up to 1.97. tqxns, the same for all ages, leaves these cases out. ex ends one age early: of three lives that fail with 1/2, 1/2 and 1 it is
#        0.5 for 0.75 from the start, and 0 for 0.5 one year later. Annuities and insurances, from the same table, are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile elizur==0.3.1 numpy==2.3.5 polars==1.35.2
cd "$work"
"$work/venv/bin/python" - <<'PY'
from elizur.life.table.table import EXAMPLE_TABLE, LifeTable


def survival(q, n, x):
    p = 1.0
    for age in range(x, x + n):
        p *= 1 - q[age] if age < len(q) else 0.0
    return p


table = LifeTable(EXAMPLE_TABLE)
size = len(EXAMPLE_TABLE)
last = size - 1  # all fail at this age
found, right = table.tqxn(1, last, 0), survival(EXAMPLE_TABLE, last, 0)
print(f"to survive {last} years and to fail within one more: {found} for {right}; npx {table.npx(last, 0)}")
assert found == 1.0 and right < 0.03 and abs(table.npx(last, 0) - right) < 1e-12

sums = table.qx(0) + sum(table.tqxn(1, n, 0) for n in range(1, size))
print("deferred probabilities add up to", sums)
assert 1.9 < sums < 2
some = table.tqxn(1, 50, 0)
assert abs(some - survival(EXAMPLE_TABLE, 50, 0) * EXAMPLE_TABLE[50]) < 1e-12

q = (0.5, 0.5, 1.0)
short = LifeTable(q)
expected = [sum(survival(q, t, x) for t in range(1, 3)) for x in range(3)]
print("expectations:", [float(short.ex(x)) for x in range(3)], "for", expected, "annuity without interest", float(short.ax(0, 0.0)))
assert [short.ex(x) for x in range(3)] == [0.5, 0, 0] and expected == [0.75, 0.5, 0.0]
assert abs(short.ax(0, 0.0) - 0.75) < 1e-12
PY
