//! The functions of `shim/shim.c`.

use std::ffi::{c_char, c_double, c_int, c_uchar, c_void};

unsafe extern "C" {
    pub fn emp_message() -> *const c_char;
    pub fn emp_start() -> c_int;
    pub fn emp_end() -> c_int;
    pub fn emp_abort(code: c_int);
    pub fn emp_rank() -> c_int;
    pub fn emp_ranks() -> c_int;
    pub fn emp_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int);
    pub fn emp_gather(
        own: *const c_double,
        count: c_int,
        all: *mut c_double,
        counts: *const c_int,
        places: *const c_int,
    ) -> c_int;
    pub fn emp_gather_first(
        own: *const c_double,
        count: c_int,
        all: *mut c_double,
        counts: *const c_int,
        places: *const c_int,
    ) -> c_int;
    pub fn emp_gather_bytes(
        own: *const c_void,
        count: c_int,
        all: *mut c_void,
        counts: *const c_int,
        places: *const c_int,
    ) -> c_int;
    pub fn emp_sum(numbers: *mut c_double, count: c_int) -> c_int;
    pub fn emp_largest(numbers: *mut c_double, count: c_int) -> c_int;
    pub fn emp_any(flags: *mut c_uchar, count: c_int) -> c_int;
    pub fn emp_matrix(
        own: c_int,
        all: c_int,
        start: *const c_int,
        column: *const c_int,
        value: *const c_double,
        out: *mut *mut c_void,
    ) -> c_int;
    pub fn emp_transpose(matrix: *mut c_void, out: *mut *mut c_void) -> c_int;
    pub fn emp_free_matrix(matrix: *mut c_void) -> c_int;
    pub fn emp_product(
        matrix: *mut c_void,
        transposed: c_int,
        own: c_int,
        all: c_int,
        x: *const c_double,
        y: *mut c_double,
    ) -> c_int;
    pub fn emp_solver(matrix: *mut c_void, method: c_int, out: *mut *mut c_void) -> c_int;
    pub fn emp_free_solver(solver: *mut c_void) -> c_int;
    pub fn emp_solve(
        solver: *mut c_void,
        transposed: c_int,
        own: c_int,
        all: c_int,
        b: *const c_double,
        x: *mut c_double,
        tolerance: c_double,
        most: c_int,
        iterations: *mut c_int,
        reason: *mut c_int,
    ) -> c_int;
    pub fn emp_open(path: *const c_char, out: *mut *mut c_void) -> c_int;
    pub fn emp_close(viewer: *mut c_void) -> c_int;
    pub fn emp_load_matrix(
        viewer: *mut c_void,
        dense: c_int,
        rows: *mut c_int,
        columns: *mut c_int,
        out: *mut *mut c_void,
    ) -> c_int;
    pub fn emp_row(matrix: *mut c_void, row: c_int, numbers: *mut c_double) -> c_int;
    pub fn emp_load_vector(
        viewer: *mut c_void,
        room: c_int,
        length: *mut c_int,
        numbers: *mut c_double,
    ) -> c_int;
}
