//! `cargo xtask test`: the verdict on a change, the same for a person and for CI.
//!
//! Steps stand from cheap to dear, and those that share compiled artefacts share a cargo profile: the wasm lints use
//! the profile of the site, the native lints and tests that of the demo.
//!
//! Invariant: every selected step either runs, or is reported as skipped because one that it builds on has failed;
//! the status is success only if all ran and passed.
//!
//! Entry point: [`run`].

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::time::{Duration, Instant};
use xshell::Cmd;

use crate::demo;
use crate::report::duration;
use crate::setup::{self, Need, chromium, pypi};
use crate::site::{self, Optimisation};
use crate::tidy;
use crate::workspace::Workspace;

const NATIVE_PACKAGES: [&str; 4] = ["catalog", "protocol", "ingest", "xtask"];
/// Linted for the target they are made for; their tests run natively.
const WASM_PACKAGES: [&str; 2] = ["worker", "app"];
const PARQUET_FIXTURES: &str = "parquet_fixtures";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What `cargo xtask test` accepts.
#[derive(Args)]
pub struct Options {
    /// Run only the native and browser tests whose names contain one of these.
    filters: Vec<String>,
    /// Run only these steps, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
}

/// One part of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting.
    Fmt,
    /// The rules of the tree.
    Tidy,
    /// Lints of the native crates and, for wasm, of engine and page.
    Clippy,
    /// Native tests.
    Native,
    /// The site that the browser tests drive.
    Site,
    /// Browser tests.
    E2e,
}

impl Step {
    fn needs(self) -> &'static [Need] {
        match self {
            Self::Fmt | Self::Tidy => &[Need::Lints],
            Self::Clippy => &[Need::Lints, Need::Native, Need::Wasm],
            Self::Native => &[Need::Native, Need::Postgres, Need::Pyiceberg],
            Self::Site => &[Need::Site],
            Self::E2e => &[Need::Native, Need::Browser, Need::Pyarrow],
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn run(self, workspace: &Workspace, filters: &[String]) -> Result<()> {
        match self {
            Self::Fmt => cargo(workspace, &["fmt", "--all", "--check"], &["-l".to_owned()])
                .context("the files above are not formatted; run `cargo fmt --all`"),
            Self::Tidy => tidy::run(workspace),
            Self::Clippy => clippy(workspace),
            Self::Native => native_tests(workspace, filters),
            Self::Site => site::build(workspace, Optimisation::Fast),
            Self::E2e => browser_tests(workspace, filters),
        }
    }
}

enum Outcome {
    Passed(Duration),
    Failed(Duration),
    Skipped,
}

/// Runs the selected steps and prints a table of their outcomes.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let steps = selected(options);
    let needs: Vec<Need> = steps.iter().flat_map(|step| step.needs()).copied().collect();
    setup::run(workspace, &needs)?;
    let mut outcomes: Vec<(Step, Outcome)> = Vec::new();
    for step in steps {
        let site_failed = outcomes
            .iter()
            .any(|(step, outcome)| *step == Step::Site && !outcome.passed());
        let outcome = if step == Step::E2e && site_failed {
            Outcome::Skipped
        } else {
            attempt(step, workspace, &options.filters)
        };
        outcomes.push((step, outcome));
    }
    println!("\nstep     outcome   time");
    for (step, outcome) in &outcomes {
        println!("{}", outcome.row(&step.name()));
    }
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.passed())
        .map(|(step, _)| step.name())
        .collect();
    if !failed.is_empty() {
        bail!(
            "not passed: {0}; run them alone with `cargo xtask test --only {0}`",
            failed.join(",")
        );
    }
    println!("\nall {} steps passed", outcomes.len());
    Ok(())
}

/// The steps to run, in the order that gives the earliest bad news. A filter names tests, so it selects only the
/// steps that have tests, and the site that the browser tests need.
fn selected(options: &Options) -> Vec<Step> {
    let all = Step::value_variants().iter().copied();
    let has_tests = |step: &Step| matches!(step, Step::Native | Step::Site | Step::E2e);
    match (options.only.is_empty(), options.filters.is_empty()) {
        (false, _) => all.filter(|step| options.only.contains(step)).collect(),
        (true, false) => all.filter(has_tests).collect(),
        (true, true) => all.collect(),
    }
}

fn attempt(step: Step, workspace: &Workspace, filters: &[String]) -> Outcome {
    println!("\n#### {}", step.name());
    let started = Instant::now();
    let result = step.run(workspace, filters);
    let elapsed = started.elapsed();
    match result {
        Ok(()) => {
            println!("#### {}: passed, {}", step.name(), duration(elapsed));
            Outcome::Passed(elapsed)
        }
        Err(error) => {
            println!("#### {}: FAILED, {}\n{error:#}", step.name(), duration(elapsed));
            Outcome::Failed(elapsed)
        }
    }
}

