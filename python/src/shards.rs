//! A comparison in parts: blocks of its trajectories summed here and there, and merged.

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

use exact_mdp::comparison::{ComparisonOptions, Shard};
use exact_mdp::load;
use exact_mdp::study::{self, CompareRequest, Estimation, Listener, Note, StudyError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::comparison::Comparison;
use crate::error::{self, argument};
use crate::given;
use crate::interrupt::{Watch, run, watched};
use crate::policy::Policy;
use crate::solved::Solved;

/// What is said of a comparison in parts, the same to all of them.
pub struct InParts<'a, 'py> {
    pub estimators: String,
    pub truncation: Option<usize>,
    pub geometric: bool,
    pub behavior: Option<&'a Bound<'py, Policy>>,
    pub critic: Option<&'a Bound<'py, PyAny>>,
    pub baseline: Option<&'a Bound<'py, PyAny>>,
}

impl InParts<'_, '_> {
    /// The request of the study.
    pub fn request(
        &self,
        solved: &Bound<'_, Solved>,
        options: ComparisonOptions,
    ) -> PyResult<CompareRequest> {
        let this = solved.get();
        this.sampling(self.truncation, self.geometric)?;
        let space = this.solved.mdp().space();
        Ok(CompareRequest {
            setting: crate::study::setting(solved, study::Numbers::Float)?,
            estimation: Estimation {
                estimators: Some(self.estimators.clone()),
                critic: given::critic(self.critic, space)?,
                baseline: given::baseline(self.baseline, space)?,
                truncation: self.truncation,
                geometric: self.geometric,
                behavior: crate::study::other_on(solved, self.behavior)?,
                entropy: None,
            },
            options,
            ..CompareRequest::default()
        })
    }
}

/// Looks at a watch; what is noted is said elsewhere.
struct Watching<'a>(&'a Watch);

impl Listener for Watching<'_> {
    fn note(&self, _: Note) {}

    fn advance(&self, _: u64) -> ControlFlow<()> {
        self.0.look()
    }
}

/// Some blocks of a run, summed.
pub fn summed<'py>(
    solved: &Bound<'py, Solved>,
    request: CompareRequest,
    blocks: Range<u64>,
    whole: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = solved.py();
    let model = solved.get().model.clone_ref(py);
    let (made, raised) = watched(py, move |watch| {
        let listener = Watching(watch);
        study::compare_blocks(&model.get().model, &request, blocks, whole, &listener)
    })?;
    match (made, raised) {
        (_, Some(raised)) => Err(raised),
        (made, None) => Ok(PyBytes::new(py, &made.map_err(error::study)?.to_bytes())),
    }
}

/// The comparison whose blocks these are.
pub fn merged(
    solved: &Bound<'_, Solved>,
    request: CompareRequest,
    shards: &[Bound<'_, PyAny>],
) -> PyResult<Comparison> {
    if shards.is_empty() {
        return Err(argument(
            "shards are none; expected bytes of compare_blocks, or paths of files",
        ));
    }
    let read = shards.iter().enumerate().map(|(i, shard)| read(i, shard));
    let shards = read.collect::<PyResult<Vec<_>>>()?;
    let py = solved.py();
    let model = solved.get().model.clone_ref(py);
    let merge = move || {
        let notes = study::Notes::default();
        study::compare_merged(&model.get().model, &request, shards, &notes)
    };
    let report = run(py, usize::MAX, merge)?.map_err(error::study)?;
    Ok(Comparison::of(report, false))
}

/// A shard with its name: bytes, or the path of a file of them.
fn read(number: usize, shard: &Bound<'_, PyAny>) -> PyResult<(String, Shard)> {
    let (name, bytes) = if let Ok(bytes) = shard.cast::<PyBytes>() {
        (format!("shards[{number}]"), bytes.as_bytes().to_vec())
    } else {
        let path: PathBuf = shard.extract().map_err(|_| {
            argument(format!(
                "shards[{number}] is neither bytes of compare_blocks nor the path of a file"
            ))
        })?;
        (path.display().to_string(), load::read_file(&path)?)
    };
    match Shard::from_bytes(&bytes) {
        Ok(shard) => Ok((name, shard)),
        Err(why) => Err(error::study(StudyError::Shard { name, why })),
    }
}
