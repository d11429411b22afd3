//! Tables as views of DuckDB over the data files where they lie.
//!
//! Invariant: a view names the files of one snapshot one by one; superseded files in the same folder are not read.
//!
//! Entry point: [`script`].

use catalog::TableManifest;

use super::address;
use crate::data_files;
use crate::engine::sql;
use crate::target::{Location, Target};

/// A script that makes a view for each table.
pub(super) fn script<'a>(
    target: &Target,
    snapshot: &str,
    manifests: impl Iterator<Item = &'a TableManifest>,
) -> anyhow::Result<String> {
    let mut script =
        format!("-- Snapshot {snapshot}. The views keep to its files: export again after a run.\n");
    if let Location::S3 { .. } = &target.location {
        script.push_str("INSTALL httpfs;\nLOAD httpfs;\n");
    }
    for manifest in manifests {
        let paths: Vec<String> = manifest
            .files
            .iter()
            .map(|file| address(target, &file.key))
            .collect::<Result<_, _>>()?;
        script.push_str(&format!(
            "CREATE OR REPLACE VIEW {} AS {};\n",
            sql::identifier(&manifest.table),
            data_files::select_published(&manifest.columns, &manifest.files, &paths)
        ));
    }
    Ok(script)
}
