"""What the tests of the package share."""

import os
from pathlib import Path

import pytest

import exact_mdp

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program() -> str:
    """The command-line program, where the environment names one."""
    path = os.environ.get("EXACT_MDP")
    if not path:
        pytest.skip("EXACT_MDP names no program")
    return path


@pytest.fixture(params=exact_mdp.bundled_names())
def name(request) -> str:
    """The name of each bundled model."""
    return request.param
