#!/usr/bin/env bash
# actuarialmath 1.1.0: under the uniform distribution of deaths a whole-life benefit of 1000 is worth 0.155; the other annuities of that class raise.
#
# Expected, after a look at its source: insurances are in proportion to the benefit b, and their standard deviation too; with m = 1 payment a year the class for m payments agrees with the annual functions
#        of the life table that it is made of.
# Seen:  UDD.whole_life_insurance reads b for the variance only: A(45) is 0.1516 for b=1 and b=1000 alike, with the variance of 1000 (11,647); the second moment is that of 1. The annual function and
#        the term insurance of the same class have 151.6 and 24.5. deferred_annuity is a NameError, the variance of a temporary annuity an AttributeError, the complete expectation of life of a table a TypeError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile actuarialmath==1.1.0 numpy==2.3.5 scipy==1.16.3 pandas==2.3.3 matplotlib==3.10.7 ipython==9.6.0
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg IPYTHONDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
from actuarialmath import SULT, UDD, LifeTable

life = SULT(udd=True)
annual = UDD(m=1, life=life)
one, thousand = annual.whole_life_insurance(45), annual.whole_life_insurance(45, b=1000)
book = life.whole_life_insurance(45, b=1000)
print("A(45), paid at the end of the year: b=1", round(one, 6), "| b=1000", round(thousand, 6), "| the life table itself", round(book, 4))
assert one == thousand and abs(book - 1000 * one) < 1e-9

variance = annual.whole_life_insurance(45, b=1000, moment=life.VARIANCE)
second = annual.whole_life_insurance(45, b=1000, moment=2)
print("its variance", round(variance, 2), "| second moment", round(second, 6), "| of the life table", round(life.whole_life_insurance(45, b=1000, moment=2), 2))
assert abs(variance - 1e6 * (second - one**2)) < 1e-6 and second < 1 and life.whole_life_insurance(45, b=1000, moment=2) > 1e4

term = annual.term_insurance(45, t=20, b=1000)
print("a term of 20 years, b=1000:", round(term, 4))
assert abs(term - 1000 * annual.term_insurance(45, t=20)) < 1e-9 and term > 20

table = LifeTable(udd=True).set_table(q={60: 0.1, 61: 0.2, 62: 0.3, 63: 1.0})
for name, error, call in (
    ("deferred annuity", NameError, lambda: UDD(m=12, life=life).deferred_annuity(45, u=20)),
    ("variance of a temporary annuity", AttributeError, lambda: UDD(m=12, life=life).temporary_annuity(45, t=20, variance=True)),
    ("complete expectation of life", TypeError, lambda: table.e_r(60)),
):
    try:
        raise SystemExit(f"{name} is {call()} now")
    except error as found:
        print(f"{name}: {type(found).__name__}: {found}")
print("deferred, of the life table:", round(life.deferred_annuity(45, u=20), 6))
PY
