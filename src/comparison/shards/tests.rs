//! Parts merged against the run in one, and what is refused.

use super::*;
use crate::comparison::compare;
use crate::field::Field;
use crate::solved::Solved;
use crate::test_models::worked_example;

fn go(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

struct Run {
    solved: Solved,
    estimators: Vec<Estimator>,
    options: ComparisonOptions,
}

impl Run {
    /// Five blocks, the last of 808 trajectories.
    fn new() -> Run {
        let mdp = worked_example().map(Field::to_f64);
        let policy = Policy::random(mdp.space(), 1);
        let names = ["reward-to-go", "total-return"];
        Run {
            solved: Solved::new(mdp, policy).unwrap(),
            estimators: names.map(|name| name.parse().unwrap()).into(),
            options: ComparisonOptions {
                trajectories: 9_000,
                threads: 1,
                paired: true,
                ..ComparisonOptions::default()
            },
        }
    }

    fn parts(&self) -> ShardedComparison {
        let (mdp, policy) = (self.solved.mdp(), self.solved.policy());
        ShardedComparison::new(mdp, policy, &self.estimators, &self.options).unwrap()
    }

    fn shard(&self, blocks: Range<u64>) -> (String, Shard) {
        let shard = self.parts().shard(blocks.clone(), true, &go).unwrap();
        // through the file
        let shard = Shard::from_bytes(&shard.to_bytes()).unwrap();
        (format!("{blocks:?}.sums"), shard)
    }
}

#[test]
fn merged_parts_have_the_bytes_of_one_run() {
    let run = Run::new();
    let (mdp, policy) = (run.solved.mdp(), run.solved.policy());
    let whole = compare(mdp, policy, &run.estimators, &run.options, &go).unwrap();
    let whole = format!("{whole:?}");
    for cuts in [vec![0, 5], vec![0, 2, 5], vec![0, 1, 4, 5]] {
        let shards = cuts
            .windows(2)
            .rev()
            .map(|ends| run.shard(ends[0]..ends[1]));
        let shards = in_order(shards.collect()).unwrap();
        assert_eq!(trajectories_of(&shards), Ok(9_000));
        let parts = run.parts();
        parts.check(&shards).unwrap();
        let merged = format!("{:?}", parts.merged(&shards));
        assert_eq!(merged, whole, "{cuts:?}");
    }
}

#[test]
fn a_shard_of_another_run_is_refused_by_what_differs() {
    let run = Run::new();
    let parts = run.parts();
    let refused = |other: &Run| match parts.check(&[other.shard(0..1)]) {
        Err((name, ShardError::Other { what, .. })) => format!("{name}: {what}"),
        other => format!("{other:?}"),
    };
    let other = |change: &dyn Fn(&mut Run)| {
        let mut other = Run::new();
        change(&mut other);
        refused(&other)
    };
    let seed = other(&|run| run.options.seed = 7);
    assert_eq!(seed, "0..1.sums: seed");
    let fewer = other(&|run| run.estimators.truncate(1));
    assert_eq!(fewer, "0..1.sums: list of estimators");
    let longer = other(&|run| run.options.trajectories = 10_000);
    assert_eq!(longer, "0..1.sums: number of trajectories");
    let policy = other(&|run| {
        let mdp = run.solved.mdp();
        let random = Policy::random(mdp.space(), 3);
        run.solved = Solved::new(mdp.as_ref().clone(), random).unwrap();
    });
    assert_eq!(policy, "0..1.sums: policy");
    let model = other(&|run| {
        let mdp = run.solved.mdp().as_ref().clone();
        let policy = run.solved.policy().as_ref().clone();
        let criterion = mdp.criterion().map(|gamma| gamma / 2.0);
        run.solved = Solved::new(mdp.under(criterion), policy).unwrap();
    });
    assert_eq!(model, "0..1.sums: model");
}

#[test]
fn overlaps_and_gaps_are_named() {
    let run = Run::new();
    let overlap = in_order(vec![run.shard(1..3), run.shard(0..2)]).unwrap_err();
    let other = "0..2.sums".to_string();
    let block = 1;
    assert_eq!(
        overlap,
        ("1..3.sums".into(), ShardError::Overlap { block, other })
    );
    let gaps = [run.shard(1..2), run.shard(3..4)];
    let missing = trajectories_of(&gaps).unwrap_err();
    assert_eq!(missing, MissingBlocks(vec![0..1, 2..3, 4..5]));
}

#[test]
fn files_that_are_none_or_not_whole_are_refused() {
    let bytes = Run::new().shard(0..2).1.to_bytes();
    for end in 0..bytes.len() {
        assert!(Shard::from_bytes(&bytes[..end]).is_err(), "{end} bytes");
    }
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let error = Shard::from_bytes(&changed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "its sums have changed since they were written"
    );
    assert!(Shard::from_bytes(b"name: two-state\n").is_err());
}
