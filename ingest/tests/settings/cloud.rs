use super::bucket::Bucket;
use super::fixture::{KEY_ID, Project, SECRET, finish, told};

const BOTH: &str = "default_target = 'local'
[targets.local]
gold = 'gold'
[targets.bucket]
gold = 's3://${BUCKET:-lake}/gold'
";

#[test]
fn without_credentials_nothing_is_begun_in_the_cloud() {
    let project = Project::new(BOTH);
    // A source that would be complained about, if work had begun.
    project.write("models/gold/broken.sql", "SELECT");
    let output = project
        .ingest(&["run", "--execution-mode", "cloud", "--region", "eu-central-1"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    assert_eq!(
        told(&output),
        "error: cannot reach bucket lake: no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the \
         environment or in .env beside ingest.toml; or AWS_PROFILE to a profile of ~/.aws/config or ~/.aws/credentials; or run \
         where a role is attached (web identity, ECS, EC2)\n"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn what_was_asked_in_vain_is_named_beside_the_places_where_credentials_can_be_set() {
    let project = Project::new(BOTH);
    let output = project
        .ingest(&["run", "--execution-mode", "cloud", "--region", "eu-central-1"])
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://127.0.0.1:1/credentials",
        )
        .output()
        .unwrap();
    let told = told(&output);
    assert!(
        told.contains("no credentials were handed out: ") && told.contains("or AWS_PROFILE to a profile"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_alone_turns_from_the_folder_to_the_bucket() {
    let bucket = Bucket::start().await;
    let project = Project::new(BOTH);
    let run = |mode: &str| {
        let mut command = project.ingest(&["run"]);
        command
            .env("INGEST_EXECUTION_MODE", mode)
            .env("AWS_ENDPOINT_URL", &bucket.endpoint)
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        finish(command)
    };
    let output = run("local").await;
    assert!(output.status.success(), "{}", told(&output));
    assert!(project.path("gold/catalog.json").is_file() && !bucket.has("gold/catalog.json"));
    let output = run("cloud").await;
    assert!(output.status.success(), "{}", told(&output));
    assert!(bucket.has("gold/catalog.json"));
}

#[test]
fn a_folder_is_no_target_in_the_cloud() {
    let project = Project::new(BOTH);
    let output = project
        .ingest(&["run", "--execution-mode", "cloud", "--target", "local"])
        .output()
        .unwrap();
    let told = told(&output);
    for part in [
        "execution_mode is cloud, from --execution-mode, and target local is the folder gold",
        "--target NAME",
        "INGEST_EXECUTION_MODE in ./.env",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!project.path("gold").exists());
}
