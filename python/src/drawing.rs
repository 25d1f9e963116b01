//! The pictures of the program: what `--plot` and `report` draw.

use std::sync::Arc;

use exact_mdp::chain::Structure;
use exact_mdp::mdp::{Mdp, Space};
use exact_mdp::policy;
use exact_mdp::report::Quantity;
use exact_mdp_pictures::curves::{Curve, Curves};
use exact_mdp_pictures::direction::Direction;
use exact_mdp_pictures::graph::{self, Graph};
use exact_mdp_pictures::matrix::Matrix;
use exact_mdp_pictures::quarters::Quarters;
use exact_mdp_pictures::scale::{Kind, Scale};
use exact_mdp_pictures::states::{self, States};
use exact_mdp_pictures::{Picture, Scene};
use pyo3::prelude::*;

use crate::arrays::{floats, pairs_of};
use crate::error::argument;
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;

/// Most states and most actions of a legible matrix, and most pairs of a legible map.
const ROWS: usize = 40;
const COLUMNS: usize = 12;
const PAIRS: usize = 800;

/// What a picture shows, and its SVG.
pub type Drawn = (String, String);

/// Draws a picture when it is asked for; none where there is nothing to see.
pub type Draw = Box<dyn Fn() -> Option<Picture> + Send + Sync>;

/// The picture of a report, not drawn yet.
#[pyclass(frozen, module = "exact_mdp", name = "_Drawing")]
pub struct Drawing(pub Draw);

#[pymethods]
impl Drawing {
    /// What it shows, and its SVG.
    fn draw(&self, py: Python<'_>) -> Option<Drawn> {
        py.detach(|| (self.0)().filter(|picture| picture.size.1 > 0.0).map(svg))
    }
}

fn svg(picture: Picture) -> Drawn {
    (picture.title.clone(), picture.file())
}

/// A drawn picture as an object of `exact_mdp.pictures`.
fn object<'py>(py: Python<'py>, picture: Picture) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("exact_mdp.pictures")?.getattr("Picture")?;
    let (title, svg) = svg(picture);
    class.call1((svg, title))
}

/// The transitions under a policy.
pub fn transitions<'py>(
    model: &Bound<'py, Model>,
    chosen: Option<&Bound<'py, Policy>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mdp = &model.get().mdp;
    if mdp.states() >= graph::MOST {
        return Err(argument(format!(
            "a graph of {} states says nothing; m.solve_policy().evaluate().plot() draws their values",
            mdp.states()
        )));
    }
    let solved = Solved::new(model, chosen)?;
    let values: Vec<Quantity> = solved.solved.v().iter().map(|x| (*x).into()).collect();
    let scene = Scene::new(mdp);
    let structure = Structure::new(mdp, solved.solved.policy());
    let recurrent = |state| structure.class_of(state).is_some();
    let graph = Graph {
        states: States {
            scene: &scene,
            letter: "v(s)",
            source: "evaluate/v",
            values: &values,
            scale: Scale::of_signed(values.iter().filter_map(Quantity::value)),
            policy: None,
        },
        edges: edges(mdp, solved.solved.policy()),
        recurrent: (0..mdp.states()).map(recurrent).collect(),
        classes: None,
    };
    object(model.py(), graph.draw())
}

/// s, s', p^π(s'|s) > 0.
fn edges(mdp: &Mdp, policy: &policy::Policy) -> Vec<(usize, usize, f64)> {
    let mut edges = Vec::new();
    for state in 0..mdp.states() {
        let mut row = vec![0.0; mdp.states()];
        for pair in mdp.space().pairs_of(state) {
            let taken = policy.probabilities()[pair];
            let next = mdp.p().row(pair);
            next.for_each(|(next, p)| row[next] += taken * p);
        }
        let positive = row.into_iter().enumerate().filter(|(_, p)| *p > 0.0);
        edges.extend(positive.map(|(next, p)| (state, next, p)));
    }
    edges
}

