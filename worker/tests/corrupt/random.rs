//! Some hundred files with random damage.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc;

use super::damage::damaged;
use super::files::small;
use super::trial::{LONGEST, MOST_BYTES, Outcome, Trial, attempt, is_typed, remember_panics};

const SEEDS: u64 = 400;

const STATEMENTS: [&str; 4] = [
    "SELECT * FROM x",
    "SELECT count(*) AS n, min(id) AS least, max(id) AS most FROM x",
    "SELECT * FROM x WHERE id > 17 AND id < 31",
    "SELECT id FROM x WHERE id = 21",
];

#[test]
fn random_damage_gives_a_typed_failure_or_a_sane_answer() {
    remember_panics();
    let files: Arc<Vec<_>> = Arc::new(small());
    let mut wrong = Vec::new();
    let mut kinds = BTreeMap::<String, usize>::new();
    for seed in 0..SEEDS {
        let (name, file) = &files[usize::try_from(seed).expect("fits") % files.len()];
        let (bytes, what) = damaged(file, seed);
        let trial = bounded(seed, bytes);
        *kinds.entry(kind(&trial)).or_default() += 1;
        wrong.extend(
            complaints(&trial)
                .into_iter()
                .map(|complaint| format!("seed {seed}, {name}, {what}: {complaint}")),
        );
    }
    eprintln!("{kinds:#?}");
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The trial in a thread of its own; one that does not end fails the test by its seed.
fn bounded(seed: u64, bytes: Vec<u8>) -> Trial {
    let (sender, receiver) = mpsc::channel();
    let trial = std::thread::spawn(move || sender.send(attempt(&bytes, &STATEMENTS)));
    let outcome = receiver.recv_timeout(LONGEST);
    let outcome = outcome.unwrap_or_else(|error| panic!("seed {seed} hangs or breaks: {error}"));
    let _ = trial.join();
    outcome
}

fn kind(trial: &Trial) -> String {
    let of = |outcome: &Outcome| match outcome {
        Outcome::Answer { .. } => "answer".to_owned(),
        Outcome::Failure(failure) => format!("{:?}", failure.kind),
        Outcome::Panic(_) => "panic".to_owned(),
    };
    match &trial.opened {
        Ok(_) => format!(
            "opened, then {}",
            trial.outcomes.iter().map(of).collect::<Vec<_>>().join(", ")
        ),
        Err(outcome) => format!("not opened: {}", of(outcome)),
    }
}

fn complaints(trial: &Trial) -> Vec<String> {
    let mut complaints: Vec<String> = trial
        .opened
        .as_ref()
        .err()
        .into_iter()
        .chain(&trial.outcomes)
        .filter_map(|outcome| match outcome {
            Outcome::Failure(failure) if !is_typed(failure) => {
                Some(format!("{:?}: {}", failure.kind, failure.message))
            }
            Outcome::Panic(place) => Some(format!("panic at {place}")),
            _ => None,
        })
        .collect();
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
