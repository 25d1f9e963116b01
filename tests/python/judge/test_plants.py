"""`exact-mdp judge` names mistakes that were planted into an implementation which knows nothing of it.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge
"""

import json
import os
import subprocess
import tempfile

import numpy as np
import pytest

import plants

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")


def judge(path, vector):
    command = [BINARY, "judge", path, "--gradient", "-", "--format", "json"]
    text = json.dumps([float(x) for x in vector])
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["verdict"] == "right" else 1)
    return report


@pytest.fixture(scope="module")
def files():
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for model in plants.MODELS:
            paths[model.name] = os.path.join(folder, f"{model.name}.yaml")
            with open(paths[model.name], "w") as file:
                file.write(model.yaml())
        yield paths


def same(x, y):
    return np.abs(x - y).max() <= 1e-9 * max(np.abs(x).max(), np.abs(y).max())


def names(report):
    return ["+".join(sorted(d["name"].split("+"))) for d in report["diagnoses"]]


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_the_gradient_is_right(model, files):
    right = plants.flatten(model, plants.gradient(model))
    report = judge(files[model.name], right)
    assert report["verdict"] == "right" and report["digits"] >= 10 and not report["diagnoses"]


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_single_mistakes_are_named(model, files):
    found, total = 0, 0
    right = plants.flatten(model, plants.gradient(model))
    planted = plants.singles(model)
    for name, vector in planted.items():
        if same(vector, right):
            continue
        rivals = [other for other, x in planted.items() if other != name and same(x, vector)]
        report = judge(files[model.name], vector)
        assert name in names(report), (name, report["diagnoses"])
        # at discount 1 the mass of the occupancy is the number of steps
        rivals += ["occupancy-normalised"] * (name == "per-step-mean" and model.gamma == 1)
        if not rivals:
            total += 1
            found += names(report)[0] == name
    assert found >= 0.95 * total, (found, total)


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_a_factor_is_found_beside_the_mistake(model, files):
    right = plants.flatten(model, plants.gradient(model))
    for name, vector in plants.singles(model).items():
        if same(vector, right) or name in ("sign", "occupancy-normalised", "per-step-mean", "temperature-forgotten"):
            continue
        if name in ("entropy-sign", "end-bootstrapped"):
            continue  # these carry a number of their own
        report = judge(files[model.name], 2.75 * vector)
        assert name in names(report), (name, report["diagnoses"])
        scale = report["diagnoses"][names(report).index(name)]["scale"]
        assert abs(scale / 2.75 - 1) < 1e-6, (name, scale)


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_other_readings_of_a_name_are_named(model, files):
    right = plants.flatten(model, plants.gradient(model))
    for name, vector in plants.variants(model):
        if same(vector, right):
            continue
        report = judge(files[model.name], vector)
        assert name in names(report), (name, report["diagnoses"])


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_pairs_are_named(model, files):
    right = plants.flatten(model, plants.gradient(model))
    planted = plants.singles(model)
    for pair, vector in plants.pairs(model).items():
        if same(vector, right) or any(same(vector, x) for x in planted.values()):
            continue
        report = judge(files[model.name], vector)
        assert "+".join(sorted(pair)) in names(report), (pair, report["diagnoses"])


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_a_mistake_beside_another_temperature_or_a_cut_is_named(model, files):
    right = plants.flatten(model, plants.gradient(model))
    for pair, vector in plants.elsewhere(model):
        if same(vector, right) or any(same(vector, x) for x in plants.singles(model).values()):
            continue
        report = judge(files[model.name], vector)
        assert "+".join(sorted(pair)) in names(report), (pair, report["diagnoses"])


@pytest.mark.parametrize("model", plants.MODELS, ids=lambda m: m.name)
def test_rounding_is_no_mistake(model, files):
    rng = np.random.default_rng(0)
    right = plants.flatten(model, plants.gradient(model))
    for size, kinds in [(1e-12, []), (1e-6, ["float32"])]:
        for _ in range(20):
            report = judge(files[model.name], right * (1 + size * rng.normal(size=len(right))))
            assert report["verdict"] == "right"
            assert all(name in kinds for name in names(report)), report["diagnoses"]
