//! Several processes that take in the same new files, or go back while others take them in.

use std::process::Child;

use crate::bucket::Bucket;
use crate::fixture::{Project, text};
use crate::growing::{SOURCE, add_day, days_by_table, days_in, project, write_models};
use crate::races::outputs;

fn start(project: &Project, arguments: &[&str]) -> Child {
    project.ingest(arguments).spawn().expect("starts")
}

/// From an empty lake on, each file is taken in by one of two or three.
#[test]
fn runs_at_once_take_a_new_file_in_once() {
    let project = project();
    let lake = project.lake();
    for day in 0..8 {
        add_day(&project, day);
        let count = if day % 2 == 0 { 3 } else { 2 };
        for output in outputs((0..count).map(|_| start(&project, &["run"])).collect()) {
            assert!(output.status.success(), "{}", text(&output));
        }
        lake.assert_whole();
        assert_eq!(days_in(&lake), day + 1);
        let history = lake.catalog().expect("published").history;
        assert_eq!(history.len() as i64, day, "one snapshot for each file");
    }
}

/// Each process is told to take the new file into a table of its own.
#[test]
fn runs_at_once_of_different_incremental_tables_all_arrive() {
    let project = project();
    let lake = project.lake();
    for day in 0..5 {
        add_day(&project, day);
        let runs = ["events", "latest", "latest"].map(|table| start(&project, &["run", "--select", table]));
        for output in outputs(runs.into()) {
            assert!(output.status.success(), "{}", text(&output));
        }
        lake.assert_whole();
        let days = days_by_table(&lake);
        assert_eq!((days["events"], days["latest"]), (day + 1, day + 1));
    }
    project.succeed(&["run"]);
    assert_eq!(days_in(&lake), 5);
}

/// Whichever comes first: what is gone back from is taken in again, once.
#[test]
fn a_run_and_a_rollback_at_once_leave_one_of_the_snapshots_and_the_next_run_all_rows() {
    let project = project();
    let lake = project.lake();
    for day in 0..2 {
        add_day(&project, day);
        project.succeed(&["run"]);
    }
    for day in 2..8 {
        add_day(&project, day);
        let run = start(&project, &["run"]);
        // The rollback is the faster one: so it falls into different moments of the run.
        std::thread::sleep(std::time::Duration::from_millis(30 * (day as u64 - 2)));
        let rollback = start(&project, &["rollback"]);
        let [run, rollback] = &outputs(vec![run, rollback])[..] else {
            unreachable!("two processes");
        };
        assert!(run.status.success(), "{}", text(run));
        if !rollback.status.success() {
            let told = text(rollback);
            assert!(
                told.contains("somebody published to target main at the same time"),
                "{told}"
            );
        }
        lake.assert_whole();
        let days = days_in(&lake);
        assert!((day - 1..=day + 1).contains(&days), "{days} of {}", day + 1);
        project.succeed(&["run"]);
        assert_eq!(days_in(&lake), day + 1);
    }
}

/// A run that is held while another one takes in what it is about to publish, and more.
#[cfg(unix)]
#[test]
fn a_run_that_was_overtaken_plans_again_and_takes_in_what_is_left() {
    let project = project();
    let lake = project.lake();
    add_day(&project, 0);
    project.succeed(&["run"]);
    project.write("models/gold/slow.sql", crate::races::SLOW);
    add_day(&project, 1);
    let held = start(&project, &["run"]);
    crate::races::hold_when_it_makes(&project, "slow", &held);
    add_day(&project, 2);
    project.succeed(&["run", "--select", "events,latest,total"]);
    assert_eq!(days_in(&lake), 3);
    add_day(&project, 3);
    crate::races::signal(&held, "-CONT");
    let output = held.wait_with_output().expect("ends");
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("planning again"), "{told}");
    lake.assert_whole();
    let days = days_by_table(&lake);
    assert!(days.values().all(|days| *days == 4), "{days:?}");
    assert!(project.succeed(&["run"]).contains("nothing to do"));
}

/// A run that has asked for the catalog, and is answered when another run has taken in a newer file: it must not take that
/// file for one that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_sees_the_files_that_were_there_when_the_catalog_was_read() {
    let bucket = Bucket::empty(SOURCE).await;
    let (project, lake) = (&bucket.project, &bucket.lake);
    write_models(project, &["events", "latest"]);
    project.write(
        "models/gold/total.sql",
        "SELECT count(*) AS rows, sum(day)::BIGINT AS days FROM source.days",
    );
    add_day(project, 0);
    bucket.ingest(&["run"]).await.expect("published");
    bucket.proxy.hold(0);
    let mut command = bucket.command(&["run"]);
    let held = tokio::task::spawn_blocking(move || command.output().expect("starts"));
    bucket.proxy.until_seen(1).await;
    add_day(project, 1);
    let mut other = bucket.command(&["run"]);
    other.env("STORE", &bucket.store_endpoint);
    let output = tokio::task::spawn_blocking(move || other.output().expect("starts"))
        .await
        .expect("ends");
    assert!(output.status.success(), "{}", text(&output));
    let published = lake.catalog();
    bucket.proxy.release();
    let output = held.await.expect("ends");
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        lake.catalog(),
        published,
        "there is nothing to do: {}",
        text(&output)
    );
    assert_eq!(days_in(lake), 2);
}
