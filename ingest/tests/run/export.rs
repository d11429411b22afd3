//! `ingest export`: what other programs read is the current snapshot.

use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

#[test]
fn views_for_duckdb_read_the_current_files_and_no_superseded_ones() {
    let project = Project::shop();
    project.run().success();
    let before = project.manifest("orders").files;
    project.write(
        "raw/orders-3.csv",
        "Order ID,Customer,Amount $,Placed At\n5,9,1,2024-01-05 00:00:00\n",
    );
    project.run().success();
    assert!(
        project.gold(&before[0].key).is_file(),
        "the superseded file is still there"
    );
    let export = project
        .ingest(&["export", "orders", "customers", "--as", "duckdb"])
        .assert()
        .success();
    let database = duckdb::Connection::open_in_memory().expect("DuckDB");
    database.execute_batch(&stdout(&export)).expect("the script runs");
    let counts = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM customers)";
    let found: (i64, i64) = database
        .query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows");
    assert_eq!(found, (5, 3));
}

#[test]
fn a_csv_file_has_a_header_quotes_and_empty_fields_for_null() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT * FROM (VALUES (1, 'a,\"b\"'), (2, NULL), (3, '')) AS v(id, note) ORDER BY id",
    );
    project.run().success();
    project.write("t.csv", "what was there before");
    project
        .ingest(&["export", "t", "--as", "csv", "--output", "t.csv"])
        .assert()
        .success();
    let text = std::fs::read_to_string(project.root().join("t.csv")).expect("the file");
    assert_eq!(text, "id,note\n1,\"a,\"\"b\"\"\"\n2,\n3,\"\"\n");
    let printed = project.ingest(&["export", "t", "--as", "csv"]).assert().success();
    assert_eq!(stdout(&printed), text);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let project = Project::new("");
    project.write("models/gold/t.sql", "SELECT 7 AS n");
    project.run().success();
    let pipe = project.root().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::read_to_string(pipe).expect("the pipe"))
    };
    project
        .ingest(&["export", "t", "--as", "csv", "--output", "pipe"])
        .assert()
        .success();
    let kind = pipe.metadata().expect("the pipe").file_type();
    assert!(kind.is_fifo(), "{kind:?}");
    assert_eq!(reader.join().expect("a reader"), "n\n7\n");
}

#[test]
fn what_cannot_be_exported_is_refused_and_leaves_the_output_alone() {
    let project = Project::shop();
    project.run().success();
    for (arguments, said) in [
        (&["order", "--as", "duckdb"][..], "Did you mean orders?"),
        (
            &["orders", "customers", "--as", "csv", "--output", "kept"],
            "holds one table",
        ),
        (
            &["orders", "--as", "csv", "--output", "no/such/file"],
            "there is no folder no/such; make it first",
        ),
    ] {
        project.write("kept", "before");
        let assert = project
            .ingest(&["export"])
            .args(arguments)
            .assert()
            .failure()
            .stderr(contains(said));
        assert!(stdout(&assert).is_empty(), "{}", stderr(&assert));
        let kept = std::fs::read_to_string(project.root().join("kept")).expect("the file");
        assert_eq!(kept, "before");
    }
}

#[test]
fn tables_of_a_metastore_read_the_current_files_which_gc_leaves() {
    let project = Project::shop();
    project.run().success();
    let export = ["export", "orders", "--as", "hive"];
    let statements = stdout(&project.ingest(&export).assert().success());
    let exported = project.manifest("orders").files;
    let location = format!(
        "LOCATION 'file://{}/'",
        project.gold("exports/hive/orders").display()
    );
    for part in ["`amount` double,\n", "`placed_at` timestamp\n", &location] {
        assert!(statements.contains(part), "{part} is not in\n{statements}");
    }
    for n in 5..20 {
        project.write(
            "raw/orders-3.csv",
            &format!("Order ID,Customer,Amount $,Placed At\n{n},9,1,2024-01-05 00:00:00\n"),
        );
        project.run().success();
    }
    let list = project.gold("exports/hive/orders/manifest");
    let read = |key: &str| std::fs::read_to_string(key).expect("a list");
    let collect = || project.ingest(&["gc", "--older-than", "0s"]).assert().success();
    collect();
    let path = list.to_string_lossy().into_owned();
    assert_eq!(
        read(&path),
        format!("file://{}\n", project.gold(&exported[0].key).display())
    );
    assert!(project.gold(&exported[0].key).is_file(), "the list names it");
    project.ingest(&export).assert().success();
    collect();
    assert!(!project.gold(&exported[0].key).is_file(), "nothing names it");
    assert_eq!(
        read(&path),
        format!(
            "file://{}\n",
            project.gold(&project.manifest("orders").files[0].key).display()
        )
    );
    std::fs::remove_file(list).expect("removed");
    let refused = project
        .ingest(&["export", "orders", "--as", "glue"])
        .assert()
        .failure();
    assert!(stderr(&refused).contains("Athena and Glue read buckets"));
}
