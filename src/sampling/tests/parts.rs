//! Trajectories that are drawn again part by part are summed to the bits that they have as a whole.

use super::*;
use crate::estimator::{Estimator, Experiment, parse_list};

/// What is made of sources, sums from the end, windows, ratios and sums of all trajectories.
const NAMES: &str = "total-return,total-return:1/2,reward-to-go,reward-to-go:dropped,baseline:v,q,advantage,\
    td-residual,gae:0.7,n-step:2,n-step:5,n-step:40,lambda-return:0.7,one-step-of-lambda-return:0.7,\
    v-trace:1:0.9,retrace:0.8,importance:ordinary";
const BATCHES: &str = "per-step-mean:gae:0.7,whitened:reward-to-go:ddof-1,\
    in-sample-baseline:total-return";

/// The moments and the batches of so many trajectories of which steps are kept up to `kept`, in parts of `part`.
fn sums(
    (mdp, policy, behavior): (&Mdp, &Policy, Option<&Policy>),
    (steps, spread): (usize, Spread),
    parts: Option<(usize, usize)>,
) -> (Vec<u64>, Vec<u64>) {
    let sampling = Sampling::Truncated(steps);
    let options = SolverOptions::default();
    let experiment = Experiment::off_policy(mdp, policy, behavior, sampling, &options).unwrap();
    let resolve = |list: Vec<Estimator>| -> Vec<Resolved<f64>> {
        let each = list.iter();
        each.map(|one| experiment.resolve(one).unwrap()).collect()
    };
    let mut estimators = resolve(parse_list(NAMES, true).unwrap());
    if behavior.is_none() {
        estimators.extend(forms_of(mdp, policy));
    }
    let plan = Plan {
        spread,
        differences: vec![(2, 8), (0, estimators.len() - 1)],
        ..Plan::new(sampling, 11)
    };
    let mut sampler = Sampler::new(mdp, policy, behavior, &estimators, plan).unwrap();
    if let Some((kept, part)) = parts {
        let simulator = sampler.setting.simulator.clone();
        sampler.setting.simulator = simulator.keeping(kept, part);
    }
    let trajectories = 60;
    let moments = bits(&sampler.sample_to(trajectories, &go_on).unwrap());
    let weighed = "importance:self-normalised";
    let batches = behavior.map_or(BATCHES, |_| weighed);
    let batches = resolve(parse_list(batches, true).unwrap());
    let batches = sampler.batches(&batches, trajectories).unwrap();
    let batches = batches.iter().flatten().map(|x| x.to_bits()).collect();
    (moments, batches)
}

#[test]
fn parts_are_the_whole_bit_by_bit() {
    for mdp in [continuing(), episodic(), either()] {
        let uniform = Policy::uniform(mdp.space());
        for policy in [softmax(&mdp), features(&mdp)] {
            for behavior in [None, Some(&uniform)] {
                for spread in [Spread::Variance, Spread::Covariance] {
                    let of = |parts| sums((&mdp, &policy, behavior), (30, spread), parts);
                    let whole = of(None);
                    // of parts that end where the trajectory does and elsewhere, some trajectories kept and some not
                    for parts in [(8, 4), (15, 15), (7, 7), (1, 1)] {
                        assert_eq!(of(Some(parts)), whole, "{parts:?}");
                    }
                }
            }
        }
    }
}

/// Random numbers are found again wherever a part begins, those of a later trajectory of a lane too.
#[test]
fn steps_are_drawn_again() {
    let mdp = episodic();
    let plan = Plan::new(Sampling::Episodic, 5);
    let policy = softmax(&mdp);
    let mut sampler = Sampler::new(&mdp, &policy, None, &[], plan).unwrap();
    let whole = sampler.record(3000).unwrap();
    for parts in [(3, 3), (2, 1), (1, 1)] {
        let simulator = sampler.setting.simulator.clone();
        sampler.setting.simulator = simulator.keeping(parts.0, parts.1);
        assert_eq!(sampler.record(3000).unwrap(), whole, "{parts:?}");
    }
}
