//! `ingest init --from`: what is proposed for files that are there runs as it is.

use std::path::Path;

use predicates::prelude::*;

use crate::fixture::{stderr, stdout};
use crate::init::{ingest, runs};

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().expect("below the folder")).expect("folder");
    std::fs::write(path, text).expect("written");
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn rows(folder: &Path, project: &str, sql: &str) -> String {
    let answer = ingest(
        folder,
        &["query", "--project", project, "--format", "csv", "--sql", sql],
    );
    stdout(&answer.success())
}

#[test]
fn files_of_one_name_are_one_source_with_types_roles_and_checks() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = folder.path();
    let header = "Order ID,Placed At,Amount $,Country,Note\n";
    write(
        at,
        "raw/orders-1.csv",
        &format!("{header}1,2024-01-01 10:00:00,10.5,DE,\n2,2024-01-02 11:00:00,20,FR,late\n"),
    );
    write(
        at,
        "raw/orders-2.csv",
        &format!("{header}3,2024-01-03 12:00:00,5.25,DE,\n"),
    );
    write(at, "raw/orders-items.csv", "order,product\n1,cup\n1,cup\n");
    write(at, "raw/notes.md", "not a table\n");
    let made = ingest(at, &["init", ".", "--from", "raw"]).success();
    assert!(
        stdout(&made).contains("source.orders: 2 files"),
        "{}",
        stdout(&made)
    );
    assert!(
        stderr(&made).contains("1 file of other kinds left out"),
        "{}",
        stderr(&made)
    );
    let config = read(at, "ingest.toml");
    // The plain glob would take orders-items.csv too.
    assert!(
        config.contains("[sources.orders]\npath = \"raw/orders-[0-9]*.csv\"\n"),
        "{config}"
    );
    assert!(
        config.contains("[sources.orders_items]\npath = \"raw/orders-items.csv\"\n"),
        "{config}"
    );
    let silver = read(at, "models/silver/orders.sql");
    assert!(
        silver
            .contains("    placed_at::TIMESTAMP AS placed_at,\n    amount::DOUBLE AS amount,\n    country,"),
        "{silver}"
    );
    let gold = read(at, "models/gold/orders.sql");
    for line in [
        "cluster_by: [placed_at]",
        "  order_id: {description: \"Order ID\", role: dimension}",
        "  placed_at: {description: \"Placed At\", role: time}",
        "  amount: {description: \"Amount $\", role: measure}",
        "  country: {description: \"Country\", role: dimension}",
        "  - unique: order_id",
        "  - not_null: [order_id, placed_at, amount, country]",
    ] {
        assert!(gold.contains(line), "{line}: {gold}");
    }
    let items = read(at, "models/gold/orders_items.sql");
    assert!(!items.contains("unique"), "two rows are alike: {items}");
    runs(at, ".");
    assert_eq!(
        rows(at, ".", "SELECT count(*) AS n, sum(amount) AS sum FROM orders"),
        "n,sum\n3,35.75\n"
    );

    // The next file of that name is taken in, and a row that breaks a check keeps the table out.
    write(
        at,
        "raw/orders-3.csv",
        &format!("{header}3,2024-01-04 12:00:00,1,DE,\n"),
    );
    ingest(at, &["run"])
        .failure()
        .stderr(predicate::str::contains("unique(order_id)"));
}

#[test]
fn awkward_names_of_files_and_columns_run() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = folder.path();
    write(
        at,
        "in/2024 Größe je Tag.CSV",
        "Größe (cm);Ort, Straße;*/ \"x\";2001;Null;;select\n1,5;a;b;1;;x;2\n2,5;c;d;2;;y;3\n",
    );
    write(
        at,
        "in/SELECT.json",
        "[{\"from\": 1, \"Table\": {\"a\": [1]}}, {\"from\": 2, \"Table\": null}]",
    );
    write(at, "in/a[1]*${HOME}?.csv", "id,n\n1,2\n2,3\n");
    write(at, "in/eu/Order Lines.csv", "id,n\n1,2\n");
    write(at, "in/us/Order Lines.csv", "id,n\n1,2\n");
    write(at, "in/empty.csv", "a,b\n");
    write(at, "in/year=2024/part-0.csv", "t\n2024-01-01\n");
    write(at, "in/year=2025/part-0.csv", "t\n2025-01-01\n");
    let made = ingest(at, &["init", "My Lake", "--from", "in"]).success();
    let printed = stdout(&made);
    for source in [
        "t_2024_groesse_je_tag",
        "select",
        "a_1_home",
        "order_lines",
        "us_order_lines",
        "empty",
        "in",
    ] {
        assert!(
            printed.contains(&format!("source.{source}: ")),
            "{source}: {printed}"
        );
    }
    runs(at, "My Lake");
    assert_eq!(
        rows(at, "My Lake", "SELECT count(*) AS n FROM \"select\""),
        "n\n2\n"
    );
    assert_eq!(rows(at, "My Lake", "SELECT sum(n) AS n FROM a_1_home"), "n\n5\n");
    let sum = "SELECT sum(_2001) AS a, max(\"größe_cm\") AS b FROM t_2024_groesse_je_tag";
    assert_eq!(rows(at, "My Lake", sum), "a,b\n3,\"2,5\"\n");
}

