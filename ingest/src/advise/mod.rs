//! The verb `advise`: which layout of a table makes readers fetch less, by measuring.
//!
//! Some layouts are written, of the table or of a sample, and read as a browser reads them; what saves a tenth is advised, as
//! lines for the model's header.
//!
//! Invariant: nothing but the temporary folder is written, and it holds one layout at a time. What is advised depends on
//! bytes and requests alone, which are the same each time; times are only shown.
//!
//! Entry point: [`run`].

mod candidate;
mod choose;
mod filter;
mod measure;
mod propose;
mod question;
mod report;
mod subject;

use std::process::ExitCode;

use anyhow::Context;

use crate::cli::ProjectArgs;
use crate::log;
use crate::progress::Progress;
use crate::scratch::Scratch;
use question::Question;
use subject::Subject;

/// Says which layout of a table makes its readers fetch less: order of rows, bloom filters, size of row groups, level of zstd.
///
/// Layouts are written to the temporary folder and read as a browser reads them. Without --query, queries are proposed by
/// cluster_by, bloom and unique_key of the table's header and by the roles of its columns.
#[derive(Debug, clap::Args)]
pub struct AdviseArgs {
    /// A table of the catalog.
    table: String,
    /// A query that readers ask, as often as there are such: SELECT … FROM TABLE WHERE …, with =, IN, <, <=, >, >= and
    /// BETWEEN, joined by AND.
    #[arg(long = "query", value_name = "SQL")]
    queries: Vec<String>,
    /// Rows to measure, at most; of a larger table these are a sample.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Measures layouts and prints what to set.
pub async fn run(args: &AdviseArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let progress = Progress::start(project.settings());
    progress.say("reading the table");
    let scratch = Scratch::begin(project.settings())?;
    let subject = Subject::open(&project, &args.table, args.rows, scratch.path()).await?;
    let (questions, choice) = tokio::task::block_in_place(|| -> anyhow::Result<_> {
        let queries = if args.queries.is_empty() {
            propose::propose(&subject)?
        } else {
            args.queries.clone()
        };
        let questions = queries
            .iter()
            .map(|sql| {
                Question::of(&subject, sql).with_context(|| format!("cannot measure --query \"{sql}\""))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::ensure!(
            !questions.is_empty(),
            "{} has no column that a filter can be proposed for: give --query \"SELECT … FROM {} WHERE …\"",
            subject.table,
            subject.table
        );
        let choice = choose::choose(&subject, &questions, &progress)?;
        Ok((questions, choice))
    })?;
    progress.finish();
    if args.queries.is_empty() {
        log::note("no --query was given: these are proposed by the header and the roles of columns");
    }
    let reads = questions.iter().zip(&choice.trials[0].measured.reads);
    for (question, _) in reads.filter(|(_, read)| read.rows == 0) {
        log::note(&format!(
            "no row that was measured passes \"{}\": what it would read of such rows is not counted",
            question.sql
        ));
    }
    report::print(&subject, &questions, &choice);
    Ok(ExitCode::SUCCESS)
}
