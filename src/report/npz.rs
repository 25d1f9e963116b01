//! A report as NumPy's archive of arrays: one array for each name, `a/b` for b inside of a.
//!
//! Numbers are float64 (fractions rounded once, what does not exist NaN), whole numbers int64, names
//! unicode, flags booleans. Lists of different lengths are padded, with NaN or −1.

use std::borrow::Cow;
use std::io::{self, Seek, Write};

use super::entries::{Column, Entries, Entry, Values};
use super::{Matrix, Quantity};
use crate::mdp::{Names, Space};
use crate::npy::{Array, Entries as Leaves, Writer};

/// The bytes of the archive of some entries.
pub fn bytes(entries: &Entries<'_>) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new();
    add(&mut writer, "", entries)?;
    writer.bytes()
}

/// Writes the same archive as it is made, not compressed: for many numbers, where compressing takes longer than
/// what made them, and where a copy of them all in memory takes as long.
pub fn write_stored(entries: &Entries<'_>, out: impl Write + Seek) -> io::Result<()> {
    let mut writer = Writer::stored_in(out);
    add(&mut writer, "", entries)?;
    writer.finish()?.flush()
}

fn add<W: Write + Seek>(
    writer: &mut Writer<W>,
    path: &str,
    entries: &Entries<'_>,
) -> io::Result<()> {
    let mut own = entries.0.iter();
    own.try_for_each(|entry| add_entry(writer, &below(path, entry.name), entry))
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_string(),
        path => format!("{path}/{name}"),
    }
}

fn add_entry<W: Write + Seek>(
    writer: &mut Writer<W>,
    path: &str,
    entry: &Entry<'_>,
) -> io::Result<()> {
    match &entry.values {
        Values::Null => Ok(()),
        Values::Group(inner) => add(writer, path, inner),
        Values::List(groups) => groups.iter().enumerate().try_for_each(|(i, group)| {
            let name = match group.get("name").map(|name| &name.values) {
                Some(Values::Text(name)) => name.to_string(),
                _ => i.to_string(),
            };
            add(writer, &below(path, &name), group)
        }),
        Values::Matrix(matrix) => add_matrix(writer, path, matrix),
        Values::FloatRows(rows) if are_rectangular(rows) => add_rows(writer, path, rows),
        Values::Records(records) => records
            .0
            .iter()
            .try_for_each(|(name, values)| writer.add_quickly(&below(path, name), &column(values))),
        leaves => match array(leaves) {
            Some(array) => writer.add_quickly(path, &array),
            None => Ok(()),
        },
    }
}

/// A matrix as an array; a large one of zeros nearly everywhere as the columns and the values of the rest
/// of each row.
fn add_matrix<W: Write + Seek>(
    writer: &mut Writer<W>,
    path: &str,
    matrix: &Matrix,
) -> io::Result<()> {
    // 8 MiB of `f64`: smaller ones are better read as they are
    const LARGE: usize = 1 << 20;
    let (rows, columns) = matrix.shape();
    if rows.saturating_mul(columns) >= LARGE
        && let Some((places, values)) = matrix.sparse_rows()
    {
        let (shape, cells) = padded(&places, |&x| x as i64, -1);
        writer.add_quickly(&format!("{path}_columns"), &whole(shape, cells))?;
        let (shape, cells) = padded(&values, |&x| x, f64::NAN);
        return writer.add_quickly(&format!("{path}_values"), &Array::numbers(shape, cells));
    }
    writer.add_blocks(path, &[rows, columns], matrix.float_blocks())
}

/// Whether all rows are of one length.
fn are_rectangular(rows: &[Vec<f64>]) -> bool {
    rows.windows(2).all(|pair| pair[0].len() == pair[1].len())
}

/// Rows of one length, a few at a time: a path of a thousand policies is not copied as a whole.
fn add_rows<W: Write + Seek>(
    writer: &mut Writer<W>,
    path: &str,
    rows: &[Vec<f64>],
) -> io::Result<()> {
    // 64 KiB of `f64`
    const AT_ONCE: usize = 8192;
    let width = rows.first().map_or(0, Vec::len);
    let blocks = rows.chunks((AT_ONCE / width.max(1)).max(1));
    writer.add_blocks(path, &[rows.len(), width], blocks.map(<[Vec<f64>]>::concat))
}