#[test]
fn files_that_need_options_get_them_and_damaged_ones_are_named() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = folder.path();
    // Beyond the rows that DuckDB looks at to tell types.
    let mut late = String::from("n\n");
    (0..60_000).for_each(|n| late.push_str(&format!("{n}\n")));
    late.push_str("unknown\n");
    write(at, "raw/late.csv", &late);
    write(at, "raw/grown 1.csv", "id,a\n1,x\n");
    write(at, "raw/grown 2.csv", "id,b,a\n2,7,y\n");
    write(at, "raw/broken.parquet", "no Parquet");
    let made = ingest(at, &["init", ".", "--from", "raw/*"]).success();
    assert!(
        stderr(&made).contains("raw/broken.parquet is left out"),
        "{}",
        stderr(&made)
    );
    let config = read(at, "ingest.toml");
    assert!(config.contains("options = { sample_size = -1 }"), "{config}");
    assert!(config.contains("options = { union_by_name = true }"), "{config}");
    runs(at, ".");
    assert_eq!(rows(at, ".", "SELECT count(*) AS n FROM late"), "n\n60001\n");
    assert_eq!(
        rows(at, ".", "SELECT count(*) AS n, sum(b) AS b FROM grown"),
        "n,b\n2,7\n"
    );
}

#[test]
fn other_formats_run_as_csv_does() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = folder.path();
    write(
        at,
        "raw/events/2024-01.ndjson",
        "{\"id\": 1, \"at\": \"2024-01-01T00:00:00Z\", \"tags\": [\"a\"]}\n{\"id\": 2, \"at\": null}\n",
    );
    write(
        at,
        "raw/events/2024-02.ndjson",
        "{\"id\": 3, \"at\": \"2024-02-01T00:00:00Z\"}\n",
    );
    write(at, "raw/cities.csv", "id,city\n1,Bern\n2,Chur\n");
    std::fs::write(at.join("raw/workbook.xls"), include_bytes!("orders.xls")).expect("written");
    ingest(
        at,
        &["query", "--sql", "SELECT 7 AS seven", "--output", "raw/one.arrow"],
    )
    .success();
    for (file, from) in [("trips-1", 0), ("trips-2", 5)] {
        let sql = format!(
            "SELECT i AS trip_id, DATE '2024-01-01' + i::INTEGER AS day, (i / 4)::DECIMAL(9, 2) AS fare, i % 2 = 0 AS \"Paid?\" \
             FROM range({from}, {from} + 5) r(i)"
        );
        let file = format!("raw/{file}.parquet");
        ingest(at, &["query", "--sql", &sql, "--output", &file]).success();
    }
    let printed = stdout(&ingest(at, &["init", ".", "--from", "raw"]).success());
    for line in [
        "source.events: 2 files",
        "source.trips: 2 files",
        "source.cities: 1 file",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let gold = read(at, "models/gold/trips.sql");
    for line in [
        "cluster_by: [day]",
        "  fare: {role: measure}",
        "  - unique: trip_id",
    ] {
        assert!(gold.contains(line), "{line}: {gold}");
    }
    runs(at, ".");
    let sql = "SELECT (SELECT count(\"at\") FROM events) AS a, (SELECT sum(fare) FROM trips) AS b, \
               (SELECT count(*) FROM cities) AS c, (SELECT sum(seven) FROM one) AS d, \
               (SELECT max(order_id) > 0 FROM workbook) AS e";
    assert_eq!(rows(at, ".", sql), "a,b,c,d,e\n2,11.25,2,7,true\n");
}

#[test]
fn what_cannot_be_looked_at_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = folder.path();
    write(at, "raw/notes.md", "not a table\n");
    write(at, "bad/x.parquet", "no Parquet");
    for (from, complaint) in [
        (
            "raw",
            "no file there that is CSV, JSON, Parquet, Arrow or a workbook by its extension (1 file of other kinds)",
        ),
        ("bad", "none of the files can be read"),
        ("nowhere", "--from nowhere does not exist: name a folder"),
        ("https://example.com/raw", "cannot be listed"),
    ] {
        ingest(at, &["init", "new", "--from", from])
            .failure()
            .stderr(predicate::str::contains(complaint));
        assert!(!at.join("new").exists(), "{from}");
    }
}
