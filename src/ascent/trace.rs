//! The path of an ascent, thinned where it is long.

/// Most iterates that are kept where nobody has said which: 5 megabytes.
pub(super) const MOST: usize = 100_000;

/// Iterates whose number since the start is a multiple of a distance, and the last one.
pub(super) struct Trace<T> {
    steps: Vec<T>,
    made: usize,
    every: usize,
    most: usize,
}

impl<T> Trace<T> {
    /// Of every so many iterates; `None`: of all, as long as there are not more than `most`, then of
    /// every second, fourth, ….
    pub(super) fn new(every: Option<usize>, most: usize) -> Trace<T> {
        Trace {
            steps: Vec::new(),
            made: 0,
            every: every.unwrap_or(1).max(1),
            most: every.map_or(most, |_| usize::MAX),
        }
    }

    pub(super) fn push(&mut self, step: T) {
        if self.made > 0 && !(self.made - 1).is_multiple_of(self.every) {
            self.steps.pop();
        }
        self.steps.push(step);
        self.made += 1;
        if self.steps.len() > self.most {
            self.every *= 2;
            let (last, mut place) = (self.steps.len() - 1, 0);
            self.steps.retain(|_| {
                place += 1;
                (place - 1) % 2 == 0 || place - 1 == last
            });
        }
    }

    /// The iterates that are kept.
    pub(super) fn finish(self) -> Vec<T> {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::AscentStep;
    use super::*;

    fn kept(every: Option<usize>, most: usize, steps: usize) -> Vec<usize> {
        let mut trace = Trace::new(every, most);
        for iteration in 0..=steps {
            let (j, gradient_norm, step) = (0.0, 0.0, 0.0);
            trace.push(AscentStep {
                iteration,
                j,
                gradient_norm,
                step,
                gap: None,
                gap_bound: None,
            });
        }
        trace.finish().iter().map(|step| step.iteration).collect()
    }

    #[test]
    fn first_and_last_stay_and_the_rest_is_evenly_spaced() {
        assert_eq!(kept(None, 100, 3), [0, 1, 2, 3]);
        assert_eq!(kept(Some(3), 2, 10), [0, 3, 6, 9, 10]);
        assert_eq!(kept(Some(5), 2, 10), [0, 5, 10]);
        for steps in 0..200 {
            let kept = kept(None, 8, steps);
            assert!(kept.len() <= 9, "{kept:?}");
            assert_eq!((kept[0], kept[kept.len() - 1]), (0, steps));
            let gaps: Vec<usize> = kept.windows(2).map(|x| x[1] - x[0]).collect();
            let even = &gaps[..gaps.len().saturating_sub(1)];
            assert!(even.iter().all(|gap| *gap == even[0]), "{kept:?}");
        }
    }
}
