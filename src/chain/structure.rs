//! The structure of a chain: recurrent classes, their periods, transient states (theory, 2.4).
//!
//! A class is a strongly connected component of the support graph; it is recurrent if no edge
//! leaves it. A terminal state stands as a class of its own, absorbing with reward 0. With one
//! recurrent class the chain is a unichain, with several multichain. All of it is decided on the
//! exact zero pattern of π and p.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::graph::{Components, Graph, Support, Written};
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Mdp, OutcomeTable, Space};
use crate::number::Number;
use crate::policy::Policy;

/// A closed class of states that reach each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurrentClass {
    /// Its states, increasing.
    pub states: Vec<usize>,
    /// The greatest common divisor of the lengths of its cycles; 1 is aperiodic.
    pub period: usize,
    /// Whether it is a terminal state.
    pub terminal: bool,
}

/// The classes of the chain that a policy makes of a model.
///
/// ```
/// use exact_mdp::chain::Structure;
/// use exact_mdp::mdp::Mdp;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
///
/// let mdp: Mdp = Model::load("mdps/random-walk-5.yaml")?.mdp();
/// let structure = Structure::new(&mdp, &Policy::uniform(mdp.space()))?;
/// assert_eq!(structure.recurrent().len(), 2);
/// assert_eq!(structure.transient().len(), 5);
/// assert!(structure.is_proper());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    recurrent: Vec<RecurrentClass>,
    /// The recurrent class of each state, `None` for a transient one.
    class: Vec<Option<u32>>,
    transient: Vec<usize>,
    reachable: Vec<bool>,
    never: Vec<bool>,
}

impl Structure {
    /// Finds the classes in O(nnz(p)).
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model.
    pub fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Structure, Error> {
        Error::check_space(mdp, policy)?;
        let graph = Graph::unsorted(mdp, |pair| policy.takes(pair));
        Ok(Structure::of(&graph, mdp))
    }

    /// The classes if, beside the policy's own, every action is taken that some θ nearby takes.
    /// Where they are fewer than those of [`Structure::new`], P* jumps at θ; where they are as
    /// many, the eigenvalue 1 of P keeps its multiplicity, and P* is smooth (theory, 2.4).
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model.
    pub fn nearby<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Structure, Error> {
        Error::check_space(mdp, policy)?;
        let taken = |pair| policy.takes(pair) || policy.appears_nearby(pair);
        let graph = Graph::with_support(mdp, taken);
        Ok(Structure::of(&graph, mdp))
    }

    /// The pairs that the policy does not take through which a recurrent class that ρ₀ reaches is left for another one: as
    /// soon as one is taken it is no class, and P* jumps. `own` is the structure under the policy.
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model.
    pub(crate) fn leaving<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        own: &Structure,
    ) -> Result<Vec<usize>, Error> {
        Error::check_space(mdp, policy)?;
        if own.is_unichain() {
            return Ok(Vec::new());
        }
        let back = Graph::unsorted(mdp, |pair| policy.takes(pair)).reversed();
        // the first and the last class that each state leads to
        let classes = || own.recurrent.iter().enumerate();
        let first = led_to(&back, &mut classes());
        let last = led_to(&back, &mut classes().rev());
        let leaves = |&pair: &usize| {
            let state = mdp.space().state_of(pair);
            let Some(class) = own.class_of(state).filter(|_| own.reachable[state]) else {
                return false;
            };
            let elsewhere = |next: usize| first[next] != class || last[next] != class;
            !policy.takes(pair) && mdp.p().row(pair).any(|(next, _)| elsewhere(next))
        };
        Ok((0..mdp.pairs()).filter(leaves).collect())
    }

    /// The classes of a model in its written numbers.
    pub(crate) fn written<F: Solvable>(
        space: &Space,
        outcomes: &OutcomeTable<Number>,
        initial: &[Number],
        policy: &Policy<F>,
    ) -> Structure {
        let model = Written {
            space,
            outcomes,
            initial,
        };
        Structure::of(&Graph::unsorted(&model, |pair| policy.takes(pair)), &model)
    }

    fn of(graph: &Graph, model: &impl Support) -> Structure {
        let space = model.space();
        let components = graph.components();
        let class = closed_classes(graph, &components);
        let recurrent = members(graph, &class, space);
        let states = 0..space.states();
        let started = states.clone().filter(|&s| model.starts(s));
        let ends = components.leading_to(graph, |s| space.is_terminal(s));
        Structure {
            transient: states.filter(|&s| class[s].is_none()).collect(),
            reachable: graph.reached(started),
            never: ends.iter().map(|&ends| !ends).collect(),
            recurrent,
            class,
        }
    }

    /// The recurrent classes in the order of their first states, terminal states among them.
    pub fn recurrent(&self) -> &[RecurrentClass] {
        &self.recurrent
    }

    /// The transient states, increasing.
    pub fn transient(&self) -> &[usize] {
        &self.transient
    }

    /// The recurrent class of a state; `None` if it is transient.
    pub fn class_of(&self, state: usize) -> Option<usize> {
        self.class[state].map(|class| class as usize)
    }

    /// Whether another chain on the same states has the same recurrent classes.
    pub fn same_classes(&self, other: &Structure) -> bool {
        self.class == other.class
    }

    /// Whether there is one recurrent class only: the gain is then the same everywhere.
    pub fn is_unichain(&self) -> bool {
        self.recurrent.len() == 1
    }

    /// The states from which no terminal state is ever reached, increasing.
    pub fn never_terminate(&self) -> Vec<usize> {
        (0..self.never.len()).filter(|&s| self.never[s]).collect()
    }

    /// Whether the policy terminates almost surely from every state (Bertsekas & Tsitsiklis 1991).
    pub fn is_proper(&self) -> bool {
        !self.never.contains(&true)
    }

    /// Classes, periods and what is unreachable with the names of states, for reports. `absorption` holds for each recurrent
    /// class the probability in [0, 1], from ρ₀, of ending in it
    /// ([`LongRun::absorption_from`](super::LongRun::absorption_from)).
    ///
    /// # Errors
    /// [`Error::Length`] for a space of other states, and unless there is one probability for each class.
    pub fn named(
        &self,
        space: &Arc<Space>,
        absorption: Option<&[f64]>,
    ) -> Result<NamedStructure, Error> {
        Error::check_length("states of a chain", self.reachable.len(), space.states())?;
        if let Some(x) = absorption {
            Error::check_length(
                "probabilities of recurrent classes",
                self.recurrent.len(),
                x.len(),
            )?;
        }
        let list = |states: &[usize]| StateList::new(space, states);
        let class = |(k, class): (usize, &RecurrentClass)| NamedClass {
            states: list(&class.states),
            period: class.period,
            terminal: class.terminal,
            absorption: absorption.map(|x| x[k]),
        };
        let unreachable: Vec<usize> = (0..space.states())
            .filter(|&s| !self.reachable[s])
            .collect();
        Ok(NamedStructure {
            kind: if self.is_unichain() {
                "unichain"
            } else {
                "multichain"
            },
            proper: self.is_proper(),
            recurrent_classes: self.recurrent.iter().enumerate().map(class).collect(),
            transient: list(&self.transient),
            never_terminate: list(&self.never_terminate()),
            unreachable: list(&unreachable),
        })
    }
}