impl Outcome {
    fn passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }

    fn row(&self, name: &str) -> String {
        match self {
            Self::Passed(elapsed) => format!("{name:<8} passed    {}", duration(*elapsed)),
            Self::Failed(elapsed) => format!("{name:<8} FAILED    {}", duration(*elapsed)),
            Self::Skipped => format!("{name:<8} skipped   the step before it failed"),
        }
    }
}

/// One package at a time, here and below: its dependencies then have the features that plain `cargo test -p` and
/// `cargo build -p` give them, so that all of these share what is compiled.
fn clippy(workspace: &Workspace) -> Result<()> {
    let deny = ["-D".to_owned(), "warnings".to_owned()];
    for package in NATIVE_PACKAGES {
        cargo(
            workspace,
            &["clippy", "--package", package, "--all-targets"],
            &deny,
        )?;
    }
    for package in WASM_PACKAGES {
        let wasm = ["--target", WASM_TARGET, "--profile", "wasm-fast"];
        let lint = ["clippy", "--package", package, "--all-targets"];
        cargo(workspace, &[lint.as_slice(), &wasm].concat(), &deny)?;
    }
    Ok(())
}

fn native_tests(workspace: &Workspace, filters: &[String]) -> Result<()> {
    let packages = NATIVE_PACKAGES.into_iter().chain(WASM_PACKAGES);
    let failed: Vec<&str> = packages
        .filter(|package| cargo(workspace, &["test", "--package", package], filters).is_err())
        .collect();
    if !failed.is_empty() {
        bail!("native tests failed in {}", failed.join(", "));
    }
    Ok(node_tests(workspace, "app/js", filters)?.run()?)
}

fn browser_tests(workspace: &Workspace, filters: &[String]) -> Result<()> {
    demo::build_ingest(workspace)?;
    demo::build_gold(workspace)?;
    // The Parquet files of parquet-rs; `cargo test --package worker` has compiled this, too.
    cargo(
        workspace,
        &["build", "--package", "worker", "--example", PARQUET_FIXTURES],
        &[],
    )?;
    let fixtures = format!(
        "debug/examples/{PARQUET_FIXTURES}{}",
        std::env::consts::EXE_SUFFIX
    );
    let mut node = node_tests(workspace, "e2e", filters)?
        .env("GOLDPAN_INGEST", demo::ingest(workspace))
        .env("GOLDPAN_PARQUET_FIXTURES", workspace.target.join(fixtures))
        .env("GOLDPAN_PYARROW", pypi::folder(workspace, &pypi::PYARROW)?)
        .env("GOLDPAN_SITE", workspace.path("dist"));
    if let Some(browser) = chromium::locate(workspace) {
        node = node.env("CHROMIUM", browser);
    }
    Ok(node.run()?)
}

/// Node's test runner over the `*.test.js` of a folder.
fn node_tests<'a>(workspace: &'a Workspace, folder: &str, filters: &[String]) -> Result<Cmd<'a>> {
    let mut files = workspace.shell.read_dir(folder)?;
    files.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".test.js")));
    files.sort();
    let patterns = filters
        .iter()
        .map(|filter| format!("--test-name-pattern={filter}"));
    let node = workspace.cmd("node").args(["--test", "--test-reporter=spec"]);
    Ok(node.args(patterns).args(files))
}

fn cargo(workspace: &Workspace, args: &[&str], after_dashes: &[String]) -> Result<()> {
    let mut command = workspace.cmd("cargo").args(args);
    if !after_dashes.is_empty() {
        command = command.arg("--").args(after_dashes);
    }
    Ok(command.run()?)
}

#[cfg(test)]
mod tests {
    use super::{Options, Step, selected};

    fn steps(only: &[Step], filters: &[&str]) -> Vec<Step> {
        let filters = filters.iter().map(|&filter| filter.to_owned()).collect();
        selected(&Options {
            filters,
            only: only.to_vec(),
        })
    }

    #[test]
    fn without_options_everything_runs_cheap_before_dear() {
        assert_eq!(
            steps(&[], &[]),
            [
                Step::Fmt,
                Step::Tidy,
                Step::Clippy,
                Step::Native,
                Step::Site,
                Step::E2e
            ]
        );
    }

    #[test]
    fn chosen_steps_keep_their_order() {
        assert_eq!(steps(&[Step::E2e, Step::Fmt], &[]), [Step::Fmt, Step::E2e]);
    }

    #[test]
    fn a_filter_leaves_out_the_steps_that_have_no_tests() {
        assert_eq!(steps(&[], &["presign"]), [Step::Native, Step::Site, Step::E2e]);
        assert_eq!(steps(&[Step::Native], &["presign"]), [Step::Native]);
    }
}
