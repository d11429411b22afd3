use super::fixture::{Project, shown, told};

const TARGETS: &str = "default_target = 'one'
[settings]
threads = 5
max_retries = 5
[targets.one]
gold = 'gold'
max_retries = 4
[targets.two]
gold = 'other'
";

#[test]
fn command_line_then_environment_then_env_file_then_target_then_settings() {
    let project = Project::new(TARGETS);
    let get = |arguments: &[&str], variables: &[(&str, &str)]| {
        let (value, origin) = project.setting("max_retries", arguments, variables);
        format!("{value} from {origin}")
    };
    assert_eq!(
        get(&["--target", "two"], &[]),
        "5 from max_retries in [settings] of ./ingest.toml"
    );
    assert_eq!(
        get(&[], &[]),
        "4 from max_retries in [targets.one] of ./ingest.toml"
    );
    project.write(".env", "INGEST_MAX_RETRIES=3\n");
    assert_eq!(get(&[], &[]), "3 from INGEST_MAX_RETRIES in ./.env");
    let variables = [("INGEST_MAX_RETRIES", "2")];
    assert_eq!(
        get(&[], &variables),
        "2 from environment variable INGEST_MAX_RETRIES"
    );
    assert_eq!(get(&["--max-retries", "1"], &variables), "1 from --max-retries");
}

#[test]
fn every_setting_is_shown_with_its_value_and_its_origin() {
    let project = Project::new(TARGETS);
    let settings = project.settings(
        &[],
        &[
            ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
            ("AWS_PROFILE", "lake"),
        ],
    );
    let names: Vec<&str> = settings.iter().skip(1).map(|row| row[0].as_str()).collect();
    for declaration in ingest::settings::declared::ALL {
        assert!(
            names.contains(&declaration.name),
            "{} in {names:?}",
            declaration.name
        );
    }
    let row = |name: &str| settings.iter().find(|row| row[0] == name).unwrap();
    assert_eq!(
        row("threads")[1..],
        ["5", "threads in [settings] of ./ingest.toml"]
    );
    assert_eq!(row("keep_snapshots")[1..], ["10", "default"]);
    assert_eq!(
        row("AWS_SECRET_ACCESS_KEY")[1..],
        ["set", "environment variable AWS_SECRET_ACCESS_KEY"]
    );
    assert_eq!(row("AWS_PROFILE")[1], "lake");
    assert!(!settings.concat().join(" ").contains("hidden-secret"));
}

#[test]
fn a_setting_stands_before_or_behind_the_verb() {
    let project = Project::new(TARGETS);
    for arguments in [["--target", "two", "settings"], ["settings", "--target", "two"]] {
        let output = project.ingest(&arguments).output().unwrap();
        assert!(
            shown(&output).contains("two (other)"),
            "{}{}",
            shown(&output),
            told(&output)
        );
    }
}

#[test]
fn variables_of_the_env_file_stand_in_addresses_and_those_of_the_environment_win() {
    let project = Project::new("[targets.local]\ngold = '${LAKE}/gold'\n");
    project.write(".env", "LAKE=of-file\n");
    let address = |variables: &[(&str, &str)]| project.setting("target", &[], variables).0;
    assert_eq!(address(&[]), "local (of-file/gold)");
    assert_eq!(address(&[("LAKE", "of-process")]), "local (of-process/gold)");
    let output = project.ingest(&["run"]).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(project.path("of-file/gold/catalog.json").is_file());
}

#[test]
fn an_endpoint_of_a_target_is_nearer_than_the_machines_but_not_than_one_of_this_invocation() {
    let project = Project::new("[targets.b]\ngold = 's3://lake/gold'\nendpoint = 'http://localhost:1'\n");
    let machine = [("AWS_ENDPOINT_URL", "http://localhost:2")];
    let endpoint = |variables: &[(&str, &str)]| project.setting("endpoint", &[], variables).0;
    assert_eq!(endpoint(&machine), "http://localhost:1");
    assert_eq!(
        endpoint(&[machine[0], ("INGEST_ENDPOINT", "http://localhost:3")]),
        "http://localhost:3"
    );
}
