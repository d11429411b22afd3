//! The file of a row, and its number there.

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

/// Files of several sizes, of which each row holds its number and its file.
const FILES: [(&str, u32); 4] = [("a[1]", 30_000), ("b/x", 1), ("b/y=1 2", 200_000), ("c", 7)];

#[test]
fn rows_tell_their_file_and_number_in_each_format() {
    let kinds = ["csv", "ndjson", "parquet"];
    let mut config = String::new();
    for kind in kinds {
        config.push_str(&format!(
            "[sources.{kind}]\npath = 'raw/**/*.{kind}'\nprovenance = true\noptions = {{ hive_partitioning = false }}\n"
        ));
    }
    let project = Project::new(&config);
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for (kind, format) in kinds.into_iter().zip(["csv", "json", "parquet"]) {
        for (name, rows) in FILES {
            let path = project.root().join(format!("raw/{name}.{kind}"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
            engine
                .execute(&format!(
                    "COPY (SELECT i + 1 AS n, '{name}.{kind}' AS f FROM range({rows}) r(i)) TO '{}' (FORMAT {format})",
                    path.display()
                ))
                .expect("written");
        }
        project.write(
            &format!("models/silver/{kind}_rows.sql"),
            &format!("SELECT * FROM source.{kind}"),
        );
        project.write(
            &format!("models/gold/{kind}_wrong.sql"),
            &format!(
                "SELECT count(*) AS rows, count(*) FILTER (f <> _source_file OR n <> _row_number) AS wrong, \
                 count(DISTINCT _source_file) AS files FROM silver.{kind}_rows"
            ),
        );
    }
    project.ingest(&["plan"]).assert().success();
    project.ingest(&["run", "--threads", "4"]).assert().success();
    for kind in kinds {
        let told = project.query(&format!("SELECT rows, wrong, files FROM {kind}_wrong"));
        assert_eq!(told, "rows,wrong,files\n230008,0,4\n", "{kind}");
    }
}

#[test]
fn a_filter_by_folder_leaves_names_of_files_right() {
    let project = Project::new("[sources.t]\npath = 'raw/**/*.parquet'\nprovenance = true\n");
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for year in 2020..2026 {
        let folder = project.root().join(format!("raw/year={year}"));
        std::fs::create_dir_all(&folder).expect("folder");
        let copy = format!("COPY (FROM range(3)) TO '{}/x.parquet'", folder.display());
        engine.execute(&copy).expect("Parquet");
    }
    project.write(
        "models/gold/t.sql",
        "SELECT _source_file, max(_row_number) AS last FROM source.t WHERE year >= 2024 GROUP BY ALL",
    );
    project.run().success();
    assert_eq!(
        project.query("SELECT * FROM t ORDER BY 1"),
        "_source_file,last\nyear=2024/x.parquet,3\nyear=2025/x.parquet,3\n"
    );
}

#[test]
fn without_the_key_there_are_no_such_columns_and_a_model_is_told_of_it() {
    let project = Project::new("[sources.t]\npath = 'raw/*.csv'\n");
    project.write("raw/x.csv", "n\n1\n");
    project.write("models/gold/every.sql", "SELECT * FROM source.t");
    project.write("models/gold/named.sql", "SELECT n, _source_file FROM source.t");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("_source_file is a column of sources that have provenance = true in ingest.toml"),
        "{told}"
    );
    assert_eq!(project.manifest("every").columns.len(), 1);
    let config =
        "name = 'lake'\n[targets.local]\ngold = 'gold'\n[sources.t]\npath = 'raw/*.csv'\nprovenance = true\n";
    project.write("ingest.toml", config);
    let told = stdout(&project.run().success());
    assert!(told.contains("source.t is read with other options"), "{told}");
    assert_eq!(
        project.query("SELECT * FROM every"),
        "n,_source_file,_row_number\n1,x.csv,1\n"
    );
}

#[test]
fn columns_of_files_that_would_be_taken_for_these_are_refused() {
    let project = Project::new("[sources.t]\npath = 'raw/*.csv'\nprovenance = true\n");
    project.write("raw/x.csv", "n,_Row_Number\n1,5\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.t");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("its column `_Row_Number` cannot be told from those that provenance = true adds"),
        "{told}"
    );
}
