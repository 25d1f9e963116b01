//! Files written whole or not at all.
//!
//! A file is filled beside its place, synced and then renamed, so that a full disk, a kill or a
//! second run leaves the older file or the newer one, never a part. What is no regular file (a
//! terminal, a pipe, a device) is written to as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Cursor, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use super::super::signals;
use super::partial::Partial;
use miette::{IntoDiagnostic, WrapErr};

/// Writes a file whole, or leaves what was there.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> miette::Result<()> {
    let done = if is_own("stdout", path) {
        pass(io::stdout().lock(), fill)
    } else if is_own("stderr", path) {
        pass(io::stderr().lock(), fill)
    } else if is_special(path) {
        // what a descriptor stands for may hold something already
        let file = OpenOptions::new().append(true).open(path);
        file.and_then(|file| filled(file, |out| fill(out)).map(drop))
    } else {
        replace(&place(path), |out| fill(out))
    };
    worded(done, path)
}

/// Writes a file whole, or leaves what was there, by one who goes back and forth in it. What is no regular
/// file, a pipe, gets it when all is there.
pub fn write_archive(
    path: &Path,
    fill: impl FnOnce(&mut dyn WriteSeek) -> io::Result<()>,
) -> miette::Result<()> {
    if !is_special(path) && !is_own("stdout", path) && !is_own("stderr", path) {
        return worded(replace(&place(path), |out| fill(out)), path);
    }
    let mut all = Cursor::new(Vec::new());
    worded(fill(&mut all), path)?;
    write(path, |out| out.write_all(all.get_ref()))
}

/// Writes files that belong together: all are filled beside their places before one is renamed, and the
/// first, without which the others are not read, comes last. What is there stays where one cannot be filled.
pub fn write_together(files: &[(PathBuf, &[u8])]) -> miette::Result<()> {
    // folders that take no new file, and what is no regular file: each as it can be
    let is_fixed = |path: &Path| {
        let beside = beside(&place(path));
        is_special(path)
            || is_own("stdout", path)
            || beside.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    };
    if files.iter().any(|(path, _)| is_fixed(path)) {
        let mut files = files.iter();
        return files.try_for_each(|(path, bytes)| write(path, |out| out.write_all(bytes)));
    }
    let mut all = Vec::new();
    for (path, bytes) in files {
        let place = place(path);
        let filled =
            beside(&place).and_then(|file| ready(file, &place, |out| out.write_all(bytes)));
        match filled {
            Ok(filled) => all.push((path, place, filled)),
            Err(error) => return worded(Err(error), path),
        }
    }
    let mut all = all.into_iter().rev();
    all.try_for_each(|(path, place, filled)| worded(filled.persist(&place), path))
}

/// What can be written to and gone back in.
pub trait WriteSeek: Write + Seek {}

impl<T: Write + Seek> WriteSeek for T {}

/// What went wrong with a file.
fn worded(done: io::Result<()>, path: &Path) -> miette::Result<()> {
    let done = done.into_diagnostic();
    done.wrap_err_with(|| format!("cannot write `{}`", super::shown(path)))
}

/// Whether a name means what one of the program's own streams goes to: opened anew, it would be written from its
/// beginning.
fn is_own(stream: &str, path: &Path) -> bool {
    super::are_linked(path, &Path::new("/dev").join(stream))
}

/// Writes to a stream that is open, for a reader who may have seen enough (`| head`).
fn pass(stream: impl Write, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(stream);
    match fill(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Whether a name stands for something else than a file of the user, as that of a descriptor: there is nothing to
/// rename. `/proc/self/cwd` is a folder of the user.
pub fn is_special(path: &Path) -> bool {
    const STREAMS: [&str; 3] = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];
    let is_of_the_system =
        |folder: PathBuf| folder.starts_with("/proc") || folder.starts_with("/dev/fd");
    STREAMS.iter().any(|name| path == Path::new(name))
        || fs::canonicalize(folder(path)).is_ok_and(is_of_the_system)
        || fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// Where a name leads to in the end, also if there is no file yet.
pub fn place(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    // a link to a file that is not there yet: the file is made, the link stays
    let target = fs::read_link(path).map_or_else(|_| path.into(), |to| folder(path).join(to));
    match (fs::canonicalize(folder(&target)), target.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => target,
    }
}

fn folder(path: &Path) -> &Path {
    let parent = path.parent().unwrap_or(path);
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

fn replace(
    place: &Path,
    fill: impl FnOnce(&mut dyn WriteSeek) -> io::Result<()>,
) -> io::Result<()> {
    match beside(place) {
        // a folder that takes no new file, and a file that may be changed: in place or not at all
        Err(error) if error.kind() == ErrorKind::PermissionDenied && place.is_file() => {
            let file = OpenOptions::new().write(true).truncate(true).open(place)?;
            filled(file, |out| fill(out))?.sync_all()
        }
        beside => ready(beside?, place, fill)?.persist(place),
    }
}

/// A file beside a place, filled and synced, with the permissions of what is there.
fn ready(
    mut beside: Partial,
    place: &Path,
    fill: impl FnOnce(&mut dyn WriteSeek) -> io::Result<()>,
) -> io::Result<Partial> {
    let file = filled(beside.file()?, |out| fill(out))?;
    if let Ok(found) = fs::metadata(place) {
        file.as_file().set_permissions(found.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(beside)
}

/// An empty file in the folder of another; it goes with its owner, and where a signal ends the program.
fn beside(place: &Path) -> io::Result<Partial> {
    signals::clean_up();
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exact-mdp-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as `File::create` would make it; the mask of the process is taken off
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    Partial::new(|| builder.tempfile_in(folder(place)))
}

fn filled<W: Write>(
    file: W,
    fill: impl FnOnce(&mut BufWriter<W>) -> io::Result<()>,
) -> io::Result<W> {
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_files_that_belong_together_all_are_written_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = folder.path().join("q.tra");
        fs::write(&first, "older").expect("written");
        let (beside, nowhere) = (
            folder.path().join("q.trew"),
            folder.path().join("none/q.trew"),
        );
        let parts = |second: &Path| {
            [
                (first.clone(), &b"newer"[..]),
                (second.into(), &b"paid"[..]),
            ]
        };
        assert!(write_together(&parts(&nowhere)).is_err());
        assert_eq!(fs::read_to_string(&first).expect("read"), "older");
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
        write_together(&parts(&beside)).expect("written");
        assert_eq!(fs::read_to_string(&first).expect("read"), "newer");
        assert_eq!(fs::read_to_string(&beside).expect("read"), "paid");
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 2);
    }
}
