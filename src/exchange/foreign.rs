//! Files that are neither read nor written, by their endings, and the line that makes one that is read.

use std::path::Path;

use super::ExchangeError;

const READ: &str =
    "read are .yaml, .json (Gymnasium's P), .npz, .drn, .umb, .tra, .petsc and .POMDP files";

const STORM: &str = "let Storm build and write it: storm --prism FILE --exact --exportbuild model.drn (--jani FILE for JANI)";

/// Endings, what such a file is, and what to do.
const KINDS: [(&[&str], &str, &str); 9] = [
    (
        &["mat"],
        "a MATLAB file (.mat)",
        "m = scipy.io.loadmat(FILE); first = lambda x: x.transpose(2, 0, 1) if x.ndim == 3 else x; numpy.savez(\"model.npz\", P=first(m[\"P\"]), R=first(m[\"R\"])) where P is [S, S, A]",
    ),
    (
        &["npy"],
        "a single array (.npy)",
        "put transitions and rewards into one archive: numpy.savez(\"model.npz\", P=P, R=R, discount=0.9)",
    ),
    (
        &["nm", "pm", "prism", "sm", "mm", "nondet"],
        "a program in PRISM's language",
        STORM,
    ),
    (&["jani"], "a JANI model (.jani)", STORM),
    (
        &["rddl"],
        "an RDDL domain (.rddl)",
        "enumerate its states in pyRDDLGym and write rows [state, action, next, probability, reward] (docs/format.md)",
    ),
    (
        &["pddl", "ppddl"],
        "a PDDL domain",
        "enumerate its states and write rows [state, action, next, probability, reward] (docs/format.md)",
    ),
    (
        &["nc"],
        "a NetCDF file (.nc) of an interval MDP",
        "write rows [state, action, next, probability, reward] of one distribution that lies within the bounds, and the bounds under `intervals` (docs/format.md)",
    ),
    (
        &["pkl", "pickle", "pt", "pth", "h5", "hdf5", "parquet"],
        "a container of Python objects or tables",
        "take its arrays: numpy.savez(\"model.npz\", P=P, R=R, discount=0.9)",
    ),
    (
        &["gz", "xz", "bz2", "zst", "zip", "tar", "tgz", "7z"],
        "a compressed file",
        "unpack it first: gzip -dk FILE, xz -dk FILE, unzip FILE",
    ),
];

/// An error, where the ending says that a file is of none of the kinds that are read.
pub(crate) fn refuse(path: &Path) -> Result<(), ExchangeError> {
    match kind(path) {
        None => Ok(()),
        Some((kind, mend)) => Err(ExchangeError::Foreign {
            kind,
            help: format!("{mend}; {READ}"),
        }),
    }
}

/// An error, where the ending says that a file to be written is of none of the kinds that are written: whoever names it so expects what that program reads.
pub(super) fn refuse_to_write(path: &Path) -> Result<(), ExchangeError> {
    kind(path).map_or(Ok(()), |(kind, _)| Err(ExchangeError::NotWritten { kind }))
}

/// What the ending says that a file is, and what makes one that is read.
fn kind(path: &Path) -> Option<(&'static str, &'static str)> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let ending = ending.to_ascii_lowercase();
    let mut kinds = KINDS.iter();
    let found = kinds.find(|kind| kind.0.contains(&ending.as_str()))?;
    Some((found.1, found.2))
}
