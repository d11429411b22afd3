//! What a dbt project may hold and a run does not do: named, with what to do instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::draft::Draft;
use super::files::ProjectFile;
use super::properties::Properties;
use crate::project::ModelError;

/// Of a model that is no SQL.
pub(super) const PYTHON: &str = "Python models are not run: write it as SQL, or let it write a file elsewhere that this project reads \
                                 as a source";

/// Snapshots by name. Each is an error of its own, so that what reads it is skipped.
pub(super) fn snapshots(files: &[ProjectFile], properties: &Properties) -> BTreeMap<String, ModelError> {
    let error = |name: &str, file: PathBuf, line: usize| ModelError {
        name: format!("gold.{name}"),
        file,
        reason: format!(
            "line {line}: snapshot {name} is not run: every run of Goldpan keeps its snapshot of all tables (ingest show, ingest \
             diff); take it out, or write an incremental model"
        ),
    };
    let mut found = BTreeMap::new();
    for file in files {
        for (at, _) in file.text.match_indices("snapshot ") {
            let opening = file.text[..at].trim_end().trim_end_matches(['-', '+']);
            let name: String = file.text[at + "snapshot ".len()..]
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if opening.ends_with("{%") && !name.is_empty() {
                let line = file.text[..at].matches('\n').count() + 1;
                found.insert(name.clone(), error(&name, file.path.clone(), line));
            }
        }
    }
    for node in &properties.snapshots {
        found
            .entry(node.name.clone())
            .or_insert_with(|| error(&node.name, node.file.clone(), 1));
    }
    found
}

/// Models of which another one has the name already, as file or as table.
pub(super) fn refuse_twins(drafts: &mut [Draft<'_>]) {
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    for draft in drafts {
        let names = BTreeSet::from([draft.file.stem(), draft.table.clone()]);
        let twin = names.iter().find_map(|name| known.get(name));
        if let Some(twin) = twin {
            draft.wrong = Some(format!(
                "{} has the same name: rename one of them",
                twin.display()
            ));
        }
        for name in names {
            known.entry(name).or_insert_with(|| draft.file.path.clone());
        }
    }
}