/// The array of values that are no groups.
fn array(values: &Values<'_>) -> Option<Array> {
    Some(match values {
        Values::Flag(flag) => Array::flag(*flag),
        Values::Whole(x) => whole(Vec::new(), vec![*x as i64]),
        Values::Wholes(x) => whole(vec![x.len()], x.iter().map(|&x| x as i64).collect()),
        Values::WholeRows(rows) => {
            let (shape, cells) = padded(rows, |&x| x as i64, -1);
            whole(shape, cells)
        }
        Values::Number(x) => Array::numbers(Vec::new(), vec![number(x)]),
        Values::Numbers(x) => Array::numbers(vec![x.len()], x.iter().map(number).collect()),
        Values::Made(x) => Array::numbers(vec![x.len()], x.each().map(|x| number(&x)).collect()),
        Values::Rows(rows) => {
            let (shape, cells) = padded(rows, number, f64::NAN);
            Array::numbers(shape, cells)
        }
        Values::Floats(x) => Array::numbers(vec![x.len()], x.to_vec()),
        Values::FloatRows(rows) => {
            let (shape, cells) = padded(rows, |&x| x, f64::NAN);
            Array::numbers(shape, cells)
        }
        Values::FloatTables(tables) => {
            let cells = tables.iter().flatten();
            let width = cells.map(Vec::len).max().unwrap_or(0);
            let (mut shape, cells) = padded(tables, Clone::clone, vec![f64::NAN; width]);
            shape.push(width);
            Array::numbers(shape, cells.concat())
        }
        Values::FlagRows(rows) => {
            let (shape, cells) = padded(rows, |&x| x, false);
            let entries = Leaves::Booleans(cells);
            Array {
                shape,
                entries,
                is_half: false,
            }
        }
        Values::Text(text) => texts(Vec::new(), vec![text.to_string()]),
        Values::Texts(x) => texts(vec![x.len()], x.to_vec()),
        Values::Labels(x) => texts(vec![x.len()], x.each().map(Cow::into_owned).collect()),
        Values::Words(x) => texts(vec![x.len()], x.iter().map(ToString::to_string).collect()),
        Values::States(space) if is_large(space.state_names()) => {
            whole(vec![space.states()], (0..space.states() as i64).collect())
        }
        Values::States(space) => {
            let names = space.state_names().iter().map(Into::into);
            texts(vec![space.states()], names.collect())
        }
        Values::Actions(space) => {
            let names = space.action_names().iter().map(Into::into);
            texts(vec![space.actions()], names.collect())
        }
        Values::Pairs(space) => pairs(space, 0..space.pairs()),
        Values::PairsAt(space, places) => pairs(space, places.iter().copied()),
        Values::SomePairs(pairs) => {
            let names = pairs.iter().flat_map(|(s, a)| [s.clone(), a.clone()]);
            texts(vec![pairs.len(), 2], names.collect())
        }
        Values::PairRows(rows) => {
            let nobody = (String::new(), String::new());
            let (mut shape, cells) = padded(rows, Clone::clone, nobody);
            shape.push(2);
            let names = cells.into_iter().flat_map(|(s, a)| [s, a]);
            texts(shape, names.collect())
        }
        Values::Null
        | Values::Group(_)
        | Values::List(_)
        | Values::Matrix(_)
        | Values::Records(_) => return None,
    })
}

/// Whether so many states are numbered that their numbers stand for them: as texts they take longer to
/// write than all answers.
fn is_large(names: &Names) -> bool {
    // names of eight letters are 2 MiB then
    const MANY: usize = 1 << 16;
    matches!(names, Names::Numbered(n) if *n >= MANY)
}

/// The names of some pairs, or their places where those stand for names [pairs, 2].
fn pairs(space: &Space, pairs: impl ExactSizeIterator<Item = usize>) -> Array {
    let shape = vec![pairs.len(), 2];
    if is_large(space.state_names()) {
        let places = pairs.flat_map(|pair| [space.state_of(pair), space.action_of(pair)]);
        return whole(shape, places.map(|x| x as i64).collect());
    }
    let names = pairs.map(|pair| space.pair_names(pair));
    let names = names.flat_map(|(state, action)| [state.into_owned(), action.into_owned()]);
    texts(shape, names.collect())
}

/// The array of what several things have under one name.
fn column(column: &Column<'_>) -> Array {
    match column {
        Column::Wholes(x) => whole(vec![x.len()], x.iter().map(|&x| x as i64).collect()),
        Column::Floats(x) => {
            let numbers = x.iter().map(|x| x.unwrap_or(f64::NAN));
            Array::numbers(vec![x.len()], numbers.collect())
        }
        Column::Texts(x) => texts(vec![x.len()], x.iter().map(ToString::to_string).collect()),
    }
}

fn number(x: &Quantity) -> f64 {
    x.value().unwrap_or(f64::NAN)
}

fn whole(shape: Vec<usize>, cells: Vec<i64>) -> Array {
    let entries = Leaves::Integers(cells);
    Array {
        shape,
        entries,
        is_half: false,
    }
}

fn texts(shape: Vec<usize>, cells: Vec<String>) -> Array {
    let entries = Leaves::Texts(cells);
    Array {
        shape,
        entries,
        is_half: false,
    }
}

/// Rows as a rectangle, and its shape; what a row lacks is `nothing`.
fn padded<T, U: Clone>(
    rows: &[Vec<T>],
    cell: impl Fn(&T) -> U,
    nothing: U,
) -> (Vec<usize>, Vec<U>) {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut cells = Vec::with_capacity(rows.len() * width);
    for row in rows {
        cells.extend(row.iter().map(&cell));
        cells.extend(std::iter::repeat_n(nothing.clone(), width - row.len()));
    }
    (vec![rows.len(), width], cells)
}
