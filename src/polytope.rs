//! The value polytope: the values of all policies at two states, exactly (Dadashi et al. 2019).
//!
//! Policies that agree everywhere but in one state have values on a line, between those of two
//! deterministic choices there (their theorem 1). With two states that act, a policy mixes two actions
//! in each without loss, and its values lie within the four deterministic policies of these actions:
//! the polytope is the union of such quadrangles, and its boundary consists of such lines. With
//! more states it is seen on a plane: the lines are those between deterministic policies that differ
//! in one state.
//!
//! ```
//! use exact_mdp::linalg::SolverOptions;
//! use exact_mdp::model::Model;
//! use exact_mdp::polytope::Polytope;
//! use std::sync::Arc;
//!
//! let mdp = Arc::new(Model::load("mdps/dadashi-two-state.yaml")?.mdp());
//! let found = Polytope::new(&mdp, None, &SolverOptions::default())?;
//! // two actions in each of two states: four corners, each joined to the two that differ in one state
//! assert_eq!((found.vertices.len(), found.lines.len()), (4, 4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use crate::error::Error;
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// The deterministic policies that a polytope may have at most; a choice.
pub const MOST: usize = 4096;

/// The values of all policies, at two states.
#[derive(Clone, Debug, PartialEq)]
pub struct Polytope {
    /// The two states.
    pub states: [usize; 2],
    /// The deterministic policies.
    pub vertices: Vec<Vertex>,
    /// The lines of policies that agree but in one state, as their two ends among the vertices.
    pub lines: Vec<[usize; 2]>,
    /// Quadrangles, by their corners in order, whose union is the polytope; none unless just two
    /// states act.
    pub faces: Vec<[usize; 4]>,
}

/// A deterministic policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// Its pair in each state that acts.
    pub pairs: Vec<usize>,
    /// v at the two states.
    pub v: [f64; 2],
}

/// Why there is no such picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolytopeError {
    /// There are too many deterministic policies.
    #[error(
        "the model has {found} deterministic policies; a polytope of at most {MOST} is computed"
    )]
    Many {
        /// How many, written out.
        found: String,
    },
    /// Fewer than two states act.
    #[error("fewer than two states act; a polytope is drawn over two")]
    FewStates,
    /// Two states are the same, terminal, or none of the model's.
    #[error("a polytope is drawn over two different states that act")]
    States,
    /// Only discounted values are bounded for every policy.
    #[error(
        "the criterion is {found}; the values of all policies are a polytope where they are discounted"
    )]
    Criterion {
        /// The model's.
        found: &'static str,
    },
    /// A policy could not be solved.
    #[error(transparent)]
    Solve(#[from] Error),
}

impl Polytope {
    /// The values of all policies of a discounted model at two states that act, the first two if none
    /// are named.
    ///
    /// Errors with [`PolytopeError::Many`] beyond [`MOST`] deterministic policies, with [`PolytopeError::FewStates`] and
    /// [`PolytopeError::States`] where there are not two different states that act, and where a policy has no value.
    pub fn new(
        mdp: &Arc<Mdp>,
        states: Option<[usize; 2]>,
        solver: &SolverOptions,
    ) -> Result<Polytope, PolytopeError> {
        if !matches!(mdp.criterion(), Criterion::Discounted { .. }) {
            let found = mdp.criterion().kind();
            return Err(PolytopeError::Criterion { found });
        }
        let acting = acting(mdp);
        let states = match (states, acting.as_slice()) {
            (Some(states), _) => states,
            (None, [a, b, ..]) => [*a, *b],
            (None, _) => return Err(PolytopeError::FewStates),
        };
        if states[0] == states[1] || !states.iter().all(|state| acting.contains(state)) {
            return Err(PolytopeError::States);
        }
        let vertices = vertices(mdp, &acting, states, solver)?;
        let sizes: Vec<usize> = acting
            .iter()
            .map(|&s| mdp.space().pairs_of(s).len())
            .collect();
        let lines = lines(&vertices, &sizes);
        let faces = match sizes.as_slice() {
            [a, b] => faces(*a, *b),
            _ => Vec::new(),
        };
        Ok(Polytope {
            states,
            vertices,
            lines,
            faces,
        })
    }
}

