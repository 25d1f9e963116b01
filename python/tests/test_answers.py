"""The package gives the program's numbers, bit for bit, and those of code that is not ours."""

import copy
import json
import pickle
import subprocess
from fractions import Fraction

import numpy as np
import pytest

import exact_mdp
from conftest import ROOT

SLOW = {"jacks-car-rental"}


def told(program, *arguments):
    """The JSON of a command, whose verdict may be negative: exit code 1."""
    run = subprocess.run([program, *arguments, "--format", "json", "--quiet"], capture_output=True, text=True)
    assert run.returncode in (0, 1), run.stderr
    return json.loads(run.stdout)


def same(ours, theirs):
    """Equal to the last bit; what is null there is 0 here."""
    theirs = [0.0 if x is None else x for x in theirs]
    assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def test_values_are_those_of_the_program(name, program):
    expected = told(program, "evaluate", str(ROOT / "mdps" / f"{name}.yaml"))
    solved = exact_mdp.bundled(name).solve_policy()
    assert solved.j == expected["j"]
    for key in ("v", "q", "advantage", "occupancy", "pair_occupancy"):
        same(getattr(solved, key), expected[key])


def test_gradients_are_those_of_the_program(name, program):
    if name in SLOW:
        pytest.skip("large")
    expected = told(program, "gradient", str(ROOT / "mdps" / f"{name}.yaml"), "--policy", "random:1", "--routes", "bellman")
    m = exact_mdp.bundled(name)
    same(m.solve_policy(m.random(1)).gradient, expected["gradient"])


LAWS = "reward-to-go,reward-to-go:dropped,baseline:v,gae:0.95"


def test_laws_are_those_of_the_program(name, program):
    m = exact_mdp.bundled(name)
    if len(m.pairs) > 100 or m.criterion == "average":
        pytest.skip("large, or laws of runs")
    # each alone, as it is asked here: several share inverses, and with them last digits
    asked = ["reference", str(ROOT / "mdps" / f"{name}.yaml"), "--policy", "random:2", "--estimators"]
    report = told(program, *asked, "reward-to-go")
    s = m.solve_policy(m.random(2))
    same(s.jacobian.ravel(), np.ravel([[0.0 if x is None else x for x in row] for row in report["jacobian"]]))
    for estimator in LAWS.split(","):
        [entry] = told(program, *asked, estimator)["estimators"]
        if entry["expectation"] is None:
            with pytest.raises(exact_mdp.AnalysisError):
                s.law(entry["name"])
            continue
        law = s.law(entry["name"])
        same(law.mean, entry["expectation"])
        same(law.variance, entry["variance"])
        if entry.get("covariance") is not None:
            same(law.covariance.ravel(), np.ravel(entry["covariance"]))


def test_two_states_by_hand():
    """v = r + γ P v, solved by NumPy."""
    P = np.array([[[1, 0], [0.1, 0.9]], [[0.5, 0.5], [0, 1]]])
    R = np.array([[0, 0], [1, 0.75]])
    m = exact_mdp.Model.from_arrays(P, R, 0.9, axes="sas", initial=0, states=["cold", "hot"])
    pi = np.array([[0.25, 0.75], [0.5, 0.5]])
    s = m.solve_policy(m.tabular(pi))
    p, r = np.einsum("sa,san->sn", pi, P), (pi * R).sum(axis=1)
    v = np.linalg.solve(np.eye(2) - 0.9 * p, r)
    assert np.allclose(s.v, v, rtol=1e-13)
    assert np.allclose(s.q.unstack(), R + 0.9 * P @ v, rtol=1e-13)
    assert np.allclose(s.occupancy, np.linalg.solve((np.eye(2) - 0.9 * p).T, [1, 0]), rtol=1e-13)


