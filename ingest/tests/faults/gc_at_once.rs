//! Runs that use again what lies there already, also while `gc` removes it.

use std::time::Duration;

use crate::fixture::{Project, Seeded, text};
use crate::lake::Lake;

/// Puts what another project published at its target as old garbage.
fn leave_behind(other: &Lake, lake: &Lake) {
    for key in other.objects() {
        lake.write(&key, &std::fs::read(other.0.join(&key)).expect("object"));
    }
    lake.age();
}

#[test]
fn an_old_object_that_a_run_uses_again_is_made_young() {
    let other = Project::new();
    other.publish(2);
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    leave_behind(&other.lake(), &lake);
    project.publish(2);
    assert_eq!(lake.objects(), lake.assert_whole(), "all of it was used again");
    for key in other.lake().objects() {
        let metadata = std::fs::metadata(lake.0.join(&key)).expect("object");
        let age = metadata
            .modified()
            .expect("a time")
            .elapsed()
            .expect("in the past");
        assert!(age < Duration::from_secs(3600), "{key} is {age:?} old");
    }
}

#[test]
fn a_torn_object_under_the_name_of_a_new_one_is_replaced() {
    let other = Project::new();
    other.publish(2);
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    for key in other.lake().objects() {
        let content = std::fs::read(other.lake().0.join(&key)).expect("object");
        lake.write(&key, &content[..content.len() / 2]);
    }
    project.publish(2);
    lake.assert_whole();
    assert_eq!(project.contents(), other.contents());
}

/// The garbage that `gc` has found is what a run at the same time makes its tables of.
#[test]
fn a_run_that_uses_garbage_again_loses_nothing_to_gc() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(0);
    let mut random = Seeded(7);
    for version in 1..=12 {
        let other = Project::new();
        other.publish(version);
        leave_behind(&other.lake(), &lake);
        project.set_version(version);
        let run = project.ingest(&["run"]).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(200).mul_f64(random.share()));
        let gc = project
            .ingest(&["gc", "--older-than", "1h"])
            .spawn()
            .expect("starts");
        for process in [run, gc] {
            let output = process.wait_with_output().expect("ends");
            assert!(output.status.success(), "{}", text(&output));
        }
        lake.assert_whole();
        assert_eq!(lake.versions(), [version, version]);
    }
}
