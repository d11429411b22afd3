//! Rules of the tree that no compiler knows.
//!
//! Invariant: each finding names a file, the rule it breaks and how to mend it.
//!
//! Entry point: [`run`].

mod arrows;
mod edge;
mod packages;
mod prose;
mod sizes;
mod tree;

use anyhow::{Context, Result, bail};
use std::fmt;

use crate::workspace::Workspace;
use tree::SourceFile;

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// The file, relative to the checkout, with a line number where there is one.
    place: String,
    rule: String,
    fix: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}\n    {}", self.place, self.rule, self.fix)
    }
}

/// Checks all rules, prints the findings and fails if there are any.
pub fn run(workspace: &Workspace) -> Result<()> {
    let files = tree::read(&workspace.root)?;
    let metadata = workspace
        .cmd("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .quiet()
        .read()
        .context("cannot read the workspace's manifests")?;
    let mut findings = arrows::check(&metadata)?;
    findings.extend(check_files(&files));
    if findings.is_empty() {
        println!("tidy: {} files follow the rules", files.len());
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    bail!("tidy: {} findings in {} files read", findings.len(), files.len())
}

fn check_files(files: &[SourceFile]) -> Vec<Finding> {
    let each = files.iter().flat_map(|file| {
        let rules = [sizes::check(file), edge::check(file), packages::check(file)];
        rules.into_iter().flatten().chain(prose::check(file))
    });
    each.chain(sizes::check_median(files)).collect()
}
