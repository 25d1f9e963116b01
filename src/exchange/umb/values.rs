//! Binary files → numbers, offsets, bits and texts; every size is held against the index.

use dashu_int::{IBig, UBig};

use super::super::within::{Span, between};
use super::error::{unsupported, wrong};
use super::index::{Index, Kind};
use super::tar::Files;
use crate::model::error::ModelError;
use crate::number::{Number, Rational};

/// A file of `count` entries of some bytes each.
fn sized<'f>(
    files: &'f Files,
    file: &str,
    width: usize,
    count: usize,
) -> Result<&'f [u8], ModelError> {
    let bytes = files.needed(file)?;
    if Some(bytes.len()) == width.checked_mul(count) {
        Ok(bytes)
    } else {
        Err(wrong(
            file,
            format!("has {} bytes, not {width} for each of {count}", bytes.len()),
        ))
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(8).map(|bytes| {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        u64::from_le_bytes(word)
    })
}

/// `count` + 1 offsets into `total` entries; one entry each where the file is absent.
pub(super) fn offsets(
    files: &Files,
    file: &str,
    count: usize,
    total: usize,
) -> Result<Vec<usize>, ModelError> {
    if files.get(file).is_none() {
        return if count == total {
            Ok((0..=count).collect())
        } else {
            Err(wrong(
                file,
                format!("is absent, and {count} are not {total}"),
            ))
        };
    }
    let offsets: Vec<usize> = words(sized(files, file, 8, count + 1)?)
        .map(|word| usize::try_from(word).unwrap_or(usize::MAX))
        .collect();
    let is_sound =
        offsets.first() == Some(&0) && offsets.last() == Some(&total) && offsets.is_sorted();
    if is_sound {
        Ok(offsets)
    } else {
        Err(wrong(
            file,
            format!("does not lead from 0 to {total} in order"),
        ))
    }
}

/// The next state of each branch.
pub(super) fn targets(
    files: &Files,
    branches: usize,
    states: usize,
) -> Result<Vec<u32>, ModelError> {
    const FILE: &str = "branch-to-target.bin";
    let read = |word: u64| {
        let target = u32::try_from(word).ok().filter(|s| (*s as usize) < states);
        target.ok_or_else(|| wrong(FILE, format!("leads to state {word} of {states}")))
    };
    words(sized(files, FILE, 8, branches)?).map(read).collect()
}

/// A bit for each entry; none is set where the file is absent.
pub(super) fn bits(files: &Files, file: &str, count: usize) -> Result<Vec<bool>, ModelError> {
    if files.get(file).is_none() {
        return Ok(vec![false; count]);
    }
    let bytes = sized(files, file, 8, count.div_ceil(64))?;
    Ok((0..count)
        .map(|i| bytes[i / 8] >> (i % 8) & 1 == 1)
        .collect())
}

/// Doubles or fractions, exactly.
pub(super) fn numbers(
    files: &Files,
    file: &str,
    kind: &Kind,
    count: usize,
) -> Result<Vec<Number>, ModelError> {
    match kind.name.as_str() {
        "double" => {
            let words = words(sized(files, file, 8, count)?);
            let read = |word: u64| {
                let x = f64::from_bits(word);
                Number::from_f64(x).ok_or_else(|| wrong(file, format!("has the entry {x}")))
            };
            words.map(read).collect()
        }
        "rational" => {
            let bits = kind.size.unwrap_or(128) as usize;
            if bits == 0 || !bits.is_multiple_of(16) {
                return Err(wrong("index.json", format!("has fractions of {bits} bits")));
            }
            let bytes = sized(files, file, bits / 8, count)?;
            let fractions = bytes
                .chunks_exact(bits / 8)
                .map(|bytes| fraction(file, bytes));
            fractions.collect()
        }
        "int" | "uint" => {
            let is_signed = kind.name == "int";
            let read = |word: u64| {
                if is_signed {
                    Number::from(word as i64)
                } else {
                    Number::from(Rational::from(word))
                }
            };
            Ok(words(sized(files, file, 8, count)?).map(read).collect())
        }
        _ => match kind.end() {
            Some(end) => {
                let points = intervals(files, file, &end, count)?.into_iter();
                let point = |(low, high): Span| {
                    let point = (low == high).then_some(low);
                    point.ok_or_else(|| unsupported("a reward within an interval"))
                };
                points.map(point).collect()
            }
            None => Err(unsupported("a number that is no double and no fraction")),
        },
    }
}

