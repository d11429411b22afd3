use std::time::{Duration, Instant};

use crate::bucket::Bucket;
use crate::fixture::{Project, Seeded};

const KILLS: i64 = 100;
const KILLS_WITH_BUCKET: i64 = 30;
const SEED: u64 = 4;

/// Whenever a run is killed, readers see the former snapshot or the new one, whole, all its tables of one run. What it
/// leaves behind keeps no later run from its work and goes with `gc`.
#[test]
fn a_run_that_is_killed_at_any_moment_leaves_a_whole_snapshot() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(0);
    let started = Instant::now();
    project.publish(1);
    let whole_run = started.elapsed();
    let mut published = 1;
    let mut random = Seeded(SEED);
    let mut seen = [0, 0];
    for version in 2..2 + KILLS {
        project.set_version(version);
        let delay: Duration = whole_run.mul_f64(random.share() * 1.1);
        let mut run = project.ingest(&["run"]).spawn().expect("starts");
        std::thread::sleep(delay);
        run.kill().expect("is killed, or has ended");
        run.wait().expect("ends");
        lake.assert_whole();
        let versions = lake.versions();
        assert!(
            versions == [published, published] || versions == [version, version],
            "{versions:?} after {published}, killed {delay:?} into the run of {version}, seed {SEED}"
        );
        seen[usize::from(versions[0] == version)] += 1;
        published = versions[0];
        if version % 10 == 0 {
            let contents = project.contents();
            assert!(contents.contains(&format!("a {published} 3000 ")), "{contents}");
        }
    }
    assert!(seen[0] > 0, "no run was killed before it published");

    project.publish(1000);
    assert_eq!(lake.versions(), [1000, 1000]);
    let fresh = Project::new();
    fresh.publish(1000);
    assert_eq!(project.contents(), fresh.contents());
    project.succeed(&["gc", "--older-than", "0s"]);
    assert_eq!(lake.objects(), lake.assert_whole());
    let mut left: Vec<_> = std::fs::read_dir(&lake.0)
        .expect("gold root")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "catalog.json",
            "catalog.json.lock",
            "manifests",
            "runs",
            "state",
            "tables"
        ]
    );
    assert!(
        lake.reports().iter().all(|key| key.ends_with(".json")),
        "{:?}",
        lake.reports()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_leaves_a_whole_snapshot_in_a_bucket() {
    let mut bucket = Bucket::start().await;
    let started = Instant::now();
    bucket.publish().await.expect("published");
    let whole_run = started.elapsed();
    let mut random = Seeded(SEED);
    let mut published = bucket.version;
    for version in published + 1..=published + KILLS_WITH_BUCKET {
        bucket.project.set_version(version);
        let delay = whole_run.mul_f64(random.share() * 1.1);
        let mut run = bucket.command(&["run"]).spawn().expect("starts");
        tokio::time::sleep(delay).await;
        run.kill().expect("is killed, or has ended");
        run.wait().expect("ends");
        bucket.assert_whole().await;
        let versions = bucket.lake.versions();
        // What a killed run had asked for may still be done after it.
        assert!(
            versions[0] == versions[1] && (published..=version).contains(&versions[0]),
            "{versions:?} after {published}, killed {delay:?} into the run of {version}, seed {SEED}"
        );
        published = versions[0];
        bucket.version = version;
    }
    bucket.publish().await.expect("published");
    assert_eq!(bucket.lake.versions(), [bucket.version, bucket.version]);
    bucket.lake.age();
    bucket.ingest(&["gc"]).await.expect("clears");
    assert_eq!(bucket.lake.objects(), bucket.lake.assert_whole());
}
