use std::collections::BTreeSet;
use std::time::Duration;

use crate::fixture::Project;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(3600 * hours)
}

#[test]
fn what_a_remembered_snapshot_names_stays_and_what_fell_out_of_the_history_goes() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    let first = lake.assert_whole();
    project.publish(2);
    let second: BTreeSet<String> = lake.assert_whole().difference(&first).cloned().collect();
    for version in 3..=12 {
        project.publish(version);
    }
    lake.age();
    let told = project.succeed(&["gc"]);
    assert!(
        told.contains("removed 8 objects"),
        "data, manifest, state and sketch of two tables: {told}"
    );
    let left = lake.objects();
    assert_eq!(left, lake.assert_whole());
    assert!(first.is_disjoint(&left), "version 1 is ten snapshots ago and one");
    assert!(
        second.is_subset(&left),
        "version 2 is the oldest that is remembered"
    );
    project.succeed(&[
        "rollback",
        "--to",
        &lake.catalog().expect("published").history[9].snapshot_id,
    ]);
    assert_eq!(lake.versions(), [2, 2]);
}

#[test]
fn what_is_younger_than_the_grace_period_stays() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    lake.write("tables/a/0.parquet", b"old");
    lake.write("tables/a/1.parquet", b"young");
    lake.write("manifests/gone/2.json", b"old");
    lake.age();
    lake.set_age("tables/a/1.parquet", hours(2));
    let told = project.succeed(&["gc", "--dry-run"]);
    assert!(told.contains("dry run"), "{told}");
    assert!(lake.objects().contains("tables/a/0.parquet"));
    let printed = project.succeed(&["gc", "--json"]);
    let figures: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(
        figures["removed"],
        serde_json::json!(["tables/a/0.parquet", "manifests/gone/2.json"])
    );
    assert_eq!(figures["removed_bytes"], 6);
    assert_eq!(figures["kinds"][0]["kind"], "data files");
    assert_eq!(figures["kinds"][0]["in_use"], 2);
    assert_eq!(figures["kinds"][0]["young"], 1);
    project.succeed(&["gc", "--older-than", "3h"]);
    assert!(lake.objects().contains("tables/a/1.parquet"));
    project.succeed(&["gc", "--older-than", "1h"]);
    assert_eq!(lake.objects(), lake.assert_whole());
}

#[test]
fn nothing_goes_where_it_is_not_known_what_is_in_use() {
    let project = Project::new();
    let lake = project.lake();
    lake.write(
        "tables/a/0.parquet",
        b"of a first run that was killed, or all there is",
    );
    lake.age();
    let refused = |because: &str| {
        let before = lake.objects();
        let told = project.fail(&["gc"]);
        assert!(told.contains("nothing was removed"), "{told}");
        assert!(told.contains(because), "{told}");
        assert_eq!(lake.objects(), before);
    };
    refused("nothing is published");
    project.publish(1);
    let manifest = lake.catalog().expect("published").tables[0].manifest.clone();
    project.publish(2);
    lake.age();
    let content = std::fs::read(lake.0.join(&manifest)).expect("manifest");
    lake.write(&manifest, &content[..content.len() / 2]);
    refused("the table manifest is not valid");
    std::fs::remove_file(lake.0.join(&manifest)).expect("removed");
    refused(&manifest);
    lake.write(&manifest, &content);
    let state = lake.catalog().expect("published").tables[0]
        .state
        .clone()
        .expect("a state");
    let content = std::fs::read(lake.0.join(&state)).expect("state");
    lake.write(&state, b"{\"sketch\": 7}");
    refused(&state);
    std::fs::remove_file(lake.0.join(&state)).expect("removed");
    refused(&state);
    lake.write(&state, &content);
    assert!(project.succeed(&["gc"]).contains("removed 1 object "));
    assert_eq!(lake.objects(), lake.assert_whole());
}

#[test]
fn states_and_the_sketches_that_they_name_stay() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    project.publish(2);
    lake.write("state/a/former.json", b"{}");
    lake.write("state/a/former.sketch.json", b"{}");
    lake.age();
    project.succeed(&["gc"]);
    let left = lake.objects();
    let states = left.iter().filter(|key| key.starts_with("state/"));
    assert_eq!(
        states.count(),
        8,
        "state and sketch of two tables in two snapshots"
    );
    assert_eq!(left, lake.assert_whole());
    assert!(
        project.succeed(&["run"]).contains("nothing to do"),
        "the state is known"
    );
}

#[test]
fn the_newest_reports_stay_however_old_and_young_ones_however_many() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    for number in 0..130 {
        let key = format!("runs/{number:03}.json");
        lake.write(&key, b"{}");
        lake.set_age(&key, hours(1 + number));
    }
    project.succeed(&["gc", "--older-than", "120h"]);
    assert_eq!(lake.reports().len(), 120, "119 of those and that of the run");
    project.succeed(&["gc", "--older-than", "24h"]);
    let left = lake.reports();
    assert_eq!(left.len(), 100);
    assert!(left.contains("runs/098.json") && !left.contains("runs/099.json"));
}

#[test]
fn settings_say_what_gc_leaves_and_how_many_snapshots_are_remembered() {
    let project = Project::with_target("gold = 'gold'\nkeep_snapshots = 2\ngc_grace = '3h'");
    let lake = project.lake();
    for version in 1..=4 {
        project.publish(version);
    }
    project.succeed(&["rollback"]);
    assert_eq!(lake.catalog().expect("published").history.len(), 2);
    assert_eq!(lake.versions(), [3, 3]);
    for key in lake.objects() {
        lake.set_age(&key, hours(4));
    }
    lake.write("tables/a/young.parquet", b"young");
    lake.set_age("tables/a/young.parquet", hours(2));
    let told = project.succeed(&["gc"]);
    assert!(told.contains("removed 8 objects"), "those of version 1: {told}");
    let mut left = lake.assert_whole();
    left.insert("tables/a/young.parquet".to_owned());
    assert_eq!(lake.objects(), left);
}

#[test]
fn temporary_files_of_killed_runs_go() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    for key in [
        "tables/a/.tmpA1b2C3",
        "tables/a/0.parquet#1",
        "manifests/.tmpD4e5F6",
        "state/a/.tmpG7h8I9",
        "runs/.tmpJ1k2L3",
    ] {
        lake.write(key, b"half");
    }
    lake.age();
    lake.write("tables/a/.tmpYoung1", b"half");
    project.succeed(&["gc"]);
    let mut left = lake.assert_whole();
    left.insert("tables/a/.tmpYoung1".to_owned());
    assert_eq!(lake.objects(), left);
    assert!(
        lake.reports().iter().all(|key| key.ends_with(".json")),
        "{:?}",
        lake.reports()
    );
}
