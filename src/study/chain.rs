//! The chain that a policy makes of a model.

use super::numbers::by_numbers;
use super::rounding::{lost, shown_error};
use super::{Doing, Listener, Note, Numbers, Setting, StudyError, Work, cost};
use crate::arithmetic::Arithmetic;
use crate::chain::{
    LongRun, MixingTime, Passage, conductance, error_of_both, fundamental_matrix, spectrum,
};
use crate::error::Error;
use crate::evaluation::average_accuracy::{LongRunErrors, of_rewards};
use crate::linalg::{SolverOptions, largest};
use crate::mdp::Mdp;
use crate::model::Model;
use crate::model::names::suggest;
use crate::policy::Policy;
use crate::report::{
    ChainReport, ClassReport, DenseReport, Head, PassageReport, Quantity, optional, rows_of,
};

/// What is asked of [`chain`].
#[derive(Clone, Debug, Default)]
pub struct ChainRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// The states to which first passage is asked for, by name.
    pub to: Vec<String>,
    /// Whether matrices are formed, and what needs them; up to [`ChainRequest::SMALL`] states unless said.
    pub matrices: Option<bool>,
}

impl ChainRequest {
    /// Up to so many states matrices are formed unasked: 100 × 100 numbers fill a screen's worth of
    /// JSON, and take a few milliseconds.
    pub const SMALL: usize = 100;
    /// Most states for which matrices are formed at all: the matrices of 2,000 states hold 4 million
    /// numbers each.
    pub const MOST: usize = 2_000;
}

/// Classes, stationary distributions, absorption, first passage; for small chains P*, D, Z, Kemeny's
/// constant, spectrum, mixing time and conductance too.
///
/// Errors if the policy cannot be built, if a state is unknown, if matrices of more than
/// [`ChainRequest::MOST`] states are asked for, and if a linear system is singular in the field or an iterative solver
/// gave up.
pub fn chain(
    model: &Model,
    request: &ChainRequest,
    listener: &dyn Listener,
) -> Result<ChainReport, StudyError> {
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = ChainRequest {
            setting,
            ..request.clone()
        };
        return chain(&model, &request, listener);
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, request, listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &ChainRequest,
    listener: &dyn Listener,
) -> Result<ChainReport, StudyError> {
    let states = model.space().states();
    let to = targets(model, &request.to)?;
    let matrices = request.matrices.unwrap_or(states <= ChainRequest::SMALL);
    if matrices && states > ChainRequest::MOST {
        return Err(StudyError::TooManyStates {
            states,
            most: ChainRequest::MOST,
        });
    }
    // fractions take longer than anybody can tell
    if matrices && request.setting.numbers != Numbers::Exact {
        cost::tell_matrices(states, listener);
    }
    let (mdp, policy) = request.setting.chosen::<F>(model, listener)?;
    listener.begin(Work::on(&mdp, Doing::Evaluating));
    let options = &request.setting.solver;
    let long_run = LongRun::new(&mdp, &policy, options)?;
    let dense = matrices
        .then(|| dense(&mdp, &long_run, options))
        .transpose()?;
    let passage = (!to.is_empty()).then(|| {
        let passage = Passage::new(long_run.p(), &to, options)?;
        Ok::<_, Error>(PassageReport::new(request.to.clone(), &passage))
    });
    let reward = rewards(&mdp, policy.probabilities());
    let structure = long_run.structure();
    let absorption = (0..structure.recurrent().len()).map(|class| long_run.absorption(class));
    let absorption: Vec<Vec<F>> = absorption.collect::<Result<_, _>>()?;
    let stationary = long_run.limit_row(mdp.initial())?;
    let stationary_error = chances_error(&mdp, &long_run, &stationary, listener)?;
    let gain = long_run.limit(&reward)?;
    let errors = sums(&mdp, &policy, (&long_run, &reward, &gain))?;
    let mut head = Head::new(&mdp, &policy, model.objective());
    request.setting.complete(&mut head, model);
    let name = |&s: &usize| model.space().state_names().get(s).into_owned();
    let report = ChainReport {
        kind: if structure.is_unichain() {
            "unichain"
        } else {
            "multichain"
        },
        classes: classes(&mdp, &long_run, dense.as_ref().map(|(_, kemeny)| &**kemeny))?,
        transient: structure.transient().iter().map(name).collect(),
        stationary: Quantity::all(&stationary),
        stationary_error,
        gain: Quantity::all(&gain),
        gain_error: errors
            .map(|errors| errors.1)
            .and_then(|error| shown_error(error, &gain)),
        reward: Quantity::all(&reward),
        reward_error: errors
            .map(|errors| errors.0)
            .and_then(|error| shown_error(error, &reward)),
        absorption: (0..states)
            .map(|s| absorption.iter().map(|f| Quantity::of(&f[s])).collect())
            .collect(),
        passage: passage.transpose()?,
        dense: dense.map(|(dense, _)| dense),
        bounds: None,
        head,
    };
    listener.end();
    Ok(report)
}

/// How far shares of time, and the chances of where it ends, may be off, where that is worth a word; told where it is much.
fn chances_error<F: Arithmetic>(
    mdp: &Mdp<F>,
    long_run: &LongRun<F>,
    stationary: &[F],
    listener: &dyn Listener,
) -> Result<Option<f64>, Error> {
    if F::EXACT || F::one().certified().is_some() {
        return Ok(None);
    }
    let ends = long_run.absorption_from(mdp.initial())?;
    let chances = stationary.iter().chain(&ends).filter(|x| !x.is_zero());
    let chances: Vec<F> = chances.cloned().collect();
    let error = long_run.limit_row_error(mdp.initial())?;
    if let Some((error, _)) = lost(Some(error), &chances) {
        listener.note(Note::LostChances { error });
    }
    Ok(shown_error(error, &chances))
}

