"""Reference files: the same numbers in every format, fixtures by an independent implementation, and
the test files that come with them."""

import csv
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from conftest import ROOT, exact_mdp

MODELS = ["two-state", "frozenlake-4x4", "short-corridor", "appendix-c"]
LIST = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,q,advantage,td-residual,gae:0.9,n-step:3"


def reference(model, folder, name="reference.json", *flags):
    path = folder / name
    exact_mdp("reference", ROOT / "mdps" / f"{model}.yaml", "-o", path, *flags)
    return path


def leaves(x, path=""):
    """(path, number) of all numbers in JSON; entries of lists by their name or place."""
    if isinstance(x, dict):
        for key, value in x.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(x, list) and x and all(isinstance(y, dict) for y in x):
        for i, y in enumerate(x):
            yield from leaves(y, f"{path}/{y.get('name', i)}")
    elif isinstance(x, list):
        flat = np.array(ragged(x), dtype=float)
        yield path, flat
    elif isinstance(x, (int, float)) and not isinstance(x, bool):
        yield path, np.array(x, dtype=float)


def ragged(x):
    """Lists of numbers; whatever holds texts or lists of different lengths is left out."""
    try:
        return np.array([[np.nan if z is None else z for z in y] if isinstance(y, list) else np.nan if y is None else y for y in x], dtype=float)
    except (ValueError, TypeError):
        return []


@pytest.mark.parametrize("model", MODELS)
def test_formats_agree(model, tmp_path):
    yaml = pytest.importorskip("yaml")
    flags = ["--policy", "random:3"] if model != "appendix-c" else []
    content = json.loads(reference(model, tmp_path, "r.json", *flags).read_text())
    assert yaml.safe_load(reference(model, tmp_path, "r.yaml", *flags).read_text()) == content
    arrays = np.load(reference(model, tmp_path, "r.npz", *flags))
    compared = 0
    for path, numbers in leaves(content):
        if numbers.size and path[1:] in arrays and arrays[path[1:]].dtype == np.float64:
            np.testing.assert_array_equal(arrays[path[1:]].ravel(), numbers.ravel(), err_msg=path)
            compared += 1
    assert compared > 30
    table = list(csv.DictReader(reference(model, tmp_path, "r.csv", *flags).open()))
    of = lambda quantity, name="": [float(r["value"] or "nan") for r in table if (r["quantity"], r["of"]) == (quantity, name)]
    for quantity in ("v", "q", "advantage", "occupancy", "pair_occupancy", "gradient"):
        np.testing.assert_array_equal(of(quantity), np.array(content[quantity], dtype=float))
    np.testing.assert_array_equal(of("jacobian"), np.array(content["jacobian"], dtype=float).ravel())
    for law in content["estimators"]:
        if law["covariance"] is not None:
            np.testing.assert_array_equal(of("covariance", law["name"]), np.ravel(law["covariance"]))
    np.testing.assert_array_equal(of("v", "optimal"), content["optimal"]["v"])


def estimates(content):
    """What each estimator returns on each trajectory of the fixtures, for a tabular softmax policy."""
    fixtures, gamma = content["fixtures"], content["criterion"]["discount"]
    states = {name: i for i, name in enumerate(content["states"])}
    actions = {name: i for i, name in enumerate(content["actions"])}
    pairs = {(states[s], actions[a]): k for k, (s, a) in enumerate(content["pairs"])}
    pi, q = np.array(content["policy"]["probabilities"]), np.array(content["q"])
    v = np.array(content["v"])
    found = {estimate["name"]: [] for estimate in fixtures["estimates"]}
    for s, a, r in zip(fixtures["states"], fixtures["actions"], fixtures["rewards"]):
        steps = len(a)
        taken = [pairs[s[t], a[t]] for t in range(steps)]
        scores = np.zeros((steps, len(pi)))
        for t, k in enumerate(taken):
            same = [pairs[x] for x in pairs if x[0] == s[t]]
            scores[t, same] = -pi[same]
            scores[t, k] += 1
        power = gamma ** np.arange(steps)
        to_go = np.array([sum(gamma ** (k - t) * r[k] for k in range(t, steps)) for t in range(steps)])
        before, after = v[s[:steps]], v[s[1:]]
        delta = np.array(r) + gamma * after - before
        def gae(weight, most):
            return [sum(weight ** (k - t) * delta[k] for k in range(t, min(steps, t + most))) for t in range(steps)]
        psi = {
            "total-return": np.full(steps, to_go[0] if steps else 0.0) / np.where(power == 0, 1, power),
            "reward-to-go": to_go,
            "reward-to-go:dropped": to_go / power,
            "baseline:v": to_go - before,
            "q": q[taken],
            "advantage": q[taken] - before,
            "td-residual": delta,
            "gae:9/10": gae(gamma * 0.9, steps),
            "gae:0.9": gae(gamma * 0.9, steps),
            "n-step:3": gae(gamma, 3),
        }
        for name in found:
            found[name].append((power * np.array(psi[name])) @ scores)
    return found


