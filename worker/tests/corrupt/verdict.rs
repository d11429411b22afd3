//! What must not come of a file, whatever is in it.

use protocol::{Failure, FailureKind};

use super::trial::{Outcome, Trial};

/// What a file of some kilobytes may make the engine hold.
const MOST_BYTES: usize = 256 << 20;

/// What must not be: panics, failures that blame the engine, answers that contradict the footer, wild allocation.
pub fn complaints(trial: &Trial) -> Vec<String> {
    let mut complaints = blames(trial);
    let outcomes = trial.opened.as_ref().err().into_iter().chain(&trial.outcomes);
    complaints.extend(outcomes.filter_map(|outcome| match outcome {
        Outcome::Panic(place) if !is_only_of_this_build(place) => Some(format!("panic at {place}")),
        _ => None,
    }));
    if let (Ok(claimed), Some(Outcome::Answer { rows, .. })) = (&trial.opened, trial.outcomes.first())
        && claimed != rows
    {
        complaints.push(format!("the footer has {claimed} rows, the answer {rows}"));
    }
    if trial.peak_bytes > MOST_BYTES {
        complaints.push(format!("{} MiB were held", trial.peak_bytes >> 20));
    }
    complaints
}

/// Failures that blame the engine for what is in the file.
pub fn blames(trial: &Trial) -> Vec<String> {
    trial
        .opened
        .as_ref()
        .err()
        .into_iter()
        .chain(&trial.outcomes)
        .filter_map(|outcome| match outcome {
            Outcome::Failure(failure) if !is_typed(failure) => {
                Some(format!("{:?}: {}", failure.kind, failure.message))
            }
            _ => None,
        })
        .collect()
}

/// Overflow in a dependency: the released build, as every browser runs it, goes on there with another number. What
/// comes of that is tested in the browser.
fn is_only_of_this_build(panic: &str) -> bool {
    panic.contains(".cargo") && panic.contains("attempt to") && panic.contains("with overflow")
}

/// Whether a failure tells a person that the file is to blame.
fn is_typed(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::CorruptFile
            | FailureKind::OutOfMemory
            | FailureKind::InvalidQuery
            | FailureKind::StaleSnapshot
    )
}
