"""Gradients and Hessians as fractions, beside a parametric chain of stormvogel solved by SymPy.

A softmax policy with weights w = exp(θ) is π(a|s) = w(s, a) / Σ w(s, ·), a rational function, and
∂/∂θ = w ∂/∂w. stormvogel builds the chain of the policy with w as its parameters, SymPy solves
(I − γP) v = r and differentiates: nothing here knows a policy gradient theorem.
"""

from fractions import Fraction

import pytest
import yaml

from conftest import ROOT, answer, exact_mdp

sympy = pytest.importorskip("sympy")
storm = pytest.importorskip("stormvogel.model")
if not hasattr(storm.Model, "declare_parameter"):
    pytest.skip("this stormvogel has no parametric chains", allow_module_level=True)


def exact(x):
    """A number of a model file or a report."""
    fraction = Fraction(str(x))
    return sympy.Rational(fraction.numerator, fraction.denominator)


def rows(model, folder):
    """The model as rows [s, a, s', p, r] with its fractions."""
    file = folder / "rows.yaml"
    exact_mdp("convert", model, file, "--to", "rows")
    return yaml.load(file.read_text(), yaml.BaseLoader)


def chain(model, head):
    """The chain of all softmax policies, its rewards r(s) and its parameters, pair by pair."""
    dtmc = storm.new_dtmc(create_initial_state=False)
    states = {name: dtmc.new_state(labels=[f"s{i}"]) for i, name in enumerate(head["states"])}
    weight = {tuple(pair): dtmc.declare_parameter(f"w{i}", positive=True)
              for i, pair in enumerate(head["pairs"])}
    total = {s: sum(w for (t, _), w in weight.items() if t == s) for s in states}
    probability, reward = {}, dict.fromkeys(states, sympy.Integer(0))
    for s, a, t, p, *r in model["transitions"]:
        share = exact(p) * weight[s, a] / total[s]
        probability[s, t] = probability.get((s, t), 0) + share
        reward[s] += share * exact(r[0] if r else 0)
    for s, state in states.items():
        own = [(sympy.cancel(p), states[t]) for (u, t), p in probability.items() if u == s]
        dtmc.set_choices(state, own or [(sympy.Integer(1), state)])
    return dtmc, states, reward, list(weight.values())


def start(initial, head):
    """ρ₀ by state."""
    if initial == "uniform":
        alive = list(dict.fromkeys(s for s, _ in head["pairs"]))
        return {s: sympy.Rational(1, len(alive)) for s in alive}
    initial = initial if isinstance(initial, dict) else {initial: 1}
    return {s: exact(p) for s, p in initial.items()}


def expected_return(dtmc, states, reward, discount, initial):
    """J = ρ₀ᵀ (I − γP)⁻¹ r as a rational function of the parameters."""
    position = {state.state_id: i for i, state in enumerate(states.values())}
    system = sympy.eye(len(states))
    for i, state in enumerate(states.values()):
        for p, target in dtmc.get_distribution(state):
            system[i, position[target.state_id]] -= discount * p
    v = system.LUsolve(sympy.Matrix(list(reward.values())))
    return sympy.cancel(sum(initial.get(s, 0) * v[i] for i, s in enumerate(states)))


@pytest.mark.parametrize("name", ["two-state", "retry-loop", "dadashi-two-state"])
@pytest.mark.parametrize("weights", [lambda i: 1, lambda i: 1 + i % 3], ids=["uniform", "uneven"])
def test_gradient_and_hessian(name, weights, tmp_path):
    path = ROOT / "mdps" / f"{name}.yaml"
    head = answer("evaluate", path, "--exact")
    model = rows(path, tmp_path)
    dtmc, states, reward, parameters = chain(model, head)
    assert dtmc.is_parametric()
    initial = start(model["initial"], head)
    j = expected_return(dtmc, states, reward, exact(head["criterion"]["discount"]), initial)

    at = {w: weights(i) for i, w in enumerate(parameters)}
    first = [sympy.cancel(w * j.diff(w)) for w in parameters]
    gradient = [x.subs(at) for x in first]
    hessian = [[(w * x.diff(w)).subs(at) for w in parameters] for x in first]

    share = {s: sum(at[w] for (t, _), w in zip(head["pairs"], parameters) if t == s) for s in states}
    policy = {}
    for (s, a), w in zip(head["pairs"], parameters):
        policy.setdefault(s, {})[a] = f"{at[w]}/{share[s]}"
    text = yaml.safe_dump({"parametrization": "softmax", "probabilities": policy}, default_flow_style=True)
    found = answer("gradient", path, "--exact", "--hessian", "--policy", " ".join(text.split()))
    assert exact(found["j"]) == j.subs(at)
    assert [exact(x) for x in found["gradient"]] == gradient
    assert [[exact(x) for x in row] for row in found["hessian"]] == hessian