/// A [`Structure`] with the names of its states, as `check` prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedStructure {
    /// `unichain` or `multichain`.
    pub kind: &'static str,
    /// Whether the policy terminates almost surely from every state.
    pub proper: bool,
    /// The recurrent classes in the order of their first states, terminal states among them.
    pub recurrent_classes: Vec<NamedClass>,
    /// The transient states.
    pub transient: StateList,
    /// The states from which no terminal state is ever reached.
    pub never_terminate: StateList,
    /// The states that ρ₀ does not reach.
    pub unreachable: StateList,
}

/// A [`RecurrentClass`] with names.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedClass {
    /// Its states.
    pub states: StateList,
    /// The greatest common divisor of the lengths of its cycles.
    pub period: usize,
    /// Whether it is a terminal state.
    pub terminal: bool,
    /// The probability of ending in it, from ρ₀, if it was computed.
    pub absorption: Option<f64>,
}

/// Some states; as texts their names, made when they are first read.
#[derive(Clone, Debug)]
pub struct StateList {
    space: Arc<Space>,
    states: Vec<usize>,
    made: OnceLock<Vec<String>>,
}

impl StateList {
    fn new(space: &Arc<Space>, states: &[usize]) -> StateList {
        StateList {
            space: Arc::clone(space),
            states: states.to_vec(),
            made: OnceLock::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// Their names one by one, in the order of the states.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let names = self.space.state_names();
        self.states.iter().map(|&s| names.get(s))
    }
}

impl Deref for StateList {
    type Target = [String];

    fn deref(&self) -> &[String] {
        let names = || self.names().map(Cow::into_owned).collect();
        self.made.get_or_init(names)
    }
}

impl PartialEq for StateList {
    fn eq(&self, other: &StateList) -> bool {
        self.len() == other.len() && self.names().eq(other.names())
    }
}

/// The first of some classes that each state leads to, in a graph turned round.
fn led_to(back: &Graph, classes: &mut dyn Iterator<Item = (usize, &RecurrentClass)>) -> Vec<usize> {
    let mut found = vec![usize::MAX; back.states()];
    for (k, class) in classes {
        let mut stack = class.states.clone();
        while let Some(state) = stack.pop() {
            if found[state] == usize::MAX {
                found[state] = k;
                stack.extend(back.successors(state));
            }
        }
    }
    found
}

/// For each state the number of its closed class, classes numbered by their first states.
fn closed_classes(graph: &Graph, components: &Components) -> Vec<Option<u32>> {
    let mut closed = vec![true; components.count];
    for state in 0..graph.states() {
        let own = components.of[state];
        if graph
            .successors(state)
            .any(|next| components.of[next] != own)
        {
            closed[own as usize] = false;
        }
    }
    let mut number = vec![None; components.count];
    let mut classes = 0;
    let numbered = components.of.iter().map(|&component| {
        let component = component as usize;
        closed[component].then(|| {
            *number[component].get_or_insert_with(|| {
                classes += 1;
                classes - 1
            })
        })
    });
    numbered.collect()
}

fn members(graph: &Graph, class: &[Option<u32>], space: &Space) -> Vec<RecurrentClass> {
    let mut recurrent: Vec<RecurrentClass> = Vec::new();
    for (state, class) in class.iter().enumerate() {
        let Some(class) = class.map(|class| class as usize) else {
            continue;
        };
        if class == recurrent.len() {
            recurrent.push(RecurrentClass {
                states: Vec::new(),
                period: 1,
                terminal: space.is_terminal(state),
            });
        }
        recurrent[class].states.push(state);
    }
    let mut level = vec![0; graph.states()];
    for class in recurrent.iter_mut().filter(|class| !class.terminal) {
        class.period = graph.period(&class.states, &mut level);
    }
    recurrent
}
