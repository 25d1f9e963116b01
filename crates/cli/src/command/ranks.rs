//! Whether `mpirun` has started several processes.

use std::time::Duration;

use miette::miette;

/// The number of this process and of all, as Open MPI, and MPICH and its like, say it in the environment;
/// `None` for a process of its own.
fn launched() -> Option<(usize, usize)> {
    let number = |name: &str| -> Option<usize> { std::env::var(name).ok()?.trim().parse().ok() };
    let place = |rank: &str, size: &str| Some((number(rank).unwrap_or(0), number(size)?));
    let open_mpi = || place("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
    let found = open_mpi().or_else(|| place("PMI_RANK", "PMI_SIZE"));
    found.filter(|(_, size)| *size > 1)
}

/// Whether another process says what is wrong for all. It is given the time to: mpirun ends all processes
/// as soon as one has failed.
pub fn is_silent() -> bool {
    let silent = launched().is_some_and(|(rank, _)| rank > 0);
    if silent {
        std::thread::sleep(Duration::from_millis(400));
    }
    silent
}

/// Errors if there are several processes, each of which would do all the work and write the same file.
pub fn refuse_several() -> miette::Result<()> {
    let Some((_, size)) = launched() else {
        return Ok(());
    };
    Err(miette!(
        help = "evaluate, gradient, solve and compare divide it with --solver petsc; leave mpirun out for all else",
        "mpirun has started {size} processes, each of which would do the whole work"
    ))
}
