use super::fixture::{Project, told};

fn refusal(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = project.ingest(arguments);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    told(&output)
}

#[test]
fn a_malformed_setting_is_named_with_every_place_where_it_can_be_set_and_not_repeated() {
    let project = Project::new("[settings]\nthreads = 'many-secrets'\n[targets.local]\ngold = 'gold'\n");
    assert_eq!(
        refusal(&project, &["run"], &[]),
        "error: threads, from threads in [settings] of ./ingest.toml, is not what it should be: write a whole number from 1 to \
         65535, for example 4. It can be set by --threads N, the environment variable INGEST_THREADS, INGEST_THREADS in ./.env \
         or threads in [targets.local] or [settings] of ./ingest.toml\n"
    );
    let told = refusal(&project, &["run"], &[("INGEST_THREADS", "0")]);
    assert!(
        told.contains("threads, from environment variable INGEST_THREADS, is not"),
        "{told}"
    );
}

#[test]
fn a_missing_region_is_named_with_every_place_where_it_can_be_set() {
    let project = Project::new("[targets.b]\ngold = 's3://lake/gold'\n");
    let told = refusal(&project, &["show"], &[]);
    for place in [
        "--region REGION",
        "environment variable INGEST_REGION",
        "INGEST_REGION in ./.env",
        "region in [targets.b] or [settings] of ./ingest.toml",
        "AWS_REGION or AWS_DEFAULT_REGION",
        "profile of AWS_PROFILE",
    ] {
        assert!(told.contains(place), "{place} in {told}");
    }
}

#[test]
fn a_missing_target_is_named_with_every_place_where_it_can_be_set() {
    let project = Project::new("[targets.a]\ngold = 'a'\n[targets.b]\ngold = 'b'\n");
    let said = refusal(&project, &["show"], &[]);
    for place in [
        "--target NAME",
        "INGEST_TARGET in ./.env",
        "default_target in ./ingest.toml",
    ] {
        assert!(said.contains(place), "{place} in {said}");
    }
    let said = refusal(&project, &["show"], &[("INGEST_TARGET", "c")]);
    assert!(
        said.contains("declares no target `c`: use one of a, b")
            && said.contains("comes from environment variable INGEST_TARGET"),
        "{said}"
    );
}

#[test]
fn a_misspelt_key_is_refused_with_those_that_exist() {
    let project = Project::new("[targets.local]\ngold = 'gold'\nmax_retrys = 3\n");
    let told = refusal(&project, &["run"], &[]);
    assert!(
        told.contains("[targets.local] has no key `max_retrys`; it takes gold, execution_mode"),
        "{told}"
    );
}

#[test]
fn a_malformed_line_of_the_env_file_is_named_and_not_shown() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    project.write(".env", "GOOD=1\nAWS_SECRET_ACCESS_KEY ='hidden-secret\n");
    let told = refusal(&project, &["run"], &[]);
    assert!(told.contains("./.env line 2 is not valid"), "{told}");
    assert!(!told.contains("hidden-secret"), "{told}");
}

#[test]
fn a_password_in_an_endpoint_is_refused_unseen() {
    let project = Project::new(
        "[targets.b]\ngold = 's3://lake/gold'\nendpoint = 'https://me:hidden-secret@s3.example.com'\n",
    );
    let told = refusal(&project, &["show"], &[]);
    assert!(told.contains("without user and password"), "{told}");
    assert!(!told.contains("hidden-secret"), "{told}");
}

#[test]
fn an_endpoint_of_another_machine_must_be_encrypted() {
    let project = Project::new("[targets.b]\ngold = 's3://lake/gold'\nendpoint = 'http://192.0.2.1:9000'\n");
    let told = refusal(&project, &["show"], &[]);
    assert!(
        told.contains("write https://, or set AWS_ALLOW_HTTP=true"),
        "{told}"
    );
}

#[test]
fn a_temporary_folder_that_was_set_is_taken_or_refused() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    let told = refusal(&project, &["run", "--temp-directory", "no/such/folder"], &[]);
    assert!(
        told.contains("no/such/folder, which --temp-directory names")
            && told.contains("INGEST_TEMP_DIRECTORY"),
        "{told}"
    );
    assert!(!project.path("gold/catalog.json").exists());
}
