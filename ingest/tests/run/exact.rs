//! Values of text that do not fit the type which the first rows of their file look like.

use crate::fixture::{Project, stderr};

/// More rows than DuckDB tells types by.
const ROWS: usize = 21_000;

/// A file whose last value, far behind the first ones, is another.
fn csv(usual: &str, last: &str) -> String {
    format!("id,v\n{}x,{last}\n", format!("x,{usual}\n").repeat(ROWS))
}

fn configure(project: &Project, options: &str) {
    configure_of(project, "csv", options);
}

fn configure_of(project: &Project, extension: &str, options: &str) {
    let targets = "name = 'lake'\n[targets.local]\ngold = 'gold'\n";
    project.write(
        "ingest.toml",
        &format!("{targets}[sources.t]\npath = 'raw/*.{extension}'\n{options}\n"),
    );
}

fn project(options: &str) -> Project {
    project_of("csv", options)
}

fn project_of(extension: &str, options: &str) -> Project {
    let project = Project::empty();
    configure_of(&project, extension, options);
    project.write(
        "models/gold/t.sql",
        "/* @ingest\non_schema_change: sync_all_columns\n*/ SELECT id, v FROM source.t",
    );
    project
}

/// The values that there are, with a heading.
fn values(project: &Project) -> String {
    project.query("SELECT DISTINCT CAST(v AS VARCHAR) AS v FROM t ORDER BY 1")
}

#[test]
fn a_value_that_would_lose_something_far_behind_is_told() {
    for (usual, last, duck_type, wider) in [
        ("7", "1.5", "BIGINT", "DOUBLE"),
        ("7", "1e-1", "BIGINT", "DOUBLE"),
        ("2024-01-02", "2024-01-02 10:00:00", "DATE", "TIMESTAMP"),
        (
            "2024-01-02 10:00:00",
            "2024-01-02 10:00:00+02:00",
            "TIMESTAMP",
            "TIMESTAMPTZ",
        ),
        ("2024-01-02", "2024-01-03 (see below)", "DATE", "VARCHAR"),
        ("10:00:00", "2024-01-02 10:00:00", "TIME", "VARCHAR"),
    ] {
        let project = project("");
        project.write("raw/1.csv", &csv(usual, usual));
        project.write("raw/2.csv", &csv(usual, last));
        let told = stderr(&project.run().failure());
        let complaint = format!(
            "raw/2.csv: its column `v` is read as {duck_type}, in which something of the value {last} would be lost"
        );
        assert!(told.contains(&complaint), "{told}");
        let remedy = format!("options = {{ types = {{ \"v\" = \"{wider}\" }} }}");
        assert!(told.contains(&remedy), "{told}");
        // The other file is good, and the remedy is one.
        assert_eq!(project.manifest("t").rows, ROWS as u64 + 1);
        configure(&project, &remedy);
        project.ingest(&["run", "--full-refresh"]).assert().success();
        let rows = values(&project);
        assert_eq!(
            rows.lines().count(),
            3,
            "{usual} and {last} are both there: {rows}"
        );
    }
}

#[test]
fn columns_whose_types_are_told_do_not_keep_others_from_being_looked_at() {
    let project = project("options = { types = { id = 'VARCHAR' } }");
    project.write("raw/1.csv", &csv("7", "1.5"));
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("something of the value 1.5 would be lost"),
        "{told}"
    );
    // What the project says itself is done as it says.
    configure(&project, "options = { types = { V = 'BIGINT' } }");
    project.run().success();
    assert_eq!(values(&project), "v\n2\n7\n");
}

#[test]
fn what_is_written_otherwise_and_loses_nothing_is_read() {
    for (usual, last, options, shown) in [
        ("7", "8.0", "", "7 8"),
        ("7", "1e3", "", "1000 7"),
        ("7", "+008", "", "7 8"),
        ("\"7\"", "\" 8\"", "", "7 8"),
        ("7", "1.000", "thousands = '.', decimal_separator = ','", "1000 7"),
        ("2024-01-02", "2024-01-03 00:00:00", "", "2024-01-02 2024-01-03"),
        ("0001-01-01", "2024-01-03", "", "0001-01-01 2024-01-03"),
        ("13-01-24", "14-01-24", "", "2013-01-24 2014-01-24"),
        ("13-01-74", "14-01-74", "", "1974-01-13 1974-01-14"),
        ("13.1.2024", "14.1.2024", "", "2024-01-13 2024-01-14"),
        (
            "13/01/2024 10:00:00",
            "14/01/2024 10:00:00",
            "",
            "2024-01-13 10:00:00 2024-01-14 10:00:00",
        ),
        (
            "2024-01-02 10:00:00",
            " 2024-01-03",
            "",
            "2024-01-02 10:00:00 2024-01-03 00:00:00",
        ),
        (
            "2024-01-02 10:00:00",
            "2024-01-02 11:00:00Z",
            "",
            "2024-01-02 10:00:00 2024-01-02 11:00:00",
        ),
        ("7", "x", "ignore_errors = true", "7"),
    ] {
        let project = project(&format!("options = {{ {options} }}"));
        project.write("raw/1.csv", &csv(usual, last));
        project.run().success();
        let rows = values(&project);
        let rows: Vec<&str> = rows.lines().skip(1).collect();
        assert_eq!(rows.join(" "), shown, "{usual} and {last}");
    }
}

