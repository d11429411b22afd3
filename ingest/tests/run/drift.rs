//! Raw files whose columns are not as they were.

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

const HEADER: &str = "/* @ingest\non_schema_change: sync_all_columns\n*/";

/// A table of one file, and then a file that differs: a column more, a word among numbers, a word among dates.
fn drifting(drift: &str) -> Project {
    let project = Project::new(&format!("[sources.t]\npath = 'raw/*.csv'\ndrift = '{drift}'\n"));
    project.write("models/gold/t.sql", &format!("{HEADER} SELECT * FROM source.t"));
    project.write("raw/1.csv", "id,n,on\n1,10,31/12/2024\n2,20,30/12/2024\n");
    let first = stdout(&project.run().success());
    assert!(!first.contains("column `"), "{first}");
    assert_eq!(project.types("t"), ["id int64", "n int64", "on date"]);
    project.write(
        "raw/2.csv",
        "id,n,on,Extra\n3,x,29/12/2024,\n4,1.5,n/a,7\n5,30,28/12/2024,\n",
    );
    project
}

#[test]
fn a_source_that_evolves_takes_in_new_columns_and_wider_types() {
    let project = drifting("evolve");
    let planned = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(
        planned.contains("source.t: column `Extra` is new: BIGINT (raw/2.csv)"),
        "{planned}"
    );
    let told = stdout(&project.run().success());
    for part in [
        "source.t: column `Extra` is new: BIGINT (raw/2.csv)",
        "source.t: column `n` was BIGINT and is VARCHAR (raw/2.csv)",
        "source.t: column `on` was DATE and is VARCHAR (raw/2.csv)",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(
        project.types("t"),
        ["id int64", "n string", "on string", "extra int64"]
    );
    assert_eq!(project.manifest("t").rows, 5);
    project.write("raw/3.csv", "id,n,on,Extra\n6,7,1,8\n");
    let told = stdout(&project.run().success());
    assert!(!told.contains("column `"), "numbers are text as well: {told}");
    assert_eq!(
        project.types("t"),
        ["id int64", "n string", "on string", "extra int64"]
    );
}

#[test]
fn a_source_that_is_frozen_fails_and_names_file_column_and_types() {
    let project = drifting("freeze");
    let planned = stderr(&project.ingest(&["plan"]).assert().failure());
    assert!(
        planned.contains("raw/2.csv: column `Extra` is new: BIGINT"),
        "{planned}"
    );
    let told = stderr(&project.run().failure());
    for part in [
        "source.t failed\n  raw/2.csv: column `Extra` is new: BIGINT\n",
        "  raw/2.csv: column `n` was BIGINT and is VARCHAR\n",
        "  raw/2.csv: column `on` was DATE and is VARCHAR\n",
        "drift = \"freeze\" takes nothing in that is not as before: mend the files, accept the change with --full-refresh",
        "not published: gold.t",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("raw/1.csv"), "{told}");
    assert_eq!(project.manifest("t").rows, 2);
    project.write("raw/2.csv", "id,n,on\n3,,29/12/2024\n");
    project.run().success();
    assert_eq!(project.manifest("t").rows, 3, "an empty column is of any type");
    project.write("raw/3.csv", "id,n,on\n4,x,29/12/2024\n");
    project.run().failure();
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(project.types("t"), ["id int64", "n string", "on date"]);
}

#[test]
fn rows_with_what_was_not_there_are_left_out_and_counted() {
    let project = drifting("discard_row");
    let told = stdout(&project.run().success());
    for part in [
        "source.t: column `Extra` is new: BIGINT (raw/2.csv); rows with 1 value of it are left out",
        "source.t: column `n` was BIGINT and is VARCHAR (raw/2.csv); rows with 2 values of it are left out",
        "source.t: column `on` was DATE and is VARCHAR (raw/2.csv); rows with 1 value of it are left out",
        "source.t: 2 rows are left out",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.types("t"), ["id int64", "n int64", "on date"]);
    assert_eq!(
        project.query("SELECT * FROM t ORDER BY id"),
        "id,n,on\n1,10,2024-12-31\n2,20,2024-12-30\n5,30,2024-12-28\n"
    );
    let runs = std::fs::read_dir(project.gold("runs")).expect("runs");
    let reports: Vec<serde_json::Value> = runs
        .map(|run| {
            serde_json::from_slice(&std::fs::read(run.expect("run").path()).expect("read")).expect("JSON")
        })
        .collect();
    let steps = reports
        .iter()
        .flat_map(|report| report["steps"].as_array().expect("steps"));
    let drift: Vec<&serde_json::Value> = steps
        .map(|step| &step["drift"])
        .filter(|drift| drift.is_object())
        .collect();
    assert_eq!(drift.len(), 1, "{reports:?}");
    assert_eq!(drift[0]["rows_left_out"], 2);
    assert_eq!(
        drift[0]["changes"][1],
        serde_json::json!({
            "column": "n", "difference": "type", "before": "BIGINT", "now": "VARCHAR",
            "files": [["raw/2.csv", "VARCHAR"]], "values": 2, "treatment": "discard_row"
        })
    );
}

#[test]
fn values_that_do_not_fit_become_null_and_are_counted() {
    let project = drifting("discard_value");
    let told = stdout(&project.run().success());
    for part in [
        "source.t: column `Extra` is new: BIGINT (raw/2.csv); it is dropped, with 1 value",
        "source.t: column `n` was BIGINT and is VARCHAR (raw/2.csv); 2 values of it became NULL",
        "source.t: column `on` was DATE and is VARCHAR (raw/2.csv); 1 value of it became NULL",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.types("t"), ["id int64", "n int64", "on date"]);
    assert_eq!(
        project.query("SELECT * FROM t WHERE id > 2 ORDER BY id"),
        "id,n,on\n3,,2024-12-29\n4,,\n5,30,2024-12-28\n"
    );
}

#[test]
fn a_table_that_grows_keeps_to_what_it_was_in_its_new_files() {
    for (drift, rows, sum) in [("discard_row", 4, "10"), ("discard_value", 5, "10")] {
        let project = Project::new(&format!(
            "[sources.t]\npath = 'raw/*.ndjson'\ndrift = '{drift}'\nprovenance = true\n"
        ));
        project.write(
            "models/gold/t.sql",
            "/* @ingest\nmaterialized: incremental\n*/ SELECT * FROM source.t",
        );
        project.write("raw/1.ndjson", "{\"id\": 1, \"n\": 1}\n{\"id\": 2, \"n\": 2}\n");
        project.run().success();
        project.write(
            "raw/2.ndjson",
            "{\"id\": 3, \"n\": \"x\"}\n{\"id\": 4, \"n\": 3}\n{\"id\": 5, \"n\": 4}\n",
        );
        project.run().success();
        let sql = "SELECT count(*) AS rows, sum(n) AS sum, max(_row_number) AS last FROM t";
        assert_eq!(
            project.query(sql),
            format!("rows,sum,last\n{rows},{sum},3\n"),
            "{drift}: rows are counted as the file has them"
        );
    }
}

#[test]
fn a_number_that_json_writes_as_text_is_not_rounded() {
    let frozen = |rows: &str| {
        let project = Project::new("[sources.t]\npath = 'raw/*.ndjson'\ndrift = 'freeze'\n");
        project.write("models/gold/t.sql", "SELECT * FROM source.t");
        project.write("raw/1.ndjson", "{\"n\": 1}\n");
        project.run().success();
        project.write("raw/2.ndjson", rows);
        project
    };
    let told = stderr(&frozen("{\"n\": \"1.5\"}\n").run().failure());
    assert!(
        told.contains("raw/2.ndjson: column `n` was BIGINT and is VARCHAR"),
        "{told}"
    );
    let project = frozen("{\"n\": \"7\"}\n{\"n\": null}\n");
    project.run().success();
    assert_eq!(project.query("SELECT sum(n) AS n FROM t"), "n\n8\n");
}

#[test]
fn parquet_is_held_to_its_types_too() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let put = |project: &Project, name: &str, select: &str| {
        let path = project.root().join("raw").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        let copy = format!("COPY ({select}) TO '{}'", path.display());
        engine.execute(&copy).expect("Parquet");
    };
    for (drift, columns, values) in [
        (
            "evolve",
            "id int64|n float64|more string",
            "1,1.0,|2,2.5,x|3,3.0,",
        ),
        ("discard_row", "id int64|n int64", "1,1|3,3"),
        ("discard_value", "id int64|n int64", "1,1|2,|3,3"),
    ] {
        let project = Project::new(&format!(
            "[sources.t]\npath = 'raw/*.parquet'\ndrift = '{drift}'\n"
        ));
        project.write("models/gold/t.sql", &format!("{HEADER} SELECT * FROM source.t"));
        put(&project, "1.parquet", "SELECT 1::BIGINT AS id, 1::BIGINT AS n");
        project.run().success();
        put(
            &project,
            "2.parquet",
            "SELECT 2::BIGINT AS id, 2.5::DOUBLE AS n, 'x' AS more",
        );
        put(&project, "3.parquet", "SELECT 3::INTEGER AS id, 3::DOUBLE AS n");
        let told = stdout(&project.run().success());
        assert!(
            told.contains("column `n` was BIGINT and is DOUBLE (raw/2.parquet"),
            "{drift}: {told}"
        );
        assert_eq!(project.types("t").join("|"), columns, "{drift}");
        let rows = project.query("SELECT * FROM t ORDER BY id");
        let rows: Vec<&str> = rows.lines().skip(1).collect();
        assert_eq!(rows.join("|"), values, "{drift}");
    }
    let project = Project::new("[sources.t]\npath = 'raw/*.parquet'\ndrift = 'freeze'\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.t");
    put(&project, "1.parquet", "SELECT 1::BIGINT AS id, 1::BIGINT AS n");
    project.run().success();
    put(&project, "2.parquet", "SELECT 2::INTEGER AS id, 2::INTEGER AS n");
    project.run().success();
    put(&project, "3.parquet", "SELECT 2::INTEGER AS id, 'x' AS n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/3.parquet: column `n` was BIGINT and is VARCHAR\n"),
        "{told}"
    );
    assert_eq!(project.manifest("t").rows, 2);
}

#[test]
fn a_mode_that_there_is_not_is_refused() {
    let project = Project::new("[sources.t]\npath = 'raw/*.csv'\ndrift = 'ignore'\n");
    let told = stderr(&project.run().code(1));
    assert!(
        told.contains(
            "unknown variant `ignore`, expected one of `evolve`, `freeze`, `discard_row`, `discard_value`"
        ),
        "{told}"
    );
}
