//! Folders named `key=value`, which stand for columns.

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

#[test]
fn folders_are_columns_in_each_format() {
    let project = Project::new(
        "[sources.text]\npath = 'raw/**/*.csv'\n[sources.lines]\npath = 'raw/**/*.ndjson'\n\
         [sources.parquet]\npath = 'raw/**/*.parquet'\n",
    );
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for (folder, n) in [
        ("raw/year=2024/kind=a b", 1),
        ("raw/kind=c%2Fd/year=2025", 2),
        ("raw/year=2026/kind=__HIVE_DEFAULT_PARTITION__", 3),
    ] {
        project.write(&format!("{folder}/x.csv"), &format!("n\n{n}\n"));
        project.write(&format!("{folder}/x.ndjson"), &format!("{{\"n\": {n}}}\n"));
        let path = project.root().join(folder).join("x.parquet");
        let copy = format!("COPY (SELECT {n}::BIGINT AS n) TO '{}'", path.display());
        engine.execute(&copy).expect("Parquet");
    }
    for (table, source) in [("a", "text"), ("b", "lines"), ("c", "parquet")] {
        project.write(
            &format!("models/gold/{table}.sql"),
            &format!("SELECT n, year, kind FROM source.{source} WHERE year < 3000"),
        );
    }
    project.run().success();
    for table in ["a", "b", "c"] {
        assert_eq!(
            project.types(table),
            ["n int64", "year int64", "kind string"],
            "{table}"
        );
        assert_eq!(
            project.query(&format!("SELECT * FROM {table} ORDER BY n")),
            "n,year,kind\n1,2024,a b\n2,2025,c/d\n3,2026,\n",
            "{table}"
        );
    }
}

#[test]
fn a_folder_keeps_its_type_where_a_table_grows() {
    let project = Project::new("[sources.t]\npath = 'raw/**/*.csv'\n");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nmaterialized: incremental\n*/ SELECT n, part FROM source.t",
    );
    project.write("raw/part=01/x.csv", "n\n1\n");
    project.write("raw/part=b/x.csv", "n\n2\n");
    project.run().success();
    project.write("raw/part=02/x.csv", "n\n3\n");
    project.run().success();
    assert_eq!(project.types("t"), ["n int64", "part string"]);
    assert_eq!(
        project.query("SELECT part FROM t ORDER BY part"),
        "part\n01\n02\nb\n"
    );
}

#[test]
fn folders_of_some_files_only_are_refused_unless_they_are_no_columns() {
    let config = "[sources.t]\npath = 'raw/**/*.csv'\n";
    let project = Project::new(config);
    project.write("models/gold/t.sql", "SELECT * FROM source.t");
    project.write("raw/year=2024/x.csv", "n\n1\n");
    project.write("raw/y.csv", "n\n2\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/y.csv is in none, and raw/year=2024/x.csv in one of year: folders named key=value are columns"),
        "{told}"
    );
    project.write(
        "ingest.toml",
        &format!("name = 'lake'\n[targets.local]\ngold = 'gold'\n{config}options = {{ hive_partitioning = false }}\n"),
    );
    project.run().success();
    assert_eq!(project.types("t"), ["n int64"]);
    assert_eq!(project.manifest("t").rows, 2);
}

#[test]
fn folders_above_the_project_are_no_columns() {
    let outer = Project::new("");
    let root = outer.root().join("day=1/lake");
    let write = |file: &str, text: &str| outer.write(&format!("day=1/lake/{file}"), text);
    write(
        "ingest.toml",
        "name = 'lake'\n[targets.local]\ngold = 'gold'\n[sources.a]\npath = 'raw/a.csv'\n[sources.b]\npath = 'raw/*/b.csv'\n\
         [sources.c]\npath = 'raw/*/c.csv'\n",
    );
    write("raw/a.csv", "n,day\n1,7\n");
    write("raw/year=2024/b.csv", "n\n2\n");
    write("raw/year=2024/c.csv", "n,day\n3,8\n");
    for table in ["a", "b", "c"] {
        write(
            &format!("models/gold/{table}.sql"),
            &format!("SELECT * FROM source.{table}"),
        );
    }
    let place = root.to_string_lossy().into_owned();
    let told = stderr(&outer.ingest(&["run", "--project", &place]).assert().failure());
    assert!(
        told.contains("the column `day` of its files cannot be told from a folder day=… above the project"),
        "{told}"
    );
    let sql = "SELECT a.*, b.* FROM a, b";
    let arguments = ["query", "--project", &place, "--format", "csv", "--sql", sql];
    let rows = stdout(&outer.ingest(&arguments).assert().success());
    assert_eq!(rows, "n,day,n_1,year\n1,7,2,2024\n");
}
