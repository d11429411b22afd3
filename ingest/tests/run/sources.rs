use std::io::Write;

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

#[test]
fn each_format_is_read_by_its_extension() {
    let project = Project::new(
        "[sources.tabs]\npath = 'raw/a.tsv'\n[sources.lines]\npath = 'raw/a.ndjson'\n[sources.array]\npath = 'raw/a.json'\n\
         [sources.parquet]\npath = 'raw/*.parquet'\n[sources.odd]\npath = 'raw/a.dat'\nformat = 'csv'\n",
    );
    project.write("raw/a.tsv", "Key\tval\n1\tx,y\n");
    project.write("raw/a.ndjson", "{\"Key\": 1, \"val\": \"x,y\"}\n");
    project.write("raw/a.json", "[{\"Key\": 1, \"val\": \"x,y\"}]");
    project.write("raw/a.dat", "Key,val\n1,\"x,y\"\n");
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let file = project.root().join("raw/a.parquet");
    engine
        .execute(&format!(
            "COPY (SELECT 1 AS \"Key\", 'x,y' AS val) TO '{}'",
            file.display()
        ))
        .expect("Parquet");
    project.write(
        "models/gold/t.sql",
        "FROM source.tabs UNION ALL FROM source.lines UNION ALL FROM source.array UNION ALL FROM source.parquet UNION ALL FROM source.odd",
    );
    project.run().success();
    let sql = "SELECT count(*) FILTER (key = 1 AND val = 'x,y') AS alike FROM t";
    assert!(stdout(&project.ingest(&["query", "--sql", sql]).assert().success()).contains(" 5 │"));
}

#[test]
fn options_of_duckdbs_reader_are_passed_on() {
    let project = Project::new(
        "[sources.odd]\npath = 'raw/a.csv'\noptions = { delim = ';', nullstr = ['-', 'n/a'], decimal_separator = ',', types = { Code = 'VARCHAR' } }\n",
    );
    project.write("raw/a.csv", "Code;Amount\n007;1,5\nn/a;-\n");
    project.write("models/gold/t.sql", "SELECT * FROM odd");
    project.run().success();
    let manifest = project.manifest("t");
    assert_eq!(
        manifest.column("code").expect("column").statistics.min,
        Some(catalog::Scalar::from("007"))
    );
    let amount = &manifest.column("amount").expect("column").statistics;
    assert_eq!(
        (amount.max.clone(), amount.null_count),
        (Some(catalog::Scalar::Float(1.5)), Some(1))
    );
}

#[test]
fn names_that_come_out_alike_stay_apart_and_originals_are_kept() {
    let project = Project::new("[sources.a]\npath = 'raw/a.csv'\n");
    project.write(
        "raw/a.csv",
        "Cost Total $,cost_total,Cost (Total),plain\n1,2,3,4\n",
    );
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    project.run().success();
    let manifest = project.manifest("t");
    let names: Vec<_> = manifest
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.original_name.as_deref()))
        .collect();
    assert_eq!(
        names,
        [
            ("cost_total", Some("Cost Total $")),
            ("cost_total_2", Some("cost_total")),
            ("cost_total_3", Some("Cost (Total)")),
            ("plain", None)
        ]
    );
}

#[test]
fn paths_may_hold_variables_and_a_bad_value_is_told_with_file_and_line() {
    let project = Project::new("[sources.a]\npath = '${RAW_FOLDER:-raw}/${RAW_FILE}'\n");
    project.write("elsewhere/a.csv", "n\n1\n");
    project.write("models/gold/t.sql", "SELECT sum(n)::BIGINT AS n FROM source.a");
    let mut run = project.ingest(&["run"]);
    run.env("RAW_FOLDER", "elsewhere")
        .env("RAW_FILE", "a.csv")
        .assert()
        .success();

    let mut file = std::fs::File::create(project.root().join("elsewhere/a.csv")).expect("file");
    writeln!(file, "n").expect("write");
    for number in 0..30_000 {
        writeln!(file, "{number}").expect("write");
    }
    writeln!(file, "oops").expect("write");
    let assert = run.assert().failure();
    let told = stderr(&assert);
    assert!(
        told.contains("elsewhere/a.csv") && told.contains("30002") && told.contains("oops"),
        "{told}"
    );
}

#[test]
fn a_run_keeps_to_the_resources_that_it_is_given() {
    let project = Project::shop();
    project
        .ingest(&["run", "--threads", "1", "--memory-limit", "300MB"])
        .assert()
        .success();
}