@pytest.mark.parametrize("axes", ["sas", "ass"])
@pytest.mark.parametrize("rewards", ["s", "sa", "sas"])
def test_random_arrays_against_numpy(axes, rewards):
    generator = np.random.default_rng(5)
    for _ in range(20):
        S, A = generator.integers(2, 7), generator.integers(1, 5)
        P = generator.dirichlet(np.ones(S), size=(S, A))
        R = generator.normal(size={"s": (S,), "sa": (S, A), "sas": (S, A, S)}[rewards])
        expected = {"s": lambda: np.repeat(R[:, None], A, 1), "sa": lambda: R, "sas": lambda: (P * R).sum(2)}[rewards]()
        start = generator.dirichlet(np.ones(S))
        given = (P, R) if axes == "sas" else (P.transpose(1, 0, 2), R.transpose(1, 0, 2) if rewards == "sas" else R)
        m = exact_mdp.Model.from_arrays(*given, 0.95, axes=axes, initial=start)
        theta = generator.normal(size=(S, A))
        pi = np.exp(theta) / np.exp(theta).sum(1, keepdims=True)
        s = m.solve_policy(m.softmax(theta))
        p, r = np.einsum("sa,san->sn", pi, P), (pi * expected).sum(1)
        v = np.linalg.solve(np.eye(S) - 0.95 * p, r)
        rho = np.linalg.solve((np.eye(S) - 0.95 * p).T, start)
        q = expected + 0.95 * P @ v
        gradient = (rho[:, None] * pi * (q - v[:, None])).ravel()
        assert np.allclose(s.v, v, rtol=1e-9) and np.allclose(s.gradient, gradient, rtol=1e-8, atol=1e-11)
        batch = m.batch(theta[None])
        assert np.allclose(batch.v[0], v, rtol=1e-9) and np.allclose(batch.gradient[0], gradient, rtol=1e-8, atol=1e-11)
        # the gradient is the derivative of J
        step = 1e-5
        k = int(generator.integers(S * A))
        moved = [m.solve_policy(m.softmax(theta + sign * step * np.eye(S * A)[k].reshape(S, A))).j for sign in (1, -1)]
        assert np.isclose((moved[0] - moved[1]) / (2 * step), s.gradient[k], rtol=1e-4, atol=1e-8)


def test_sparse_rows_are_the_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    P = np.array([[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0, 1]]])  # [A, S, S]
    R = np.array([[0, 1], [2, 3.0]])
    dense = exact_mdp.Model.from_arrays(P, R, 0.5, axes="ass", initial=0)
    rows = exact_mdp.Model.from_arrays([sparse.csr_matrix(p) for p in P], R, 0.5, axes="ass", initial=0)
    assert dense == rows


def test_fractions_are_unrounded():
    third = Fraction(1, 3)
    P = [[[third, 1 - third]], [["1/7", "6/7"]]]
    m = exact_mdp.Model.from_arrays(P, [1, 0], "9/10", axes="sas", initial=0)
    v = m.exact().solve_policy().v
    # v0 = 1 + .9 (v0/3 + 2 v1/3), v1 = .9 (v0/7 + 6 v1/7)
    assert v[0] == 1 + Fraction(9, 10) * (third * v[0] + (1 - third) * v[1])
    assert v[1] == Fraction(9, 10) * (Fraction(1, 7) * v[0] + Fraction(6, 7) * v[1])


def test_exact_answers_lie_within_the_certified_bounds():
    m = exact_mdp.bundled("two-state")
    exact, certified = m.exact().solve_policy(), m.solve_policy().certified()
    for x, center, bound in zip(exact.v, certified.v, certified.v_bound):
        assert abs(x - Fraction(center)) <= Fraction(bound)
    for x, center, bound in zip(exact.gradient, certified.gradient, certified.gradient_bound):
        assert abs(x - Fraction(center)) <= Fraction(bound)


