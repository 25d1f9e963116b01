"""What the tests in this folder share: the program, and the shipped models as arrays.

`EXACT_MDP` names the program; without it target/debug/exact-mdp is taken.
"""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("EXACT_MDP", str(ROOT / "target" / "debug" / "exact-mdp"))


def exact_mdp(*arguments):
    """Standard output of the program."""
    command = [PROGRAM, *map(str, arguments), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def answer(*arguments):
    """The JSON that a command writes."""
    return json.loads(exact_mdp(*arguments, "--format", "json"))


def shipped(*kinds, at_most=60):
    """Shipped models of these criteria, small ones."""
    names = []
    for path in sorted((ROOT / "mdps").glob("*.yaml")):
        if path.stat().st_size > 20_000:
            continue
        sizes = answer("check", path)
        if "models" in sizes:
            sizes = sizes["models"][0]
        head = answer("evaluate", path)
        if head["criterion"]["kind"] in kinds and len(head["states"]) <= at_most:
            names.append(path)
    return names


class Arrays:
    """A model as the program's export for QuantEcon holds it: rows by pair."""

    def __init__(self, model, folder):
        path = folder / "arrays.npz"
        exact_mdp("convert", model, path, "--to", "quantecon")
        data = np.load(path)
        self.reward, self.q = data["R"], data["Q"]
        self.state, self.action = data["s_indices"], data["a_indices"]
        self.discount = float(data["beta"])
        self.initial, self.terminal = data["initial"], data["terminal"]


@pytest.fixture
def arrays(tmp_path):
    return lambda model: Arrays(model, tmp_path)
