//! The identities asked of a model, as a study.

use exact_mdp::error::Error;
use exact_mdp::model::Model;
use exact_mdp::study::{self, Listener, Setting, StudyError};

use crate::{Case, Identity, Verified, all};

/// What is asked of [`verify`].
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// Of which policy, solved how; always in floating point.
    pub setting: Setting,
    /// Which identities.
    pub identities: Vec<&'static Identity>,
}

impl Default for VerifyRequest {
    /// All identities, of the model's own policy.
    fn default() -> VerifyRequest {
        VerifyRequest {
            setting: Setting::default(),
            identities: all().collect(),
        }
    }
}

/// Both sides of every identity, compared; an optimal policy of a horizon on the model unrolled in time.
///
/// # Errors
/// If the policy cannot be built or its scores are not finite, and where a horizon is so long that nobody waits
/// for the end: then nothing has been computed.
pub fn verify(
    model: &Model,
    request: &VerifyRequest,
    listener: &dyn Listener,
) -> Result<Verified, StudyError> {
    let VerifyRequest {
        setting,
        identities,
    } = request;
    if let Some((model, setting)) = setting.in_time(model, listener)? {
        let identities = identities.clone();
        let request = VerifyRequest {
            setting,
            identities,
        };
        return verify(&model, &request, listener);
    }
    study::theorems_affordable(model, listener)?;
    let (mdp, policy) = setting.chosen::<f64>(model, listener)?;
    Error::check_scores(&policy)?;
    let case = Case::new((*mdp).clone(), (*policy).clone(), &setting.solver);
    let checks: Vec<_> = identities.iter().map(|i| i.check(&case)).collect();
    Ok(Verified::new(&mdp, &policy, &case, &checks))
}
