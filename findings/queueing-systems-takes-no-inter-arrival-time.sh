#!/usr/bin/env bash
# queueing_systems 0.1.2: the inter-arrival time that may stand for a rate is a TypeError; D/M/1 waits 0.2 for 0.255; "m/m/1" is refused by msqs.
#
# Expected, after a look at its source: ssqs(qs, ar= or a=, sr= or s=) "calculates the parameters" of a queue from rates or mean times ("arrival rate: optional if mean inter-arrival
#        time is given"); msqs accepts "mm1", "MM1", "m/m/1" and "M/M/1", as its docstring lists, with s1 or sr1. D/M/1 has its closed form.
# Seen:  `a` is read and then set to 1 / ar: TypeError; msqs takes the third letter of "m/m/1" for the number of servers, "m". M/M/1, M/D/1
#        and M/G/1 are right. D/M/1 is an approximation (a comment in the source says so): at a utilisation of 1/2 it waits
#        0.2 services for 0.2550, at 0.2 it is 0.0096 for 0.0070, and `lq` and `w` follow, rounded to 15 digits.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps queueing-systems==0.1.2
"$tmp/v/bin/python" - <<'PY'
import math
from queueing_systems import msqs, ssqs

assert abs(ssqs(qs="mm1", ar=1, s=0.5)["wq"] - 0.5) < 1e-12 and abs(ssqs(qs="md1", ar=1, s=0.5)["wq"] - 0.25) < 1e-12
for name, call in (("ssqs(qs='mm1', a=1, s=0.5)", lambda: ssqs(qs="mm1", a=1, s=0.5)), ("msqs(ar=10, sn=5, sr1=4, qs='m/m/1')", lambda: msqs(ar=10, sn=5, sr1=4, qs="m/m/1"))):
    try:
        call()
        raise SystemExit(f"{name} works")
    except Exception as e:
        print(f"{name}: {type(e).__name__}: {e}")
        assert isinstance(e, TypeError) or "Wrong system type" in str(e)
for u in (0.2, 0.5, 0.9):
    sigma = 0.0                                   # the root of sigma = exp(-(1 - sigma) / u)
    for _ in range(2000):
        sigma = math.exp(-(1 - sigma) / u)
    exact, got = sigma / (1 - sigma), ssqs(qs="dm1", ar=u, s=1.0)["wq"]
    print(f"D/M/1 at {u}: waits {got:.4f} services, exact {exact:.4f}")
    assert abs(got - u**3 / ((1 - u) * (1 + u * u))) < 1e-9 and (u != 0.5 or abs(got / exact - 0.2 / 0.2550) < 1e-3)
PY
