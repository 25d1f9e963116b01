//! A game's numbers from fractions, and beside proven ones.

use super::{GameReport, OwnLaw, PlayerResult};
use crate::field::UNIT;
use crate::report::Quantity;
use crate::report::bounds::error;

impl GameReport {
    /// This report with the players' numbers from fractions, each rounded once.
    #[must_use]
    pub fn with_rounded(self, exact: &GameReport) -> GameReport {
        GameReport {
            players: exact.players.iter().map(PlayerResult::rounded).collect(),
            ..self
        }
    }
}

impl PlayerResult {
    /// The report with bounds on the errors of its numbers, from the same numbers with proven ones; without any where there
    /// are none. What a player sees of a game is an average over the others' actions, and rounded before any solver
    /// looks at it: a solver's own certificate says nothing of that.
    #[must_use]
    pub fn beside(self, proven: Option<&PlayerResult>) -> PlayerResult {
        let Some(proven) = proven else {
            return PlayerResult {
                error_bound: None,
                ..self
            };
        };
        let values = error(
            [&self.j].into_iter().chain(&self.v),
            [&proven.j].into_iter().chain(&proven.v),
        );
        let slopes = error(self.gradient.iter(), proven.gradient.iter());
        let own = [&self.reply_j, &self.gain];
        let reply = error(
            own.into_iter().chain(&self.reply_v),
            [&proven.reply_j, &proven.gain]
                .into_iter()
                .chain(&proven.reply_v),
        );
        PlayerResult {
            error_bound: reply.map(|(most, _)| most),
            value_error: values.filter(|(_, shows)| *shows).map(|(most, _)| most),
            gradient_error: slopes.filter(|(_, shows)| *shows).map(|(most, _)| most),
            laws: beside(self.laws, &proven.laws),
            ..self
        }
    }

    /// Each number rounded once, which is what is wrong with the reply's.
    fn rounded(&self) -> PlayerResult {
        let (j, v) = (self.reply_j.nearest(), Quantity::rounded(&self.reply_v));
        let sizes = v.iter().chain([&j]).filter_map(Quantity::value);
        let off = sizes.fold(0.0, |most: f64, x| most.max(UNIT * x.abs()));
        let law = |law: &OwnLaw| OwnLaw {
            name: law.name.clone(),
            mean: Quantity::rounded(&law.mean),
            variance: Quantity::rounded(&law.variance),
            ..law.clone()
        };
        PlayerResult {
            j: self.j.nearest(),
            v: Quantity::rounded(&self.v),
            gradient: Quantity::rounded(&self.gradient),
            gain: self.gain.nearest(),
            error_bound: self.error_bound.map(|bound| bound + off),
            reply_j: j,
            reply_v: v,
            reply: Quantity::rounded(&self.reply),
            laws: self.laws.iter().map(law).collect(),
            ..self.clone()
        }
    }
}

/// Laws with bounds, as far as the same ones with proven numbers are there.
fn beside(laws: Vec<OwnLaw>, proven: &[OwnLaw]) -> Vec<OwnLaw> {
    let told = |x: &[Quantity], y: &[Quantity]| {
        // of what nothing is proven anything may be
        let (most, shows) = error(x.iter(), y.iter()).unwrap_or((f64::INFINITY, true));
        shows.then_some(most)
    };
    let one = |law: OwnLaw| match proven.iter().find(|other| other.name == law.name) {
        None => law,
        Some(other) => OwnLaw {
            mean_error: told(&law.mean, &other.mean),
            variance_error: told(&law.variance, &other.variance),
            ..law
        },
    };
    laws.into_iter().map(one).collect()
}
