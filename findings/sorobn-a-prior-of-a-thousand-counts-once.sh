#!/usr/bin/env bash
# sorobn 0.13.0, numpy 2.4.6, pandas 3.0.0 (Python 3.13): a prior count of 1,000 is one of 1, probabilities of 2/3 for 0.5005; nodes without parents have none.
#
# Guess (30 November 2026, 23:49, blind): tables are learned from the counts and the prior counts given.
# Seen:  BayesNet(prior_count=n), by which "each combination of parent(s)/child(ren) values will appear prior_count times", asks whether n is there and adds 1 to
#        each combination of values seen. Incremental learning goes on from there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile sorobn==0.13.0 numpy==2.4.6 pandas==3.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
import pandas as pd
import sorobn

data = pd.DataFrame({"coin": [0, 0, 0, 0, 1], "second": [0, 0, 0, 1, 1]})


def learned(count):
    model = sorobn.BayesNet(("coin", "second"), prior_count=count).fit(data)
    return float(model.P["second"][(0, 0)]), float(model.P["coin"][0])


for count in (None, 1, 10, 1000):
    print("prior count", count, "P(second = 0 | coin = 0), P(coin = 0):", learned(count), "right", (3 + (count or 0)) / (4 + 2 * (count or 0)))
assert learned(None) == (0.75, 0.8) and learned(1) == learned(10) == learned(1000) == (4 / 6, 0.8)
PY
cat seen
