#!/usr/bin/env bash
# opendice 0.2.0: the probability that neither of two dice shows more than 4 is 0.8 for 4/9 if one asks for `!` of their number.
#
# Guess (1 December 2026, 02:34, blind): means, and at least and at most, are those of the enumeration. `!` "maps 0 to 1 and every non-zero outcome to 0", says its
#        docstring, so !((d6>4)+(d6>4)) is 1 with (4/6)^2.
# Seen:  a negated outcome takes the weight of the last outcome that is mapped to it, where the weights of all belong together: of 0, 1 and 2 successes with the
#        weights 16, 16 and 4 the 0 keeps 4, that of 2 alone, so that the 1 has 16/20. Comparing with 0 is right, and so is `!` of a
#        comparison, which has two outcomes. A die made this way is wrong wherever it is used; nothing says that the total is not 36.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile opendice==0.2.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
from itertools import product

from opendice import Die, d, parse

right = sum(not ((a > 4) + (b > 4)) for a, b in product(range(1, 7), repeat=2)) / 36
assert right == 16 / 36
for text in ("!((d6>4)+(d6>4))", "((d6>4)+(d6>4))=0", "!(d6>4)", "!(d6//3)"):
    print(text, parse(text).probabilities())
assert parse("!((d6>4)+(d6>4))").probabilities() == {1: 0.8, 0: 0.2}
assert abs(parse("((d6>4)+(d6>4))=0").prob(1) - right) < 1e-15
assert abs(parse("!(d6>4)").prob(1) - 4 / 6) < 1e-15

# one third of the faces is 0
assert (~Die([0, 1, 2])).probabilities() == {1: 0.5, 0: 0.5}
successes = (d(6) > 4) + (d(6) > 4) + (d(6) > 4)
print("of three dice none above 4:", (~successes).prob(1), "for", (4 / 6) ** 3)
assert (~successes).prob(1) == 8 / 9
PY
