//! Each theorem as a value: its statement, its source, and two sides that different code computes.
//!
//! An [`Identity`] holds on any model and policy that it applies to; elsewhere it says in words why
//! it does not. A [`Case`] holds what the library claims (values, occupancies, gradients, moments);
//! an identity sets such a claim beside the operators p, r, π, ∇π themselves, beside another claim
//! that was found in another way, or beside dual numbers. Nothing is compared with itself.
//!
//! Discrepancies are relative to a scale of the quantities involved, and a tolerance is what
//! rounding can account for: c·η·Kᵏ with η = (n + z + 16)u for n states and z entries in the
//! fullest row of p^π (the backward error of elimination and of sums; theory, section 8),
//! K = ‖(I − γp^π)⁻¹‖∞, k the number of solves that follow one another, and c = 16. Where rows as
//! written do not quite sum to 1, η is larger by what they are off ([`slack`]).

/// The identities of one section: name, the function that computes both sides, statement,
/// derivation, source.
macro_rules! identities {
    ($section:ident; $($name:literal $sides:ident {
        $statement:literal, $derivation:literal, $source:literal
    })*) => {
        pub(crate) const ALL: &[Identity] = &[$(Identity {
            name: $name,
            section: Section::$section,
            statement: $statement,
            derivation: $derivation,
            source: $source,
            sides: $sides,
        }),*];
    };
}

mod algebra;
mod ascent;
mod average;
mod baselines;
mod bellman;
mod biases;
mod case;
pub mod citation;
mod continuous;
mod control;
mod covariances;
mod criteria;
mod enumeration;
mod error_bounds;
mod fisher;
mod formulas;
mod hessian;
mod joint_moments;
mod lemmas;
mod means;
mod objectives;
mod occupancy;
mod on_a_horizon;
mod operators;
mod parametrization;
mod partial;
mod perturbation;
mod players;
mod policy_gradient;
mod report;
mod resolvent;
mod rewards;
mod sensitive;
mod sides;
mod soft_control;
mod steps;
mod uncertain;
mod values;
mod verify;

pub use case::{ALPHA, Case, Discounted, Horizon, LongTerm, slack};
pub use formulas::{Formulas, Triples};
pub use report::{CheckedIdentity, IdentityList, Listed, Verified, VerifyReport};
pub use sides::{Sides, Skip};
pub use verify::{VerifyRequest, verify};

use citation::{Citation, Place};
use exact_mdp::model::{DidYouMean, nearest};

/// A part of the theory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// p^π, T^π, T*, the resolvent.
    Operators,
    /// ρ^π and J.
    Occupancy,
    /// π, ∇π and ∇log π.
    Parametrization,
    /// The Bellman equation on ∇v and its companions.
    Bellman,
    /// The policy gradient theorem in all its forms.
    PolicyGradient,
    /// The second derivative of J.
    Hessian,
    /// The Fisher matrix and the natural gradient.
    Fisher,
    /// Finite steps between policies, and other objectives.
    Lemmas,
    /// A finite horizon.
    FiniteHorizon,
    /// The average reward.
    AverageReward,
    /// Means of sampled estimators.
    Estimators,
    /// Their covariances.
    Covariances,
    /// What baselines do to the variance.
    Baselines,
    /// Optimal control.
    Control,
    /// Gradient ascent.
    Ascent,
    /// Bounds on the errors of approximations.
    ErrorBounds,
}

impl Section {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Section::Operators => "operators",
            Section::Occupancy => "occupancy",
            Section::Parametrization => "parametrization",
            Section::Bellman => "bellman",
            Section::PolicyGradient => "policy-gradient",
            Section::Hessian => "hessian",
            Section::Fisher => "fisher",
            Section::Lemmas => "lemmas",
            Section::FiniteHorizon => "finite-horizon",
            Section::AverageReward => "average-reward",
            Section::Estimators => "estimators",
            Section::Covariances => "covariances",
            Section::Baselines => "baselines",
            Section::Control => "control",
            Section::Ascent => "ascent",
            Section::ErrorBounds => "error-bounds",
        }
    }

    /// The heading above its identities.
    pub fn title(self) -> &'static str {
        match self {
            Section::Operators => "Operators and values",
            Section::Occupancy => "Occupancy and J",
            Section::Parametrization => "The policy and its derivatives",
            Section::Bellman => "The Bellman equation on ∇v",
            Section::PolicyGradient => "The policy gradient theorem",
            Section::Hessian => "The Hessian of J",
            Section::Fisher => "The Fisher matrix and the natural gradient",
            Section::Lemmas => "Steps between policies, other objectives and rewards",
            Section::FiniteHorizon => "The finite horizon",
            Section::AverageReward => "The average reward",
            Section::Estimators => "Means of sampled estimators",
            Section::Covariances => "Covariances of sampled estimators",
            Section::Baselines => "Baselines",
            Section::Control => "Optimal control",
            Section::Ascent => "Gradient ascent",
            Section::ErrorBounds => "Bounds on errors",
        }
    }
}

