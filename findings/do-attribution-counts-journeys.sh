#!/usr/bin/env bash
# do-attribution 0.0.2: by default its Markov chain, of any order, credits a channel with the journeys that it was part of.
#
# Guess: removal effects come from the fitted chain, so that they differ between orders 1, 2 and 3, and from the share of the
#        conversions whose journey has the channel, which needs no chain.
# Seen:  they are that share, to rounding, at every order. The default, "fail", makes failures of the journeys with the
#        channel and fits again; and a chain with a start and two ends, fitted by counts to whole journeys, has the share of
#        conversions among them as its probability of conversion, whatever its order. "detour" is independent of the order
#        for the same reason; "redirect_to_null", the textbook's, and "fail_refit", which drops journeys, are not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile do-attribution==0.0.2 numpy==2.4.6 pandas==2.3.3
"$work/venv/bin/python" -W ignore - <<'EOF'
import random

from do_attribution import MarkovAttribution

draw = random.Random(1)
journeys = [[draw.choice("ABCDE") for _ in range(draw.randint(1, 5))] for _ in range(300)]
converted = [int(draw.random() < (0.5 if "A" in journey and "B" in journey else 0.2)) for journey in journeys]
share = {
    channel: sum(c for journey, c in zip(journeys, converted) if channel in journey) / sum(converted)
    for channel in "ABCDE"
}
print("share of the conversions with the channel:", {c: round(s, 4) for c, s in share.items()})


def effects(order, **strategy):
    return MarkovAttribution(order=order, **strategy).fit([" > ".join(j) for j in journeys], converted)["removal_effects"]


for order in (1, 2, 3):
    found = effects(order)
    print("default, order", order, {c: round(e, 4) for c, e in sorted(found.items())})
    assert all(abs(found[c] - share[c]) < 1e-9 for c in share)
for strategy, depends in (("detour", False), ("redirect_to_null", True), ("fail_refit", True)):
    one, three = (effects(order, removal_strategy=strategy) for order in (1, 3))
    print(strategy, "- largest difference between orders 1 and 3:", max(abs(one[c] - three[c]) for c in share))
    assert (max(abs(one[c] - three[c]) for c in share) > 1e-3) == depends
EOF
