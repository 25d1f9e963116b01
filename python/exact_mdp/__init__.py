"""Exact analysis of finite Markov decision processes, on NumPy arrays.

>>> m = exact_mdp.bundled("two-state")
>>> s = m.solve_policy(m.softmax())
>>> s.j, s.gradient.shape
(5.547945205479452, (4,))
"""

from __future__ import annotations

import json as _json
from typing import Any as _Any

from . import _core
from ._arrays import PairArray, unstack
from ._core import (
    AnalysisError,
    Batch,
    CertifiedSolved,
    Comparison,
    ExactMdpError,
    ExactModel,
    ExactSolved,
    Law,
    Model,
    ModelError,
    Optimum,
    Outcomes,
    Policy,
    PolicyError,
    Sample,
    Solved,
    Trace,
    Verdict,
    Verification,
    __version__,
    bundled,
    bundled_names,
    load,
    parse,
)
from ._page import Page
from ._report import Report


def schema() -> dict[str, _Any]:
    """The JSON Schema of model files, for editors and validators.

    >>> exact_mdp.schema()["title"]
    'exact-mdp model'
    """
    found: dict[str, _Any] = _json.loads(_core._schema())
    return found


__all__ = [
    "AnalysisError",
    "Batch",
    "CertifiedSolved",
    "Comparison",
    "ExactMdpError",
    "ExactModel",
    "ExactSolved",
    "Law",
    "Model",
    "ModelError",
    "Optimum",
    "Outcomes",
    "Page",
    "PairArray",
    "Policy",
    "PolicyError",
    "Report",
    "Sample",
    "Solved",
    "Trace",
    "Verdict",
    "Verification",
    "__version__",
    "bundled",
    "bundled_names",
    "load",
    "parse",
    "schema",
    "unstack",
]
