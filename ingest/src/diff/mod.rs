//! The verb `diff`: what differs between two snapshots.
//!
//! Invariant: everything comes from the manifests; no data file is read.
//!
//! Entry points: [`run`]; [`schema()`], the structure of columns alone.

pub mod column;
pub mod compare;
pub mod drift;
pub mod schema;
pub mod table;
mod text;

use std::process::ExitCode;

use catalog::Catalog;
use serde::Serialize;

use crate::cli::ProjectArgs;
use crate::print;
use crate::project::Project;
use crate::publish::read_published;
use crate::settings::declared;
use crate::snapshot::{self, Snapshot};
use crate::target::Target;

pub use compare::SnapshotDiff;
pub use schema::{SchemaChange, schema};

/// The exit code where `--exit-code` could not find out.
const TROUBLE: u8 = 2;

/// Compares two snapshots: tables, columns, rows, values, checks. Reads manifests only.
///
/// Distribution drift is the population stability index, the sum of (q - p) * ln(q / p) over bins that hold the shares
/// p of the values before and q after: below 0.1 stable, below 0.25 moderate, else significant.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// Up to two snapshots, then tables. A snapshot is its id, the beginning of it, `current` or `previous` [default: the
    /// one before the current one and the current one; all tables].
    #[arg(value_name = "FROM] [TO] [TABLE")]
    words: Vec<String>,
    /// Compare with the current snapshot of this target, or with its snapshot TO.
    #[arg(long, value_name = "NAME")]
    with_target: Option<String>,
    /// Show tables and columns that do not differ too.
    #[arg(long)]
    all: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Exit with 1 where anything differs, with 2 where that cannot be told.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// A value before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pair<T> {
    /// What it was.
    pub before: T,
    /// What it is.
    pub after: T,
}

impl<T: Clone + PartialEq> Pair<T> {
    /// Copies both.
    pub fn of(before: &T, after: &T) -> Self {
        Self {
            before: before.clone(),
            after: after.clone(),
        }
    }
}

impl<T: PartialEq> Pair<T> {
    /// Whether it is not what it was.
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Compares and prints.
pub async fn run(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    let differs = match compare(args).await {
        Ok(differs) => differs,
        Err(error) if args.exit_code => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(TROUBLE));
        }
        Err(error) => return Err(error),
    };
    Ok(if differs && args.exit_code {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn compare(args: &DiffArgs) -> anyhow::Result<bool> {
    let from = Target::open(&args.project.load()?).await?;
    let (catalog, _) = read_published(&from).await?;
    let other = match &args.with_target {
        Some(name) => {
            let flags = args.project.flags.clone().with(&declared::TARGET, name);
            let project = Project::load(&args.project.project, &flags)?;
            let target = Target::open(&project).await?;
            let (catalog, _) = read_published(&target).await?;
            Some((target, catalog))
        }
        None => None,
    };
    let (to, catalog_of_to) = other
        .as_ref()
        .map_or((&from, &catalog), |(to, catalog)| (to, catalog));
    let (snapshots, tables) = told_apart(&args.words, [&catalog, catalog_of_to]);
    let without_from = if args.with_target.is_some() {
        "current"
    } else {
        "previous"
    };
    let before = snapshot::find(&from, &catalog, snapshots.first().map_or(without_from, |id| *id))?;
    let after = snapshot::find(to, catalog_of_to, snapshots.get(1).map_or("current", |id| *id))?;
    let tables = tables
        .iter()
        .map(|table| known(&from, &before, to, &after, table))
        .collect::<anyhow::Result<Vec<String>>>()?;
    let mut diff = SnapshotDiff::of((&from, &before), (to, &after), &tables).await?;
    let differs = diff.differs();
    if args.json {
        if !args.all {
            for table in &mut diff.changed {
                table.columns.retain(column::ColumnDiff::differs);
            }
        }
        print::out(serde_json::to_string_pretty(&diff)?);
    } else {
        text::show(&diff, args.all);
    }
    Ok(differs)
}

/// Which words are snapshots and which are tables: of the first two those that an id may be and no table is called.
fn told_apart<'w>(words: &'w [String], catalogs: [&Catalog; 2]) -> (Vec<&'w str>, Vec<&'w str>) {
    let is_table = |word: &str| {
        let of_catalog = |catalog: &Catalog| {
            snapshot::all(catalog)
                .iter()
                .any(|each| each.entry(word).is_some())
        };
        catalogs.into_iter().any(of_catalog)
    };
    let may_be_id = |word: &str| {
        ["current", "previous"].contains(&word) || word.chars().all(|digit| digit.is_ascii_hexdigit())
    };
    let count = words
        .iter()
        .take(2)
        .take_while(|word| may_be_id(word) && !is_table(word))
        .count();
    let (snapshots, tables) = words.split_at(count);
    let texts = |words: &'w [String]| words.iter().map(String::as_str).collect();
    (texts(snapshots), texts(tables))
}

/// The name of a table that one of the snapshots has.
fn known(
    from: &Target,
    before: &Snapshot<'_>,
    to: &Target,
    after: &Snapshot<'_>,
    table: &str,
) -> anyhow::Result<String> {
    let entry = after
        .table(to, table)
        .or_else(|unknown| before.table(from, table).map_err(|_| unknown))?;
    Ok(entry.name.clone())
}
