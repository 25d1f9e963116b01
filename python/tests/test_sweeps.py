"""Sweeps against a loop of single calls, and against what has a closed form."""

import numpy as np
import pytest

import exact_mdp
from test_studies import equal, file
from test_answers import told


def curve(report, name):
    return np.array(next(one["values"] for one in report.curves if one["name"] == name))


def paid(gamma):
    """One state that pays 1 for ever: J = 1/(1 − γ)."""
    return exact_mdp.Model.from_arrays(np.ones((1, 1, 1)), np.ones((1, 1)), gamma, axes="ass", initial=[1.0])


def test_j_against_the_discount_has_its_closed_form():
    report = paid(0.5).solve_policy().evaluate(sweep="discount=0..3/4:4")
    assert list(report.discount) == [0, 0.25, 0.5, 0.75]
    assert list(report["values"]) == pytest.approx([1, 4 / 3, 2, 4], abs=1e-14)
    best = paid(0.5).solve(sweep="discount=0..3/4:4")
    assert best.quantity == "j_optimal"
    assert list(best["values"]) == pytest.approx([1, 4 / 3, 2, 4], abs=1e-14)


def test_discounts_are_a_loop_of_models():
    m = exact_mdp.bundled("frozenlake-4x4")
    report = m.solve_policy().derivatives(sweep="discount=1/2..19/20:3")
    for gamma, j, gradient in zip(report.discount, report["values"], report.gradient):
        s = m.with_discount(gamma).solve_policy()
        assert j == pytest.approx(s.j, abs=1e-13)
        assert gradient == pytest.approx(np.asarray(s.gradient), abs=1e-13)
    assert len(m.solve(sweep="discount=0.5..0.9")["values"]) == 21


def test_a_parameter_is_a_batch_of_policies():
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.softmax(np.zeros(4)))
    report = s.derivatives(sweep="cold,heat=-1..1:3")
    assert report.parameter == "theta[cold,heat]"
    thetas = np.zeros((3, 4))
    thetas[:, report.parameters.index("theta[cold,heat]")] = report.theta
    batch = m.batch(thetas)
    assert np.allclose(report["values"], batch.j, atol=1e-14)
    assert np.allclose(report.gradient, batch.gradient, atol=1e-14)


def test_errors_of_estimators_follow_from_their_laws():
    s = exact_mdp.bundled("retry-loop").solve_policy()
    report = s.compare_swept("n=1..100:3", ["q", "td-residual"], critic=[0.0] * len(s.model))
    for name in ("q", "td-residual"):
        law = s.law(name, critic=[0.0] * len(s.model))
        squares = ((np.asarray(law.mean) - np.asarray(s.gradient)) ** 2).sum()
        expected = [np.sqrt(squares + np.asarray(law.variance).sum() / n) for n in (1, 10, 100)]
        assert curve(report, name) == pytest.approx(expected, abs=1e-12)
    # GAE(0) is the TD residual
    by_lambda = s.compare_swept("lambda=0..1:2", n=10)
    law = s.law("td-residual")
    assert curve(by_lambda, "gae, 10 trajectories")[0] == pytest.approx(np.sqrt(law.variance.sum() / 10), abs=1e-12)


def test_steps_and_ascents_are_loops_of_single_calls():
    s = exact_mdp.bundled("retry-loop").solve_policy()
    report = s.one_step(trajectories=5, sweep="step=1/4..4:3")
    alone = [s.one_step(step=a, trajectories=5).estimators[0]["expected_change"] for a in ("1/4", 1, 4)]
    assert curve(report, "reward-to-go") == pytest.approx(alone, abs=1e-13)
    m = exact_mdp.bundled("two-state")
    report = m.ascents(methods=["plain", "natural"], iterations=7, sweep="step=1/4..4:2")
    alone = [m.ascents(methods=["plain"], iterations=7, step=a).j for a in (0.25, 4)]
    assert list(curve(report, "plain")) == alone


def test_critics_are_swept_over_their_traces():
    s = exact_mdp.bundled("random-walk-5").solve_policy()
    features = [[1, k] for k in range(len(s.model))]
    report = s.critics(features, sweep="lambda=0..1:3")
    alone = {one["name"]: one["error"] for one in s.critics(features, lambdas=[0, "1/2", 1]).critics}
    assert curve(report, "td") == pytest.approx([alone["td:0"], alone["td:0.5"], alone["td:1"]], abs=1e-13)


def test_a_sweep_is_that_of_the_program(program):
    s = exact_mdp.bundled("two-state").solve_policy()
    equal(s.evaluate(sweep="discount=0.5..1:3"), told(program, "evaluate", file("two-state"), "--sweep", "discount=0.5..1:3"))
    assert "J against the discount" in s.evaluate(sweep="discount=0.5..0.9").plot().title


@pytest.mark.parametrize("ask, said", [
    (lambda s: s.evaluate(sweep="discount"), "sweep is \"discount\"; expected NAME=FROM..TO"),
    (lambda s: s.evaluate(sweep="discount=0.9..0.5"), "the discounts go upwards within [0, 1]"),
    (lambda s: s.evaluate(sweep="lambda=0..1"), "`evaluate` does not sweep `lambda`\nhelp: it sweeps discount, a parameter of the policy"),
    (lambda s: s.evaluate(sweep="nothing=0..1"), "the policy has no parameter `nothing`\nhelp: parameters are called as `theta["),
    (lambda s: s.evaluate(returns=True, sweep="discount=0..1"), "`returns` and a sweep exclude each other"),
    (lambda s: s.evaluate(arithmetic="exact", sweep="discount=0..1"), "`exact` and a sweep exclude each other"),
    (lambda s: s.derivatives(hessian=True, sweep="discount=0..1"), "`hessian` and a sweep exclude each other"),
    (lambda s: s.one_step(methods=["plain"], sweep="n=1..4"), "`methods` and a sweep exclude each other"),
    (lambda s: s.model.ascents(drift=True, sweep="step=1..4"), "`drift` and a sweep exclude each other"),
    (lambda s: s.model.solve(trace=True, sweep="discount=0..1"), "`trace` and a sweep exclude each other"),
    (lambda s: exact_mdp.bundled("multichain-average").solve_policy().evaluate(sweep="discount=0..1"),
     "`sweep discount=…` is for discounted models; this one's criterion is average\nhelp: take m.with_discount(0.9) for m"),
])
def test_what_is_not_swept_is_refused(ask, said):
    with pytest.raises(exact_mdp.ExactMdpError) as refused:
        ask(exact_mdp.bundled("two-state").solve_policy())
    assert said in str(refused.value)
