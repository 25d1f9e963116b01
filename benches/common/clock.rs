//! Processor time, and tasks that take turns: other jobs of the machine count for less in it.

use std::time::{Duration, Instant};

/// The time that this thread has been running on a processor, where Linux tells.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Linux accounts for processor time in steps of some milliseconds.
const COARSE: f64 = 0.02;

/// Seconds of processor time of a task on this thread; of the clock for short tasks, the best of
/// which meet no other job, and where Linux is not there.
pub fn timed(task: &mut dyn FnMut()) -> f64 {
    let (begin, clock) = (processor_time(), Instant::now());
    task();
    let elapsed = clock.elapsed().as_secs_f64();
    match processor_time().zip(begin) {
        Some((end, begin)) if elapsed > COARSE => (end - begin).as_secs_f64(),
        _ => elapsed,
    }
}

/// A name and what is timed.
pub type Task<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// Seconds of each task in each of so many rounds, sorted: the best first, the median in the middle.
pub fn rounds(tasks: &mut [Task], rounds: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); tasks.len()];
    for _ in 0..rounds {
        for ((_, task), times) in tasks.iter_mut().zip(&mut times) {
            times.push(timed(task));
        }
    }
    times
        .iter_mut()
        .for_each(|times| times.sort_by(f64::total_cmp));
    times
}
