"""Pairs of mistakes are named, and what is in no dictionary has no wrong name alone; some of pairs.py and unlisted.py."""

import itertools
from dataclasses import replace

import pytest

import pairs
import plants
import unlisted

MODELS = list(pairs.models(52))


@pytest.fixture
def written(tmp_path):
    def write(m):
        path = tmp_path / "model.yaml"
        path.write_text(m.yaml())
        return str(path)

    return write


@pytest.mark.parametrize("m", MODELS, ids=lambda m: m.name)
def test_pairs_are_named(m, written):
    path = written(m)
    # every twelfth, from another place on each model
    for name, x in itertools.islice(pairs.planted(m).items(), MODELS.index(m), None, 12):
        verdict, names = pairs.found(path, x)
        assert verdict == "wrong" and name in names, (name, names)


@pytest.mark.parametrize("m", MODELS, ids=lambda m: m.name)
def test_what_nobody_listed_has_no_name(m, written):
    path, right = written(m), plants.flatten(m, plants.gradient(m))
    for name, x in itertools.islice(unlisted.unlisted(m).items(), MODELS.index(m), None, 5):
        if not pairs.same(x, right):
            assert pairs.found(path, x) == ("wrong", []), name


def test_a_constant_in_each_reward_is_no_bootstrap_alone(written):
    m = MODELS[0]
    x = plants.flatten(m, plants.gradient(replace(m, R=m.R + 0.7)))
    # paid until the end, or missing at the end: both are named
    assert sorted(pairs.found(written(m), x)[1]) == ["constant-shift", "end-bootstrapped"]
