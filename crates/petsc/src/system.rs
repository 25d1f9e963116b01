//! A square matrix by rows, and PETSc's methods for it.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use crate::Error;
use crate::ffi;
use crate::world::{World, checked, narrow};

/// How a system is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GMRES with ILU(0) of each rank's block.
    BlockJacobi,
    /// GMRES with algebraic multigrid, for meshes.
    Multigrid,
    /// LU of MUMPS.
    Mumps,
    /// GMRES with the diagonal and a long memory.
    Jacobi,
}

impl Method {
    /// The name, as reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Method::BlockJacobi => "gmres + block jacobi/ilu(0)",
            Method::Multigrid => "gmres + gamg",
            Method::Mumps => "mumps",
            Method::Jacobi => "gmres + jacobi",
        }
    }

    fn number(self) -> c_int {
        match self {
            Method::BlockJacobi => 0,
            Method::Multigrid => 1,
            Method::Mumps => 2,
            Method::Jacobi => 3,
        }
    }
}

/// A square matrix A, of which this rank has some rows.
#[derive(Debug)]
pub struct System<'w> {
    world: &'w World,
    own: c_int,
    all: c_int,
    matrix: *mut c_void,
    /// Aᵀ, once it was needed.
    transpose: *mut c_void,
    /// The method that is set up, whether for Aᵀ as it is assembled.
    solver: Option<(Method, bool, *mut c_void)>,
}

/// Rows of a matrix: columns increase within a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Csr {
    pub start: Vec<c_int>,
    pub column: Vec<c_int>,
    pub value: Vec<f64>,
}

impl<'w> System<'w> {
    /// A matrix of `all` rows and columns from the rows of each rank.
    pub(crate) fn new(world: &'w World, all: usize, rows: &Csr) -> Result<System<'w>, Error> {
        let (own, all) = (narrow(rows.start.len() - 1)?, narrow(all)?);
        let mut matrix = null_mut();
        // SAFETY: the rows are as long as `start` says; PETSc copies them
        unsafe {
            checked(ffi::emp_matrix(
                own,
                all,
                rows.start.as_ptr(),
                rows.column.as_ptr(),
                rows.value.as_ptr(),
                &mut matrix,
            ))?;
        }
        Ok(System {
            world,
            own,
            all,
            matrix,
            transpose: null_mut(),
            solver: None,
        })
    }

    /// The ranks.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// The number of rows of all ranks.
    pub fn size(&self) -> usize {
        self.all as usize
    }

    /// A x, or Aᵀ x: the rows of this rank of a vector and of the answer.
    ///
    /// Errors as PETSc does.
    pub fn product(&self, transposed: bool, x: &[f64]) -> Result<Vec<f64>, Error> {
        assert_eq!(x.len(), self.own as usize);
        let mut y = vec![0.0; x.len()];
        // SAFETY: both slices are as long as this rank has rows
        unsafe {
            checked(ffi::emp_product(
                self.matrix,
                c_int::from(transposed),
                self.own,
                self.all,
                x.as_ptr(),
                y.as_mut_ptr(),
            ))?;
        }
        Ok(y)
    }

    /// Goes on from x by a method until it believes that ‖b − A x‖₂ is below the tolerance; how many
    /// iterations it made. With `assembled` a transposed system is solved by Aᵀ as a matrix of its own.
    ///
    /// Errors as PETSc does; that a method has failed is none.
    pub fn iterate(
        &mut self,
        (method, assembled): (Method, bool),
        transposed: bool,
        b: &[f64],
        x: &mut [f64],
        tolerance: f64,
    ) -> Result<usize, Error> {
        // iterations of one solve; a choice
        const MOST: c_int = 3_000;
        assert!(b.len() == self.own as usize && x.len() == b.len());
        let solver = self.solver((method, assembled))?;
        let (mut iterations, mut reason) = (0, 0);
        // SAFETY: both slices are as long as this rank has rows
        unsafe {
            checked(ffi::emp_solve(
                solver,
                c_int::from(transposed && !assembled),
                self.own,
                self.all,
                b.as_ptr(),
                x.as_mut_ptr(),
                tolerance,
                MOST,
                &mut iterations,
                &mut reason,
            ))?;
        }
        Ok(usize::try_from(iterations).unwrap_or(0))
    }

    fn solver(&mut self, asked: (Method, bool)) -> Result<*mut c_void, Error> {
        if let Some((method, assembled, solver)) = self.solver
            && (method, assembled) == asked
        {
            return Ok(solver);
        }
        self.free_solver();
        // SAFETY: the matrix lives; what is made here is freed once, in `free_solver` and `drop`
        unsafe {
            if asked.1 && self.transpose.is_null() {
                checked(ffi::emp_transpose(self.matrix, &mut self.transpose))?;
            }
            let matrix = if asked.1 { self.transpose } else { self.matrix };
            let mut solver = null_mut();
            checked(ffi::emp_solver(matrix, asked.0.number(), &mut solver))?;
            self.solver = Some((asked.0, asked.1, solver));
            Ok(solver)
        }
    }

    fn free_solver(&mut self) {
        if let Some((_, _, solver)) = self.solver.take() {
            // SAFETY: made by `solver`, freed once
            let _ = unsafe { ffi::emp_free_solver(solver) };
        }
    }
}

impl Drop for System<'_> {
    fn drop(&mut self) {
        self.free_solver();
        // SAFETY: made here, freed once
        unsafe {
            let _ = ffi::emp_free_matrix(self.matrix);
            if !self.transpose.is_null() {
                let _ = ffi::emp_free_matrix(self.transpose);
            }
        }
    }
}