/// The two ends of each of `count` intervals.
pub(super) fn intervals(
    files: &Files,
    file: &str,
    end: &Kind,
    count: usize,
) -> Result<Vec<Span>, ModelError> {
    if end.end().is_some() {
        return Err(unsupported("an interval of intervals"));
    }
    let ends = numbers(files, file, end, count.saturating_mul(2))?;
    let pairs = ends.chunks_exact(2);
    Ok(pairs.map(|two| (two[0].clone(), two[1].clone())).collect())
}

/// A signed numerator and an unsigned denominator of the same size.
fn fraction(file: &str, bytes: &[u8]) -> Result<Number, ModelError> {
    let (above, below) = bytes.split_at(bytes.len() / 2);
    let denominator = UBig::from_le_bytes(below);
    if denominator == UBig::ZERO {
        return Err(wrong(file, "has a fraction with the denominator 0"));
    }
    let magnitude = UBig::from_le_bytes(above);
    let is_negative = above.last().is_some_and(|byte| byte >> 7 == 1);
    let numerator = if is_negative {
        // two's complement
        IBig::from(magnitude) - (IBig::ONE << (8 * above.len()))
    } else {
        IBig::from(magnitude)
    };
    Ok(Number::from(Rational::from_parts(numerator, denominator)))
}

/// The name of each choice's action; `None` where actions have no names.
pub(super) fn actions<'f>(
    files: &'f Files,
    index: &Index,
) -> Result<Vec<Option<&'f str>>, ModelError> {
    const FILE: &str = "actions/choices/values.bin";
    let folder = "actions/choices";
    if index.choice_actions == 0 || files.get(&format!("{folder}/string-mapping.bin")).is_none() {
        return Ok(vec![None; index.choices]);
    }
    let names = strings(files, folder, index.choice_actions)?;
    let numbers: Vec<usize> = match files.get(FILE) {
        None => vec![0; index.choices],
        Some(_) => sized(files, FILE, 4, index.choices)?
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
            .collect(),
    };
    let name = |number: usize| {
        let name = names.get(number).copied();
        name.map(Some)
            .ok_or_else(|| wrong(FILE, format!("has action {number} of {}", names.len())))
    };
    numbers.into_iter().map(name).collect()
}

/// The strings of a folder.
fn strings<'f>(files: &'f Files, folder: &str, count: usize) -> Result<Vec<&'f str>, ModelError> {
    let file = format!("{folder}/strings.bin");
    let bytes = files.needed(&file)?;
    let ends = offsets(
        files,
        &format!("{folder}/string-mapping.bin"),
        count,
        bytes.len(),
    )?;
    let text = |ends: &[usize]| std::str::from_utf8(&bytes[ends[0]..ends[1]]);
    let texts: Result<Vec<&str>, _> = ends.windows(2).map(text).collect();
    texts.map_err(|_| wrong(&file, "is not UTF-8"))
}

/// p of each branch; 1 in a model without probabilities, each of whose choices has one branch. Of intervals
/// one p between them, and their ends.
pub(super) fn probabilities(
    files: &Files,
    index: &Index,
    branch_of: &[usize],
) -> Result<(Vec<Number>, Vec<Span>), ModelError> {
    const FILE: &str = "branch-to-probability.bin";
    if let Some(end) = index.probability.as_ref().and_then(Kind::end) {
        let ends = intervals(files, FILE, &end, index.branches)?;
        let mut p = Vec::with_capacity(ends.len());
        for (choice, range) in branch_of.windows(2).enumerate() {
            let row = between(&ends[range[0]..range[1]]);
            p.extend(row.map_err(|why| {
                wrong(
                    FILE,
                    format!("holds no distribution for choice {choice}: {why}"),
                )
            })?);
        }
        return Ok((p, ends));
    }
    let points = match &index.probability {
        Some(kind) => numbers(files, FILE, kind, index.branches),
        None if branch_of.windows(2).all(|ends| ends[1] - ends[0] == 1) => {
            Ok(vec![Number::ONE; index.branches])
        }
        None => Err(unsupported("a model whose branches have no probabilities")),
    };
    Ok((points?, Vec::new()))
}

/// Which states have a label, if there is one of the name.
pub(super) fn labelled(
    files: &Files,
    index: &Index,
    name: &str,
) -> Result<Option<Vec<bool>>, ModelError> {
    let Some((_, id)) = index.labels.iter().find(|(alias, _)| alias == name) else {
        return Ok(None);
    };
    let file = format!("annotations/aps/{id}/states/values.bin");
    files.needed(&file)?;
    bits(files, &file, index.states).map(Some)
}
