//! Files that can be read, and not together.
//!
//! Invariant: a file that is left out differs from most; where two are as many, from the first. Columns of types that
//! have a common one are read as that, and of Parquet it is told.
//!
//! Entry point: [`Clash::of`].

use std::collections::{BTreeMap, BTreeSet};

use super::drift::common;
use super::reader::{Function, Reader};
use super::{KnownTypes, Rejected, SourceFile};
use crate::engine::Engine;

/// Names and types of a file's columns.
type Columns = Vec<(String, String)>;

/// What keeps files from being one table.
#[derive(Debug, Default)]
pub(super) struct Clash {
    /// Files that are left out.
    pub odd: Vec<Rejected>,
    /// Types of columns that are not of the same one in all files.
    pub wider: KnownTypes,
}

impl Clash {
    /// Compares files that can each be read.
    pub fn of(reader: &mut Reader<'_>, engine: &Engine, files: &[SourceFile]) -> Self {
        let described: Vec<Columns> = files
            .iter()
            .map(|file| {
                reader
                    .describe(engine, std::slice::from_ref(file))
                    .unwrap_or_default()
            })
            .collect();
        let mut clash = Self::default();
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        if reader.function == Function::Csv && !reader.is_by_name() {
            for (index, reason) in lacking(files, &described) {
                reasons.insert(index, reason);
            }
        }
        let names: BTreeSet<&String> = described.iter().flatten().map(|(name, _)| name).collect();
        for name in names {
            let of_column: Vec<(usize, &String)> = described
                .iter()
                .enumerate()
                .filter(|(index, _)| !reasons.contains_key(index))
                .filter_map(|(index, columns)| {
                    let (_, duck_type) = columns.iter().find(|(known, _)| known == name)?;
                    Some((index, duck_type))
                })
                .collect();
            let Some((first, usual)) = most(of_column.iter().map(|(index, duck_type)| (*index, *duck_type)))
            else {
                continue;
            };
            let mut wide = usual.clone();
            for (index, duck_type) in of_column {
                let both = common(engine, &wide, duck_type);
                match both.filter(|both| both != "VARCHAR" || wide == "VARCHAR") {
                    Some(both) => wide = both,
                    None if reader.reads_as(engine, &files[index], name, usual) => {}
                    None => {
                        let reason = format!(
                            "its column `{name}` is {duck_type}, and {usual} in {}: make it alike, or read all files as \
                             text with drift = \"evolve\" or the option types",
                            files[first].origin
                        );
                        reasons.entry(index).or_insert(reason);
                    }
                }
            }
            let left = described
                .iter()
                .enumerate()
                .filter(|(index, _)| !reasons.contains_key(index));
            if left
                .flat_map(|(_, columns)| columns)
                .any(|(known, duck_type)| known == name && *duck_type != wide)
            {
                clash.wider.insert(name.clone(), wide);
            }
        }
        clash.odd = reasons
            .into_iter()
            .map(|(index, reason)| Rejected::of(reader.name, &files[index], reason))
            .collect();
        clash
    }
}

/// What most are, and the first that is so; of those that are as many, what comes first.
fn most<'a, T: Ord>(each: impl Iterator<Item = (usize, &'a T)>) -> Option<(usize, &'a T)> {
    let mut counted: BTreeMap<&T, (usize, usize)> = BTreeMap::new();
    for (index, value) in each {
        counted.entry(value).or_insert((0, index)).0 += 1;
    }
    let most = counted
        .into_iter()
        .max_by(|(_, a), (_, b)| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    most.map(|(value, (_, first))| (first, value))
}

/// Files whose columns are not those of most.
fn lacking(files: &[SourceFile], described: &[Columns]) -> Vec<(usize, String)> {
    let sets: Vec<BTreeSet<&String>> = described
        .iter()
        .map(|columns| columns.iter().map(|(name, _)| name).collect())
        .collect();
    let Some((like, usual)) = most(sets.iter().enumerate()) else {
        return Vec::new();
    };
    let like = &files[like].origin;
    let remedy =
        "or match columns by name, with NULL where there is none, by options = { union_by_name = true }";
    let of_file = |(index, set): (usize, &BTreeSet<&String>)| {
        if let Some(name) = usual.difference(set).next() {
            return Some((
                index,
                format!("it has no column `{name}`, as {like} has: add it, {remedy}"),
            ));
        }
        // DuckDB takes the first file for what all are to be.
        let more = set.difference(usual).next().filter(|_| index == 0)?;
        Some((
            index,
            format!("it has a column `{more}`, as {like} has not: take it out, {remedy}"),
        ))
    };
    sets.iter().enumerate().filter_map(of_file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_is_what_comes_most_often_or_first() {
        assert_eq!(most(["a", "b", "b"].iter().enumerate()), Some((1, &"b")));
        assert_eq!(most(["b", "a"].iter().enumerate()), Some((0, &"b")));
        assert_eq!(most(std::iter::empty::<(usize, &u8)>()), None);
    }
}
