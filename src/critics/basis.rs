//! A basis of what features can say in which systems keep their digits.
//!
//! Features that are nearly alike (a year, a coordinate beside a constant) have normal equations whose condition is the
//! square of theirs; orthogonal combinations of them say the same values and lose nothing.
//!
//! (I − γP) takes the constant to the slacks of its rows, (1 − γ) where nothing ends, and everything else to numbers of
//! its own size. Where Φ can say the constant, as features that tell all states apart can, but no
//! feature is constant, each column of (I − γP)Φ holds a little of it beside rounding, and 1/(1 − γ)
//! blows the rounding up. With the constant as a feature of its own, in units of its image, the
//! rest is solved as accurately as at any γ.

use super::FeatureMatrix;
use crate::error::Error;
use crate::evaluation::values_of_pairs;
use crate::field::add_scaled;
use crate::linalg::{Csr, Factors, Solvable, SolverOptions, largest};
use crate::mdp::Mdp;
use crate::number::Number;

/// Columns that say what Φ says, and how features make them.
pub(super) struct Basis<F> {
    /// \[S\] each; the constant, where it is one of them, first.
    pub columns: Vec<Vec<F>>,
    /// The features that do not depend on those before them, as they are given \[S\] each.
    pub features: Vec<Vec<F>>,
    /// How many states and features there are.
    sizes: [usize; 2],
    /// The weights of the features \[k\] of each column.
    made_of: Vec<Vec<F>>,
    /// The value of the constant column where the process goes on; `None` without one.
    constant: Option<F>,
}

/// Φc is the constant up to this, in floating point; a choice.
const CONSTANT: f64 = 1e-12;

impl<F: Solvable> Basis<F> {
    /// The features that do not depend on those before them; in floating point orthogonal combinations of them, the
    /// first of which is the constant, if they can say it. `leaving` takes x \[S\] to (I − γP) x.
    pub fn new(
        features: &FeatureMatrix<F>,
        mdp: &Mdp<F>,
        leaving: impl Fn(&[F]) -> Vec<F>,
    ) -> Result<Basis<F>, Error> {
        let (kept, pivots) = features.independent();
        let mut basis = Basis::plain(features, mdp, &kept);
        if F::EXACT {
            return Ok(basis);
        }
        let space = mdp.space();
        let ones: Vec<F> = (0..space.states())
            .map(|s| {
                if space.is_terminal(s) {
                    F::zero()
                } else {
                    F::one()
                }
            })
            .collect();
        if let Some(weights) = basis.saying(&ones, &pivots)? {
            let image = largest(&leaving(&ones));
            basis.begin_with(ones, &weights, image);
        }
        basis.orthogonalize();
        Ok(basis)
    }

    /// These features themselves.
    pub fn plain(features: &FeatureMatrix<F>, mdp: &Mdp<F>, kept: &[usize]) -> Basis<F> {
        let unit = |&j: &usize| {
            let mut weights = vec![F::zero(); features.count()];
            weights[j] = F::one();
            weights
        };
        let own: Vec<Vec<F>> = kept.iter().map(|&j| features.column(j)).collect();
        Basis {
            columns: own.clone(),
            features: own,
            sizes: [mdp.states(), features.count()],
            made_of: kept.iter().map(unit).collect(),
            constant: None,
        }
    }

    /// Puts the constant, in units of its image under I − γP, in the place of the column that it is most made of, and
    /// first.
    fn begin_with(&mut self, ones: Vec<F>, weights: &[F], image: f64) {
        let share = |&at: &usize| weights[at].to_f64().abs() * largest(&self.columns[at]);
        let gives_way = (0..weights.len()).max_by(|x, y| share(x).total_cmp(&share(y)));
        let scale = Number::from_f64(1.0 / image);
        let (Some(gives_way), Some(scale)) = (gives_way, scale) else {
            return;
        };
        let scale = F::from_number(&scale);
        let count = self.made_of[gives_way].len();
        let weights: Vec<F> = weights.iter().map(|w| w.clone() * &scale).collect();
        self.made_of[gives_way] = combined(&self.made_of, &weights, count);
        self.columns[gives_way] = ones.into_iter().map(|one| one * &scale).collect();
        self.columns.swap(0, gives_way);
        self.made_of.swap(0, gives_way);
        self.constant = Some(scale);
    }