@pytest.mark.parametrize("policy", ["uniform", "random:5"])
@pytest.mark.parametrize("model, truncation", [("two-state", None), ("two-state", 7), ("frozenlake-4x4", None), ("frozenlake-4x4", 3), ("short-corridor", None)])
def test_fixtures(model, truncation, policy, tmp_path):
    flags = ["--trajectories", "8", "--seed", "11", "--estimators", LIST, "--policy", policy]
    flags += ["--truncation", truncation] if truncation else []
    content = json.loads(reference(model, tmp_path, "r.json", *flags).read_text())
    fixtures = content["fixtures"]
    if truncation:
        assert fixtures["truncation"] == truncation and max(fixtures["lengths"]) <= truncation
        assert all(law["truncation"] == truncation for law in content["estimators"])
    if content["policy"]["parametrization"] != "softmax":
        pytest.skip("scores of another parametrization")
    found = estimates(content)
    for estimate in fixtures["estimates"]:
        ours, theirs = np.array(estimate["contributions"]), np.array(found[estimate["name"]])
        scale = max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, atol=1e-11 * scale, err_msg=estimate["name"])
        np.testing.assert_allclose(estimate["estimate"], theirs.mean(axis=0), atol=1e-11 * scale)


def test_the_pytest_file(tmp_path):
    path = reference("two-state", tmp_path, "two-state.json", "--for", "pytest")
    test = tmp_path / "test_two_state.py"
    run = lambda: subprocess.run([sys.executable, "-m", "pytest", "-q", test], capture_output=True, text=True)
    assert "1 passed, 1 skipped" in run().stdout
    content = json.loads(path.read_text())
    filled = f'"v": __import__("numpy").array({content["v"]}),\n        "jacobian": {content["jacobian"]},'
    mine = tmp_path / "mine_two_state.py"
    text = mine.read_text()
    mine.write_text(text.replace('# "v": your_values(...),', filled))
    assert "2 passed" in run().stdout
    mine.write_text(text.replace('# "v": your_values(...),', '"v": [5.5, 6.9],'))
    assert "1 failed" in run().stdout


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_the_cargo_file(tmp_path):
    """A scratch crate whose only dependency is serde_json, at the version of our own lock file."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n[dev-dependencies]\nserde_json = "1"\n'
    )
    shutil.copy(ROOT / "Cargo.lock", tmp_path)
    path = reference("two-state", tmp_path / "tests", "two-state.json", "--for", "cargo")
    mine = tmp_path / "tests" / "two_state_mine" / "mod.rs"
    environment = os.environ | {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    command = ["cargo", "test", "--offline"]
    run = lambda: subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    text, v = mine.read_text(), json.loads(path.read_text())["v"]
    mine.write_text(text.replace('// ("v", your_values(...)),', f'("v", vec!{v}),'))
    done = run()
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr
    mine.write_text(text.replace('// ("v", your_values(...)),', '("v", vec![5.5, 6.9]),'))
    assert "v[0] is 5.5" in run().stdout
    # a name that the reference has not: one number would be nothing's equal
    mine.write_text(text.replace('// ("v", your_values(...)),', '("J", vec![5.5]),'))
    assert "no `J`" in run().stdout


def test_fractions_are_fractions(tmp_path):
    content = json.loads(reference("appendix-c", tmp_path, "r.json", "--exact").read_text())
    assert [Fraction(x) for x in content["v"]] == [Fraction(262, 201), Fraction(316, 201)]
