use crate::fixture::{Project, stderr};

#[test]
fn bad_sql_ends_with_what_duckdb_says() {
    let project = Project::shop();
    project.run().success();
    let told = |sql: &str| stderr(&project.ingest(&["query", "--sql", sql]).assert().code(1));
    let message = told("SELECT nope FROM orders");
    assert!(
        message.contains("\"nope\" not found") && message.contains("LINE 1: SELECT nope"),
        "{message}"
    );
    assert!(told("SELEC 1").contains("syntax error"));
    let message = told("SELECT * FROM order_s");
    assert!(
        message.contains("does not exist")
            && message.contains("Did you mean orders? The catalog has customers, orders.")
            && message.matches("Did you mean").count() == 1,
        "{message}"
    );
    let message = told("SELECT * FROM weather");
    assert!(!message.contains("Did you mean"), "{message}");
    let message = told("SELECT\nCAST(name AS INTEGER) FROM customers");
    assert!(
        message.contains("Could not convert string") && message.contains("LINE 2: CAST(name"),
        "{message}"
    );
}

#[test]
fn one_statement_that_reads_is_run_and_nothing_else() {
    let project = Project::shop();
    project.run().success();
    for (sql, said) in [
        ("", "the SQL is empty"),
        (" -- nothing\n;", "the SQL is empty"),
        ("SELECT 1; SELECT 2", "there are 2 statements"),
        ("SELECT 1; COPY (SELECT 1) TO 'x.csv'", "there are 2 statements"),
        (
            "COPY (SELECT 1) TO 'x.csv'",
            "COPY is not run: `ingest query` only reads",
        ),
        ("CREATE TABLE t AS SELECT 1", "CREATE is not run"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'x.csv'", "COPY is not run"),
        (
            "FROM enable_logging(storage_path = 'x.csv')",
            "ENABLE_LOGGING is not run",
        ),
        ("EXPORT DATABASE 'x.csv'", "EXPORT is not run"),
        (
            "SELECT *\nFROM read_parquet('s3://lake/x.parquet')",
            "name an object as a table, FROM 's3://bucket/key.parquet'; what is at a URL is a source of a project\n\nLINE 2: ",
        ),
        (
            "PIVOT orders ON customer USING count(*)) TO 'x.csv'; COPY (SELECT 1",
            "there are 2 statements",
        ),
    ] {
        let assert = project.ingest(&["query", "--sql", sql]).assert().code(1);
        let told = stderr(&assert);
        assert!(
            told.starts_with("error: ") && told.contains(said),
            "{sql}: {told}"
        );
        assert!(assert.get_output().stdout.is_empty(), "{sql}");
        assert!(!project.root().join("x.csv").exists(), "{sql}");
    }
}

#[test]
fn limits_that_duckdb_cannot_take_are_refused_with_their_option() {
    let project = Project::shop();
    for (option, value) in [
        ("--memory-limit", "lots"),
        ("--memory-limit", "2"),
        ("--threads", "0"),
    ] {
        let assert = project
            .ingest(&["query", "--sql", "SELECT 1", option, value])
            .assert()
            .code(2);
        let told = stderr(&assert);
        assert!(
            told.contains(&format!("invalid value '{value}' for '{option} <")),
            "{told}"
        );
    }
    let assert = project
        .ingest(&["run"])
        .env("INGEST_MEMORY_LIMIT", "lots")
        .assert()
        .code(1);
    assert!(
        stderr(&assert).contains("for example 512MB or 2GB"),
        "{}",
        stderr(&assert)
    );
}
