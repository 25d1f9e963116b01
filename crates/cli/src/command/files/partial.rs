//! Files that are being filled beside their places: whoever ends the program takes them away first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn parts() -> MutexGuard<'static, Vec<PathBuf>> {
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that is not at its place yet.
pub struct Partial {
    /// `None` once it is at its place.
    file: Option<NamedTempFile>,
}

impl Partial {
    /// Makes one.
    pub fn new(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<Partial> {
        // nobody looks between the file and its name in the list
        let mut parts = parts();
        let file = make()?;
        parts.push(file.path().to_path_buf());
        Ok(Partial { file: Some(file) })
    }

    /// The file, to be filled.
    pub fn file(&mut self) -> io::Result<&mut NamedTempFile> {
        let gone = || io::Error::other("the file is at its place already");
        self.file.as_mut().ok_or_else(gone)
    }

    /// Puts it at its place.
    pub fn persist(mut self, place: &Path) -> io::Result<()> {
        let mut parts = parts();
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        parts.retain(|part| part != file.path());
        // nobody ends the program in between
        let done = file.persist(place);
        done.map(drop).map_err(|failed| failed.error)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let mut parts = parts();
            parts.retain(|part| part != file.path());
            drop(file);
        }
    }
}

/// Takes away what is not at its place, as the program ends; nothing is begun or put at its place any more.
pub fn abandon() -> impl Sized {
    let parts = parts();
    for part in parts.iter() {
        // what cannot be taken away stays
        let _ = fs::remove_file(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_at_its_place_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = || Partial::new(|| NamedTempFile::new_in(folder.path())).expect("made");
        // other tests make some too
        let known = || {
            let parts = parts();
            let own = parts.iter().filter(|part| part.starts_with(folder.path()));
            own.count()
        };
        let (done, dropped, left) = (make(), make(), make());
        assert_eq!(known(), 3);
        done.persist(&folder.path().join("a")).expect("put there");
        drop(dropped);
        assert_eq!(known(), 1);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 2);
        drop(left);
        assert_eq!(known(), 0);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
    }
}
