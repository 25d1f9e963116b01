//! The names of parameters.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::family::label;
use super::{Gaussian, Parametrization, Policy, PolicyError};
use crate::field::Field;
use crate::mdp::Space;

/// The names of a policy's parameters \[d\], made when they are first read: in a model of a million
/// states they take more memory than the model.
#[derive(Clone)]
pub struct Labels {
    source: Source,
    made: OnceLock<Vec<String>>,
}

#[derive(Clone)]
enum Source {
    Listed(Arc<Vec<String>>),
    /// `theta[0]`, `theta[1]`, ….
    Counted(usize),
    /// `theta[state,action]` of every pair.
    Pairs(Arc<Space>),
    /// `theta[state,action]` of every pair but the last of each state.
    FreePairs(Arc<Space>),
}

impl<F: Field> Policy<F> {
    /// Which parameter, of the d of [`Policy::labels`], a name means: its label, as `theta[low,wait]`, or what
    /// stands between the brackets, `low,wait`; of a feature its name, with `theta[…]` around it or without.
    ///
    /// Errors with the label that is most like the name.
    pub fn parameter(&self, name: &str) -> Result<usize, PolicyError> {
        let labels = Labels::of(self);
        let full = format!("theta[{name}]");
        let bare = name
            .strip_prefix("theta[")
            .and_then(|rest| rest.strip_suffix(']'));
        let found = labels
            .iter()
            .position(|label| *label == name || *label == full)
            .or_else(|| labels.iter().position(|label| Some(label.as_str()) == bare));
        found.ok_or_else(|| {
            let near = labels.iter().max_by(|a, b| {
                let like = |label: &String| strsim::jaro_winkler(label, &full);
                like(a).total_cmp(&like(b))
            });
            PolicyError::UnknownParameter {
                found: name.to_string(),
                near: near.cloned(),
            }
        })
    }
}

impl Labels {
    /// `theta[state,action]`; for log-linear policies the features' names, or `theta[0]`,
    /// `theta[1]`, ….
    pub fn of<F: Field>(policy: &Policy<F>) -> Labels {
        let space = || Arc::clone(&policy.space);
        let source = match &policy.parametrization {
            Parametrization::LogLinear(family) => match &family.names {
                Some(names) => Source::Listed(Arc::new(names.clone())),
                None => Source::Counted(policy.parameters()),
            },
            Parametrization::Direct(_) => Source::FreePairs(space()),
            Parametrization::Factored(family) => Source::Listed(Arc::new(family.labels())),
            Parametrization::Gaussian(family) => Source::Listed(Arc::new(gaussian(policy, family))),
            Parametrization::Controller(family) => Source::Listed(Arc::clone(family.labels())),
            _ => Source::Pairs(space()),
        };
        Labels {
            source,
            made: OnceLock::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.source {
            Source::Listed(names) => names.len(),
            Source::Counted(count) => *count,
            Source::Pairs(space) => space.pairs(),
            Source::FreePairs(space) => space.pairs() - space.alive_before(space.states()),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `f` with one after the other until it fails, in one piece of memory where they are made.
    pub(crate) fn try_each<E>(&self, mut f: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let Source::Pairs(space) = &self.source else {
            return self.each().try_for_each(|name| f(&name));
        };
        let mut name = String::new();
        space.try_each_pair(|_, (state, action)| {
            name.clear();
            for part in ["theta[", state, ",", action, "]"] {
                name.push_str(part);
            }
            f(&name)
        })
    }

    /// One after the other, none of them kept: who writes them needs no room for all.
    pub fn each(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match &self.source {
            Source::Listed(names) => Box::new(names.iter().map(|name| name.into())),
            Source::Counted(count) => Box::new((0..*count).map(|k| format!("theta[{k}]").into())),
            Source::Pairs(space) => {
                let pairs = 0..space.pairs();
                Box::new(pairs.map(|pair| label(space, pair).into()))
            }
            Source::FreePairs(space) => {
                let free = |&pair: &usize| pair + 1 < space.pairs_of(space.state_of(pair)).end;
                let pairs = (0..space.pairs()).filter(free);
                Box::new(pairs.map(|pair| label(space, pair).into()))
            }
        }
    }
}

/// `mean[state]` and `log_sigma[state]`; of features their names or numbers stand in place of the state's.
fn gaussian<F: Field>(policy: &Policy<F>, family: &Gaussian<F>) -> Vec<String> {
    let space = &policy.space;
    let of: Vec<String> = match (&family.features, &family.names) {
        (Some(_), Some(names)) => names.clone(),
        (Some(features), None) => (0..features.columns()).map(|k| k.to_string()).collect(),
        (None, _) => {
            let acting = (0..space.states()).filter(|&state| !space.is_terminal(state));
            let names = acting.map(|state| space.state_names().get(state).into_owned());
            names.collect()
        }
    };
    let labels = |what: &'static str| of.iter().map(move |name| format!("{what}[{name}]"));
    labels("mean").chain(labels("log_sigma")).collect()
}

impl Deref for Labels {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.made
            .get_or_init(|| self.each().map(Cow::into_owned).collect())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Labels) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_told_one_by_one_are_those_that_are_made() {
        let source = "{discount: 0.5, initial: uniform, garnet: {states: 5, actions: 3, branching: 2, terminal: 1}}";
        let numbered = crate::model::Model::parse("m", source).unwrap();
        let listed = crate::test_models::worked_example();
        for model in [numbered.space(), listed.space()] {
            let labels = Labels::of(&Policy::<f64>::uniform(model));
            let mut told = Vec::new();
            let each = labels.try_each(|name| {
                told.push(name.to_string());
                Ok::<(), ()>(())
            });
            assert_eq!((each, told.as_slice()), (Ok(()), &*labels));
            let mut last = 0;
            let until = model.try_each_pair(|pair, (state, action)| {
                assert_eq!(model.pair_names(pair), (state.into(), action.into()));
                last = pair;
                if pair == 2 { Err(()) } else { Ok(()) }
            });
            assert_eq!((until, last), (Err(()), 2));
        }
    }
}
