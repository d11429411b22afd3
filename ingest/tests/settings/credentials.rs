use std::process::{Command, Output};
use std::time::Duration;

use super::bucket::Bucket;
use super::fixture::{KEY_ID, Project, SECRET, assert_keeps_secrets, finish, told};
use super::metadata::{CONTAINER_TOKEN, Metadata};

/// Long enough that no request takes half of it, short enough to wait for.
const LIFE: Duration = Duration::from_secs(4);

/// `ingest run` against the bucket, with these variables and nothing else.
fn run(project: &Project, bucket: &Bucket, variables: &[(&str, &str)]) -> Command {
    let mut command = project.ingest(&["run", "--s3-endpoint", &bucket.endpoint]);
    command
        .envs(variables.iter().copied())
        .env("AWS_REGION", "us-east-1")
        .env("INGEST_LOG", "trace");
    command
}

fn assert_published(output: &Output, bucket: &Bucket) {
    assert!(output.status.success(), "{}", told(output));
    assert!(bucket.has("gold/catalog.json"));
}

/// The run began with one token and ended with a later one, and no request came with an ended one.
async fn assert_renewed(metadata: &Metadata, bucket: &Bucket, variables: &[(&str, &str)], secrets: &[&str]) {
    let project = Project::with_bucket();
    let output = finish(run(&project, bucket, variables)).await;
    assert_published(&output, bucket);
    let used = bucket.tokens_used();
    assert!(used.len() >= 2, "{used:?} of {:?}", metadata.given());
    let mut secrets = secrets.to_vec();
    secrets.push(SECRET);
    secrets.extend(used.iter().map(String::as_str));
    assert_keeps_secrets(&output, &project, &secrets);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_the_machines_metadata_are_renewed_while_a_run_goes_on() {
    let metadata = Metadata::start(LIFE).await;
    let bucket = Bucket::of_tokens(&metadata).await;
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url.as_str())];
    assert_renewed(&metadata, &bucket, &variables, &["imds-session-token"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_container_are_renewed_while_a_run_goes_on() {
    let metadata = Metadata::start(LIFE).await;
    let bucket = Bucket::of_tokens(&metadata).await;
    let url = format!("{}/ecs", metadata.url);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN),
    ];
    assert_renewed(&metadata, &bucket, &variables, &[CONTAINER_TOKEN]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_web_identity_are_renewed_while_a_run_goes_on() {
    let metadata = Metadata::start(LIFE).await;
    let bucket = Bucket::of_tokens(&metadata).await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "identity-secret").unwrap();
    let variables = [
        ("AWS_ENDPOINT_URL_STS", metadata.url.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/lake"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
    ];
    assert_renewed(&metadata, &bucket, &variables, &["identity-secret"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_renewal_the_same_run_would_fail_and_say_so() {
    let metadata = Metadata::start(LIFE).await;
    let bucket = Bucket::of_tokens(&metadata).await;
    let project = Project::with_bucket();
    let variables = [
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", "session-secret-of-yesterday"),
    ];
    let output = finish(run(&project, &bucket, &variables)).await;
    assert!(!output.status.success());
    assert!(
        told(&output).contains("The provided token has expired"),
        "{}",
        told(&output)
    );
    assert_keeps_secrets(&output, &project, &[SECRET, "session-secret-of-yesterday"]);
    assert!(!bucket.has("gold/catalog.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_found_in_the_shared_files() {
    let bucket = Bucket::start().await;
    let project = Project::with_bucket();
    let home = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = home.path().join(file);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let config = write("config", "[profile lake]\nregion = eu-central-1\n");
    let keys = format!("aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
    let credentials = write(
        "credentials",
        &format!("[default]\naws_access_key_id = no\naws_secret_access_key = no\n[lake]\n{keys}"),
    );
    // As most people set it: the profile in `.env`, the files where the tools of AWS put them.
    project.write(".env", "AWS_PROFILE=lake\n");
    let mut command = project.ingest(&["run", "--s3-endpoint", &bucket.endpoint]);
    command
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    let output = finish(command).await;
    assert_published(&output, &bucket);
    assert_keeps_secrets(&output, &project, &[SECRET]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_may_name_a_program_that_hands_credentials_out() {
    let bucket = Bucket::start().await;
    let project = Project::with_bucket();
    let home = tempfile::tempdir().unwrap();
    let answer = home.path().join("answer.json");
    let json =
        format!("{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}");
    std::fs::write(&answer, json).unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(
        home.path().join(".aws/config"),
        format!(
            "[default]\nregion = eu-central-1\ncredential_process = cat {}\n",
            answer.display()
        ),
    )
    .unwrap();
    let mut command = run(&project, &bucket, &[]);
    command.env("HOME", home.path());
    let output = finish(command).await;
    assert_published(&output, &bucket);
    assert_keeps_secrets(&output, &project, &[SECRET]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_the_env_file_are_enough_for_a_target() {
    let bucket = Bucket::start().await;
    let project = Project::with_bucket();
    project.write(
        ".env",
        &format!(
            "AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY='{SECRET}'\nAWS_REGION=eu-central-1\nAWS_ENDPOINT_URL={}\n",
            bucket.endpoint
        ),
    );
    let output = finish(project.ingest(&["run"])).await;
    assert_published(&output, &bucket);
    let output = finish(project.ingest(&["show"])).await;
    assert!(output.status.success(), "{}", told(&output));
    let output = finish(project.ingest(&["settings"])).await;
    assert!(output.status.success(), "{}", told(&output));
    assert_keeps_secrets(&output, &project, &[SECRET]);
    assert!(
        !String::from_utf8_lossy(&output.stdout).contains(KEY_ID),
        "not even the key's id"
    );
}