def test_batches_are_the_policies_one_by_one(name):
    m = exact_mdp.bundled(name)
    if name in SLOW or m.criterion not in ("discounted", "total"):
        pytest.skip("large, or another criterion")
    thetas = np.random.default_rng(1).normal(size=(5, len(m.pairs)))
    batch = m.batch(thetas)
    assert (batch.j_error, batch.value_error, batch.gradient_error) == (None, None, None)
    bounded = m.batch(thetas, errors=True)
    assert bounded == batch and bounded.j_error.shape == batch.j.shape
    assert (bounded.gradient_error > 0).all() and np.isfinite(bounded.gradient_error).all()
    assert m.batch(thetas, gradient=False, errors=True).gradient_error is None
    for k, theta in enumerate(thetas):
        s = m.solve_policy(m.softmax(theta))
        assert np.allclose(batch.v[k], s.v, rtol=1e-11, atol=1e-12 * abs(s.v).max())
        size = abs(s.gradient).max() + 1e-16 * abs(s.v).max() * s.occupancy.max()
        assert np.allclose(batch.gradient[k], s.gradient, rtol=0, atol=1e-9 * size)


def test_batches_read_thetas_however_they_lie_in_memory():
    m = exact_mdp.bundled("two-state")
    thetas = np.random.default_rng(0).normal(size=(3, 4))
    right = [m.solve_policy(m.softmax(theta)).j for theta in thetas]
    wide = np.zeros((6, 8))
    wide[::2, ::2] = thetas
    for same in (thetas, np.asfortranarray(thetas), np.array(list(thetas.T)).T, wide[::2, ::2]):
        assert np.allclose(m.batch(same).j, right, rtol=1e-13)
    rectangle = np.asfortranarray(thetas.reshape(3, 2, 2))
    assert np.allclose(m.batch(rectangle).j, right, rtol=1e-13)


def test_a_gradient_may_be_a_dict_by_labels_or_by_state_and_action():
    s = exact_mdp.bundled("two-state").solve_policy()
    by_label = dict(zip(s.policy.parameters, s.gradient))
    assert s.judge(gradient=by_label)
    by_pair = {}
    for (state, action), x in zip(s.model.pairs, s.gradient):
        by_pair.setdefault(state, {})[action] = x
    assert s.judge(gradient=by_pair)
    assert not s.judge(gradient={label: -x for label, x in by_label.items()})
    with pytest.raises(exact_mdp.ExactMdpError, match="by the labels of parameters"):
        s.judge(gradient=dict.fromkeys(by_label, "much"))


def test_probabilities_in_32_bits_say_what_to_do():
    m = exact_mdp.bundled("two-state")
    pi = np.array([[1 / 3, 2 / 3], [0.1, 0.9]], dtype=np.float32)
    with pytest.raises(exact_mdp.PolicyError, match="float32, as JAX and torch have them") as error:
        m.tabular(pi)
    pi = pi.astype(float)
    assert m.tabular(pi / pi.sum(-1, keepdims=True)), error.value


def test_arrays_are_views_that_nobody_can_write_to():
    s = exact_mdp.bundled("two-state").solve_policy()
    assert not s.v.flags.owndata and not s.v.flags.writeable
    v = s.v.copy()
    array = s.v
    del s
    assert np.array_equal(array, v)
    with pytest.raises(ValueError):
        array[0] = 1


@pytest.mark.parametrize("policy", ["uniform", "random", "optimal", "own_policy"])
def test_pickles_and_copies_are_exact(policy):
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(getattr(m, policy)())
    for again in (pickle.loads(pickle.dumps(s)), copy.copy(s), copy.deepcopy(s)):
        assert again.j == s.j and np.array_equal(again.gradient, s.gradient)
        assert again.model == m and again.policy == s.policy and hash(again.model) == hash(m)
    assert len(m) == 2 and repr(m).startswith("<Model two-state")


def test_compare_and_sample_are_functions_of_the_seed():
    s = exact_mdp.bundled("retry-loop").solve_policy()
    a = s.compare(["reward-to-go", "reward-to-go:dropped"], n=20_000, seed=3, threads=1)
    b = s.compare("reward-to-go,reward-to-go:dropped", n=20_000, seed=3, threads=2)
    assert a.consistent and bool(a)
    for x, y in zip(a.estimators, b.estimators):
        assert np.array_equal(x["mean"], y["mean"])
    assert a.estimators[1]["bias_verdict"] == "biased"
    sample = s.sample(500, seed=2)
    assert not (sample.terminated & sample.truncated).any()
    returns = sample.returns(s.model.discount)
    assert abs(returns.mean() - s.j) < 5 * returns.std() / np.sqrt(len(sample))


