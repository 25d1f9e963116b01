"""The line that makes an archive of a file of MATLAB's MDPtoolbox, as the program prints it, run."""

import re
import subprocess

import numpy as np
import pytest

from conftest import PROGRAM, answer

scipy_io = pytest.importorskip("scipy.io")


@pytest.mark.parametrize("states", [2, 4])
@pytest.mark.parametrize("by_next", [True, False])
def test_rewards_in_two_or_three_dimensions(states, by_next, tmp_path):
    rng = np.random.default_rng(states)
    # eighths that sum to 1, P[s, s', a]
    p = np.zeros((states, states, 2))
    for s in range(states):
        for a in range(2):
            np.add.at(p[s, :, a], rng.integers(0, states, 8), 1 / 8)
    r = rng.integers(-3, 4, (states, states, 2) if by_next else (states, 2)).astype(float)
    file = tmp_path / "toolbox.mat"
    scipy_io.savemat(file, {"P": p, "R": r})
    refused = subprocess.run([PROGRAM, "check", file], capture_output=True, text=True)
    assert refused.returncode == 2
    said = " ".join(re.sub(r"[│×]", " ", refused.stderr).split())
    line = re.search(r"m = scipy\.io\.loadmat\(FILE\);.*\)(?= where P)", said).group()
    line = line.replace('"model.npz"', "ARCHIVE")
    archive = tmp_path / "model.npz"
    exec(line, {"scipy": __import__("scipy.io"), "numpy": np, "FILE": file, "ARCHIVE": archive})
    found = answer("evaluate", archive, "--discount", "0.9", "--initial", "0", "--axes", "ass")
    paid = (p * r).sum(1) if by_next else r
    v = np.linalg.solve(np.eye(states) - 0.9 * p.mean(2), paid.mean(1))
    assert abs(found["j"] - v[0]) < 1e-12
