//! Trajectories from Parquet files, as pandas, polars, pyarrow and DuckDB write them.

use std::panic::{self, UnwindSafe};

use exact_mdp::judge::{Cell, Columns, TrajectoryColumn};
use miette::{IntoDiagnostic, WrapErr, miette};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

/// The columns of a Parquet file, in all its row groups: flat, or of lists, one row for each
/// trajectory.
///
/// Errors if the bytes are no Parquet file, or a column holds what is no number, flag or name.
pub(super) fn columns(bytes: Vec<u8>) -> miette::Result<Columns> {
    named(quietly(|| fields(bytes))?)
}

/// What a reader gives, or an error where it panics: parquet 60.1 does on some damaged files.
fn quietly<T>(read: impl FnOnce() -> miette::Result<T> + UnwindSafe) -> miette::Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(read);
    panic::set_hook(hook);
    outcome.unwrap_or_else(|_| Err(miette!("{DAMAGED}")))
}

const DAMAGED: &str = "the Parquet file is damaged";

fn fields(bytes: Vec<u8>) -> miette::Result<Vec<(String, Vec<Field>)>> {
    let file = SerializedFileReader::new(bytes::Bytes::from(bytes))
        .into_diagnostic()
        .wrap_err("this is no whole Parquet file")?;
    let mut columns = Vec::new();
    for row in file.get_row_iter(None).into_diagnostic()? {
        add(&mut columns, row.into_diagnostic().wrap_err(DAMAGED)?);
    }
    Ok(columns)
}

/// The columns that are read; what is not asked for may be of any kind.
fn named(columns: Vec<(String, Vec<Field>)>) -> miette::Result<Columns> {
    let wanted = columns.into_iter().filter(|(name, _)| Columns::knows(name));
    wanted
        .into_iter()
        .try_fold(Columns::default(), |all, (name, fields)| {
            let column = column(&fields).map_err(|field| unreadable(&name, &field))?;
            Ok(all.with(&name, column))
        })
}

fn add(columns: &mut Vec<(String, Vec<Field>)>, row: Row) {
    for (k, (name, field)) in row.into_columns().into_iter().enumerate() {
        match columns.get_mut(k) {
            Some((_, fields)) => fields.push(field),
            None => columns.push((name, vec![field])),
        }
    }
}

/// A column from its entries, or the entry that has no place in one.
fn column(fields: &[Field]) -> Result<TrajectoryColumn, Field> {
    if !fields
        .iter()
        .any(|field| matches!(field, Field::ListInternal(_)))
    {
        return fields
            .iter()
            .map(cell)
            .collect::<Result<_, _>>()
            .map(TrajectoryColumn::Flat);
    }
    let row = |field: &Field| match field {
        Field::ListInternal(list) => list.elements().iter().map(cell).collect(),
        other => Err(other.clone()),
    };
    fields
        .iter()
        .map(row)
        .collect::<Result<_, _>>()
        .map(TrajectoryColumn::Rows)
}

fn cell(field: &Field) -> Result<Cell, Field> {
    Ok(match field {
        Field::Null => Cell::Number(f64::NAN),
        Field::Bool(flag) => Cell::Number(f64::from(*flag)),
        Field::Byte(x) => Cell::whole((*x).into()),
        Field::Short(x) => Cell::whole((*x).into()),
        Field::Int(x) => Cell::whole((*x).into()),
        Field::Long(x) => Cell::whole((*x).into()),
        Field::UByte(x) => Cell::whole((*x).into()),
        Field::UShort(x) => Cell::whole((*x).into()),
        Field::UInt(x) => Cell::whole((*x).into()),
        Field::ULong(x) => Cell::whole((*x).into()),
        Field::Float16(x) => Cell::Number(f64::from(*x)),
        Field::Float(x) => Cell::Number(f64::from(*x)),
        Field::Double(x) => Cell::Number(*x),
        Field::Str(text) => Cell::Text(text.clone()),
        other => return Err(other.clone()),
    })
}

fn unreadable(column: &str, found: &Field) -> miette::Report {
    miette!(
        help = "cast the column to numbers, flags, text or lists of them before it is written",
        "column `{column}`: expected numbers, flags or names, or lists of them, found `{found}`"
    )
}
