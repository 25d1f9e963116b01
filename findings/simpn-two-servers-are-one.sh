#!/usr/bin/env bash
# simpn 1.10.0 (Python 3.11 or 3.12): of two queues in a row that are busy 1/2 and 5/6 of the time the report has one server, busy 64%, and no customer was ever completed.
#
# Guess (30 November 2026, 20:30, blind): queues simulated agree with theory: a server is busy for rho of the time, and customers
#        pass in 1/(mu - lambda) on average.
# Seen:  every QueueingServer calls its servers r0, r1, ...; ProcessReporter keeps busy times by that name alone, a start at one queue
#        takes the place of a start at the other, and what is left is one number for both. Means by activity are right.
#        A QueueingSink is no end event, so that of 1,600 customers that left 0 are completed and waits are 0, without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps simpn==1.10.0 sortedcontainers==2.4.0 # the rest is for its windows
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import random
from collections import defaultdict

from simpn.prototypes_queueing import QueueingGenerator, QueueingQueue, QueueingServer, QueueingSink
from simpn.reporters import ProcessReporter
from simpn.simulator import SimProblem

HORIZON = 3000


class Both(ProcessReporter):
    """The report, and busy times by queue counted from the same events."""

    def __init__(self):
        super().__init__()
        self.since, self.busy = {}, defaultdict(float)

    def callback(self, timed_binding):
        _, time, event = timed_binding
        name, _, kind = event.get_id().partition("<")
        if kind == "task:start>":
            self.since[name] = time
        elif kind == "task:complete>":
            self.busy[name] += time - self.since.pop(name)
        super().callback(timed_binding)


def simulated(second):
    random.seed(1)
    problem = SimProblem()
    first_queue, second_queue = QueueingQueue(problem, "q1"), QueueingQueue(problem, "q2")
    sink = QueueingSink(problem, "sink")
    QueueingGenerator(problem, [], [first_queue], "arrivals", lambda: random.expovariate(0.5))
    QueueingServer(problem, [first_queue], [second_queue], "a", lambda: random.expovariate(1))
    QueueingServer(problem, [second_queue], [sink], "b", lambda: random.expovariate(second))
    reporter = Both()
    problem.simulate(HORIZON, reporter)
    results = reporter.get_results()
    truth = {name: busy / HORIZON for name, busy in reporter.busy.items()}
    left = len(sink.marking)
    print("busy", {name: round(share, 3) for name, share in truth.items()}, "reported", results["resources"], "| left", left, results["general"])
    return truth, results, left


for second in (2, 0.6):
    truth, results, left = simulated(second)
    assert abs(truth["a"] - 0.5) < 0.06 and abs(truth["b"] - 0.5 / second) < 0.1
    assert list(results["resources"]) == ["r0"] and left > 1400 and results["general"]["nr_completed"] == 0
    reported = results["resources"]["r0"]["utilization"]
    assert all(abs(reported - share) > 0.08 for share in truth.values())
PY
