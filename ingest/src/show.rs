//! The verb `show`: the catalog, or one table of it.
//!
//! Entry point: [`run`].

use std::process::ExitCode;

use catalog::{Catalog, CheckStatus, Column, Scalar, Severity, TableManifest};

use crate::cli::ProjectArgs;
use crate::print;
use crate::publish::{read_manifest, read_published};
use crate::target::Target;

/// Longer values are cut on the screen.
const SHOWN_CHARACTERS: usize = 32;

/// Shows what is published: all tables, or the columns, files, checks and lineage of one.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// A table of the catalog.
    table: Option<String>,
    /// Print the catalog, or the table's manifest, as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Prints the catalog or a table.
pub async fn run(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let Some(name) = &args.table else {
        if args.json {
            print::out(serde_json::to_string_pretty(&catalog)?);
        } else {
            show_catalog(&target, &catalog);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(entry) = catalog.table(name) else {
        let known: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
        anyhow::bail!(
            "target {} has no table `{name}`: it has {}",
            target.name,
            known.join(", ")
        );
    };
    let manifest = read_manifest(&target, entry).await?;
    if args.json {
        print::out(serde_json::to_string_pretty(&manifest)?);
    } else {
        show_table(&manifest);
    }
    Ok(ExitCode::SUCCESS)
}

fn show_catalog(target: &Target, catalog: &Catalog) {
    print::out(format!(
        "{} at {} ({}), snapshot {} of {}",
        catalog.name, target.name, target.address, catalog.snapshot_id, catalog.published_at
    ));
    let mut table = print::table(&[
        "table",
        "rows",
        "columns",
        "files",
        "size",
        "updated",
        "description",
    ]);
    for entry in &catalog.tables {
        table.add_row(vec![
            entry.name.as_str().into(),
            print::number(print::thousands(entry.rows)),
            print::number(entry.columns),
            print::number(entry.files),
            print::number(print::bytes(entry.bytes)),
            entry.updated_at.as_str().into(),
            entry.description.as_deref().unwrap_or_default().into(),
        ]);
    }
    print::out(table);
}

fn show_table(manifest: &TableManifest) {
    print::out(format!(
        "{}: {}, {}{}",
        manifest.table,
        print::counted(manifest.rows, "row"),
        print::bytes(manifest.bytes),
        manifest
            .description
            .as_deref()
            .map(|text| format!(". {text}"))
            .unwrap_or_default()
    ));
    show_columns(&manifest.columns);
    let keys: Vec<String> = manifest
        .sort_keys
        .iter()
        .map(|key| format!("{}{}", key.column, if key.descending { " desc" } else { "" }))
        .collect();
    if !keys.is_empty() {
        print::out(format!("sorted by {}", keys.join(", ")));
    }
    let mut files = print::table(&["file", "rows", "row groups", "size"]);
    for file in &manifest.files {
        files.add_row(vec![
            file.key.as_str().into(),
            print::number(print::thousands(file.rows)),
            print::number(file.row_groups),
            print::number(print::bytes(file.bytes)),
        ]);
    }
    print::out(files);
    if !manifest.checks.is_empty() {
        let mut checks = print::table(&["check", "result", "failing rows"]);
        for check in &manifest.checks {
            let result = match (check.status, check.severity) {
                (CheckStatus::Passed, _) => "passed",
                (CheckStatus::Failed, Severity::Warn) => "warned",
                (CheckStatus::Failed, Severity::Error) => "failed",
            };
            checks.add_row(vec![
                check.name.as_str().into(),
                result.into(),
                print::number(print::thousands(check.failing_rows)),
            ]);
        }
        print::out(checks);
    }
    let lineage = &manifest.lineage;
    let list = |names: &[String]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    print::out(format!("models read: {}", list(&lineage.models)));
    print::out(format!("sources: {}", list(&lineage.sources)));
    if let Some(sql) = &lineage.sql {
        print::out(format!("\n{sql}"));
    }
}

fn show_columns(columns: &[Column]) {
    let mut table = print::table(&[
        "column",
        "type",
        "role",
        "nulls",
        "distinct",
        "min",
        "max",
        "description",
    ]);
    for column in columns {
        let statistics = &column.statistics;
        let count = |count: Option<u64>| print::number(count.map(print::thousands).unwrap_or_default());
        let name = match &column.original_name {
            Some(original) => format!("{}\n({original})", column.name),
            None => column.name.clone(),
        };
        table.add_row(vec![
            name.into(),
            column.column_type.to_string().into(),
            format!("{:?}", column.role).to_lowercase().into(),
            count(statistics.null_count),
            count(statistics.distinct_count),
            shown(statistics.min.as_ref()).into(),
            shown(statistics.max.as_ref()).into(),
            column.description.as_deref().unwrap_or_default().into(),
        ]);
    }
    print::out(table);
}

fn shown(value: Option<&Scalar>) -> String {
    let text = value.map(ToString::to_string).unwrap_or_default();
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text;
    }
    text.chars().take(SHOWN_CHARACTERS - 1).chain(['…']).collect()
}
