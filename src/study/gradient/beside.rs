//! What is asked for beside ∇J, of another policy or with respect to other variables: of models of moderate size over balls,
//! each number rounded once, for in floating point it is made of values that may be much larger than itself.

use std::any::TypeId;
use std::sync::Arc;

use super::GradientRequest;
use crate::arithmetic::Arithmetic;
use crate::critics::{Weighting, weights};
use crate::error::Error;
use crate::field::Ball;
use crate::gradient::greediness::Excursion;
use crate::linalg::MODERATE;
use crate::mdp::Criterion;
use crate::model::Model;
use crate::report::{
    ClippedReport, ExcursionReport, KnownRounding, Quantity, SensitivityReport, SurrogateReport,
    Variable,
};
use crate::solved::Solved;
use crate::study::listener::Deaf;
use crate::study::{Listener, Note, Numbers, PolicyName, StudyError};

/// What stands beside ∇J.
pub(super) struct Beside {
    pub excursion: Option<ExcursionReport>,
    pub surrogate: Option<SurrogateReport>,
    pub with_respect_to: Vec<SensitivityReport>,
}

impl Beside {
    /// Says of each number of the model's own that nothing is known of its rounding; whether there is one.
    fn tell_unknown(&mut self) -> bool {
        let own = self.excursion.iter_mut().map(|found| &mut found.rounding);
        let surrogate = self.surrogate.iter_mut().flat_map(|found| {
            let clipped = found.clipped.iter_mut().map(|found| &mut found.rounding);
            clipped.chain([&mut found.rounding])
        });
        // ∇J has its bound where it stands
        let others = self.with_respect_to.iter_mut();
        let others = others.filter(|found| found.variable != Variable::Theta);
        let others = others.map(|found| &mut found.rounding);
        let mut is_unknown = false;
        for rounding in own.chain(surrogate).chain(others) {
            *rounding = KnownRounding::Unknown(format!(
                "floating point, of which nothing is known: bounds are made in models of up to {MODERATE} states"
            ));
            is_unknown = true;
        }
        is_unknown
    }

    /// Each number rounded once.
    fn rounded(self) -> Beside {
        let each = self.with_respect_to.into_iter();
        Beside {
            excursion: self.excursion.map(ExcursionReport::rounded),
            surrogate: self.surrogate.map(SurrogateReport::rounded),
            with_respect_to: each.map(SensitivityReport::rounded).collect(),
        }
    }
}

impl GradientRequest {
    /// What is asked for, with the ∇J that is known.
    ///
    /// Errors if a policy cannot be built, and where what is asked for does not exist.
    pub(super) fn beside<F: Arithmetic>(
        &self,
        model: &Model,
        solved: &Solved<F>,
        gradient: &[Quantity],
        listener: &dyn Listener,
    ) -> Result<Beside, StudyError> {
        if let Some(found) = self.beside_over_balls::<F>(model, gradient, listener) {
            return Ok(found);
        }
        let excursion = self.excursion.as_ref();
        let excursion = excursion.map(|name| self.excursion(model, solved, name, listener));
        let surrogate = self.surrogate.as_ref();
        let surrogate = surrogate.map(|name| self.surrogate(model, solved, name, listener));
        let variables = self.with_respect_to.iter();
        let each = variables.map(|&variable| with_respect_to(solved, variable, gradient));
        let mut found = Beside {
            excursion: excursion.transpose()?,
            surrogate: surrogate.transpose()?,
            with_respect_to: each.collect::<Result<_, _>>()?,
        };
        let is_float = TypeId::of::<F>() == TypeId::of::<f64>();
        if is_float && self.setting.numbers == Numbers::Float && found.tell_unknown() {
            listener.note(Note::UnknownRounding {
                quantity: "what stands beside ∇J",
            });
        }
        Ok(found)
    }

    /// What is asked for beside ∇J, over balls; `None` where floating point was not asked for, of large models, and where that fails.
    fn beside_over_balls<F: Arithmetic>(
        &self,
        model: &Model,
        gradient: &[Quantity],
        listener: &dyn Listener,
    ) -> Option<Beside> {
        let is_meant = TypeId::of::<F>() == TypeId::of::<f64>()
            && self.setting.numbers == Numbers::Float
            && model.space().states() <= MODERATE;
        let is_asked = self.excursion.is_some()
            || self.surrogate.is_some()
            || !self.with_respect_to.is_empty();
        if !is_meant || !is_asked {
            return None;
        }
        let deaf = Deaf(listener);
        let solved = self.solved::<Ball>(model, &deaf).ok()?;
        let found = self.beside(model, &solved, gradient, &deaf);
        Some(found.ok()?.rounded())
    }

    /// The excursion objective of a behaviour: on policy in the long run, or by the visits of an episode.
    fn excursion<F: Arithmetic>(
        &self,
        model: &Model,
        solved: &Solved<F>,
        name: &PolicyName,
        listener: &dyn Listener,
    ) -> Result<ExcursionReport, StudyError> {
        let over = model.over::<F>()?.by(self.setting.solver.clone());
        let behavior = name.of(model, &over, listener)?;
        let weighting = Weighting::OnPolicy;
        let d = weights(solved.mdp(), &behavior, weighting, solved.options())?;
        let found = Excursion::new(solved, &d)?;
        Ok(ExcursionReport::new(name.to_string(), &d, &found))
    }

    /// The surrogate of another policy, whose visits and advantages are known.
    fn surrogate<F: Arithmetic>(
        &self,
        model: &Model,
        solved: &Solved<F>,
        name: &PolicyName,
        listener: &dyn Listener,
    ) -> Result<SurrogateReport, StudyError> {
        let criterion = solved.mdp().criterion();
        if !matches!(criterion, Criterion::Discounted { .. } | Criterion::Total) {
            let (needed, found) = ("discounted or total", criterion.kind());
            return Err(Error::Criterion { needed, found }.into());
        }
        let over = model.over::<F>()?.by(self.setting.solver.clone());
        let acted = name.of(model, &over, listener)?;
        let mdp = Arc::clone(solved.mdp());
        let acted = Solved::by(mdp, acted, self.setting.solver.clone())?;
        let policy = solved.policy();
        let clipped = self.clip.as_ref().map(|clip| {
            let clip = F::from_number(clip);
            ClippedReport::new(&acted, policy, &clip, model.objective())
        });
        Ok(SurrogateReport {
            clipped: clipped.transpose()?,
            ..SurrogateReport::new(name.to_string(), &acted, policy)?
        })
    }
}

fn with_respect_to<F: Arithmetic>(
    solved: &Solved<F>,
    variable: Variable,
    gradient: &[Quantity],
) -> Result<SensitivityReport, StudyError> {
    if variable == Variable::Theta {
        return Ok(SensitivityReport {
            variable,
            labels: solved.policy().labels(),
            derivative: gradient.to_vec(),
            rounding: KnownRounding::default(),
        });
    }
    let found = solved.sensitivity()?;
    let report = SensitivityReport::new(variable, solved.mdp(), solved.evaluation(), &found);
    report.ok_or(StudyError::NoDiscount)
}
