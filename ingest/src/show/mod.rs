//! The verb `show`: the catalog, one table of it, or where tables come from.
//!
//! Entry point: [`run`].

mod catalog;
mod columns;
mod drawing;
mod lineage;
mod table;

use std::process::ExitCode;

use crate::cli::ProjectArgs;
use crate::print;
use crate::publish::{read_manifest, read_published};
use crate::snapshot;
use crate::target::Target;

pub(crate) use columns::shown;

/// Shows what is published: tables and snapshots, one table, or lineage.
///
/// Of one table: columns with statistics, files, checks and SQL. With --lineage: which sources, silver models and gold
/// tables it is made of, what is made of it, and what each column is made of.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// A table of the catalog; with --lineage also source.NAME or silver.NAME.
    table: Option<String>,
    /// An earlier snapshot: its id or the beginning of it, or `previous`.
    #[arg(long, value_name = "ID", default_value = "current", hide_default_value = true)]
    snapshot: String,
    /// Show where tables and columns come from: sources, silver models, gold tables.
    #[arg(long)]
    lineage: bool,
    /// Print JSON: the catalog, the table's manifest, or with --lineage its nodes. The same as --format json.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How to print; mermaid and dot draw lineage.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    project: ProjectArgs,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A flowchart for Markdown.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
}

/// Prints the catalog, a table, or lineage.
pub async fn run(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let format = if args.json { Format::Json } else { args.format };
    if !args.lineage && matches!(format, Format::Mermaid | Format::Dot) {
        anyhow::bail!("mermaid and dot draw lineage: add --lineage, or use --format text or json");
    }
    let project = args.project.load()?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let shown = snapshot::find(&target, &catalog, &args.snapshot)?;
    if args.lineage {
        let manifests = shown.manifests(&target).await?;
        lineage::show(&target, &manifests, args.table.as_deref(), format)?;
        return Ok(ExitCode::SUCCESS);
    }
    match (&args.table, format) {
        (None, Format::Json) => print::out(catalog::json(&catalog, &shown)?),
        (None, _) => catalog::show(&target, &catalog, &shown),
        (Some(name), format) => {
            let entry = shown.table(&target, name)?;
            let manifest = read_manifest(&target, entry).await?;
            if format == Format::Json {
                print::out(serde_json::to_string_pretty(&manifest)?);
            } else {
                table::show(entry, &manifest);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
