"""Mistakes of the score, the weight, the values and log pi, planted in NumPy into what is made of trajectories.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_scores.py
"""

import numpy as np
import pytest

from test_trajectories import GAMMA, MODEL, OUTCOMES, columns, judge, named, returns, sample, write

TAU, THETA = 0.5, np.array([[1.0, 0.0], [0.5, 0.0], [0.25, -0.5]])


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


PI, COLD = softmax(THETA / TAU), softmax(THETA)


def q_of(pi, gamma=GAMMA):
    p, r, pq, rq = np.zeros((4, 4)), np.zeros(4), np.zeros((3, 2, 4)), np.zeros((3, 2))
    for (s, a), outcomes in OUTCOMES.items():
        for to, x, reward in outcomes:
            pq[s, a, to] += x
            rq[s, a] += x * reward
    p[:3], r[:3] = np.einsum("sa,sat->st", pi, pq), (pi * rq).sum(axis=1)
    v = np.linalg.solve(np.eye(4) - gamma * p, r)
    return rq + gamma * pq @ v, v[:3], rq


Q, V, R = q_of(PI)


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "warm.yaml"
    head = MODEL[: MODEL.index("policy:")]
    path.write_text(head + f"policy: {{parametrization: softmax, temperature: {TAU}, theta: {THETA.ravel().tolist()}}}\n")
    return str(path)


def score(s, a, pi=PI, tau=TAU, mean=True):
    x = np.zeros((3, 2))
    if s < 3:
        x[s, a] += 1 / tau
        x[s] -= pi[s] / tau * mean
    return x.ravel()


def summed(e, psi=None, of=lambda e, t: score(e["states"][t], e["actions"][t]), w=GAMMA, keep=lambda t, n: True):
    psi = returns(e["rewards"]) if psi is None else psi
    n = len(psi)
    return sum((w**t * psi[t] * of(e, t) for t in range(n) if keep(t, n)), np.zeros(6))


def at(e, t, **how):
    return score(e["states"][t], e["actions"][t], **how)


def shift(e, t):
    return at({"states": e["states"], "actions": e["actions"][1:] + [0]}, t) if t + 1 < len(e["actions"]) else np.zeros(6)


def by_pair(table):
    return lambda e: [table[s, a] for s, a in zip(e["states"], e["actions"])]


def cold_advantage(e):
    q, v, _ = q_of(COLD)
    return by_pair(q - v[:, None])(e)


def lose(x, places):
    x = x.copy()
    x[places] = 0
    return x


WRONG = {
    "score-without-mean": lambda e: summed(e, of=lambda e, t: at(e, t, mean=False)),
    "temperature-forgotten": lambda e: summed(e, of=lambda e, t: at(e, t, tau=1.0)),
    "temperature-forgotten/pi": lambda e: summed(e, of=lambda e, t: at(e, t, pi=COLD, tau=1.0)),
    "temperature-forgotten/pi alone": lambda e: summed(e, of=lambda e, t: at(e, t, pi=COLD)),
    "temperature-forgotten/values": lambda e: summed(e, cold_advantage(e), of=lambda e, t: at(e, t, pi=COLD, tau=1.0)),
    "score-of-next": lambda e: summed(e, of=lambda e, t: score(e["next_states"][t], e["actions"][t])),
    "action-reversed": lambda e: summed(e, of=lambda e, t: score(e["states"][t], 1 - e["actions"][t])),
    "action-shifted": lambda e: summed(e, of=shift),
    "gamma-twice": lambda e: summed(e, w=GAMMA**2),
    "first-step-missing": lambda e: summed(e, keep=lambda t, n: t > 0),
    "last-step-missing": lambda e: summed(e, keep=lambda t, n: t + 1 < n),
    "permuted": lambda e: summed(e).reshape(3, 2).T.ravel(),
    "state-missing": lambda e: lose(summed(e), [2, 3]),
    "action-missing": lambda e: lose(summed(e), [1, 3, 5]),
    "parameter-missing": lambda e: lose(summed(e), [4]),
    "occupancy-normalised": lambda e: (1 - GAMMA) * summed(e),
    "sign": lambda e: -summed(e),
    "scale": lambda e: 2.7 * summed(e),
    "zero": lambda e: 0 * summed(e),
}


