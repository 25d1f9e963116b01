//! The ranks, and what they tell each other.

use std::ffi::{CStr, c_int};
use std::time::Duration;

use exact_mdp::model::Share;

use crate::Error;
use crate::ffi;

/// All ranks of the run, from [`World::start`] until it is dropped.
#[derive(Debug)]
pub struct World {
    rank: usize,
    ranks: usize,
    version: String,
    /// MPI belongs to one thread.
    _thread: std::marker::PhantomData<*const ()>,
}

/// What a call of the shim has come to.
pub(crate) fn checked(code: c_int) -> Result<(), Error> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: the message is a text in static memory that ends with 0
    let message = unsafe { CStr::from_ptr(ffi::emp_message()) };
    let message = message.to_string_lossy().into_owned();
    Err(Error::Petsc { message })
}

/// A count as C has it.
pub(crate) fn narrow(count: usize) -> Result<c_int, Error> {
    c_int::try_from(count).map_err(|_| Error::TooLarge { entries: count })
}

impl World {
    /// Starts MPI and PETSc, once in a process, and reads no arguments but PETSc's own variable
    /// `PETSC_OPTIONS`.
    ///
    /// Errors as PETSc does.
    pub fn start() -> Result<World, Error> {
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        // SAFETY: called once, before all other calls; the pointers live as long as the call
        unsafe {
            checked(ffi::emp_start())?;
            ffi::emp_version(&mut major, &mut minor, &mut patch);
            Ok(World {
                rank: usize::try_from(ffi::emp_rank()).unwrap_or(0),
                ranks: usize::try_from(ffi::emp_ranks()).unwrap_or(1),
                version: format!("{major}.{minor}.{patch}"),
                _thread: std::marker::PhantomData,
            })
        }
    }

    /// The number of this process, from 0.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many there are.
    pub fn ranks(&self) -> usize {
        self.ranks
    }

    /// PETSc's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The states of this rank.
    pub fn share(&self) -> Share {
        Share {
            part: self.rank,
            of: self.ranks,
        }
    }

    /// The value, if all ranks have one; else the error of the first rank that has none, there, and
    /// [`Error::Elsewhere`] on all others. For errors that only some ranks meet.
    ///
    /// Errors as said, and as MPI does.
    pub fn agree<T, E: From<Error>>(&self, found: Result<T, E>) -> Result<T, E> {
        let own = if found.is_err() {
            self.rank
        } else {
            self.ranks
        };
        // the least of all is the largest of what lies above
        let mut first = [(self.ranks - own) as f64];
        self.largest(&mut first)?;
        let rank = self.ranks - first[0] as usize;
        match found {
            Ok(value) if rank == self.ranks => Ok(value),
            Err(error) if rank == self.rank => Err(error),
            _ => Err(E::from(Error::Elsewhere { rank })),
        }
    }

    /// The parts of all ranks one after the other, on every rank; `counts` says how long each is.
    pub(crate) fn gather(&self, own: &[f64], counts: &[usize]) -> Result<Vec<f64>, Error> {
        self.received(own, counts, true)
    }

    /// The parts of all ranks one after another, by rank, `counts` numbers of each; on rank 0 alone, `None` elsewhere.
    pub(crate) fn gather_first(
        &self,
        own: &[f64],
        counts: &[usize],
    ) -> Result<Option<Vec<f64>>, Error> {
        let all = self.received(own, counts, false)?;
        Ok((self.rank == 0).then_some(all))
    }

    /// The parts of all ranks one after the other, on every rank or on rank 0 alone; nothing elsewhere.
    fn received(&self, own: &[f64], counts: &[usize], everywhere: bool) -> Result<Vec<f64>, Error> {
        let (counts, places, total) = layout(counts)?;
        let receives = everywhere || self.rank == 0;
        let mut all = vec![0.0; if receives { total } else { 0 }];
        assert_eq!(Some(&narrow(own.len())?), counts.get(self.rank));
        let gather = if everywhere {
            ffi::emp_gather
        } else {
            ffi::emp_gather_first
        };
        // SAFETY: the layout is that of `all` on every rank that receives, and `own` has as many numbers as it says of
        // this rank
        unsafe {
            checked(gather(
                own.as_ptr(),
                counts[self.rank],
                all.as_mut_ptr(),
                counts.as_ptr(),
                places.as_ptr(),
            ))?;
        }
        Ok(all)
    }

