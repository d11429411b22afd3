//! What defines a gold table, as hashes that tell whether and where it changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, Name, PlannedModel};
use crate::project::SourceConfig;
use crate::state::hash_of;

/// Raised when the writer lays the same rows out in another way, so that tables are written anew.
const LAYOUT: &str = "1";

/// What defines a gold table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Of the rows: the model itself, each silver model and the reading of each source that it is made of.
    pub rows: BTreeMap<String, String>,
    /// Of what a manifest says beside them.
    pub description: String,
    /// Of the checks that guard it.
    pub checks: String,
}

impl Definition {
    /// The definition of a gold model.
    pub fn of(graph: &Graph, planned: &PlannedModel, sources: &BTreeMap<String, SourceConfig>) -> Self {
        let header = &planned.model.header;
        let table = planned.table();
        let made_of = graph.made_of(planned);
        let mut rows = BTreeMap::new();
        let mut layout = format!(
            "{LAYOUT} {:?} {:?} {:?} {:?} {:?}",
            header.partition_by,
            header.cluster_by,
            header.row_group_rows,
            header.bloom,
            header.incremental()
        );
        // Tables that were made before there were levels are as without one.
        if let Some(level) = header.zstd_level {
            layout.push_str(&format!(" zstd {level}"));
        }
        let external = header.external.iter().map(|external| format!("{external:?}"));
        rows.insert(
            "layout".to_owned(),
            hash_of(std::iter::once(layout).chain(external)),
        );
        rows.insert(table.to_string(), of_sql(planned));
        let silver: Vec<&PlannedModel> = made_of.iter().filter_map(|name| silver(graph, name)).collect();
        for model in &silver {
            rows.insert(model.table().to_string(), of_sql(model));
        }
        for name in made_of.iter().filter(|name| name.schema == "source") {
            if let Some(config) = sources.get(&name.table) {
                let mut reading = format!("{:?} {:?}", config.format, config.options);
                if config.table.is_some() || config.query.is_some() {
                    reading.push_str(&format!(" {:?} {:?}", config.table, config.query));
                }
                if let Some(cursor) = &config.cursor {
                    reading.push_str(&format!(" {cursor:?}"));
                }
                if config.provenance {
                    reading.push_str(" provenance");
                }
                let names = config.keep_names.then(|| "names kept".to_owned());
                rows.insert(name.to_string(), hash_of(std::iter::once(reading).chain(names)));
            }
        }
        let description = format!(
            "{:?} {:?} {:?} {:?}",
            header.description, header.owner, header.tags, header.columns
        );
        let of_headers = [planned]
            .into_iter()
            .chain(silver)
            .map(|model| format!("{} {:?}", model.table(), model.model.header.checks));
        let guards = graph
            .checks
            .iter()
            .filter(|check| graph.guarded_by(check).contains(&table))
            .map(|check| {
                format!(
                    "{} {} {:?}",
                    check.check.name, check.fingerprint, check.check.header.severity
                )
            });
        Self {
            rows,
            description: hash_of([description]),
            checks: hash_of(of_headers.chain(guards)),
        }
    }

    /// In words, what differs from another definition of the rows.
    pub fn changes(&self, table: &Name, before: &BTreeMap<String, String>) -> Vec<String> {
        let table = table.to_string();
        let names: BTreeSet<&String> = self.rows.keys().chain(before.keys()).collect();
        names
            .into_iter()
            .filter(|name| !is_same(self.rows.get(*name), before.get(*name)))
            .map(
                |name| match (before.contains_key(name), self.rows.contains_key(name)) {
                    (false, _) => format!("it reads {name} now"),
                    (_, false) => format!("it does not read {name} any more"),
                    _ if *name == table => "its SQL changed".to_owned(),
                    _ if name == "layout" => "its layout or strategy changed".to_owned(),
                    _ if name.starts_with("source.") => format!("{name} is read with other options"),
                    _ => format!("the SQL of {name} changed"),
                },
            )
            .collect()
    }
}

/// Hashes of what a model's SQL means and of its text: it is the same if one of them is, for another version of DuckDB
/// may see another meaning in the same text.
fn of_sql(model: &PlannedModel) -> String {
    format!("{} {}", model.fingerprint, hash_of([model.model.body()]))
}

fn is_same(a: Option<&String>, b: Option<&String>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.split(' ').zip(b.split(' ')).any(|(a, b)| a == b),
        (a, b) => a == b,
    }
}

fn silver<'a>(graph: &'a Graph, name: &Name) -> Option<&'a PlannedModel> {
    (name.schema == "silver").then(|| graph.model(name)).flatten()
}
