//! The same ascent from several starts, of which the best end is told.

use super::ascend::once;
use super::listener::Quiet;
use super::{AscendRequest, Ascended, Listener, StudyError};
use crate::error::Error;
use crate::model::Model;
use crate::report::{AscentReport, Restart, RunReport};

impl AscendRequest {
    /// Errors with [`Error::Argument`] where restarts are asked for together with what they do not go with.
    pub(super) fn check_restarts(&self) -> Result<(), StudyError> {
        let beside = [
            ("resume", self.resume.is_some()),
            ("repeats", self.repeats.is_some()),
        ];
        let beside = beside.into_iter().find(|(_, given)| *given);
        match beside.filter(|_| self.restarts.is_some()) {
            None => Ok(()),
            Some((found, _)) => Err(Error::Argument {
                name: "what goes with restarts",
                found: found.into(),
                expected: "neither repeats nor an earlier run to resume: each start is climbed from once",
            }
            .into()),
        }
    }

    /// Each method from K more starts, whose θ are drawn from seeds one apart; the best end takes the place of the
    /// first, and all are listed.
    pub(super) fn restarted(
        &self,
        model: &Model,
        mut all: Ascended,
        listener: &dyn Listener,
    ) -> Result<Ascended, StudyError> {
        let Some(count) = self.restarts.filter(|_| !all.is_interrupted()) else {
            return Ok(all);
        };
        let sign = model.objective().sign();
        let Some(report) = &mut all.report else {
            return Ok(all);
        };
        for place in 0..=report.others.len() {
            let own = report.run_mut(place);
            let mut starts = vec![Restart::of("given".into(), own)];
            for seed in (1..=count).map(|k| self.options.seed.wrapping_add(k)) {
                let mut again = self.clone();
                again.methods = vec![report.run_mut(place).method];
                again.drawn = Some(seed);
                let start = format!("random:{seed}");
                let found = match once(model, &again, &Quiet(listener)) {
                    Ok(Ascended {
                        report: Some(found),
                        ..
                    }) => found,
                    // a start that has no value is a start that leads nowhere
                    Ok(_) | Err(StudyError::Library(_)) => {
                        starts.push(Restart::failed(start));
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                starts.push(Restart::of(start, &found.first));
                let is_over = found.is_interrupted();
                report.improve(place, found, sign);
                if is_over {
                    break;
                }
            }
            report.run_mut(place).restarts = starts;
        }
        Ok(all)
    }
}

impl AscentReport {
    /// The run at a place, the first at 0.
    fn run_mut(&mut self, place: usize) -> &mut RunReport {
        match place {
            0 => &mut self.first,
            other => &mut self.others[other - 1],
        }
    }

    fn is_interrupted(&self) -> bool {
        self.first.stop == crate::ascent::AscentStop::Interrupted
    }

    /// Another run in place of one, if it ended higher; the head is that of the first.
    fn improve(&mut self, place: usize, found: AscentReport, sign: f64) {
        let value = |run: &RunReport| run.j.value().map(|j| sign * j);
        if value(&found.first) <= value(self.run_mut(place)) {
            return;
        }
        if let (Some(best), Some(found)) = (&mut self.j_class, &found.j_class)
            && found.value().map(|j| sign * j) > best.value().map(|j| sign * j)
        {
            *best = found.clone();
        }
        *self.run_mut(place) = found.first;
        if place == 0 {
            self.head = found.head;
        }
    }
}
