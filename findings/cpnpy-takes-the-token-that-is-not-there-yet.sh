#!/usr/bin/env bash
# cpnpy 0.2.1: a timed Petri net serves the customer of time 10 at time 0: of equal tokens the one of the latest time is taken, not ready as it is.
#
# Guess (1 December 2026, 04:04, blind): a timed token is not consumed before its time: of two equal customers, who come at 0 and 10, a server that is always
#        free starts at 0 and 10.
# Seen:  a transition is enabled by the token of time 0, and fire_transition then removes that of time 10, "preferring the ones with largest timestamp first": the
#        ready one is left, so that the second service starts at time 0 too, and the makespan with a service of 3 is 3 for 13. With five arrivals, one
#        every 10, all five start at 0, in a run that fires what is enabled and advances the clock otherwise. Tokens of different values are right, since
#        the value chooses; CPN Tools and the definition of the occurrence rule take ready tokens only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps cpnpy==0.2.1 # the net itself needs none of what it asks for
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from cpnpy.cpn.colorsets import ColorSetParser
from cpnpy.cpn.cpn_imp import CPN, Arc, EvaluationContext, Marking, Place, Transition


def run(values, times):
    """Starts of service, and the times at which customers are done, of a server for everybody."""
    customer = ColorSetParser().parse_definitions("colset C = int timed;")["C"]
    waiting, done, serve = Place("waiting", customer), Place("done", customer), Transition("serve", variables=["x"])
    net = CPN()
    net.add_place(waiting), net.add_place(done), net.add_transition(serve)
    net.add_arc(Arc(waiting, serve, "x")), net.add_arc(Arc(serve, done, "x @+3"))
    marking, context, starts = Marking(), EvaluationContext(), []
    marking.set_tokens("waiting", values, times)
    while marking.get_multiset("waiting").tokens:
        if net.is_enabled(serve, marking, context):
            starts.append(marking.global_clock)
            net.fire_transition(serve, marking, context)
        else:
            net.advance_global_clock(marking)
    return starts, sorted(token.timestamp for token in marking.get_multiset("done").tokens)


starts, ends = run([1, 1], [0, 10])
print("equal customers of 0 and 10: starts", starts, "ends", ends, "for [0, 10] and [3, 13]")
assert starts == [0, 0] and ends == [3, 3]
starts, _ = run([1] * 5, [0, 10, 20, 30, 40])
print("five, one every 10: starts", starts)
assert starts == [0] * 5
starts, ends = run([1, 2], [0, 10])
print("two that differ: starts", [t for t in starts], "ends", ends)
assert len(starts) == 2 and starts[0] == 0 and starts[1] >= 10 and ends == [3, starts[1] + 3]
PY