    /// Gram & Schmidt's method, twice over (Giraud, Langou & Rozložník 2005), each column in units of its largest entry.
    fn orthogonalize(&mut self) {
        let dot = crate::field::dot::<F>;
        for j in usize::from(self.constant.is_some())..self.columns.len() {
            let (before, own) = self.columns.split_at_mut(j);
            let (made_before, made) = self.made_of.split_at_mut(j);
            for (column, made_of) in before
                .iter()
                .zip(made_before.iter())
                .chain(before.iter().zip(made_before.iter()))
            {
                let part = -(dot(column, &own[0]) / dot(column, column));
                add_scaled(&mut own[0], column, &part);
                add_scaled(&mut made[0], made_of, &part);
            }
            if let Some(scale) = Number::from_f64(1.0 / largest(&own[0])) {
                let scale = F::from_number(&scale);
                let both = own[0].iter_mut().chain(made[0].iter_mut());
                both.for_each(|x| *x = x.clone() * &scale);
            }
        }
    }

    /// The weights of the columns that say x, if they can, from the rows where they differ most.
    fn saying(&self, x: &[F], rows: &[usize]) -> Result<Option<Vec<F>>, Error> {
        let row = |&s: &usize| {
            let entries = self
                .columns
                .iter()
                .map(|column| column[s].clone())
                .enumerate();
            entries.filter(|(_, x)| !x.is_zero()).collect::<Vec<_>>()
        };
        let matrix = Csr::from_rows(rows.len(), rows.iter().map(row));
        let Ok(factors) = F::factor(matrix, &SolverOptions::default()) else {
            return Ok(None);
        };
        let there: Vec<F> = rows.iter().map(|&s| x[s].clone()).collect();
        let weights = factors.solve(&there)?;
        let said = combined(&self.columns, &weights, x.len());
        let off = said.iter().zip(x).map(|(said, x)| said.clone() - x);
        let off: Vec<F> = off.collect();
        Ok((largest(&off) <= CONSTANT).then_some(weights))
    }

    /// 1 where the process goes on \[S\], and the first such state; `None` where features do not say it, or nothing is
    /// rounded.
    pub fn ones(&self) -> Option<(Vec<F>, usize)> {
        self.constant.as_ref()?;
        let column = &self.columns[0];
        let first = column.iter().position(|x| !x.is_zero())?;
        let one = |x: &F| if x.is_zero() { F::zero() } else { F::one() };
        Some((column.iter().map(one).collect(), first))
    }

    /// Adds a constant to what weights of the columns say.
    pub fn raise(&self, of_columns: &mut [F], by: &F) {
        if let Some(scale) = &self.constant {
            of_columns[0] += by.clone() / scale;
        }
    }

    /// w \[k\], of the features, from weights of the columns.
    pub fn weights(&self, of_columns: &[F]) -> Vec<F> {
        combined(&self.made_of, of_columns, self.sizes[1])
    }

    /// v̂ = Φw \[S\].
    pub fn values(&self, of_columns: &[F]) -> Vec<F> {
        combined(&self.columns, of_columns, self.sizes[0])
    }

    /// (r + γ p v̂)(s, a) − v̂(s) \[SA\]: what the constant loses to the end apart from what the rest rises by.
    pub fn advantage(&self, of_columns: &[F], mdp: &Mdp<F>) -> Vec<F> {
        let Some(scale) = &self.constant else {
            return values_of_pairs(mdp, &self.values(of_columns), &[]).1;
        };
        let constant = of_columns[0].clone() * scale;
        let rest = combined(&self.columns[1..], &of_columns[1..], mdp.states());
        let (_, mut advantage) = values_of_pairs(mdp, &rest, &[]);
        let space = mdp.space();
        for (pair, advantage) in advantage.iter_mut().enumerate() {
            let mut leaves = mdp.deficits().map_or(F::zero(), |left| left[pair].clone());
            for (next, p) in mdp.p().row(pair) {
                if space.is_terminal(next) {
                    leaves += p;
                }
            }
            let lost = leaves * mdp.discount() + mdp.discount_complement();
            *advantage -= lost * &constant;
        }
        advantage
    }
}

/// Σⱼ cⱼ xⱼ of vectors of a length.
fn combined<F: Solvable>(x: &[Vec<F>], c: &[F], length: usize) -> Vec<F> {
    let mut sum = vec![F::zero(); length];
    for (x, c) in x.iter().zip(c) {
        add_scaled(&mut sum, x, c);
    }
    sum
}
