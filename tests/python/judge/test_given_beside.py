"""`judge --trajectories` with a critic, a baseline, an entropy or another actor, and `--samples` of another actor.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_given_beside.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODEL = os.path.join(os.path.dirname(__file__), "../../../mdps/retry-loop.yaml")
POLICY = ["--policy", "random:1"]
GAMMA = 0.75


def run(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def drawn():
    return run("reference", MODEL, *POLICY, "-n", 60, "--seed", 5, "--estimators", "reward-to-go", "--quiet")["fixtures"]


def judged(tmp_path, drawn, psi, *flags):
    keys = ("states", "actions", "rewards", "terminated", "truncated")
    mine = {key: drawn[key] for key in keys} | {"psi": [[float(x) for x in row] for row in psi]}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(mine))
    report = run("judge", MODEL, *POLICY, "--trajectories", path, "--format", "json", "--quiet", *flags)
    (held,) = [given for given in report["given"] if given["of"] == "psi"]
    return held["verdict"], held["matches"], [d["name"] for d in held["diagnoses"]]


def returns(rewards):
    out, later = [], 0.0
    for r in rewards[::-1]:
        later = r + GAMMA * later
        out.append(later)
    return np.array(out[::-1])


def test_a_critic_of_ones_own(tmp_path, drawn):
    u = [0.25, -1.5, 0.0]
    (tmp_path / "u.json").write_text(json.dumps(u))
    psi = []
    for states, rewards in zip(drawn["states"], drawn["rewards"]):
        v = np.array(u)[states]
        psi.append(np.array(rewards) + GAMMA * v[1:] - v[:-1])
    flags = ["--critic", tmp_path / "u.json"]
    assert judged(tmp_path, drawn, psi, *flags)[:2] == ("right", ["td-residual"])
    assert judged(tmp_path, drawn, psi)[0] == "wrong"
    # the λ of a critic of one's own is found as well
    gae = []
    for delta in psi:
        out, later = [], 0.0
        for x in delta[::-1]:
            later = x + GAMMA * 0.6 * later
            out.append(later)
        gae.append(out[::-1])
    assert judged(tmp_path, drawn, gae, *flags)[:2] == ("right", ["gae:0.6"])


def test_a_baseline_of_ones_own(tmp_path, drawn):
    b = [0.5, 2.0, 0.0]
    (tmp_path / "b.json").write_text(json.dumps(b))
    psi = [returns(rewards) - np.array(b)[states[:-1]] for states, rewards in zip(drawn["states"], drawn["rewards"])]
    found = judged(tmp_path, drawn, psi, "--baseline-file", tmp_path / "b.json")
    assert found[:2] == ("right", ["baseline:file"])
    assert judged(tmp_path, drawn, psi)[0] == "wrong"


def test_entropy_in_the_rewards(tmp_path, drawn):
    alpha = 0.3
    of = lambda factor: [  # noqa: E731
        returns(np.array(rewards) - factor * alpha * np.array(logs))
        for rewards, logs in zip(drawn["rewards"], drawn["log_probabilities"])
    ]
    flags = ["--entropy", alpha]
    assert judged(tmp_path, drawn, of(1), *flags)[:2] == ("right", ["reward-to-go"])
    for factor, name in [(0, "entropy-forgotten"), (-1, "entropy-sign")]:
        verdict, _, names = judged(tmp_path, drawn, of(factor), *flags, "--as", "reward-to-go")
        assert verdict == "wrong" and name in names, names
    assert judged(tmp_path, drawn, of(0))[:2] == ("right", ["reward-to-go"])


def test_samples_of_another_actor(tmp_path):
    flags = ["-n", 4000, "--seed", 6, "--behavior", "uniform", "--estimators", "importance:ordinary,v-trace:1:1", "--quiet"]
    fixtures = run("reference", MODEL, *POLICY, *flags)["fixtures"]
    path = tmp_path / "x.json"
    for i, name in enumerate(["importance:ordinary", "v-trace:1:1"]):
        ratios = [np.prod(row) for row in fixtures["ratios"]]
        if i == 0:
            # from what was drawn, not from what is judged
            rows = [
                (w * GAMMA ** np.arange(len(r)) * returns(r)) @ np.array(s)
                for w, r, s in zip(ratios, fixtures["rewards"], fixtures["scores"])
            ]
        else:
            rows = []
            for r, v, after, ratio, s in zip(*(fixtures[key] for key in ("rewards", "v", "v_next", "ratios", "scores"))):
                psi, excess = np.zeros(len(r)), 0.0
                for t in reversed(range(len(r))):
                    clipped = min(1, ratio[t])
                    psi[t] = clipped * (r[t] + GAMMA * (after[t] + excess) - v[t])
                    excess = clipped * (r[t] + GAMMA * after[t] - v[t] + GAMMA * excess)
                rows.append((GAMMA ** np.arange(len(r)) * psi) @ np.array(s))
        path.write_text(json.dumps([[float(x) for x in row] for row in rows]))
        judge = ["judge", MODEL, *POLICY, "--samples", path, "--as", name, "--format", "json", "--quiet"]
        assert run(*judge, "--behavior", "uniform")["verdict"] == "consistent", name
        if name == "v-trace:1:1":
            # on policy it is another number; the ratio of whole trajectories keeps the mean
            assert run(*judge)["verdict"] == "inconsistent", name


def test_rows_of_batches(tmp_path):
    """Five rows of 1000 trajectories each; smaller batches say nothing of the limit."""
    flags = ["-n", 5000, "--seed", 8, "--estimators", "reward-to-go:dropped", "--quiet"]
    fixtures = run("reference", MODEL, *POLICY, *flags)["fixtures"]
    sums = np.array(next(e for e in fixtures["estimates"])["contributions"]).reshape(5, 1000, -1).sum(axis=1)
    steps = np.array(fixtures["lengths"]).reshape(5, 1000).sum(axis=1)[:, None]
    path = tmp_path / "x.json"
    judge = ["judge", MODEL, *POLICY, "--samples", path, "--as", "per-step-mean:reward-to-go:dropped", "--quiet"]
    path.write_text(json.dumps((sums / steps).tolist()))
    assert run(*judge, "--batch", 1000, "--format", "json")["verdict"] == "consistent"
    path.write_text(json.dumps((sums / 1000).tolist()))
    assert run(*judge, "--batch", 1000, "--format", "json")["verdict"] == "inconsistent"
    done = subprocess.run([BINARY, *map(str, judge), "--batch", "10"], capture_output=True, text=True)
    assert done.returncode == 2 and "at least 100" in done.stderr
