//! `ingest adopt` over folders named `key=value`, whose columns are in no file.

use catalog::{ColumnType, Role, Scalar};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

/// What DuckDB makes of the files by itself.
const ORACLE: &str = "SELECT id, price, region, day, year FROM read_parquet('{gold}/sales/**/*.parquet', hive_partitioning = true, \
                      union_by_name = true, hive_types = {'region': VARCHAR, 'day': DATE, 'year': BIGINT})";

fn duckdb(sql: &str) {
    let connection = duckdb::Connection::open_in_memory().expect("DuckDB");
    connection.execute_batch(sql).expect("SQL");
}

/// Sales by year, region and day, among them regions that are NULL, or take more than letters.
fn lake() -> Project {
    let project = Project::new("");
    std::fs::create_dir_all(project.gold("")).expect("folder");
    duckdb(&format!(
        "COPY (SELECT i AS id, i * 1.5::DOUBLE AS price, 2000 + i % 3 AS year, \
                      CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'Nord/West 50%' ELSE 'south' END AS region, \
                      DATE '2024-01-01' + (i % 2)::INTEGER AS day FROM range(600) t(i)) \
         TO '{}/sales' (FORMAT parquet, PARTITION_BY (year, region, day))",
        project.gold("").display()
    ));
    project
}

fn oracle(project: &Project) -> String {
    ORACLE.replace("{gold}", &project.gold("").display().to_string())
}

fn rows(sql: &str) -> Vec<String> {
    let connection = duckdb::Connection::open_in_memory().expect("DuckDB");
    let sql = format!("SELECT t::VARCHAR FROM ({sql}) t ORDER BY 1");
    let mut statement = connection.prepare(&sql).expect("SQL");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

#[test]
fn folders_are_columns_of_types_that_suit_their_values() {
    let project = lake();
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("sales: 600 rows in 12 files"));
    let sales = project.manifest("sales");
    let of = |name: &str| sales.column(name).expect("column").clone();
    for (name, column_type, role, nullable, min, max, null_count) in [
        (
            "year",
            ColumnType::Int { bits: 64 },
            Role::Dimension,
            false,
            Scalar::Integer(2000),
            Scalar::Integer(2002),
            0,
        ),
        (
            "region",
            ColumnType::String,
            Role::Dimension,
            true,
            Scalar::from("Nord/West 50%"),
            Scalar::from("south"),
            150,
        ),
        (
            "day",
            ColumnType::Date,
            Role::Time,
            false,
            Scalar::from("2024-01-01"),
            Scalar::from("2024-01-02"),
            0,
        ),
    ] {
        let column = of(name);
        assert_eq!(column.column_type, column_type, "{name}");
        assert_eq!((column.role, column.nullable), (role, nullable), "{name}");
        let known = column.statistics;
        assert_eq!(
            (known.min, known.max, known.null_count),
            (Some(min), Some(max), Some(null_count)),
            "{name}"
        );
    }
    assert_eq!(sales.partition_by, ["year", "region", "day"]);
    let file = sales
        .files
        .iter()
        .find(|file| file.key.contains("__HIVE_DEFAULT"))
        .expect("a file");
    assert_eq!(file.path_value("region"), Some(&Scalar::Null));
    assert_eq!(file.path_value("id"), None);

    let expected = rows(&oracle(&project));
    let all = "SELECT id, price, region, day, year FROM sales";
    project
        .ingest(&["query", "--sql", all, "--output", "all.parquet"])
        .assert()
        .success();
    let found = project.root().join("all.parquet");
    assert_eq!(rows(&format!("FROM '{}'", found.display())), expected);
    let by_region = "SELECT region, count(*) AS n, min(year) AS first FROM sales WHERE year >= 2001 GROUP BY 1 ORDER BY 1 NULLS FIRST";
    assert_eq!(
        project.query(by_region),
        "region,n,first\n,100,2001\nNord/West 50%,100,2001\nsouth,200,2001\n"
    );
}

