//! What a run tells at its end: a table on standard output, what went wrong on standard error.

use std::time::Duration;

use super::step::{Outcome, Step};
use crate::print;
use crate::publish::Published;
use crate::target::Target;

/// How a run ended for readers.
#[derive(Debug)]
pub(super) enum Ending {
    /// No table was fit to be published.
    Nothing,
    /// Tables were published, or were published already.
    Published(Published),
}

/// Prints the report.
pub(super) fn print(target: &Target, steps: &[Step], ending: &Ending, took: Duration) {
    let mut table = print::table(&["table", "result", "rows", "files", "size", "seconds", "checks"]);
    for step in steps {
        let optional = |text: Option<String>| print::number(text.unwrap_or_default());
        table.add_row(vec![
            step.name.as_str().into(),
            step.outcome.to_string().into(),
            optional(step.rows.map(print::thousands)),
            optional(step.files.map(|files| files.to_string())),
            optional(step.bytes.map(print::bytes)),
            print::number(format!("{:.2}", step.seconds)),
            step.checks_in_short().into(),
        ]);
    }
    print::out(table);
    print::out(format!(
        "{} in {:.1} s",
        summary(target, ending),
        took.as_secs_f64()
    ));
    for warning in steps.iter().flat_map(|step| &step.warnings) {
        eprintln!("\nwarning: {warning}");
    }
    for step in steps {
        match &step.outcome {
            Outcome::Done => {}
            Outcome::Failed(reason) => eprintln!("\n{} failed\n{}", step.name, indented(reason)),
            Outcome::Skipped(because) => {
                eprintln!("\n{} skipped because of {}", step.name, because.join(", "));
            }
        }
    }
    let kept_out: Vec<&str> = steps
        .iter()
        .filter(|step| step.name.starts_with("gold.") && !step.outcome.is_done())
        .map(|step| step.name.as_str())
        .collect();
    if !kept_out.is_empty() {
        eprintln!(
            "\nnot published: {}. Readers keep the former version.",
            kept_out.join(", ")
        );
    }
}

fn summary(target: &Target, ending: &Ending) -> String {
    match ending {
        Ending::Nothing => format!("nothing to publish to {} ({})", target.name, target.address),
        Ending::Published(published) if published.changed.is_empty() => format!(
            "nothing changed: {} ({}) stays at snapshot {}",
            target.name, target.address, published.snapshot_id
        ),
        Ending::Published(published) => format!(
            "published snapshot {} to {} ({}): {} changed",
            published.snapshot_id,
            target.name,
            target.address,
            published.changed.join(", ")
        ),
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
