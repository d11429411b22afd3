//! What a run tells at its end: a table on standard output, what went wrong on standard error.

use std::time::Duration;

use super::step::{Outcome, Step};
use crate::log;
use crate::print;
use crate::publish::Published;
use crate::source::Rejected;
use crate::survey::Survey;
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
pub(super) fn print(target: &Target, survey: &Survey, steps: &[Step], ending: &Ending, took: Duration) {
    let unchanged = survey
        .decisions
        .iter()
        .filter(|decision| !decision.action.is_work())
        .count();
    if !steps.is_empty() {
        let mut table = print::table(&["table", "result", "rows", "files", "written", "seconds", "checks"]);
        for step in steps {
            let optional = |text: Option<String>| print::number(text.unwrap_or_default());
            let files = step.action.as_ref().and_then(|action| action.files.clone());
            let name = if step.is_partial {
                format!("{} (new files)", step.name)
            } else {
                step.name.clone()
            };
            table.add_row(vec![
                name.into(),
                step.result_in_short().into(),
                optional(step.rows.map(print::thousands)),
                optional(files.or(step.files.map(|files| files.to_string()))),
                optional(step.bytes.map(print::bytes)),
                print::number(format!("{:.2}", step.seconds)),
                step.checks_in_short().into(),
            ]);
        }
        print::out(table);
        for step in steps {
            if let Some(action) = step.action.as_ref().filter(|action| !action.reasons.is_empty()) {
                print::out(format!("{}: {}", step.name, action.reasons.join(", ")));
            }
        }
    }
    for words in steps.iter().flat_map(Step::drift_in_words) {
        print::out(words);
    }
    for decision in &survey.decisions {
        for note in &decision.notes {
            log::note(&format!("note: {}: {note}", decision.table));
        }
    }
    print::out(format!(
        "{}{} in {:.1} s",
        summary(target, survey, steps, ending),
        match unchanged {
            0 => String::new(),
            count => format!("; {} up to date", print::counted(count as u64, "table")),
        },
        took.as_secs_f64()
    ));
    print::out(format!("{}: {}", target.name, target.traffic));
    for warning in steps.iter().flat_map(|step| &step.warnings) {
        log::warning(warning);
    }
    for step in steps {
        match &step.outcome {
            Outcome::Done if !step.rejected.is_empty() => {
                let files: Vec<String> = step.rejected.iter().map(Rejected::in_full).collect();
                log::note(&format!(
                    "\n{}: {} could not be read and {} left out; the next run tries again\n{}",
                    step.name,
                    print::counted(files.len() as u64, "file"),
                    if files.len() == 1 { "is" } else { "are" },
                    indented(&files.join("\n"))
                ));
            }
            Outcome::Done => {}
            Outcome::Failed(reason) => log::note(&format!("\n{} failed\n{}", step.name, indented(reason))),
            Outcome::Skipped(because) => {
                log::note(&format!(
                    "\n{} skipped because of {}",
                    step.name,
                    because.join(", ")
                ));
            }
        }
    }
    let kept_out: Vec<&str> = steps
        .iter()
        .filter(|step| step.name.starts_with("gold.") && !step.outcome.is_done())
        .filter(|step| {
            // What is stale though unchanged is published all the same.
            let mut decisions = survey.decisions.iter();
            !decisions.any(|decision| decision.table.to_string() == step.name && !decision.action.is_work())
        })
        .map(|step| step.name.as_str())
        .collect();
    if !kept_out.is_empty() {
        log::note(&format!(
            "\nnot published: {}. Readers keep the former version.",
            kept_out.join(", ")
        ));
    }
}

fn summary(target: &Target, survey: &Survey, steps: &[Step], ending: &Ending) -> String {
    match (ending, &survey.catalog) {
        (Ending::Nothing, Some(catalog)) if steps.is_empty() => format!(
            "nothing to do: {} ({}) is at snapshot {}",
            target.name, target.address, catalog.snapshot_id
        ),
        (Ending::Nothing, _) => format!("nothing to publish to {} ({})", target.name, target.address),
        (Ending::Published(published), _) if published.changed.is_empty() => format!(
            "nothing changed: {} ({}) stays at snapshot {}",
            target.name, target.address, published.snapshot_id
        ),
        (Ending::Published(published), _) => format!(
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
