//! The order of a sparse elimination without pivoting, and what it costs.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::sparse::linalg::amd;

use crate::linalg::Csr;
use crate::linalg::sparse::{pattern, starts};

/// A symmetric fill-reducing order (approximate minimum degree on the pattern of A + Aᵀ; Amestoy,
/// Davis & Duff 1996), the elimination tree in it, and where the rest is dense.
#[derive(Clone, Debug)]
pub struct Symbolic {
    order: Vec<u32>,
    places: Vec<u32>,
    /// The first place right of each in its row of U; the places themselves at the roots.
    parent: Vec<u32>,
    sparse: usize,
    operations: f64,
}

/// A dense rest smaller than this is left to the sparse rows; a choice, of which no measurement is kept.
const SMALLEST_BLOCK: usize = 32;
/// The rest is dense once this part of its triangle is filled; a choice, of which no measurement is kept.
const DENSE: f64 = 0.5;
/// Entries of factors that are never made: 1.6 GB of them.
const LARGE: usize = 100_000_000;

impl Symbolic {
    /// Orders the states and counts; `None` where the elimination would take more multiplications
    /// than `limit`, or more memory than there is.
    pub fn of(matrix: &Csr<f64>, limit: f64) -> Option<Symbolic> {
        let n = matrix.rows();
        let starts = starts(matrix).ok()?;
        let scratch = amd::order_maybe_unsorted_scratch::<u32>(n, matrix.stored());
        let mut memory = MemBuffer::try_new(scratch).ok()?;
        let stack = MemStack::new(&mut memory);
        let (mut order, mut places) = (vec![0; n], vec![0; n]);
        let pattern = pattern(matrix, &starts);
        let control = amd::Control::default();
        let cost = amd::order_maybe_unsorted(&mut order, &mut places, pattern, control, stack);
        let operations = cost.ok()?.n_mult_subs_lu;
        if operations > limit {
            return None;
        }
        let mut symbolic = Symbolic {
            parent: (0..n as u32).collect(),
            order,
            places,
            sparse: n,
            operations,
        };
        let counts = symbolic.grow_tree(matrix)?;
        symbolic.sparse = symbolic.first_dense(&counts);
        Some(symbolic)
    }

    /// The elimination tree (Liu 1986) and, of each column of L, how many entries it has.
    fn grow_tree(&mut self, matrix: &Csr<f64>) -> Option<Vec<u32>> {
        let n = self.order.len();
        let transposed = matrix.transposed();
        let mut counts = vec![0u32; n];
        let (mut entries, mut marks) = (0, vec![u32::MAX; n]);
        for i in 0..n {
            marks[i] = i as u32;
            let state = self.state(i);
            let linked = matrix.row(state).chain(transposed.row(state));
            for j in linked.map(|(next, _)| self.places[next] as usize) {
                let mut j = j;
                while j < i && marks[j] != i as u32 {
                    marks[j] = i as u32;
                    counts[j] += 1;
                    entries += 1;
                    if self.parent[j] as usize == j {
                        self.parent[j] = i as u32;
                    }
                    j = self.parent[j] as usize;
                }
            }
            if entries > LARGE {
                return None;
            }
        }
        Some(counts)
    }

    /// The first place from which on the triangle is mostly filled.
    fn first_dense(&self, counts: &[u32]) -> usize {
        let n = counts.len();
        let (mut first, mut filled) = (n, 0.0);
        for k in (0..n).rev() {
            filled += f64::from(counts[k]) + 1.0;
            let size = (n - k) as f64;
            if filled >= DENSE * size * (size + 1.0) / 2.0 {
                first = k;
            }
        }
        if n - first < SMALLEST_BLOCK { n } else { first }
    }

    /// Multiplications of the elimination, at most.
    pub fn operations(&self) -> f64 {
        self.operations
    }

    /// How many places are eliminated sparsely.
    pub(super) fn sparse(&self) -> usize {
        self.sparse
    }

    pub(super) fn state(&self, place: usize) -> usize {
        self.order[place] as usize
    }

    pub(super) fn place(&self, state: usize) -> usize {
        self.places[state] as usize
    }

    pub(super) fn into_order(self) -> Vec<u32> {
        self.order
    }

    pub(super) fn reach(&self) -> Reach<'_> {
        Reach {
            symbolic: self,
            marks: vec![u32::MAX; self.order.len()],
        }
    }
}

/// Finds the columns of a row of L.
pub(super) struct Reach<'a> {
    symbolic: &'a Symbolic,
    marks: Vec<u32>,
}

impl Reach<'_> {
    /// Adds the sparse columns that an entry (i, j) brings into row i of L.
    pub(super) fn climb(&mut self, i: usize, j: usize, below: &mut Vec<u32>) {
        let mut j = j;
        while j < i.min(self.symbolic.sparse) && self.marks[j] != i as u32 {
            self.marks[j] = i as u32;
            below.push(j as u32);
            j = self.symbolic.parent[j] as usize;
        }
    }
}
