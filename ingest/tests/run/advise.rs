//! `ingest advise`: what it measures is fetched less, and what it prints can be pasted.

use crate::fixture::{Project, stderr, stdout};

const ROWS: &str = "SELECT i AS id, 'user ' || hash(i)::VARCHAR AS name, i // 100 AS day, (i * 7919) % 1000 AS code, \
                    hash(i + 1) AS amount FROM range(100000) AS t(i)";
const BY_CODE: &str = "SELECT sum(amount) FROM t WHERE code BETWEEN 100 AND 110";
const BY_DAY: &str = "SELECT sum(amount) FROM gold.t AS x WHERE x.day >= 500 AND 599 >= x.day";

fn project(header: &str) -> Project {
    let project = Project::new("");
    write(&project, header);
    project.run().success();
    project
}

fn write(project: &Project, header: &str) {
    project.write("models/gold/t.sql", &format!("/* @ingest\n{header}\n*/\n{ROWS}"));
}

fn advise(project: &Project, queries: &[&str]) -> String {
    let mut arguments = vec!["advise", "t"];
    arguments.extend(queries.iter().flat_map(|query| ["--query", query]));
    stdout(&project.ingest(&arguments).assert().success())
}

/// The lines for the header, which stand alone at the end.
fn header_lines(said: &str) -> String {
    let (_, lines) = said
        .split_once("in the header of models/gold/t.sql:")
        .expect("lines");
    lines.trim().to_owned()
}

/// Bytes of the row that begins or ends with a word.
fn fetched(said: &str, word: &str) -> f64 {
    let is_of = |line: &&str| {
        let cells = cells(line);
        cells.len() == 7 && (cells[0] == word || cells[6] == word)
    };
    let line = said
        .lines()
        .find(is_of)
        .unwrap_or_else(|| panic!("{word} in\n{said}"));
    let cell = &cells(line)[1];
    let (figure, unit) = cell.split_once(' ').expect("a figure and its unit");
    let factor = match unit {
        "B" => 1.0,
        "kB" => 1e3,
        _ => 1e6,
    };
    figure.parse::<f64>().expect("a figure") * factor
}

