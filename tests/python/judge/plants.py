"""Policy gradients in plain NumPy, right and wrong, from the textbook and without exact-mdp.

A model is arrays: P[s, a, s'], R[s, a, s'], mask[s, a] (which actions exist), rho0, gamma, and a
horizon or None. Terminal states have no actions; their rows of P are 0.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass
class Model:
    name: str
    P: np.ndarray
    R: np.ndarray
    mask: np.ndarray
    rho0: np.ndarray
    gamma: float
    horizon: int | None = None
    theta: np.ndarray | None = None
    tau: float = 1.0

    @property
    def alive(self):
        return self.mask.any(axis=1)

    def yaml(self):
        """The model as exact-mdp reads it, its rows one by one."""
        S, A = self.mask.shape
        lines = [f"name: {self.name}", f"discount: {self.gamma!r}"]
        if self.horizon:
            lines.append(f"horizon: {self.horizon}")
        lines += [
            "states: [" + ", ".join(f"s{s}" for s in range(S)) + "]",
            "actions: [" + ", ".join(f"a{a}" for a in range(A)) + "]",
            "initial: {" + ", ".join(f"s{s}: {p!r}" for s, p in enumerate(self.rho0.tolist()) if p) + "}",
            "terminal: [" + ", ".join(f"s{s}" for s in range(S) if not self.alive[s]) + "]",
            "transitions:",
        ]
        for s, a in zip(*np.nonzero(self.mask)):
            for t in np.nonzero(self.P[s, a])[0]:
                lines.append(f"- [s{s}, a{a}, s{t}, {float(self.P[s, a, t])!r}, {float(self.R[s, a, t])!r}]")
        pairs = [float(self.theta[s, a]) for s, a in zip(*np.nonzero(self.mask))]
        lines += ["policy:", "  parametrization: softmax", f"  temperature: {self.tau!r}", f"  theta: {pairs!r}"]
        return "\n".join(lines) + "\n"


def garnet(name, seed, S, A, gamma, ends=0, horizon=None, tau=1.0, ragged=False):
    """A random model: `ends` terminal states at the end of the list, three successors a pair."""
    rng = np.random.default_rng(seed)
    P, R = np.zeros((S, A, S)), np.zeros((S, A, S))
    mask = np.ones((S, A), bool)
    mask[S - ends :] = False
    if ragged:
        mask[: S - ends, 1:] &= rng.random((S - ends, A - 1)) < 0.8
    for s, a in zip(*np.nonzero(mask)):
        successors = rng.choice(S, size=min(3, S), replace=False)
        weights = rng.integers(1, 9, size=len(successors)).astype(float)
        if ends and not (successors >= S - ends).any() and rng.random() < 0.7:
            successors[0] = S - 1 - rng.integers(ends)
        # dyadic probabilities sum to 1 exactly
        parts = np.floor(weights / weights.sum() * 64) / 64
        parts[-1] = 1 - parts[:-1].sum()
        P[s, a, successors] = parts
        R[s, a, successors] = np.round(rng.normal(size=len(successors)), 2)
    rho0 = np.zeros(S)
    rho0[0], rho0[1] = 0.75, 0.25
    theta = np.round(rng.normal(size=(S, A)), 2) * mask
    return Model(name, P, R, mask, rho0, gamma, horizon, theta, tau)


def softmax(m, tau=None):
    z = np.where(m.mask, m.theta / (tau or m.tau), -np.inf)
    z[~m.alive] = 0
    e = np.where(m.mask, np.exp(z - z.max(axis=1, keepdims=True)), 0)
    return e / np.where(m.alive, e.sum(axis=1), 1)[:, None]


def dpi(pi, x, tau):
    """sum_a x(s, a) d pi(a|s) / d theta(s, b)"""
    return pi * (x - (pi * x).sum(axis=1, keepdims=True)) / tau


def flatten(m, g):
    return g[m.mask]


def value(m, pi, gamma, r=None, P=None, end=None):
    """q by a linear system, or by time on a horizon."""
    P = m.P if P is None else P
    r = (m.P * m.R).sum(axis=2) if r is None else r
    end = np.zeros(m.mask.shape) if end is None else end
    Ppi, rpi = np.einsum("sa,sat->st", pi, P), (pi * (r + gamma * end)).sum(axis=1)
    v = np.linalg.solve(np.eye(len(Ppi)) - gamma * Ppi, rpi)
    v[~m.alive] = 0
    return v, r + gamma * (P @ v) + gamma * end


def visits(m, pi, w, rho0=None, P=None):
    P = m.P if P is None else P
    Ppi = np.einsum("sa,sat->st", pi, P)
    start = (m.rho0 if rho0 is None else rho0) * m.alive
    return np.linalg.solve((np.eye(len(Ppi)) - w * Ppi).T, start)


def by_time(m, pi, gamma, T, r=None):
    P, r = m.P, (m.P * m.R).sum(axis=2) if r is None else r
    v, qs = np.zeros(len(P)), []
    for _ in range(T):
        q = r + gamma * (P @ v)
        v = (pi * q).sum(axis=1)
        qs.append(q)
    return qs[::-1]


def masses(m, pi, w, T, rho0=None):
    p = (m.rho0 if rho0 is None else rho0) * m.alive
    out = []
    for t in range(T):
        out.append(w**t * p)
        p = p @ np.einsum("sa,sat->st", pi, m.P)
    return out


def gradient(m, weight=None, values=None, rho0=None, psi=None, scored=None):
    """grad J, or with other discounts, another start, another Psi or another score."""
    pi = softmax(m)
    weight = m.gamma if weight is None else weight
    values = m.gamma if values is None else values
    score = scored or (lambda x: dpi(pi, x, m.tau))
    psi = psi or (lambda q, v_next: q)
    if m.horizon is None:
        v, q = value(m, pi, values)
        return score(visits(m, pi, weight, rho0)[:, None] * psi(q, v))
    qs = by_time(m, pi, values, m.horizon)
    vs = [(pi * q).sum(axis=1) for q in qs[1:]] + [np.zeros(len(pi))]
    mass = masses(m, pi, weight, m.horizon, rho0)
    return sum(score(p[:, None] * psi(q, v)) for p, q, v in zip(mass, qs, vs))


def steps(m):
    pi = softmax(m)
    if m.horizon:
        return sum(p[m.alive].sum() for p in masses(m, pi, 1.0, m.horizon))
    return visits(m, pi, 1.0)[m.alive].sum()


def shifted(m):
    """Returns of rewards that are shifted by one: the first is lost, the last counts twice."""
    pi, gamma = softmax(m), m.gamma
    r = (m.P * m.R).sum(axis=2)
    rpi = (pi * r).sum(axis=1)
    ends = (m.P * m.R)[:, :, ~m.alive].sum(axis=2)
    later = ends + m.P[:, :, m.alive] @ rpi[m.alive]
    if m.horizon is None:
        _, q = value(m, pi, gamma, r=later)
        return dpi(pi, visits(m, pi, gamma)[:, None] * q, m.tau)
    v, qs = np.zeros(len(pi)), []
    for k in range(m.horizon):
        q = (r if k == 0 else later) + gamma * (m.P @ v)
        v = (pi * q).sum(axis=1)
        qs.append(q)
    mass = masses(m, pi, gamma, m.horizon)
    return sum(dpi(pi, p[:, None] * q, m.tau) for p, q in zip(mass, qs[::-1]))


def entropy(m, alpha):
    """grad J + alpha sum_t gamma^t grad H(pi(.|S_t)), the bonus of the usual losses."""
    pi = softmax(m)
    logs = np.log(np.where(m.mask, np.maximum(pi, 1e-300), 1.0))
    bonus = lambda p: dpi(pi, p[:, None] * -logs, m.tau)
    if m.horizon is None:
        return gradient(m) + alpha * bonus(visits(m, pi, m.gamma))
    return gradient(m) + alpha * sum(bonus(p) for p in masses(m, pi, m.gamma, m.horizon))


def ends_worth_start(m):
    pi = softmax(m)
    v, _ = value(m, pi, m.gamma)
    end = m.P[:, :, ~m.alive].sum(axis=2) * (m.rho0 @ v)
    r = (m.P * m.R).sum(axis=2)
    q = r + m.gamma * (m.P @ v) + m.gamma * end
    return dpi(pi, visits(m, pi, m.gamma)[:, None] * q, m.tau)


def ends_worth(m, c):
    pi = softmax(m)
    _, q = value(m, pi, m.gamma, end=c * m.P[:, :, ~m.alive].sum(axis=2))
    return dpi(pi, visits(m, pi, m.gamma)[:, None] * q, m.tau)


def transposed_visits(m):
    pi = softmax(m)
    Ppi = np.einsum("sa,sat->st", pi, m.P)
    rho = np.linalg.solve(np.eye(len(Ppi)) - m.gamma * Ppi, m.rho0 * m.alive)
    _, q = value(m, pi, m.gamma)
    return dpi(pi, rho[:, None] * q, m.tau)


def transposed_model(m):
    pi = softmax(m)
    P = m.P.transpose(2, 1, 0) * m.mask[:, :, None]
    _, q = value(m, pi, m.gamma, r=(m.P * m.R).sum(axis=2), P=P)
    return dpi(pi, visits(m, pi, m.gamma, P=P)[:, None] * q, m.tau)


def cut(m, T):
    return gradient(replace(m, horizon=T))


def without(m, state=None, action=None):
    g = gradient(m)
    if state is not None:
        g[state] = 0
    if action is not None:
        g[:, action] = 0
    return g


def weighed_alike(m, discounted):
    """Every state weighs 1/n in place of its visits, at each time where q has one."""
    pi, each = softmax(m), m.alive / m.alive.sum()
    if m.horizon is None:
        mass = 1 / (1 - m.gamma) if discounted else 1.0
        return dpi(pi, mass * each[:, None] * value(m, pi, m.gamma)[1], m.tau)
    weight = lambda t: m.gamma**t if discounted else 1.0
    qs = by_time(m, pi, m.gamma, m.horizon)
    return sum(dpi(pi, weight(t) * each[:, None] * q, m.tau) for t, q in enumerate(qs))


def next_score(m):
    """sum_t gamma^t G_t grad log pi(A_t|S_{t+1})"""
    pi, gamma = softmax(m), m.gamma
    v, _ = value(m, pi, gamma)
    rho = visits(m, pi, gamma)
    weights = np.einsum("s,sa,sat,sat->ta", rho, pi, m.P, m.R + gamma * v[None, None, :]) * m.mask
    return (weights - pi * weights.sum(axis=1, keepdims=True)) / m.tau


def singles(m):
    """name -> gradient, for the mistakes that this model can have."""
    pi = softmax(m)
    ends = (~m.alive).any()
    g = gradient(m)
    rng = np.random.default_rng(len(m.name))
    found = {
        "sign": -g,
        "score-without-mean": gradient(m, scored=lambda x: pi * x / m.tau),
        "return-from-next": gradient(m, psi=lambda q, v: m.P @ v),
        "initial-uniform": gradient(m, rho0=m.alive / m.alive.sum()),
        "action-reversed": None,
        "permuted": None,
        "baseline-of-next": gradient(m, psi=lambda q, v: q - m.P @ v),
        "entropy-sign": entropy(m, -0.1),
    }
    alive = np.nonzero(m.alive)[0]
    shown = [s for s in alive if np.abs(g[s]).max() > 1e-3]
    found["state-missing"] = without(m, state=shown[-1])
    shown = [a for a in range(m.mask.shape[1]) if np.abs(g[:, a]).max() > 1e-3]
    found["action-missing"] = without(m, action=shown[-1])
    out = {name: flatten(m, x) for name, x in found.items() if x is not None}
    out["action-reversed"] = np.concatenate([g[s][m.mask[s]][::-1] for s in alive])
    out["permuted"] = np.concatenate([g[s][m.mask[s]] for s in rng.permutation(alive)])
    if m.gamma < 1:
        out["gamma-twice"] = flatten(m, gradient(m, weight=m.gamma**2))
        out["occupancy-normalised"] = (1 - m.gamma) * flatten(m, g)
        out["residual-undiscounted"] = flatten(m, gradient(m, psi=lambda q, v: q + (1 - m.gamma) * (m.P @ v)))
    if ends or m.horizon:
        out["reward-shifted"] = flatten(m, shifted(m))
        out["per-step-mean"] = flatten(m, g) / steps(m)
        if m.gamma < 1:
            out["gamma-dropped"] = flatten(m, gradient(m, weight=1.0))
            out["values-undiscounted"] = flatten(m, gradient(m, values=1.0))
    if m.horizon is None:
        out["transposed"] = flatten(m, transposed_visits(m))
        out["cut-as-end"] = flatten(m, cut(m, 4))
        out["score-of-next"] = flatten(m, next_score(m))
        if ends:
            out["end-bootstrapped"] = flatten(m, ends_worth_start(m))
    if m.tau != 1:
        out["temperature-forgotten"] = m.tau * flatten(m, g)
    return out


def elsewhere(m):
    """(names, gradient): a mistake beside another temperature or a cut."""
    out = []
    if m.tau != 1:
        cold = replace(m, tau=1.0)
        next_only = gradient(cold, psi=lambda q, v: m.P @ v)
        out.append((("temperature-forgotten", "return-from-next"), flatten(m, next_only)))
    if m.horizon is None:
        short = replace(m, horizon=7)
        if m.gamma < 1:
            out.append((("cut-as-end", "gamma-twice"), flatten(m, gradient(short, weight=m.gamma**2))))
        uniform = gradient(short, rho0=m.alive / m.alive.sum())
        out.append((("cut-as-end", "initial-uniform"), flatten(m, uniform)))
    return out


def variants(m):
    """Other readings of the same names."""
    g, pi = flatten(m, gradient(m)), softmax(m)
    out = []
    if m.horizon is None:
        out.append(("transposed", flatten(m, transposed_model(m))))
        out.append(("cut-as-end", flatten(m, cut(m, 17))))
        if (~m.alive).any():
            out.append(("end-bootstrapped", flatten(m, ends_worth(m, 1.7))))
        out.append(("cut-as-end", 0.37 * flatten(m, cut(m, 7))))
    if m.tau != 1:
        cold = flatten(m, gradient(replace(m, tau=1.0)))
        out += [("temperature-forgotten", factor * cold) for factor in (1.0, 0.5, 1 / m.tau)]
        out.append(("sign+temperature-forgotten", -cold))
    S, A = m.mask.shape
    full = gradient(m)
    if m.mask[m.alive].all():
        out.append(("permuted", full[m.alive].T.ravel()))
    out.append(("scale", 3.7 * g))
    for discounted in [False, True][: 1 + (m.gamma < 1)]:
        out.append(("states-alike", flatten(m, weighed_alike(m, discounted))))
    start = m.rho0 * m.alive
    first = value(m, pi, m.gamma)[1] if m.horizon is None else by_time(m, pi, m.gamma, m.horizon)[0]
    out.append(("start-only", flatten(m, dpi(pi, start[:, None] * first, m.tau))))
    return out


def pairs(m):
    """(name, name) -> gradient, made together."""
    pi, g = softmax(m), gradient(m)
    out = {}
    if m.gamma < 1:
        out["occupancy-normalised", "sign"] = (gamma_minus := -(1 - m.gamma)) * flatten(m, g)
        out["gamma-twice", "initial-uniform"] = flatten(
            m, gradient(m, weight=m.gamma**2, rho0=m.alive / m.alive.sum())
        )
        out["gamma-twice", "sign"] = -flatten(m, gradient(m, weight=m.gamma**2))
        out["gamma-twice", "return-from-next"] = flatten(
            m, gradient(m, weight=m.gamma**2, psi=lambda q, v: m.P @ v)
        )
        if (~m.alive).any() or m.horizon:
            out["gamma-dropped", "values-undiscounted"] = flatten(m, gradient(m, weight=1.0, values=1.0))
            out["gamma-dropped", "per-step-mean"] = flatten(m, gradient(m, weight=1.0)) / steps(m)
            out["gamma-dropped", "sign"] = -flatten(m, gradient(m, weight=1.0))
            dropped = gradient(m, weight=1.0)
            shown = [s for s in range(len(pi)) if np.abs(dropped[s]).max() > 1e-3]
            dropped[shown[0]] = 0
            out["gamma-dropped", "state-missing"] = flatten(m, dropped)
    out["initial-uniform", "score-without-mean"] = flatten(
        m, gradient(m, rho0=m.alive / m.alive.sum(), scored=lambda x: pi * x / m.tau)
    )
    out["return-from-next", "sign"] = -flatten(m, gradient(m, psi=lambda q, v: m.P @ v))
    return out


MODELS = [
    garnet("episodic-small", 1, 5, 3, 0.9, ends=1),
    garnet("episodic-ragged", 2, 9, 4, 0.95, ends=2, ragged=True),
    garnet("episodic-hot", 3, 7, 3, 0.8, ends=1, tau=0.5),
    garnet("continuing", 4, 6, 3, 0.9),
    garnet("total", 5, 7, 3, 1.0, ends=2),
    garnet("horizon", 6, 5, 3, 0.9, horizon=6),
    garnet("horizon-undiscounted", 7, 6, 3, 1.0, ends=1, horizon=5),
    garnet("larger", 8, 24, 4, 0.97, ends=3, ragged=True),
]
