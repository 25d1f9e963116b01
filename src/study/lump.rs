//! States that behave alike as one, and what a policy is worth before and after.

use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::linalg::{distance, largest};
use crate::model::{Lumping, Model};
use crate::number::Rational;
use crate::policy::Policy;

/// Up to so many states J and ∇J are computed on both models: a dense system of 2,000 states takes
/// some tenths of a second.
const SHOWN: usize = 2_000;
/// Up to so many states they are fractions: those of larger models have thousands of digits.
const EXACT: usize = 40;

/// A model, the model of its classes, and how far J and ∇J of the two are apart.
#[derive(Clone, Debug)]
pub struct Lumped {
    /// The model of the classes.
    pub lumping: Lumping,
    /// J and ∇J of both; `None` where the model is too large, or where the policy has none.
    pub agreement: Option<Agreement>,
}

/// What one policy is worth on a model and on the model of its classes.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// J of the model itself and of the classes.
    pub j: [f64; 2],
    /// The largest difference of ∂J/∂θ(C, a) from Σ ∂J/∂θ(s, a) over s ∈ C, relative to the largest
    /// of them.
    pub gradient: f64,
    /// Whether it was found over fractions, under the uniform policy; else in floating point, under a
    /// softmax of random θ.
    pub exact: bool,
}

/// The model of the classes of the largest bisimulation, with J and ∇J of both held together.
///
/// ```
/// use exact_mdp::model::Model;
/// use exact_mdp::study::lump;
///
/// let model = Model::load("mdps/frozenlake-4x4.yaml")?;
/// let lumped = lump(&model);
/// let agreement = lumped.agreement.ok_or("none")?;
/// assert!(agreement.exact && agreement.gradient == 0.0);
/// assert_eq!(agreement.j[0], agreement.j[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lump(model: &Model) -> Lumped {
    let lumping = model.lumped();
    let states = model.space().states();
    let agreement = if states > SHOWN {
        None
    } else if states <= EXACT && model.exact_mdp().is_ok() {
        let uniform = Policy::uniform(lumping.model.space());
        agreement::<Rational>(model, &lumping, uniform)
    } else {
        let random = Policy::random(lumping.model.space(), 0);
        agreement::<f64>(model, &lumping, random)
    };
    Lumped {
        lumping,
        agreement: agreement.and_then(Result::ok),
    }
}

/// J and ∇J of a softmax policy of the classes, on them and on the model itself.
fn agreement<F: Arithmetic>(
    model: &Model,
    lumping: &Lumping,
    classes: Policy<F>,
) -> Option<Result<Agreement, Error>> {
    let theta = classes.theta()?;
    let pulled: Vec<F> = pairs(model, lumping)
        .map(|pair| theta[pair].clone())
        .collect();
    let both = || {
        let own = Policy::softmax(model.space(), pulled, F::one())?;
        let own = model.over::<F>()?.solve(own)?;
        let lumped = lumping.model.over::<F>()?.solve(classes.clone())?;
        let mut summed = vec![F::zero(); lumped.gradient()?.len()];
        for (pair, slope) in pairs(model, lumping).zip(own.gradient()?) {
            summed[pair] += slope;
        }
        let apart = distance(&summed, lumped.gradient()?);
        let largest = largest(lumped.gradient()?);
        Ok(Agreement {
            j: [own.j().to_f64(), lumped.j().to_f64()],
            gradient: if apart == 0.0 { 0.0 } else { apart / largest },
            exact: F::EXACT,
        })
    };
    Some(both())
}

/// For each pair of the model the pair of its class.
fn pairs<'a>(model: &'a Model, lumping: &'a Lumping) -> impl Iterator<Item = usize> + 'a {
    let (space, classes) = (model.space(), lumping.model.space());
    (0..space.states()).flat_map(move |state| {
        let first = classes.pairs_of(lumping.class[state] as usize).start;
        (0..space.pairs_of(state).len()).map(move |action| first + action)
    })
}
