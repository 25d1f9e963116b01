//! Runs that end before they are done.

use super::*;

#[test]
fn a_run_stops_when_told_and_when_an_episode_does_not_end() {
    let mdp = continuing();
    let policy = softmax(&mdp);
    let plan = Plan {
        cap: 1000,
        ..Plan::new(Sampling::Episodic, 1)
    };
    let endless = sample(&mdp, &policy, None, &[], plan, 10, &go_on);
    let trajectory = 0;
    let steps = 1000;
    assert_eq!(endless, Err(Error::Overlong { trajectory, steps }));
    let plan = Plan::new(Sampling::Truncated(2), 1);
    let stopped = sample(&mdp, &policy, None, &[], plan, 1 << 40, &|_| {
        ControlFlow::Break(())
    });
    let stopped = stopped.unwrap();
    assert_eq!(stopped.trajectories, crate::trajectory::BLOCK);
    assert_eq!(stopped.steps, 2 * stopped.trajectories);
}

/// A block of long trajectories is not waited for: it is asked whether to go on every few million steps, and of a
/// block that is not whole nothing counts.
#[test]
fn a_block_of_long_trajectories_can_be_interrupted() {
    let mdp = continuing();
    let policy = softmax(&mdp);
    for (trajectories, threads) in [(1 << 40, 1), (1 << 40, 2), (1_000, 1)] {
        let plan = Plan {
            threads,
            ..Plan::new(Sampling::Truncated(600_000), 1)
        };
        let ended = |_: u64| ControlFlow::Break(());
        let samples = sample(&mdp, &policy, None, &[], plan, trajectories, &ended).unwrap();
        assert_eq!((samples.trajectories, samples.steps), (0, 0));
    }
}
