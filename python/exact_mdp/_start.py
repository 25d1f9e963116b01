"""Where episodes start, as the text that files and flags have."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from . import _core

EXPECTED = "a state, 'uniform', or a dict of weights by state"


def start(initial: Any) -> str:
    """A state by its name or number, 'uniform' or a text in braces as it is, weights by state as a flow mapping."""
    if isinstance(initial, str):
        return initial if initial == "uniform" or initial.lstrip().startswith("{") else json.dumps(initial)
    if isinstance(initial, dict):
        return weights(initial.items())
    if np.ndim(initial) == 0:
        state = np.asarray(initial).item()
        if not isinstance(state, bool) and isinstance(state, (int, float)) and state == int(state):
            return str(int(state))
    raise _core.ExactMdpError(f"initial is {initial!r}; expected {EXPECTED}")


def weights(given: Any, written: Any = None) -> str:
    """Weights by state as a flow mapping."""
    listed = [f"{json.dumps(str(state))}: {(written or number)(weight)}" for state, weight in given if weight]
    return "{" + ", ".join(listed) + "}"


def number(x: Any) -> str:
    """A number as the exact literal that it is."""
    if isinstance(x, (str, Fraction, Decimal)):
        return str(x)
    try:
        whole = np.asarray(x).item()
        return str(whole) if isinstance(whole, int) and not isinstance(whole, bool) else repr(float(whole))
    except (TypeError, ValueError):
        raise _core.ExactMdpError(f"initial has the weight {x!r}; expected a number") from None
