#!/usr/bin/env bash
# marketing-attribution-models 2.1.0 and 1.0.10 (Python 3.11): the rewrite "of strict mathematical parity" credits a channel of a Markov chain with 0.9 of 100 conversions for 9.1; Shapley values leave out the first channels of the alphabet.
#
# Expected, after a look at its source: run_markov() of 2.1.0 has the totals of attribution_markov() of 1.0.10, whose rules it keeps: of 100 conversions each channel has its share of the removal
#        effects, 0.1 and 1, so 9.09 and 90.91. Five channels that lead to a conversion together, each journey in one order, have a fifth
#        each by run_shapley(), or by its limit of four, "the last N channels will be considered" (1.0.10), the last four of the journey.
# Seen:  the removal effects are the same, 0.1 and 1, and the totals 0.91 and 99.09: the weights are normalised within each journey, so that a channel that converts alone
#        has its journeys whole. Both versions sort the channels by name before they take the last four: of "e > d > c > b > a" and of
#        "a > b > c > d > e" alike it is channel a that has nothing, the others 2.5 each; named z it has its part, and b has none.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/old.py" <<'PY'
import contextlib, io
import numpy as np
import pandas as pd
from marketing_attribution_models import MAM

def run(model, journeys, converted, times):
    table = pd.DataFrame([(j, c) for j, c, n in zip(journeys, converted, times) for _ in range(n)], columns=["journey", "converted"])
    table["id"], table["value"] = range(len(table)), 1
    with contextlib.redirect_stdout(io.StringIO()):
        m = MAM(table, channels_colname="journey", journey_with_conv_colname="converted", conversion_value="value", path_separator=" > ")
        m.attribution_markov(conversion_value_as_frequency=False) if model == "markov" else m.attribution_shapley()
    frame = m.group_by_channels_models
    return dict(sorted(zip(frame["channels"], frame.iloc[:, -1].astype(float))))
PY
cat > "$tmp/new.py" <<'PY'
import polars as pl
from mam import MAM

def run(model, journeys, converted, times):
    table = pl.DataFrame({"journey": journeys, "conversion": converted, "occurrences": times})
    m = MAM(df=table, format_type="grouped_journey", channels_colname="journey", journey_with_conv_colname="conversion", occurrences_colname="occurrences")
    result = m.run_markov() if model == "markov" else m.run_shapley()
    if model == "markov":
        print("removal effects:", result.metadata["removal_effect"]["removal_effect"].to_dict())
    return dict(sorted(zip(*(result.to_polars()[c].to_list() for c in ("channels", "attribution")))))
PY
cat > "$tmp/look.py" <<'PY'
import importlib, sys
version = sys.argv[1]
run = importlib.import_module(version).run
near = lambda got, wanted: got.keys() == wanted.keys() and all(abs(got[k] - wanted[k]) < 0.01 for k in wanted)

markov = run("markov", ["a > b", "b", "a"], [True, True, False], [10, 90, 100])
print(version, "Markov:", markov)
assert near(markov, {"a": 9.09, "b": 90.91} if version == "old" else {"a": 0.91, "b": 99.09})
for journey, without in (("a > b > c > d > e", "a"), ("e > d > c > b > a", "a"), ("z > b > c > d > e", "b")):
    shapley = {k: v for k, v in run("shapley", [journey], [True], [10]).items() if v}
    print(version, "Shapley of", journey, "-", shapley)
    assert near(shapley, {c: 2.5 for c in sorted(journey.split(" > ")) if c != without})
PY
cd "$tmp"
"${PYTHON:-python3}" -m venv "$tmp/v-old"
"$tmp/v-old/bin/pip" install --quiet --no-compile numpy==1.26.4 pandas==1.5.3 matplotlib==3.7.5 seaborn==0.12.2 marketing-attribution-models==1.0.10
MPLBACKEND=agg "$tmp/v-old/bin/python" -W ignore look.py old
"${PYTHON:-python3}" -m venv "$tmp/v-new"
"$tmp/v-new/bin/pip" install --quiet --no-compile numpy==2.3.5 pandas==2.3.3 polars==1.35.2 pyarrow==22.0.0 marketing-attribution-models==2.1.0
"$tmp/v-new/bin/python" -W ignore look.py new
