"""A model as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from . import _core


class LegalActions(spaces.Discrete):
    """`Discrete(actions)` whose `sample()` draws among the actions of the environment's present state.

    Where each state has all actions it is `Discrete` and nothing else.
    """

    def __init__(self, env: "ModelEnv", n: int) -> None:
        super().__init__(n)
        self._env = env

    def seed(self, seed: Any = None) -> Any:
        """Seeds the draws; the next ones are legal at the start, until the environment is reset or steps.

        Gymnasium's own checks seed, draw and only then reset.
        """
        self._env._at_start = True
        return super().seed(seed)

    def sample(self, mask: Any = None, probability: Any = None) -> np.int64:
        """A legal action, or one of those that `mask` or `probability` allow."""
        if mask is None and probability is None:
            legal = self._env._start_mask() if self._env._at_start else self._env.action_mask()
            if legal.any():
                mask = legal
        if probability is not None:
            return super().sample(probability=probability)
        return super().sample(mask)

    def __deepcopy__(self, memo: dict[int, Any]) -> "spaces.Discrete":
        return spaces.Discrete(int(self.n))

    def __reduce__(self) -> tuple[Any, ...]:
        return (spaces.Discrete, (int(self.n),))


class ModelEnv(gymnasium.Env[np.int64, np.int64]):
    """Episodes of a model, one outcome a step, drawn with the probabilities of the model.

    Observations are the numbers of the states, actions the numbers of the model's actions. `reset` and `step`
    return `info` with `action_mask` (int8, 1 where the state has the action), `step` also with `prob`, the
    probability of the transition to this state with this reward. An action that the state does not have is an
    error; `action_space.sample()` draws legal ones.

    An episode is `terminated` when it enters a terminal state or has made `horizon` steps, where the model has a
    horizon: what comes after is worth nothing, so nothing may be bootstrapped. It is never `truncated`: the
    discount or the average reward ends no episode; wrap it in `gymnasium.wrappers.TimeLimit` to cut it. An episode
    that starts in a terminal state is over: its first step, whatever the action, pays 0 and terminates.
    """

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(self, model: "_core.Model") -> None:
        self.model = model
        self.observation_space = spaces.Discrete(len(model.states))
        full = len(model.pairs) == int((~model.terminal).sum()) * len(model.actions)
        count = len(model.actions)
        self.action_space = spaces.Discrete(count) if full else LegalActions(self, count)
        self._initial = model.initial
        self._terminal = model.terminal
        self._horizon = model.horizon
        self._pair = np.full((len(model.states), count), -1, dtype=np.int64)
        self._pair[model.pair_states, model.pair_actions] = np.arange(len(model.pairs))
        outcomes = model.outcomes
        self._start, self._next = outcomes.indptr, outcomes.successors
        self._probability, self._reward = outcomes.probabilities, outcomes.rewards
        self._state = int(np.argmax(self._initial))
        self._time = 0
        self._at_start = False

    def _start_mask(self) -> np.ndarray:
        """1 for each action that all states have in which an episode may start, int8 [actions]."""
        starts = (self._initial > 0) & ~self._terminal
        return np.asarray((self._pair[starts] >= 0).all(axis=0), dtype=np.int8)

    def action_mask(self) -> np.ndarray:
        """1 for each action of the present state, int8 [actions]."""
        return (self._pair[self._state] >= 0).astype(np.int8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Starts an episode in a state drawn from ρ₀; the same seed gives the same episodes."""
        super().reset(seed=seed)
        self._state = _draw(self.np_random, self._initial)
        self._time = 0
        self._at_start = False
        return np.int64(self._state), {"action_mask": self.action_mask()}

    def step(self, action: Any) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """One outcome of the pair (state, action)."""
        self._at_start = False
        if self._terminal[self._state]:
            return np.int64(self._state), 0.0, True, False, {"action_mask": self.action_mask(), "prob": 1.0}
        pair = self._pair[self._state, action] if 0 <= action < self._pair.shape[1] else -1
        if pair < 0:
            names = [self.model.actions[a] for a in np.flatnonzero(self._pair[self._state] >= 0)]
            raise ValueError(
                f"state {self.model.states[self._state]!r} has no action {action!r}; it has {', '.join(names)}: "
                'draw with info["action_mask"]'
            )
        rows = slice(self._start[pair], self._start[pair + 1])
        at = int(rows.start) + _draw(self.np_random, self._probability[rows])
        self._state = int(self._next[at])
        self._time += 1
        over = bool(self._terminal[self._state]) or self._time == self._horizon
        info = {"action_mask": self.action_mask(), "prob": float(self._probability[at])}
        return np.int64(self._state), float(self._reward[at]), over, False, info


def _draw(generator: np.random.Generator, weights: np.ndarray) -> int:
    """An index with these probabilities; never one of weight 0, whatever rounding makes of their sum."""
    sums = np.cumsum(weights)
    at = int(np.searchsorted(sums, generator.random() * sums[-1], side="right"))
    return min(at, int(np.flatnonzero(weights)[-1]))