def test_ascent_and_optimum():
    m = exact_mdp.bundled("two-state")
    best = m.optimum()
    assert best.bound is not None and best.bound < 1e-9
    trace = m.ascend(m.uniform(), method="mirror", iterations=200)
    assert abs(trace.j - best.j) < 1e-6 and len(trace) == len(trace.trace["j"])


def test_costs_are_made_small():
    """From a, x costs 1 and leads to b; from b, y is free and leads back: v(a) = 1 + 0.81 v(a)."""
    m = exact_mdp.parse(
        "discount: 9/10\nobjective: minimize\nstates: [a, b]\nactions: [x, y]\ninitial: a\n"
        "transitions:\n  a: {x: {b: 1}, y: {a: 1}}\n  b: {x: {b: 1}, y: {a: 1}}\n"
        "rewards:\n  a: {x: 1, y: 2}\n  b: {x: 3, y: 0}\n"
    )
    least = 1 / 0.19
    o = m.optimum()
    assert abs(o.j - least) < 1e-12 and o.greedy == [("a", "x"), ("b", "y")]
    assert list(m.optimal().probabilities) == [1, 0, 0, 1]
    assert abs(float(m.exact().optimal_values()[0]) - least) < 1e-12
    trace = m.ascend(method="natural", iterations=200)
    assert abs(trace.j_optimal - least) < 1e-12 and abs(trace.j - least) < 1e-6
    assert trace.trace["j"][0] > trace.trace["j"][-1]
    assert m.solve_policy(trace.policy).j == trace.j


def test_laws_say_what_rounding_may_have_done():
    """Of two arms the estimate ψA is the same whatever happens: the covariance is 0, and what is there is rounding."""
    m = exact_mdp.parse(
        "discount: 1\nstates: [s, end]\nactions: [a, b]\ninitial: s\nterminal: [end]\ntransitions:\n"
        "- [s, a, end, 1/3, 100000000]\n- [s, a, end, 2/3, 100000001]\n- [s, b, end, 1, 0]\n"
    )
    law = m.solve_policy(m.uniform()).law("advantage")
    assert law.covariance_error.shape == (2, 2)
    assert (np.abs(law.covariance) <= law.covariance_error).all() and (law.covariance_error < 1e-9).all()
    assert (law.variance_error == np.diag(law.covariance_error)).all()
    assert law.mean_error is None or (law.mean_error < 1e-6).all()


def test_the_average_reward_has_a_gain_and_a_bias():
    """Howard's taxicab (1960, chapter 5): 13.34 a trip; h of the same policy solves h = r - g + Ph with Ph's mean 0."""
    m = exact_mdp.bundled("howard-taxicab")
    best = m.optimum()
    s = m.solve_policy(best.policy)
    assert best.gain == pytest.approx([13.34] * 3, abs=5e-3) and s.gain == pytest.approx(best.gain, rel=1e-12)
    p, out = np.zeros((3, 3)), m.outcomes
    for pair, (state, taken) in enumerate(zip(m.pair_states, best.policy.probabilities)):
        row = slice(out.indptr[pair], out.indptr[pair + 1])
        p[state, out.successors[row]] += taken * out.probabilities[row]
    r = np.bincount(m.pair_states, best.policy.probabilities * m.rewards)
    assert s.bias == pytest.approx(r - s.gain + p @ s.bias, abs=1e-12)
    left = np.linalg.matrix_power(p, 200)[0]
    assert abs(left @ s.bias) < 1e-10 and (s.bias == s.v).all() and best.bias == pytest.approx(s.bias, abs=1e-9)
    two = exact_mdp.bundled("two-state")
    assert two.solve_policy().gain is None and two.solve_policy().bias is None and two.optimum().bias is None


def test_costs_are_told():
    costs = exact_mdp.Model.from_arrays([[[1.0]]], [[2.0]], 0.5, axes="ass", initial=0, minimize=True)
    assert costs.minimize and repr(costs).endswith("discounted, γ = 0.5, costs>")
    assert not exact_mdp.bundled("two-state").minimize
