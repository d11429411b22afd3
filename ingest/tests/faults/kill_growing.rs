//! Runs that take in new files and are killed.

use std::time::{Duration, Instant};

use crate::bucket::Bucket;
use crate::fixture::Seeded;
use crate::growing::{SOURCE, add_day, days_in, project, write_models};

const KILLS: usize = 60;
const KILLS_WITH_BUCKET: usize = 25;
const SEED: u64 = 11;

/// When to kill: around the moment at which runs publish, as far as it is known.
struct Aim {
    random: Seeded,
    /// From the start of a run.
    publishes_after: Duration,
    /// Runs that had not published when they were killed, and runs that had.
    hits: [usize; 2],
}

impl Aim {
    fn at(whole_run: Duration) -> Self {
        Self {
            random: Seeded(SEED),
            publishes_after: whole_run,
            hits: [0, 0],
        }
    }

    fn delay(&mut self) -> Duration {
        self.publishes_after.mul_f64(0.2 + self.random.share())
    }

    fn learn(&mut self, has_published: bool) {
        self.hits[usize::from(has_published)] += 1;
        let share = if has_published { 0.9 } else { 1.1 };
        self.publishes_after = self.publishes_after.mul_f64(share);
    }
}

/// Whenever a run is killed, the rows of a new file are there once, in all tables, or in none; the next run takes in what
/// is missing.
#[test]
fn a_run_that_is_killed_has_taken_new_files_in_once_or_not_at_all() {
    let project = project();
    let lake = project.lake();
    add_day(&project, 0);
    project.succeed(&["run"]);
    add_day(&project, 1);
    let started = Instant::now();
    project.succeed(&["run"]);
    let mut aim = Aim::at(started.elapsed());
    let (mut days, mut taken) = (2, 2);
    let mut left_objects = 0;
    for kill in 0..KILLS {
        // What a killed run has not taken in is there for the next one, alone or with a newer file.
        if taken == days || aim.random.share() < 0.2 {
            add_day(&project, days);
            days += 1;
        }
        let before = lake.objects().len();
        let mut run = project.ingest(&["run"]).spawn().expect("starts");
        if kill % 4 == 0 {
            // Between its first object and the commit, as a rule.
            while lake.objects().len() == before && run.try_wait().expect("a child").is_none() {
                std::thread::yield_now();
            }
        } else {
            std::thread::sleep(aim.delay());
        }
        run.kill().expect("is killed, or has ended");
        run.wait().expect("ends");
        lake.assert_whole();
        let now = days_in(&lake);
        assert!(
            now == taken || now == days,
            "{now} after {taken} of {days} days, killed run {kill}, seed {SEED}"
        );
        if kill % 4 != 0 {
            aim.learn(now == days);
        }
        left_objects += usize::from(now == taken && lake.objects().len() > before);
        taken = now;
        if kill % 20 == 0 {
            let shown =
                project.succeed(&["query", "--sql", "SELECT count(DISTINCT day) AS days FROM events"]);
            assert!(shown.contains(&format!(" {taken} ")), "{shown}");
        }
    }
    assert!(
        aim.hits[0] > 0 && aim.hits[1] > 0,
        "killed before and after the commit: {:?}",
        aim.hits
    );
    assert!(
        left_objects > 0,
        "no run was killed between its first object and the commit"
    );

    add_day(&project, days);
    project.succeed(&["run"]);
    assert_eq!(days_in(&lake), days + 1);
    assert!(project.succeed(&["run"]).contains("nothing to do"));
    project.succeed(&["gc", "--older-than", "0s"]);
    assert_eq!(lake.objects(), lake.assert_whole());
    assert_eq!(days_in(&lake), days + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_with_a_bucket_has_taken_new_files_in_once_or_not_at_all() {
    let bucket = Bucket::empty(SOURCE).await;
    let (project, lake) = (&bucket.project, &bucket.lake);
    write_models(project, &["events", "latest"]);
    add_day(project, 0);
    bucket.ingest(&["run"]).await.expect("published");
    add_day(project, 1);
    let started = Instant::now();
    bucket.ingest(&["run"]).await.expect("published");
    let mut aim = Aim::at(started.elapsed());
    let (mut days, mut taken) = (2, 2);
    for kill in 0..KILLS_WITH_BUCKET {
        if taken == days || aim.random.share() < 0.2 {
            add_day(project, days);
            days += 1;
        }
        let delay = aim.delay();
        let mut run = bucket.command(&["run"]).spawn().expect("starts");
        tokio::time::sleep(delay).await;
        run.kill().expect("is killed, or has ended");
        run.wait().expect("ends");
        bucket.assert_whole().await;
        let now = days_in(lake);
        // What a killed run had asked for may still be done after it.
        assert!(
            (taken..=days).contains(&now),
            "{now} after {taken} of {days} days, killed {delay:?} into run {kill}, seed {SEED}"
        );
        aim.learn(now == days);
        taken = now;
    }
    assert!(
        aim.hits[0] > 0 && aim.hits[1] > 0,
        "killed before and after the commit: {:?}",
        aim.hits
    );
    add_day(project, days);
    bucket.ingest(&["run"]).await.expect("published");
    assert_eq!(days_in(lake), days + 1);
    bucket.assert_whole().await;
    lake.age();
    bucket.ingest(&["gc"]).await.expect("clears");
    assert_eq!(lake.objects(), lake.assert_whole());
}
