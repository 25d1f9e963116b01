//! Files of PETSc's as PETSc itself reads them: what the format is held against.

use std::ffi::CString;
use std::path::Path;
use std::ptr::null_mut;

use crate::Error;
use crate::ffi;
use crate::world::{World, checked, narrow};

/// What PETSc finds in a file that `convert` has written.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// P [S·A, S] in rows.
    pub p: Vec<Vec<f64>>,
    /// R [S, A] in rows, loaded as a dense matrix.
    pub r: Vec<Vec<f64>>,
    /// ρ₀; γ, T and whether it is the average reward; which pairs exist.
    pub vectors: Vec<Vec<f64>>,
}

/// The five objects of a file by `MatLoad` and `VecLoad`, on this rank alone.
///
/// Errors as PETSc does.
pub fn load(_: &World, path: &Path) -> Result<Loaded, Error> {
    let name = CString::new(path.to_string_lossy().as_bytes()).map_err(|_| Error::Petsc {
        message: "a path with a zero byte".into(),
    })?;
    let mut viewer = null_mut();
    // SAFETY: the name ends with 0; the viewer is closed once
    unsafe {
        checked(ffi::emp_open(name.as_ptr(), &mut viewer))?;
        let p = matrix(viewer, false)?;
        let r = matrix(viewer, true)?;
        let states = r.len();
        let pairs = p.len();
        let vectors = [states, 3, pairs].map(|length| vector(viewer, length));
        checked(ffi::emp_close(viewer))?;
        Ok(Loaded {
            p,
            r,
            vectors: vectors.into_iter().collect::<Result<_, _>>()?,
        })
    }
}

/// # Safety
/// The viewer is open.
unsafe fn matrix(viewer: *mut std::ffi::c_void, dense: bool) -> Result<Vec<Vec<f64>>, Error> {
    let (mut rows, mut columns, mut matrix) = (0, 0, null_mut());
    unsafe {
        checked(ffi::emp_load_matrix(
            viewer,
            dense.into(),
            &mut rows,
            &mut columns,
            &mut matrix,
        ))?;
        let row = |i| {
            let mut row = vec![0.0; usize::try_from(columns).unwrap_or(0)];
            checked(ffi::emp_row(matrix, i, row.as_mut_ptr())).map(|()| row)
        };
        let found = (0..rows).map(row).collect();
        checked(ffi::emp_free_matrix(matrix))?;
        found
    }
}

/// # Safety
/// The viewer is open.
unsafe fn vector(viewer: *mut std::ffi::c_void, length: usize) -> Result<Vec<f64>, Error> {
    let (mut found, mut numbers) = (0, vec![f64::NAN; length]);
    unsafe {
        checked(ffi::emp_load_vector(
            viewer,
            narrow(length)?,
            &mut found,
            numbers.as_mut_ptr(),
        ))?;
    }
    if usize::try_from(found) != Ok(length) {
        let message = format!("a vector of {found} entries where {length} were written");
        return Err(Error::Petsc { message });
    }
    Ok(numbers)
}
