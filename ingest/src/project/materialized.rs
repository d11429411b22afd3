//! How a model's table is kept from run to run.

use std::fmt;

use serde::Deserialize;

use super::{Layer, ModelHeader};

/// How a table is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Materialized {
    /// Made as a whole whenever something that it is made of changed.
    Table,
    /// Made of new files of its input, which are added to what is there.
    Incremental,
    /// Not kept: computed where it is read. Only of silver.
    View,
}

/// How the new rows of an incremental model meet those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// New rows are added.
    Append,
    /// Rows whose key comes again are removed, new rows are added; a key may have several rows.
    #[serde(alias = "delete+insert")]
    DeleteInsert,
    /// Rows whose key comes again are replaced, others are added; a key has one row.
    Merge,
    /// Partitions of which rows come are replaced.
    #[serde(alias = "partition overwrite", alias = "insert_overwrite")]
    PartitionOverwrite,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Append => "append",
            Self::DeleteInsert => "delete+insert",
            Self::Merge => "merge",
            Self::PartitionOverwrite => "partition_overwrite",
        })
    }
}

/// What happens when a model's columns are not those of the published version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSchemaChange {
    /// New columns are taken in; columns that go, or change their type, stop the model.
    #[default]
    AppendNewColumns,
    /// Any change stops the model.
    Fail,
    /// Any change is taken over.
    SyncAllColumns,
}

/// What an incremental model's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incremental {
    /// How new rows meet those that are there.
    pub strategy: Strategy,
    /// Columns that tell rows apart; may be empty.
    pub unique_key: Vec<String>,
    /// The source that grows, where it is named.
    pub input: Option<String>,
}

/// What of a header does not go together, with the remedy.
pub(crate) fn contradiction(layer: Layer, header: &ModelHeader) -> Option<String> {
    let key = header.unique_key.as_ref().map_or(&[][..], |key| key.names());
    if layer == Layer::Silver {
        let only_gold = [
            (
                "materialized: incremental",
                header.materialized == Some(Materialized::Incremental),
            ),
            ("partition_by", !header.partition_by.is_empty()),
            ("cluster_by", !header.cluster_by.is_empty()),
            ("bloom", !header.bloom.is_empty()),
            ("row_group_rows", header.row_group_rows.is_some()),
            ("zstd_level", header.zstd_level.is_some()),
        ];
        if let Some((what, _)) = only_gold.into_iter().find(|(_, is_there)| *is_there) {
            return Some(format!(
                "{what} is for models of gold, whose files are kept: silver is computed of the files that its readers \
                 take in. Move the model to models/gold, or take it out"
            ));
        }
    }
    if layer == Layer::Gold && header.materialized == Some(Materialized::View) {
        return Some(
            "materialized: view is for models of silver: readers of gold read files, and a view has none. Move the model \
             to models/silver, or write materialized: table"
                .to_owned(),
        );
    }
    let Some(incremental) = header.incremental() else {
        let only_incremental = [
            ("strategy", header.strategy.is_some()),
            ("unique_key", header.unique_key.is_some()),
            ("input", header.input.is_some()),
        ];
        return only_incremental
            .into_iter()
            .find(|(_, is_there)| *is_there)
            .map(|(what, _)| {
                format!("{what} is for incremental models: add materialized: incremental, or take it out")
            });
    };
    match incremental.strategy {
        Strategy::Merge | Strategy::DeleteInsert if key.is_empty() => Some(format!(
            "strategy {} needs unique_key: name the columns that tell rows apart, as in unique_key: [id]",
            incremental.strategy
        )),
        Strategy::Append | Strategy::PartitionOverwrite if !key.is_empty() => Some(format!(
            "strategy {} does not look at unique_key: take it out, or write strategy: merge",
            incremental.strategy
        )),
        Strategy::PartitionOverwrite if header.partition_by.is_empty() => Some(
            "strategy partition_overwrite needs partition_by: name the columns that make partitions, as in \
             partition_by: [day]"
                .to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::header;
    use super::*;

    fn wrong(layer: Layer, yaml: &str) -> Option<String> {
        let header: ModelHeader = header::parse(&format!("/* @ingest\n{yaml}\n*/ SELECT 1")).expect("parses");
        contradiction(layer, &header)
    }

    #[test]
    fn strategies_have_the_names_of_the_field() {
        for (text, strategy) in [
            ("append", Strategy::Append),
            ("delete+insert", Strategy::DeleteInsert),
            ("merge", Strategy::Merge),
            ("partition overwrite", Strategy::PartitionOverwrite),
            ("insert_overwrite", Strategy::PartitionOverwrite),
        ] {
            let header: ModelHeader =
                header::parse(&format!("/* @ingest\nstrategy: {text}\n*/")).expect(text);
            assert_eq!(header.strategy, Some(strategy));
        }
    }

    #[test]
    fn what_does_not_go_together_is_said_with_the_remedy() {
        for (layer, yaml, told) in [
            (Layer::Silver, "materialized: incremental", "models/gold"),
            (Layer::Silver, "partition_by: [a]", "models/gold"),
            (Layer::Gold, "materialized: view", "models/silver"),
            (Layer::Gold, "strategy: merge", "materialized: incremental"),
            (
                Layer::Gold,
                "materialized: incremental\nstrategy: merge",
                "unique_key: [id]",
            ),
            (
                Layer::Gold,
                "materialized: incremental\nstrategy: append\nunique_key: a",
                "strategy: merge",
            ),
            (
                Layer::Gold,
                "materialized: incremental\nstrategy: partition_overwrite",
                "partition_by: [day]",
            ),
        ] {
            let wrong = wrong(layer, yaml).expect(yaml);
            assert!(wrong.contains(told), "{yaml}: {wrong}");
        }
        for yaml in [
            "materialized: table",
            "materialized: incremental",
            "materialized: incremental\nunique_key: [a, b]",
        ] {
            assert_eq!(wrong(Layer::Gold, yaml), None, "{yaml}");
        }
    }
}