#[test]
fn new_folders_keep_ids_until_a_type_no_longer_suits() {
    let project = lake();
    project.ingest(&["adopt", "gold"]).assert().success();
    let first = project.manifest("sales");
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("nothing to do").and(contains("0 requests")));
    let add = |folder: &str, sql: &str| {
        let folder = project.gold(folder);
        std::fs::create_dir_all(&folder).expect("folder");
        duckdb(&format!(
            "COPY ({sql}) TO '{}/more.parquet' (FORMAT parquet)",
            folder.display()
        ));
    };
    let id = |manifest: &catalog::TableManifest, name: &str| manifest.column(name).expect("column").field_id;
    add(
        "sales/year=2003/region=south/day=2024-02-01",
        "SELECT 1000::BIGINT AS id, 1.5::DOUBLE AS price, 'x' AS note",
    );
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("601 rows").and(contains("1 request for")));
    let second = project.manifest("sales");
    for name in ["id", "price", "year", "region", "day"] {
        assert_eq!(id(&second, name), id(&first, name), "{name}");
        assert_eq!(
            second.column(name).expect("column").nullable,
            first.column(name).expect("column").nullable || name == "id" || name == "price",
            "{name}"
        );
    }
    let ids: std::collections::BTreeSet<u32> = second.columns.iter().map(|column| column.field_id).collect();
    assert_eq!(ids.len(), second.columns.len());

    add(
        "sales/year=unknown/region=south/day=2024-02-01",
        "SELECT 1001::BIGINT AS id, 1.5::DOUBLE AS price",
    );
    add("sales/late", "SELECT 1002::BIGINT AS id, 2.5::DOUBLE AS price");
    // A folder of its own is a table of its own.
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("sales_late: 1 row"));
    let third = project.manifest("sales");
    let year = third.column("year").expect("year");
    assert_eq!(year.column_type, ColumnType::String);
    assert!(
        third
            .columns
            .iter()
            .all(|column| column.name == "year" || column.field_id != year.field_id)
    );
    assert_ne!(year.field_id, id(&first, "year"));
    assert_eq!(
        project.query("SELECT count(*) AS n, max(year) AS last FROM sales WHERE year <> '2000'"),
        "n,last\n402,unknown\n"
    );
}

#[test]
fn what_is_not_alike_is_told() {
    let project = lake();
    let gold = project.gold("").display().to_string();
    std::fs::create_dir_all(project.gold("mixed/year=2001")).expect("folder");
    std::fs::create_dir_all(project.gold("mixed/year=2002")).expect("folder");
    std::fs::create_dir_all(project.gold("loose/year=2001/month=01")).expect("folder");
    duckdb(&format!(
        "COPY (SELECT 1 AS a, 2001 AS year) TO '{gold}/mixed/year=2001/a.parquet' (FORMAT parquet); \
         COPY (SELECT 2 AS a) TO '{gold}/mixed/year=2002/b.parquet' (FORMAT parquet); \
         COPY (SELECT 3 AS a) TO '{gold}/loose/year=2001/month=01/a.parquet' (FORMAT parquet); \
         COPY (SELECT 4 AS a) TO '{gold}/loose/b.parquet' (FORMAT parquet);"
    ));
    let assert = project.ingest(&["adopt", "gold"]).assert().code(1);
    let told = stderr(&assert);
    assert!(
        told.contains("table mixed is left out: column `year` is in mixed/year=2001/a.parquet, and of mixed/year=2002/b.parquet only in the path"),
        "{told}"
    );
    // What a path does not tell is NULL, here as in a browser.
    let loose = project.manifest("loose");
    assert_eq!(loose.partition_by, Vec::<String>::new());
    let other = loose
        .files
        .iter()
        .find(|file| file.key == "loose/b.parquet")
        .expect("a file");
    assert_eq!(other.path_value("month"), Some(&Scalar::Null));
    assert_eq!(
        project.query("SELECT a, year, month FROM loose ORDER BY a"),
        "a,year,month\n3,2001,1\n4,,\n"
    );
    project
        .ingest(&["export", "loose", "--as", "iceberg"])
        .assert()
        .code(1)
        .stderr(contains("column `year` stands in the paths of files").and(contains("column `month`")));
}

#[test]
fn a_scan_counts_their_values_too() {
    let project = lake();
    project.ingest(&["adopt", "gold", "--scan"]).assert().success();
    let sales = project.manifest("sales");
    let told = |name: &str| sales.column(name).expect("column").statistics.clone();
    assert_eq!(told("year").distinct_count, Some(3));
    let regions: Vec<(Scalar, u64)> = told("region")
        .top_values
        .into_iter()
        .map(|top| (top.value, top.count))
        .collect();
    assert_eq!(regions[0], (Scalar::from("south"), 300));
    assert_eq!(told("id").distinct_count, Some(600));
    assert_eq!(sales.partition_by, ["year", "region", "day"]);
    project
        .ingest(&["adopt", "gold", "--scan"])
        .assert()
        .success()
        .stdout(contains("nothing to do"));
}

#[test]
fn what_is_exported_has_them() {
    let project = lake();
    project.ingest(&["adopt", "gold"]).assert().success();
    let expected = rows(&oracle(&project));
    project
        .ingest(&["export", "sales", "--as", "csv", "--output", "sales.csv"])
        .assert()
        .success();
    let csv = project.root().join("sales.csv");
    let csv = format!(
        "SELECT id, price, region, day, year FROM read_csv('{}', types = {{'price': DOUBLE}})",
        csv.display()
    );
    assert_eq!(rows(&csv).len(), 600);
    assert_eq!(rows(&csv), expected);

    let script = stdout(
        &project
            .ingest(&["export", "sales", "--as", "duckdb"])
            .assert()
            .success(),
    );
    let database = duckdb::Connection::open_in_memory().expect("DuckDB");
    database.execute_batch(&script).expect("the script runs");
    let mut statement = database
        .prepare("SELECT t::VARCHAR FROM (SELECT id, price, region, day, year FROM sales) t ORDER BY 1")
        .expect("SQL");
    let found: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows");
    assert_eq!(found, expected);
}