#[test]
fn files_that_write_dates_each_in_its_way_are_looked_through() {
    let project = project("");
    project.write("raw/1.csv", &csv("13/01/2024", "14/01/2024"));
    project.write("raw/2.csv", &csv("2024-01-15", "2024-01-16"));
    project.run().success();
    assert_eq!(
        values(&project),
        "v\n2024-01-13\n2024-01-14\n2024-01-15\n2024-01-16\n"
    );
    project.write("raw/2.csv", &csv("2024-01-15", "2024-01-16 08:00"));
    let told = stderr(&project.run().failure());
    assert!(
        told.contains(
            "raw/2.csv: its column `v` is read as DATE, in which something of the value 2024-01-16 08:00"
        ),
        "{told}"
    );
}

#[test]
fn a_table_that_grows_is_not_given_rounded_values() {
    let project = project("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nmaterialized: incremental\nstrategy: append\n*/ SELECT id, v FROM source.t",
    );
    project.write("raw/1.csv", "id,v\nx,1\n");
    project.run().success();
    project.write("raw/2.csv", "id,v\nx,1.5\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains(
            "raw/2.csv: its column `v` is read as BIGINT, in which something of the value 1.5 would be lost"
        ),
        "{told}"
    );
    assert_eq!(values(&project), "v\n1\n");
}

#[test]
fn drift_takes_in_what_comes_far_behind() {
    let grown = |drift: &str, usual: &str, last: &str| {
        let project = project(&format!("drift = '{drift}'"));
        project.write("raw/1.csv", &format!("id,v\nx,{usual}\n"));
        project.run().success();
        project.write("raw/1.csv", &csv(usual, last));
        project
    };
    let project = grown("evolve", "7", "1.5");
    project.ingest(&["run", "--full-refresh"]).assert().failure();
    project.run().success();
    assert_eq!(values(&project), "v\n1.5\n7.0\n");
    let project = grown("discard_value", "2024-01-02", "2024-01-02 10:00:00");
    project.run().success();
    assert_eq!(values(&project), "v\n2024-01-02\n\n");
    let told = stderr(&grown("freeze", "7", "1.5").run().failure());
    assert!(
        told.contains("raw/1.csv: column `v` was BIGINT and is DOUBLE"),
        "{told}"
    );
    // A zone is left out however many rows are looked at.
    let project = grown("evolve", "2024-01-02 10:00:00", "2024-01-02 10:00:00+02:00");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("something of the value 2024-01-02 10:00:00+02:00 would be lost"),
        "{told}"
    );
}

#[test]
fn json_is_looked_through_where_types_are_not_told_by_all_rows() {
    let all_rows = "options = { sample_size = -1, maximum_sample_files = -1 }";
    for last in ["1.5", "true"] {
        let project = project_of("ndjson", "");
        let row = |v: &str| format!("{{\"id\": \"x\", \"v\": {v}}}\n");
        project.write("raw/1.ndjson", &row("7"));
        project.write("raw/2.ndjson", &(row("7").repeat(ROWS) + &row(last)));
        let told = stderr(&project.run().failure());
        let complaint = format!(
            "raw/2.ndjson: its column `v` is read as BIGINT, in which something of the value {last} would be lost"
        );
        assert!(told.contains(&complaint) && told.contains(all_rows), "{told}");
        configure_of(&project, "ndjson", all_rows);
        project.ingest(&["run", "--full-refresh"]).assert().success();
        let rows = values(&project);
        assert!(rows.contains(last) && rows.contains('7'), "{rows}");
    }
}

#[test]
fn a_table_that_grows_is_not_given_rounded_values_of_json() {
    for (usual, last, duck_type) in [
        ("1", "1.5", "BIGINT"),
        ("1", "\"1.5\"", "BIGINT"),
        ("\"2024-01-02\"", "\"2024-01-02T08:00:00\"", "DATE"),
    ] {
        let project = project_of("ndjson", "");
        project.write(
            "models/gold/t.sql",
            "/* @ingest\nmaterialized: incremental\nstrategy: append\n*/ SELECT v FROM source.t",
        );
        project.write("raw/1.ndjson", &format!("{{\"v\": {usual}}}\n"));
        project.run().success();
        project.write("raw/2.ndjson", &format!("{{\"v\": {last}}}\n"));
        let told = stderr(&project.run().failure());
        let complaint = format!("raw/2.ndjson: its column `v` is read as {duck_type}, in which something of");
        assert!(told.contains(&complaint), "{told}");
        assert_eq!(project.manifest("t").rows, 1);
        // What loses nothing is taken in.
        project.write("raw/2.ndjson", &format!("{{\"v\": {usual}}}\n").repeat(2));
        project.run().success();
        assert_eq!(project.manifest("t").rows, 3);
    }
}