fn cells(line: &str) -> Vec<String> {
    let cells = line.trim_matches('│').split('┆');
    cells.map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn sorting_by_the_filtered_column_is_advised_once() {
    let project = project("cluster_by: [id]");
    let said = advise(&project, &[BY_CODE]);
    let lines = header_lines(&said);
    assert_eq!(lines, "cluster_by: [code, id]");
    let then = fetched(&said, "advised");
    assert!(then * 4.0 < fetched(&said, "as it is"), "{said}");

    write(&project, &lines);
    project.run().success();
    let said = advise(&project, &[BY_CODE]);
    assert!(said.contains("nothing to change"), "{said}");
    assert!(
        (fetched(&said, "as it is") - then).abs() < 1.0,
        "the advised layout is the one that came of it: {said}"
    );
}

#[test]
fn equality_on_many_unsorted_values_gets_a_bloom_filter() {
    let project = project("cluster_by: [day]\nrow_group_rows: 20000");
    let by_name = "SELECT id FROM t WHERE name = 'user ' || hash(70001)::VARCHAR";
    let said = advise(&project, &[BY_DAY, by_name]);
    assert_eq!(header_lines(&said), "bloom: [name]", "{said}");
    assert!(
        fetched(&said, "advised") * 2.0 < fetched(&said, "as it is"),
        "{said}"
    );

    write(
        &project,
        "cluster_by: [day]\nrow_group_rows: 20000\nbloom: [name]",
    );
    project.run().success();
    let said = advise(&project, &[BY_DAY, by_name]);
    assert!(said.contains("nothing to change"), "{said}");
}

#[test]
fn several_lines_are_pasted_as_they_are() {
    let project = project("row_group_rows: 20000");
    let queries = [
        BY_CODE,
        "SELECT amount FROM t WHERE code IN (7, 8, 9)",
        "SELECT id FROM t WHERE name = 'user ' || hash(70001)::VARCHAR",
    ];
    let lines = header_lines(&advise(&project, &queries));
    assert!(lines.contains("cluster_by: [code]\nbloom: [name]"), "{lines}");
    write(&project, &format!("row_group_rows: 20000\n{lines}"));
    project.run().success();
    let said = advise(&project, &queries);
    assert!(said.contains("nothing to change"), "{said}");
}

#[test]
fn what_is_good_or_changes_little_stays() {
    let project = project("cluster_by: [day, id]");
    for queries in [
        &[BY_DAY][..],
        &["SELECT avg(amount) FROM t"],
        &["SELECT id, day FROM t LIMIT 100"],
    ] {
        let said = advise(&project, queries);
        assert!(said.contains("nothing to change"), "{queries:?}: {said}");
        assert!(!said.contains("in the header"), "{said}");
    }
}

#[test]
fn a_sample_is_named_and_says_the_same() {
    let project = project("cluster_by: [id]");
    let mut command = project.ingest(&["advise", "t", "--rows", "60000", "--query", BY_CODE]);
    let said = stdout(&command.assert().success());
    assert!(
        said.contains("100,000 rows") && said.contains("measured on "),
        "{said}"
    );
    assert_eq!(header_lines(&said), "cluster_by: [code, id]");
    let again = stdout(&command.assert().success());
    assert!(
        (fetched(&said, "as it is") - fetched(&again, "as it is")).abs() < 1.0,
        "the same each time"
    );
}

#[test]
fn queries_are_proposed_by_header_and_roles() {
    let project = Project::shop();
    project.run().success();
    let asserted = project.ingest(&["advise", "orders"]).assert().success();
    let said = stdout(&asserted);
    assert!(stderr(&asserted).contains("no --query was given"));
    assert!(said.contains("WHERE placed_at BETWEEN '2024-01-0"), "{said}");
    assert!(said.contains("WHERE customer = "), "{said}");
    assert!(said.contains("nothing to change"), "{said}");
}

#[test]
fn a_table_without_a_model_is_measured_too() {
    let project = Project::new("");
    project
        .ingest(&["generate", "taxi", "--rows", "60000"])
        .assert()
        .success();
    let table = project.catalog().tables[0].name.clone();
    let query = format!("SELECT fare FROM {table} WHERE pickup_zone = 7");
    let asserted = project
        .ingest(&["advise", &table, "--query", &query])
        .assert()
        .success();
    let said = stdout(&asserted);
    assert!(said.contains("as it is"), "{said}");
}

#[test]
fn what_cannot_be_measured_is_refused_by_name() {
    let project = project("cluster_by: [id]");
    project.write("models/gold/other.sql", "SELECT 1 AS a");
    project.run().success();
    for (arguments, complaint) in [
        (&["nope"][..], "has no table `nope`"),
        (
            &["t", "--query", "SELECT * FROM other"],
            "it reads other, but t is measured",
        ),
        (&["t", "--query", "SELECT 1"], "it reads no table"),
        (
            &["t", "--query", "SELECT * FROM t WHERE name LIKE 'a%'"],
            "of a kind that advise does not measure",
        ),
        (
            &["t", "--query", "SELECT * FROM t WHERE id = 1 OR day = 2"],
            "of a kind",
        ),
        (&["t", "--query", "SELECT * FROM t WHERE id = day"], "of a kind"),
        (&["t", "--query", "SELECT * FROM t WHERE id + 1 = 3"], "of a kind"),
        (
            &["t", "--query", "SELECT * FROM t WHERE id < 1.5"],
            "`id` with 1.5, which is no exact BIGINT",
        ),
        (
            &["t", "--query", "SELECT * FROM t WHERE id = 'x'"],
            "`id` with 'x'",
        ),
        (
            &["t", "--query", "SELECT * FROM t WHERE id = NULL"],
            "`id` with NULL, which is no exact BIGINT",
        ),
        (&["t", "--query", "SELECT nope FROM t"], "\"nope\""),
        (
            &["t", "--query", "SELECT * FROM t a JOIN t b USING (id)"],
            "it has a join",
        ),
        (
            &["t", "--query", "SELECT * FROM t WHERE id IN (SELECT day FROM t)"],
            "it has a subquery",
        ),
        (
            &["t", "--query", "SELECT * FROM t UNION ALL FROM t"],
            "it has several SELECTs",
        ),
        (&["t", "--query", "DROP TABLE t"], "write one SELECT"),
        (&["t", "--query", "SELEC"], "SELEC"),
        (&["t", "--rows", "0"], "--rows"),
    ] {
        let mut command = project.ingest(&["advise"]);
        let said = stderr(&command.args(arguments).assert().failure());
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
}