    /// The bytes of all ranks in their order, on rank 0; nothing elsewhere.
    ///
    /// Errors as MPI does.
    pub fn gather_bytes(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let mine = [own.len() as f64];
        let lengths = self.gather(&mine, &vec![1; self.ranks])?;
        let lengths: Vec<usize> = lengths.iter().map(|x| *x as usize).collect();
        let (counts, places, total) = layout(&lengths)?;
        let mut all = vec![0u8; if self.rank == 0 { total } else { 0 }];
        // SAFETY: as in `gather`; only rank 0 receives
        unsafe {
            checked(ffi::emp_gather_bytes(
                own.as_ptr().cast(),
                counts[self.rank],
                all.as_mut_ptr().cast(),
                counts.as_ptr(),
                places.as_ptr(),
            ))?;
        }
        let mut rest = all.as_slice();
        let mut parts = Vec::new();
        for length in lengths
            .iter()
            .take(if self.rank == 0 { self.ranks } else { 0 })
        {
            let (part, behind) = rest.split_at(*length);
            parts.push(part.to_vec());
            rest = behind;
        }
        Ok(parts)
    }

    /// Sums over all ranks, in place.
    pub(crate) fn sum(&self, numbers: &mut [f64]) -> Result<(), Error> {
        // SAFETY: the slice is as long as said
        unsafe { checked(ffi::emp_sum(numbers.as_mut_ptr(), narrow(numbers.len())?)) }
    }

    /// The largest of all ranks, in place.
    pub(crate) fn largest(&self, numbers: &mut [f64]) -> Result<(), Error> {
        // SAFETY: the slice is as long as said
        unsafe {
            checked(ffi::emp_largest(
                numbers.as_mut_ptr(),
                narrow(numbers.len())?,
            ))
        }
    }

    /// Whether a flag, 0 or 1, is set on any rank, in place.
    pub(crate) fn any(&self, flags: &mut [u8]) -> Result<(), Error> {
        // SAFETY: the slice is as long as said
        unsafe { checked(ffi::emp_any(flags.as_mut_ptr(), narrow(flags.len())?)) }
    }

    /// The largest of one number.
    pub(crate) fn largest_of(&self, number: f64) -> Result<f64, Error> {
        let mut numbers = [number];
        self.largest(&mut numbers)?;
        Ok(numbers[0])
    }

    /// The sum of one number.
    pub(crate) fn sum_of(&self, number: f64) -> Result<f64, Error> {
        let mut numbers = [number];
        self.sum(&mut numbers)?;
        Ok(numbers[0])
    }

    /// Ends all ranks with this exit code, after `say` has been called by one: rank 0 if it comes here
    /// within a second, else another.
    pub fn abort(&self, code: u8, say: impl FnOnce()) -> ! {
        std::thread::sleep(Duration::from_millis(1000 * self.rank.min(5) as u64));
        say();
        // SAFETY: MPI has been started
        unsafe { ffi::emp_abort(c_int::from(code)) };
        std::process::exit(i32::from(code))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // SAFETY: started once, ended once; what is wrong here changes nothing any more
        let _ = unsafe { ffi::emp_end() };
    }
}

/// Counts and places of parts that stand one after the other, and their number.
fn layout(counts: &[usize]) -> Result<(Vec<c_int>, Vec<c_int>, usize), Error> {
    let mut places = Vec::with_capacity(counts.len());
    let mut total = 0;
    for count in counts {
        places.push(narrow(total)?);
        total += count;
    }
    narrow(total)?;
    let counts: Result<Vec<c_int>, Error> = counts.iter().map(|count| narrow(*count)).collect();
    Ok((counts?, places, total))
}
