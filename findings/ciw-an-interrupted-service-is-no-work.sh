#!/usr/bin/env bash
# ciw 3.2.7: with pre-emptive priorities a server that is busy for 0.6 of the time has a utilisation of 0.53, or of 0.60 where it is busy for 0.73.
#
# Guess (30 November 2026, 23:40, blind; run on 1 December, 03:25): queues with priorities are as in the textbook. Under pre-emptive resumption the server of an
#        M/M/1 queue of two classes of rate 0.3 works for 0.6 of the time, and sojourn times are 10/7 and 25/7.
# Seen:  sojourn times are. server_utilisation adds up services from their last start on: what was served before an interruption is left out, with
#        "resume" and "resample" alike, and with "restart", where the same work is done again and again, a third of the idle time that
#        it reports is work. The record of a resumed service has what remained as its service time, too: 0.78 on average in the low class, for 1.
#        Without interruptions the utilisation is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ciw==3.2.7
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from statistics import mean

import ciw

HORIZON = 40_000


def run(preemption):
    exponential = ciw.dists.Exponential
    network = ciw.create_network(
        arrival_distributions={"H": [exponential(0.3)], "L": [exponential(0.3)]},
        service_distributions={"H": [exponential(1.0)], "L": [exponential(1.0)]},
        number_of_servers=[1],
        priority_classes=({"H": 0, "L": 1}, [preemption]),
    )
    ciw.seed(1)
    queue = ciw.Simulation(network)
    queue.simulate_until_max_time(HORIZON)
    records = queue.get_all_records()
    # one server never idles while somebody is there: busy is where sojourns overlap the time axis
    busy, end = 0.0, 0.0
    for start, stop in sorted((r.arrival_date, r.exit_date) for r in records):
        busy += max(0.0, stop - max(start, end))
        end = max(end, stop)
    low = [r for r in records if r.customer_class == "L" and r.record_type == "service"]
    sojourn = mean(r.exit_date - r.arrival_date for r in low)
    return queue.transitive_nodes[0].server_utilisation, busy / HORIZON, mean(r.service_time for r in low), sojourn


seen = {}
for preemption in (False, "resume", "resample", "restart"):
    seen[preemption] = utilisation, busy, service, sojourn = run(preemption)
    print(f"{preemption}: utilisation {utilisation:.3f}, busy {busy:.3f}; low class: service {service:.3f}, sojourn {sojourn:.2f}")
assert abs(seen[False][0] - seen[False][1]) < 0.01 and abs(seen[False][0] - 0.6) < 0.02
for preemption in ("resume", "resample"):
    utilisation, busy, service, sojourn = seen[preemption]
    assert abs(busy - 0.6) < 0.02 and 0.5 < utilisation < 0.56
    assert 0.74 < service < 0.82 and abs(sojourn - 25 / 7) < 0.4
utilisation, busy, *_ = seen["restart"]
assert busy > utilisation + 0.1
PY
