#!/usr/bin/env bash
# rv-ltl 0.1.1 (Python 3.11 to 3.13): p U q after a step with neither is PRESUMABLY_FALSE for FALSE; "always p until q" has no verdict at all, whatever happened.
#
# Guess (30 November 2026, 23:49, blind; "as in the textbook", the paper named later): truth on finite traces is that of RV-LTL (Bauer, Leucker and Schallhart 2010): FALSE as soon as no continuation satisfies the formula.
# Seen:  until looks for a step with q alone: as long as there is none it is PRESUMABLY_FALSE, though p has failed before and nothing can mend it.
#        Once q holds, too late, it is FALSE. In formulas of the kind G(request -> (wait U grant)) a violation is never certain, and a monitor that stops at FALSE
#        goes on. Plain G p and F q are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rv-ltl==0.1.1
cd "$work"
"$work/venv/bin/python" - > seen <<'PY'
from itertools import product

from rv_ltl import Always, Atomic, B4, Eventually, Until

p, q = Atomic(identifier="p"), Atomic(identifier="q")


def verdict(formula, trace):
    monitor = formula.create_monitor()
    for step in trace:
        monitor.update(dict(zip("pq", step)))
    return monitor.evaluate()


def exact(trace):
    """p U q: decided at the first step with q or without p."""
    for has_p, has_q in trace:
        if has_q:
            return B4.TRUE
        if not has_p:
            return B4.FALSE
    return B4.PRESUMABLY_FALSE


traces = [trace for length in (1, 2, 3) for trace in product(product((False, True), repeat=2), repeat=length)]
wrong = [(str(verdict(Until(p, q), trace)), str(exact(trace))) for trace in traces if verdict(Until(p, q), trace) != exact(trace)]
print("p U q on", len(traces), "traces: wrong", len(wrong), "(seen, right):", set(wrong))
assert set(wrong) == {("PRESUMABLY_FALSE", "FALSE")} and len(wrong) > 10
lost = [(True, False), (False, False), (False, False)]
print("G(p U q) after", lost, "is", verdict(Always(Until(p, q)), lost), "| G p:", verdict(Always(p), lost), "| F q:", verdict(Eventually(q), lost))
assert verdict(Always(Until(p, q)), lost) is B4.PRESUMABLY_FALSE
assert verdict(Always(p), lost) is B4.FALSE and verdict(Eventually(q), lost) is B4.PRESUMABLY_FALSE
PY
cat seen
