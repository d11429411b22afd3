//! Some hundred files with random damage.

use super::files::small;
use super::hostile;
use super::trial::{bounded, remember_panics};
use super::verdict::complaints;

const SEEDS: u64 = 300;

const STATEMENTS: [&str; 4] = [
    "SELECT * FROM x",
    "SELECT count(*) AS n, min(id) AS least, max(id) AS most FROM x",
    "SELECT * FROM x WHERE id > 17 AND id < 31",
    "SELECT id FROM x WHERE id = 21",
];

#[test]
fn random_damage_gives_a_typed_failure_or_a_sane_answer() {
    remember_panics();
    let files = small();
    let mut wrong = Vec::new();
    for seed in 0..SEEDS {
        let (name, bytes) = hostile::random(&files, seed);
        let trial = bounded(&format!("seed {seed}"), bytes, &STATEMENTS);
        wrong.extend(
            complaints(&trial)
                .into_iter()
                .map(|complaint| format!("seed {seed}, {name}: {complaint}")),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