@pytest.mark.parametrize("of", ["contributions", "estimate"])
@pytest.mark.parametrize("named_as", [None, "reward-to-go"])
@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_sums_are_named(mistake, named_as, of, warm, tmp_path):
    if named_as and mistake.endswith("values"):
        pytest.skip("those are an advantage's")
    episodes = sample(21, 40, pi=PI)
    rows = np.array([WRONG[mistake](e) for e in episodes])
    given = {"contributions": rows.tolist()} if of == "contributions" else {"estimate": rows.mean(axis=0).tolist()}
    how = ["--as", named_as] if named_as else []
    report = judge(warm, write(tmp_path / "t.json", columns(episodes, **given)), *how)
    names, name = named(report), mistake.split("/")[0]
    assert report["verdict"] == "wrong" and name in names, report["given"]
    # the entries of two actions sum to 0, so that reversing them changes the sign
    alike = {"sign": {"action-reversed"}}.get(name, set())
    assert set(names) <= {name} | alike, names


def test_right_sums_are_right(warm, tmp_path):
    episodes = sample(22, 40, pi=PI)
    rows = np.array([summed(e) for e in episodes])
    given = {"contributions": rows.tolist(), "estimate": rows.mean(axis=0).tolist()}
    report = judge(warm, write(tmp_path / "t.json", columns(episodes, **given)))
    assert report["verdict"] == "right" and not named(report)
    dropped = np.array([summed(e, w=1.0) for e in episodes])
    path = write(tmp_path / "t.json", columns(episodes, contributions=dropped.tolist()))
    assert judge(warm, path)["verdict"] == "right"  # an estimator of its own
    assert named(judge(warm, path, "--as", "reward-to-go"))[0] == "gamma-dropped"


WRONG_PSI = {
    "values-undiscounted": by_pair(q_of(PI, 1.0)[0]),
    "values-undiscounted/advantage": by_pair(q_of(PI, 1.0)[0] - q_of(PI, 1.0)[1][:, None]),
    "values-twice-discounted": by_pair(q_of(PI, GAMMA**2)[0]),
    "reward-only": by_pair(R),
    "return-from-next": by_pair(Q - R),
    "action-reversed": by_pair(Q[:, ::-1]),
    "temperature-forgotten": by_pair(q_of(COLD)[0]),
    "temperature-forgotten/advantage": cold_advantage,
    "zero": by_pair(0 * Q),
}


@pytest.mark.parametrize("mistake", WRONG_PSI)
def test_wrong_values_are_named(mistake, warm, tmp_path):
    episodes = sample(23, 60, pi=PI)
    table = columns(episodes, psi=[list(map(float, WRONG_PSI[mistake](e))) for e in episodes])
    report = judge(warm, write(tmp_path / "t.json", table))
    assert report["verdict"] == "wrong" and named(report)[0] == mistake.split("/")[0], report["given"]


LOGS = {
    "temperature-forgotten": lambda s, a, to: np.log(COLD[s, a]),
    "logits": lambda s, a, to: THETA[s, a] / TAU,
    "logits/undivided": lambda s, a, to: THETA[s, a],
    "policy-uniform": lambda s, a, to: -np.log(2),
    "action-reversed": lambda s, a, to: np.log(PI[s, 1 - a]),
    "score-of-next": lambda s, a, to: np.log(PI[to, a]) if to < 3 else -7.0,
    "sign": lambda s, a, to: -np.log(PI[s, a]),
    "no-logarithm": lambda s, a, to: PI[s, a],
    "logarithm-of-base-2": lambda s, a, to: np.log2(PI[s, a]),
}


@pytest.mark.parametrize("mistake", LOGS)
def test_wrong_logarithms_are_named(mistake, warm, tmp_path):
    episodes = sample(24, 30, pi=PI)
    logs = [[float(LOGS[mistake](*x)) for x in zip(e["states"], e["actions"], e["next_states"])] for e in episodes]
    report = judge(warm, write(tmp_path / "t.json", columns(episodes, log_probabilities=logs)))
    (held,) = report["given"]
    assert report["verdict"] == "wrong", held
    assert [d["name"] for d in held["diagnoses"]] == [mistake.split("/")[0]], held
