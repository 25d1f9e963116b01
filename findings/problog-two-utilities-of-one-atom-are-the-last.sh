#!/usr/bin/env bash
# problog 2.3.0: of two utilities of one atom DTProbLog counts the last one only, and a utility with a variable not at all: an offer worth 1.5 is declined, at "SCORE: 0.0".
#
# Guess (1 December 2026, 02:34, blind): the exhaustive search finds the decision of the greatest expected utility, and says what it is: a sum over all
#        utilities, as in the paper on DTProbLog. To go costs 2 and wins with 1/2, a win brings 10 and a tax of 3: 7/2 - 2 = 1.5.
# Seen:  utilities are read into a dictionary by their atom. With the tax last the best is not to go, 0.0; with the prize last one goes for 3.0, not 1.5. Utilities
#        that follow from a clause suffer likewise: "what a friend's purchase is worth, for each friend" is worth that of one friend. utility(m(_), -2)
#        is of no atom at all: two mailings seem free, 3.0 for -1.0; written out, or by between/3, they are right. No word in either case.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile problog==2.3.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from problog.program import PrologString
from problog.tasks.dtproblog import dtproblog


def best(text):
    choices, score, _ = dtproblog(PrologString(text.replace(". ", ".\n")), search="exhaustive")
    return {str(name): taken for name, taken in choices.items()}, round(score, 9)


go = "?::go. 0.5::win :- go. utility(go, -2). "
answers = {
    "one utility": best(go + "utility(win, 7)."),
    "prize, then tax": best(go + "utility(win, 10). utility(win, -3)."),
    "tax, then prize": best(go + "utility(win, -3). utility(win, 10)."),
    "two friends": best("friend(1, 2). friend(1, 3). ?::m. 0.5::buys(1) :- m. utility(m, -2). utility(buys(P), 3) :- friend(P, _)."),
}
mail = "?::m(1). ?::m(2). 0.5::buys(P) :- m(P). utility(buys(1), 3). utility(buys(2), 3). "
answers["any mailing costs 2"] = best(mail + "utility(m(_), -2).")
answers["each mailing costs 2"] = best(mail + "utility(m(1), -2). utility(m(2), -2).")
answers["between(1, 2, P) costs 2"] = best(mail + "utility(m(P), -2) :- between(1, 2, P).")
for name, answer in answers.items():
    print(f"{name}: {answer}")
assert answers["one utility"] == ({"go": 1}, 1.5)
assert answers["prize, then tax"] == ({"go": 0}, 0.0)  # right: go, 1.5
assert answers["tax, then prize"] == ({"go": 1}, 3.0)  # right: go, 1.5
assert answers["two friends"] == ({"m": 0}, 0.0)  # right: m, 1.0
assert answers["any mailing costs 2"] == ({"m(1)": 1, "m(2)": 1}, 3.0)  # right: neither, 0.0
assert answers["each mailing costs 2"] == answers["between(1, 2, P) costs 2"] == ({"m(1)": 0, "m(2)": 0}, 0.0)
PY