/// The states that act.
fn acting(mdp: &Mdp) -> Vec<usize> {
    let space = mdp.space();
    let states = 0..space.states();
    states.filter(|&s| !space.is_terminal(s)).collect()
}

/// All deterministic policies, the action of the last state that acts changing fastest.
fn vertices(
    mdp: &Arc<Mdp>,
    acting: &[usize],
    states: [usize; 2],
    solver: &SolverOptions,
) -> Result<Vec<Vertex>, PolytopeError> {
    let space = mdp.space();
    let sizes = acting.iter().map(|&s| space.pairs_of(s).len());
    let count = sizes.clone().try_fold(1_usize, usize::checked_mul);
    let Some(count) = count.filter(|count| *count <= MOST) else {
        let found = count.map_or_else(|| "more than 2⁶⁴".to_string(), |count| count.to_string());
        return Err(PolytopeError::Many { found });
    };
    let vertex = |index: usize| {
        let mut pairs = vec![0; acting.len()];
        let mut rest = index;
        for (pair, &state) in pairs.iter_mut().zip(acting).rev() {
            let range = space.pairs_of(state);
            *pair = range.start + rest % range.len();
            rest /= range.len();
        }
        let mut probabilities = vec![0.0; space.pairs()];
        pairs.iter().for_each(|&pair| probabilities[pair] = 1.0);
        let policy = Policy::simplex(space, probabilities).map_err(Error::from)?;
        let solved = Solved::by(Arc::clone(mdp), policy, solver.clone())?;
        let v = states.map(|state| solved.v()[state]);
        Ok(Vertex { pairs, v })
    };
    (0..count).map(vertex).collect()
}

/// For each choice in all states but one the two outermost of the policies along its line.
fn lines(vertices: &[Vertex], sizes: &[usize]) -> Vec<[usize; 2]> {
    let mut lines = Vec::new();
    let mut stride = 1;
    for &size in sizes.iter().rev() {
        let first = |index: &usize| (index / stride).is_multiple_of(size);
        for base in (0..vertices.len()).filter(first) {
            let along = (0..size).map(|action| base + action * stride);
            lines.extend(outermost(vertices, along));
        }
        stride *= size;
    }
    lines
}

/// The two ends of points along a line; `None` where there is one point.
fn outermost(
    vertices: &[Vertex],
    along: impl Iterator<Item = usize> + Clone,
) -> Option<[usize; 2]> {
    // the values grow or fall together along the line, so the sum or the difference orders them
    let ends = |weight: f64| {
        let at = |i: &usize| vertices[*i].v[0] + weight * vertices[*i].v[1];
        let low = along.clone().min_by(|a, b| at(a).total_cmp(&at(b)))?;
        let high = along.clone().max_by(|a, b| at(a).total_cmp(&at(b)))?;
        Some((at(&high) - at(&low), [low, high]))
    };
    let (sum, difference) = (ends(1.0)?, ends(-1.0)?);
    let (length, ends) = if sum.0 >= difference.0 {
        sum
    } else {
        difference
    };
    (length > 0.0).then_some(ends)
}

/// The quadrangles of all pairs of two actions in each of two states.
fn faces(first: usize, second: usize) -> Vec<[usize; 4]> {
    let pairs = |n: usize| (0..n).flat_map(move |a| (a + 1..n).map(move |b| (a, b)));
    let corners = |(a, b): (usize, usize), (c, d): (usize, usize)| {
        [
            a * second + c,
            a * second + d,
            b * second + d,
            b * second + c,
        ]
    };
    pairs(first)
        .flat_map(|one| pairs(second).map(move |other| corners(one, other)))
        .collect()
}
