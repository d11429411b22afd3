use serde_json::Value;

use super::fixture::{Project, told};

const LOCAL: &str = "[targets.local]\ngold = 'gold'\n";

/// Standard error, each line of it an object.
fn events(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> Vec<Value> {
    let mut command = project.ingest(arguments);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let told = told(&output);
    told.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn an_error_is_one_line_of_json_wherever_the_format_is_set() {
    let project = Project::new(LOCAL);
    let show = |arguments: &[&str], variables: &[(&str, &str)]| events(&project, arguments, variables);
    let by_flag = show(&["show", "--log-format", "json"], &[]);
    let by_variable = show(&["show"], &[("INGEST_LOG_FORMAT", "json")]);
    project.write(".env", "INGEST_LOG_FORMAT=json\n");
    let by_file = show(&["show"], &[]);
    for events in [by_flag, by_variable, by_file] {
        let [event] = &events[..] else {
            panic!("one line: {events:?}");
        };
        assert_eq!(
            (event["level"].as_str(), event["event"].as_str()),
            (Some("ERROR"), Some("error"))
        );
        let message = event["message"].as_str().unwrap();
        assert!(
            message.starts_with("nothing is published at target local"),
            "{message}"
        );
    }
}

#[test]
fn an_error_is_told_however_quiet_the_log_is() {
    let project = Project::new(LOCAL);
    let events = events(
        &project,
        &["show", "--log-format", "json"],
        &[("INGEST_LOG", "off")],
    );
    assert_eq!(events.len(), 1, "{events:?}");
}

#[test]
fn what_a_verb_makes_begins_and_ends_with_a_line_each() {
    let project = Project::new(LOCAL);
    let events = events(
        &project,
        &["generate", "taxi", "--rows", "1000", "--log-format", "json"],
        &[],
    );
    let steps: Vec<_> = events
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), event["model"].as_str().unwrap()))
        .collect();
    assert_eq!(steps, [("begin", "gold.taxi"), ("end", "gold.taxi")]);
    let end = &events[1];
    assert_eq!(
        (end["status"].as_str(), end["rows"].as_u64()),
        (Some("ok"), Some(1000))
    );
    assert!(
        end["bytes"].as_u64() > Some(0) && end["seconds"].as_f64() > Some(0.0),
        "{end}"
    );
    assert!(end["timestamp"].as_str().unwrap().ends_with('Z'), "{end}");
}

#[test]
fn text_stays_text() {
    let project = Project::new(LOCAL);
    let output = project.ingest(&["show"]).output().unwrap();
    assert!(
        told(&output).starts_with("error: nothing is published"),
        "{}",
        told(&output)
    );
    let output = project
        .ingest(&["generate", "taxi", "--rows", "1000"])
        .output()
        .unwrap();
    assert_eq!(told(&output), "", "no lines of progress where nobody looks on");
}

#[test]
fn what_a_query_adds_to_its_rows_is_json_too() {
    let project = Project::new(LOCAL);
    assert!(project.ingest(&["run"]).output().unwrap().status.success());
    let events = events(
        &project,
        &[
            "query",
            "--sql",
            "SELECT * FROM numbers",
            "--limit",
            "2",
            "--log-format",
            "json",
        ],
        &[],
    );
    let message = events[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("the first 2 rows; --limit shows more, "),
        "{message}"
    );
}