/// A number of every state: a map, bars or columns; visits by their logarithms where they differ much.
#[pyfunction]
#[pyo3(signature = (model, letter, values, policy, visits))]
pub fn _states(
    model: &Bound<'_, Model>,
    letter: &str,
    values: &Bound<'_, PyAny>,
    policy: Option<&Bound<'_, Policy>>,
    visits: bool,
) -> PyResult<Drawn> {
    let mdp = &model.get().mdp;
    let array = floats(values, "values")?;
    if array.as_array().shape() != [mdp.states()] {
        return Err(argument(format!(
            "the shape of the values is {:?}; expected [{}], a number for each state",
            array.as_array().shape(),
            mdp.states()
        )));
    }
    let values: Vec<Quantity> = array.as_array().iter().map(|x| (*x).into()).collect();
    let finite = values.iter().filter_map(Quantity::value);
    let probabilities: Option<Vec<Quantity>> = policy.map(|policy| {
        let all = policy.get().policy.probabilities();
        all.iter().map(|x| (*x).into()).collect()
    });
    let states = States {
        scene: &Scene::new(mdp),
        letter,
        source: "evaluate/v",
        values: &values,
        scale: if visits {
            Scale::of_visits(finite)
        } else {
            Scale::of_signed(finite)
        },
        policy: probabilities.as_ref().map(|probabilities| states::Policy {
            probabilities,
            source: "evaluate/policy/probabilities",
        }),
    };
    Ok(svg(states.draw()))
}

/// A number of every pair: on a map in quarters, else a matrix.
#[pyfunction]
#[pyo3(signature = (model, letter, values, probabilities))]
pub fn _pairs(
    model: &Bound<'_, Model>,
    letter: &str,
    values: &Bound<'_, PyAny>,
    probabilities: bool,
) -> PyResult<Drawn> {
    let mdp = &model.get().mdp;
    let space = mdp.space();
    let values = pairs_of(values, space, "values")?;
    let values: Vec<Quantity> = values.into_iter().map(Quantity::from).collect();
    let scale = if probabilities {
        Scale {
            low: 0.0,
            high: 1.0,
            kind: Kind::Linear,
        }
    } else {
        Scale::of_signed(values.iter().filter_map(Quantity::value))
    };
    let scene = Scene::new(mdp);
    let all_directions = || {
        let mut names = space.action_names().iter();
        names.all(|name| Direction::of(&name).is_some())
    };
    if let Some(layout) = scene.grid().filter(|_| values.len() <= PAIRS)
        && all_directions()
    {
        let of_states = vec![Quantity::Undefined; mdp.states()];
        let states = States {
            scene: &scene,
            letter,
            source: "evaluate/q",
            values: &of_states,
            scale,
            policy: None,
        };
        let quarters = Quarters {
            states,
            layout,
            values: &values,
        };
        return Ok(svg(quarters.draw()));
    }
    matrix(space, &scene, letter, &values, scale).map(svg)
}

fn matrix(
    space: &Arc<Space>,
    scene: &Scene,
    letter: &str,
    values: &[Quantity],
    scale: Scale,
) -> PyResult<Picture> {
    let acting: Vec<usize> = (0..space.states())
        .filter(|&s| !space.is_terminal(s))
        .collect();
    if acting.len() > ROWS || space.actions() > COLUMNS || acting.is_empty() {
        return Err(argument(format!(
            "a matrix of {} states and {} actions says nothing; draw a part of the array",
            acting.len(),
            space.actions()
        )));
    }
    let entry = |row: usize, action: usize| {
        let pair = space.pair(acting[row], action)?;
        Some((pair, &values[pair]))
    };
    let name = |&state: &usize| (Some(state), scene.name(state).into_owned());
    let matrix = Matrix {
        title: format!("{letter} of every action in every state"),
        source: "evaluate/q",
        letter,
        rows: acting.iter().map(name).collect(),
        columns: space.action_names().iter().map(String::from).collect(),
        entry: &entry,
        scale,
    };
    Ok(matrix.draw())
}

/// Curves over one axis: names, and their points from the left to the right; and levels across.
#[pyfunction]
pub fn _curves(
    title: String,
    x: String,
    y: String,
    curves: Vec<(String, Vec<(f64, f64)>)>,
    levels: Vec<(String, f64)>,
) -> Drawn {
    let finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    let curve = |(name, points): (String, Vec<(f64, f64)>)| Curve {
        name,
        points: points.into_iter().filter(finite).collect(),
        band: Vec::new(),
        marks: Vec::new(),
    };
    let curves = Curves {
        title,
        x: (x, Kind::Linear),
        y: (y, Kind::Linear),
        curves: curves.into_iter().map(curve).collect(),
        levels: levels.into_iter().filter(|(_, x)| x.is_finite()).collect(),
        window: (f64::NEG_INFINITY, f64::INFINITY),
    };
    svg(curves.draw())
}
