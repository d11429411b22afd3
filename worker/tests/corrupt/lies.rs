//! Files whose numbers are lies.

use super::hostile::{Lie, Wanted, lies, sound};
use super::trial::{Outcome, bounded, remember_panics};
use super::verdict::{blames, complaints};

const STATEMENTS: [&str; 4] = [
    "SELECT * FROM x",
    "SELECT count(x) AS n, max(x) AS most FROM x",
    "SELECT x FROM x WHERE x IS NOT NULL",
    "SELECT count(*) AS n FROM x WHERE x > 2",
];

/// What only the pages themselves tell, or the list that is being decoded, is found by Parquet's decoder: after it has made
/// room for what is claimed, by a panic, or not at all. In the browser a panic ends the worker, which is replaced.
const FOUND_BY_THE_DECODER: [&str; 6] = [
    "lists of the footer",
    "bounds of pages",
    "sizes of pages",
    "counts of pages",
    "dictionaries",
    "encodings",
];

#[test]
fn the_file_that_the_lies_are_changes_of_is_sound() {
    remember_panics();
    let trial = bounded("sound", sound(), &STATEMENTS);
    assert_eq!(complaints(&trial), Vec::<String>::new());
    for outcome in &trial.outcomes {
        assert!(matches!(outcome, Outcome::Answer { .. }), "{outcome:?}");
    }
}

#[test]
fn what_an_index_says_of_the_places_of_pages_changes_no_answer() {
    remember_panics();
    let right = bounded("sound", sound(), &STATEMENTS).outcomes;
    let places = lies()
        .into_iter()
        .filter(|(topic, _)| *topic == "places of pages")
        .flat_map(|(_, lies)| lies);
    let mut answers = 0;
    for lie in places {
        let outcomes = bounded(&lie.name, lie.bytes, &STATEMENTS).outcomes;
        for ((outcome, right), statement) in outcomes.iter().zip(&right).zip(STATEMENTS) {
            if matches!(outcome, Outcome::Answer { .. }) {
                assert_eq!(outcome, right, "{}: {statement}", lie.name);
                answers += 1;
            }
        }
    }
    assert!(answers > 0, "data that is intact can be read");
}

#[test]
fn lies_are_refused_or_do_no_harm() {
    remember_panics();
    let wrong: Vec<String> = lies()
        .into_iter()
        .flat_map(|(topic, lies)| lies.into_iter().map(move |lie| (topic, lie)))
        .flat_map(|(topic, lie)| judge(topic, lie))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn judge(topic: &str, lie: Lie) -> Vec<String> {
    let name = format!("{topic}: {}", lie.name);
    let trial = bounded(&name, lie.bytes, &STATEMENTS);
    let complaints = if FOUND_BY_THE_DECODER.contains(&topic) {
        blames(&trial)
    } else {
        let answer = trial
            .outcomes
            .first()
            .filter(|outcome| matches!(outcome, Outcome::Answer { .. }));
        let believed = answer
            .filter(|_| lie.wanted == Wanted::Failure)
            .map(|answer| format!("answered {answer:?}"));
        complaints(&trial).into_iter().chain(believed).collect()
    };
    complaints
        .into_iter()
        .map(|complaint| format!("{name}: {complaint}"))
        .collect()
}
