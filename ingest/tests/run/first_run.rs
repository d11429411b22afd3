use catalog::{Catalog, ColumnType, Role, Scalar, SortKey};
use predicates::str::contains;

use crate::fixture::{Project, stdout};

#[test]
fn raw_files_become_published_tables() {
    let project = Project::shop();
    project
        .run()
        .success()
        .stdout(contains("customers, orders changed"));

    let catalog = project.catalog();
    assert_eq!(catalog.name, "lake");
    let tables: Vec<_> = catalog
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.rows))
        .collect();
    assert_eq!(tables, [("customers", 3), ("orders", 4)]);

    let orders = project.manifest("orders");
    assert_eq!(orders.description.as_deref(), Some("All orders."));
    assert_eq!(
        orders.sort_keys,
        [SortKey {
            column: "placed_at".to_owned(),
            descending: false
        }]
    );
    assert_eq!(orders.lineage.sources, ["orders"]);
    assert_eq!(
        orders.lineage.sql.as_deref(),
        Some("SELECT * FROM source.orders;\n-- the end")
    );
    let checks: Vec<&str> = orders.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        checks,
        [
            "not_null(order_id)",
            "not_null(placed_at)",
            "relationships(customer -> silver.customers.id)"
        ]
    );
    assert_eq!(project.manifest("customers").lineage.models, ["silver.customers"]);
    assert_eq!(project.manifest("customers").lineage.sources, ["customers"]);
}

#[test]
fn columns_are_described_without_reading_them() {
    let project = Project::shop();
    project.run().success();
    let orders = project.manifest("orders");

    let amount = orders.column("amount").expect("column");
    assert_eq!(amount.original_name.as_deref(), Some("Amount $"));
    assert_eq!(
        (&amount.column_type, amount.role),
        (&ColumnType::Float { bits: 64 }, Role::Measure)
    );
    assert!(amount.nullable);
    let statistics = &amount.statistics;
    assert_eq!(
        (&statistics.min, &statistics.max),
        (&Some(Scalar::Float(5.25)), &Some(Scalar::Float(20.0)))
    );
    assert_eq!(
        (statistics.null_count, statistics.distinct_count),
        (Some(1), Some(3))
    );
    let histogram = statistics.histogram.as_ref().expect("histogram");
    assert!(histogram.is_consistent());
    assert_eq!(histogram.counts.iter().sum::<u64>(), 3);

    let customer = orders.column("customer").expect("column");
    assert_eq!(customer.description.as_deref(), Some("Who ordered."));
    let top: Vec<_> = customer
        .statistics
        .top_values
        .iter()
        .map(|top| (top.value.clone(), top.count))
        .collect();
    assert_eq!(
        top,
        [
            (Scalar::Integer(7), 2),
            (Scalar::Integer(8), 1),
            (Scalar::Integer(9), 1)
        ]
    );

    let placed = orders.column("placed_at").expect("column");
    assert!(!placed.nullable);
    assert_eq!(placed.statistics.max, Some(Scalar::from("2024-01-04T00:00:00")));
    assert!(
        placed
            .statistics
            .histogram
            .as_ref()
            .expect("histogram")
            .is_consistent()
    );

    let file = &orders.files[0];
    assert_eq!(
        file.columns["placed_at"].min,
        Some(Scalar::from("2024-01-01T10:00:00"))
    );
    assert_eq!(file.columns["amount"].null_count, Some(1));
    let content = std::fs::read(project.gold(&file.key)).expect("data file");
    assert_eq!(content.len() as u64, file.bytes);
    assert_eq!(file.etag.as_ref().map(String::len), Some(34), "an MD5 in quotes");
}

#[test]
fn a_second_run_of_the_same_changes_nothing() {
    let project = Project::shop();
    project.run().success();
    let before = std::fs::read(project.gold("catalog.json")).expect("catalog.json");
    project.run().success().stdout(contains("nothing to do"));
    project
        .ingest(&["run", "--full-refresh"])
        .assert()
        .success()
        .stdout(contains("nothing changed"));
    let after = std::fs::read(project.gold("catalog.json")).expect("catalog.json");
    assert_eq!(before, after);
}

#[test]
fn a_change_makes_a_snapshot_and_leaves_the_former_one_readable() {
    let project = Project::shop();
    project.run().success();
    let former = project.catalog();
    project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bob\n9,Cy\n10,Di\n");
    project.run().success().stdout(contains("customers changed"));
    let now = project.catalog();
    assert_ne!(now.snapshot_id, former.snapshot_id);
    assert_eq!(now.history[0].tables, former.tables);
    let manifest = |catalog: &Catalog| catalog.table("orders").map(|entry| entry.manifest.clone());
    assert_eq!(
        manifest(&now),
        manifest(&former),
        "its check against customers ran again, and it stays as it is"
    );
    for entry in &former.tables {
        assert!(project.gold(&entry.manifest).is_file());
    }
}

#[test]
fn a_column_keeps_its_field_id_when_others_come_and_go() {
    let project = Project::shop();
    project.run().success();
    let id = |table: &str, column: &str| project.manifest(table).column(column).expect("column").field_id;
    let (customer, amount) = (id("orders", "customer"), id("orders", "amount"));
    project.write(
        "models/gold/orders.sql",
        "/* @ingest\non_schema_change: sync_all_columns\n*/ SELECT 'new' AS kind, customer, amount FROM source.orders",
    );
    project.run().success();
    assert_eq!(
        (id("orders", "customer"), id("orders", "amount")),
        (customer, amount)
    );
    assert_eq!(id("orders", "kind"), 5, "the first id beyond those in use");
}

#[test]
fn rows_without_a_stated_order_always_come_in_the_same_one() {
    let project = Project::new("");
    project.write(
        "models/gold/groups.sql",
        "SELECT i % 1000 AS k, count(*) AS n, any_value(i % 7) AS v FROM range(50000) AS t(i) GROUP BY k",
    );
    project.write(
        "models/gold/kept.sql",
        "SELECT i FROM range(10) AS t(i) ORDER BY i DESC",
    );
    project.write(
        "models/gold/falling.sql",
        "/* @ingest\ncluster_by: [i desc]\n*/ SELECT i FROM range(10) AS t(i)",
    );
    project.run().success();
    for _ in 0..3 {
        project
            .ingest(&["run", "--full-refresh"])
            .assert()
            .success()
            .stdout(contains("nothing changed"));
    }
    for table in ["kept", "falling"] {
        let sql = format!("SELECT i FROM {table} LIMIT 1");
        let shown = stdout(&project.ingest(&["query", "--sql", &sql]).assert().success());
        assert!(shown.contains(" 9 │"), "{table}: {shown}");
    }
}

#[test]
fn show_tells_what_is_published() {
    let project = Project::shop();
    project.run().success();
    let all = stdout(&project.ingest(&["show"]).assert().success());
    assert!(all.contains("orders") && all.contains("All orders."), "{all}");
    let one = stdout(&project.ingest(&["show", "orders"]).assert().success());
    for part in [
        "Amount $",
        "not_null(order_id)",
        "tables/orders/",
        "sources: orders",
        "sorted by placed_at",
    ] {
        assert!(one.contains(part), "{part} in {one}");
    }
    let json = stdout(&project.ingest(&["show", "orders", "--json"]).assert().success());
    let manifest = catalog::TableManifest::from_json(json.as_bytes()).expect("a manifest");
    assert_eq!(manifest, project.manifest("orders"));
}