/// A theorem that can be checked on a model and a policy.
#[derive(Debug)]
pub struct Identity {
    /// The name, in kebab-case.
    pub name: &'static str,
    /// Where it belongs.
    pub section: Section,
    /// What it says, in one line.
    pub statement: &'static str,
    /// Why it is true, in a few lines.
    pub derivation: &'static str,
    /// Where it is from.
    pub source: &'static str,
    sides: fn(&Case) -> Result<Sides, Skip>,
}

/// What became of an identity on a case.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which.
    pub identity: &'static Identity,
    /// Both sides compared, or why they were not.
    pub outcome: Result<Sides, Skip>,
}

impl Check {
    /// Whether it holds; `None` if it was skipped.
    pub fn passed(&self) -> Option<bool> {
        self.outcome.as_ref().ok().map(Sides::agree)
    }

    /// Whether it applies, and cannot be told to hold or not.
    pub fn is_undecided(&self) -> bool {
        self.outcome.as_ref().is_err_and(Skip::is_undecided)
    }
}

/// All identities, by section.
pub fn all() -> impl Iterator<Item = &'static Identity> {
    let sections: [&'static [Identity]; 33] = [
        operators::ALL,
        values::ALL,
        resolvent::ALL,
        occupancy::ALL,
        parametrization::ALL,
        bellman::ALL,
        policy_gradient::ALL,
        continuous::ALL,
        players::ALL,
        partial::ALL,
        hessian::ALL,
        fisher::ALL,
        lemmas::ALL,
        objectives::ALL,
        criteria::ALL,
        average::ALL,
        sensitive::ALL,
        perturbation::ALL,
        means::ALL,
        on_a_horizon::ALL,
        biases::ALL,
        covariances::ALL,
        joint_moments::ALL,
        enumeration::ALL,
        enumeration::libraries::ALL,
        steps::ALL,
        baselines::ALL,
        control::ALL,
        rewards::ALL,
        soft_control::ALL,
        uncertain::ALL,
        ascent::ALL,
        error_bounds::ALL,
    ];
    sections.into_iter().flatten()
}

/// A name that is neither that of an identity nor that of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// The one it is nearest to, if one is near.
    pub nearest: Option<DidYouMean>,
}

impl Unknown {
    fn new(name: &str) -> Unknown {
        let known: Vec<&str> = all().flat_map(|i| [i.name, i.section.name()]).collect();
        Unknown {
            name: name.to_string(),
            nearest: nearest(name, &known),
        }
    }
}

/// The identities of these names and sections; all of them if there is none.
///
/// `Err` holds the first name that is neither.
pub fn named(names: &[String]) -> Result<Vec<&'static Identity>, Unknown> {
    let known = |name: &str| all().any(|i| i.name == name || i.section.name() == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(Unknown::new(unknown));
    }
    let wanted = |identity: &&Identity| {
        let mut names = names.iter();
        names.len() == 0
            || names.any(|name| *name == identity.name || *name == identity.section.name())
    };
    Ok(all().filter(wanted).collect())
}

impl Identity {
    /// Where docs/theory.md states it: the anchor of the first mark that its source names, else that
    /// of the first section; `None` where the source is another text alone.
    pub fn anchor(&self) -> Option<String> {
        let places: Vec<_> = Citation::all(self.source)
            .flat_map(Citation::places)
            .collect();
        let mark = places.iter().find(|place| matches!(place, Place::Mark(_)));
        mark.or(places.first()).map(|place| place.anchor())
    }

    /// Compares both sides on a case.
    ///
    /// Where rounding alone could reach a hundredth of the sides, or their scale overflows, an
    /// agreement would say nothing, and the check is skipped; a disagreement is one all the same.
    pub fn check(&'static self, case: &Case) -> Check {
        Check {
            identity: self,
            outcome: (self.sides)(case)
                .and_then(|sides| sides.told_of(algebra::largest_reward(&case.mdp)))
                .and_then(Sides::telling),
        }
    }
}
