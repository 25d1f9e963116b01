#!/usr/bin/env bash
# mchmm 0.4.5: the chi-squared test of a chain does not see a dependence that is there.
#
# Guess: chisquare() tests the counts of transitions against those of independent draws, "the" statistic with
#        (k - 1)^2 degrees of freedom: 5.12 and p = 0.024 for two states with 58, 42, 42, 58 transitions.
# Seen:  a test for each column, with k - 1 degrees each: 2.56 and p = 0.11, twice. With axis=None the statistic is 5.12
#        and its p is 0.16, for k^2 - 1 = 3 degrees: the margins that the expected counts are made of are not deducted.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mchmm==0.4.5 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from mchmm import MarkovChain
from scipy.stats import chi2_contingency

print("mchmm", version("mchmm"))
chain = MarkovChain().from_data("a" * 59 + "b" * 59 + "ab" * 41 + "a")
assert np.array_equal(chain.observed_matrix, [[58, 42], [42, 58]])
independence = chi2_contingency(chain.observed_matrix, correction=False)
print("independence: ", independence.statistic, "with", independence.dof, "degree, p =", independence.pvalue)
columns, whole = chain.chisquare(), chain.chisquare(axis=None)
print("chisquare():", columns.statistic, "p =", columns.pvalue)
print("chisquare(axis=None):", whole.statistic, "p =", whole.pvalue)
assert independence.dof == 1 and independence.pvalue < 0.025
assert np.allclose(columns.statistic, 2.56) and (columns.pvalue > 0.1).all()
assert np.isclose(whole.statistic, independence.statistic) and whole.pvalue > 0.16
PYTHON
