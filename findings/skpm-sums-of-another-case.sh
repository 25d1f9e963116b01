#!/usr/bin/env bash
# skpm 0.1.0: in an event log in the order of time, not of cases, Aggregation writes the sums of one case to the events of another.
#
# Guess (1 December 2026, 02:34, blind for features of time): a feature of an event is that of its case, in whatever order the rows are; the
#        package's time features say so of themselves, "correct under any row order", and are.
# Seen:  rolling sums are made case by case, and their rows then get the index of the input as it stands: of the log a 1, b 10, a 2, b 20 the
#        second event, b's 10, has the sum 3, which is a's, and the third, a's, has b's 10. The index is canonical and accepted, nothing is
#        said; sorted by case all is right. Any frame that is not sorted, as of a shuffled cross-validation or sort_index(level="timestamp"), is concerned, with the
#        mean, the median and the norm alike.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile skpm==0.1.0 numpy==2.3.5 pandas==2.3.3 scikit-learn==1.7.2
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pandas as pd
from skpm.event_logs.base import to_event_log
from skpm.feature_extraction import TimestampExtractor
from skpm.sequence_encoding import Aggregation

log = to_event_log(pd.DataFrame({
    "case_id": ["a", "b", "a", "b"],
    "timestamp": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
    "activity": ["x", "y", "x", "y"],
    "cost": [1.0, 10.0, 2.0, 20.0],
}))


def sums(frame):
    return Aggregation(method="sum").fit_transform(frame[["cost"]])["cost"].tolist()


by_case, by_time = log, log.sort_index(level="timestamp")
print("cases  ", by_case.index.get_level_values("case_id").tolist(), by_case["cost"].tolist(), "sums", sums(by_case))
print("in time", by_time.index.get_level_values("case_id").tolist(), by_time["cost"].tolist(), "sums", sums(by_time), "for", [1.0, 10.0, 3.0, 30.0])
assert sums(by_case) == [1.0, 3.0, 10.0, 30.0]
assert sums(by_time) == [1.0, 3.0, 10.0, 30.0]  # right: 1, 10, 3, 30

elapsed = TimestampExtractor(case_features="accumulated_time", event_features=None, time_unit="d").fit_transform(by_time)["accumulated_time"].tolist()
print("elapsed days in time", elapsed)
assert elapsed == [0.0, 0.0, 2.0, 2.0]
PY