/// The indices of the states of some names.
fn targets(model: &Model, names: &[String]) -> Result<Vec<usize>, StudyError> {
    let space = model.space();
    let index = |name: &String| {
        let found = (0..space.states()).find(|&s| space.state_names().get(s) == name.as_str());
        found.ok_or_else(|| StudyError::UnknownState {
            found: name.clone(),
            help: {
                let names: Vec<_> = space.state_names().iter().collect();
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                suggest(name, &names)
            },
        })
    };
    names.iter().map(index).collect()
}

/// r^π(s) = Σₐ π(a|s) r(s, a) \[S\]; 0 where the process has ended.
fn rewards<F: Arithmetic>(mdp: &Mdp<F>, pi: &[F]) -> Vec<F> {
    let space = mdp.space();
    let of = |state: usize| {
        let pairs = space.pairs_of(state);
        pairs.fold(F::zero(), |sum, pair| {
            sum + pi[pair].clone() * &mdp.r()[pair]
        })
    };
    (0..space.states()).map(of).collect()
}

/// Bounds on what rounding has done to any of the rewards and of the gains; none where numbers are not rounded.
fn sums<F: Arithmetic>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    (long_run, reward, gain): (&LongRun<F>, &[F], &[F]),
) -> Result<Option<(f64, f64)>, Error> {
    if F::EXACT || F::one().certified().is_some() {
        return Ok(None);
    }
    let bias = long_run.deviation_from(reward, gain)?;
    let errors = LongRunErrors::least(mdp, policy, long_run, (gain, &bias));
    Ok(errors.map(|errors| (of_rewards(mdp, policy), largest(&errors.gain))))
}

fn classes<F: Arithmetic>(
    mdp: &Mdp<F>,
    long_run: &LongRun<F>,
    kemeny: Option<&[F]>,
) -> Result<Vec<ClassReport>, Error> {
    // 2¹⁸ sets take 0.2 s in floating point, 2¹² a second in fractions.
    let most = if F::EXACT { 12 } else { 18 };
    let space = mdp.space();
    let ends = long_run.absorption_from(mdp.initial())?;
    let classes = long_run.structure().recurrent().iter().enumerate();
    let report = |(k, class): (usize, &crate::chain::RecurrentClass)| {
        let name = |&s: &usize| space.state_names().get(s).into_owned();
        let conductance = kemeny.and_then(|_| conductance(long_run, k, most));
        ClassReport {
            states: class.states.iter().map(name).collect(),
            period: class.period,
            terminal: class.terminal,
            absorption: Quantity::of(&ends[k]),
            stationary: Quantity::all(long_run.stationary(k)),
            kemeny: kemeny.map(|kemeny| Quantity::of(&kemeny[k])),
            conductance: conductance.as_ref().map(Quantity::of),
        }
    };
    Ok(classes.map(report).collect())
}

/// The matrices, and Kemeny's constant of each class: Σ_{j∈C} D(j, j).
fn dense<F: Arithmetic>(
    mdp: &Mdp<F>,
    long_run: &LongRun<F>,
    options: &SolverOptions,
) -> Result<(DenseReport, Vec<F>), Error> {
    let states = mdp.states();
    let limiting = long_run.limiting_matrix()?;
    let (deviation, errors) = long_run.deviation_with_errors()?;
    let fundamental = fundamental_matrix(long_run, &deviation, &limiting)?;
    let both = (&deviation, &limiting);
    let deviation_error = errors.and_then(|errors| error_of_both(long_run, both, &errors));
    let classes = long_run.structure().recurrent().iter();
    let kemeny = classes.map(|class| {
        let diagonal = class.states.iter().map(|&s| &deviation[(s, s)]);
        diagonal.fold(F::zero(), |sum, d| sum + d)
    });
    let transition = long_run.p();
    let row = |s: usize| (0..states).map(move |next| Quantity::of(&transition.get(s, next)));
    let pair_row =
        |pair: usize| (0..states).map(move |next| Quantity::of(&mdp.p().get(pair, next)));
    let report = DenseReport {
        p: (0..mdp.pairs())
            .map(|pair| pair_row(pair).collect())
            .collect(),
        transition: (0..states).map(|s| row(s).collect()).collect(),
        limiting: rows_of(&limiting),
        deviation: rows_of(&deviation),
        deviation_error,
        fundamental: rows_of(&fundamental),
        first_passage: first_passage(long_run, options)?,
        spectrum: spectrum(long_run),
        mixing_time: MixingTime::new(long_run),
    };
    Ok((report, kemeny.collect()))
}

/// m(s, s'), a column for each s'.
fn first_passage<F: Arithmetic>(
    long_run: &LongRun<F>,
    options: &SolverOptions,
) -> Result<Vec<Vec<Quantity>>, Error> {
    let p = long_run.p();
    let states = p.rows();
    let mut rows = vec![Vec::with_capacity(states); states];
    for to in 0..states {
        let passage = Passage::new(p, &[to], options)?;
        for (s, row) in rows.iter_mut().enumerate() {
            row.push(if s == to {
                optional(&passage.return_time(p, to))
            } else {
                optional(&passage.steps[s])
            });
        }
    }
    Ok(rows)
}
