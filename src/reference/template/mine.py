"""What your code says of the reference that exact-mdp wrote; the tests beside this file compare it.

This file is yours: `exact-mdp reference --for pytest` writes it once and never again.
"""


def mine(reference):
    """What your code says, by the names of the reference; leave out what it does not compute.

    `reference` has the model's `states`, `actions`, `pairs`, `criterion` and `policy`; see its
    `conventions` for what the numbers mean. Values of pairs may also be rows by state, q[state][action].
    """
    return {
        # "v": your_values(...),
        # "q": ...,
        # "gradient": ...,
        # The exact mean of an estimator, or several of its figures:
        # "reward-to-go": ...,
        # "estimators": {"reward-to-go": {"expectation": ..., "variance": ...}},
        # What it makes of the trajectories of the reference (written with --trajectories), as their
        # mean, or as {"estimate": ..., "contributions": ..., "psi": ...}:
        # "fixtures": {"reward-to-go": your_estimate(reference["fixtures"])},
    }
