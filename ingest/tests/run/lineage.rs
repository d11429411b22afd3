use catalog::ColumnOrigin;

use crate::fixture::{Project, stderr, stdout};

/// Orders and customers, and two gold tables that are made of others.
fn lake() -> Project {
    let project = Project::shop();
    project.write(
        "models/silver/paid.sql",
        "SELECT order_id, customer, amount * 1.2 AS gross, 'EUR' AS currency FROM source.orders WHERE amount IS NOT NULL",
    );
    project.write(
        "models/gold/sales.sql",
        "SELECT c.name, sum(p.gross) AS gross, any_value(p.currency) AS currency, count(*) AS orders, p.customer AS id\n\
         FROM silver.paid AS p JOIN silver.customers AS c ON c.id = p.customer GROUP BY ALL",
    );
    project.write(
        "models/gold/best.sql",
        "SELECT name || '!' AS name, rank() OVER (ORDER BY gross DESC) AS place, q.* FROM gold.sales, (SUMMARIZE gold.orders) q LIMIT 1",
    );
    project
}

fn origins(project: &Project, table: &str, column: &str) -> Option<Vec<String>> {
    let lineage = project.manifest(table).lineage;
    let written = |origin: &ColumnOrigin| format!("{}.{}", origin.table, origin.column);
    Some(lineage.columns.get(column)?.iter().map(written).collect())
}

#[test]
fn a_manifest_names_the_columns_of_sources_and_gold_tables_that_its_columns_are_made_of() {
    let project = lake();
    project.run().success();
    let of = |table, column| origins(&project, table, column);
    assert_eq!(
        of("orders", "amount"),
        Some(vec!["source.orders.amount".to_owned()])
    );
    assert_eq!(
        of("sales", "gross"),
        Some(vec!["source.orders.amount".to_owned()]),
        "through a silver model"
    );
    assert_eq!(of("sales", "currency"), Some(vec![]), "a constant");
    assert_eq!(of("sales", "orders"), Some(vec![]), "a count of rows");
    assert_eq!(
        of("best", "place"),
        Some(vec!["gold.sales.gross".to_owned()]),
        "a gold table is an origin itself"
    );
    assert_eq!(of("best", "max"), None, "a summary is not traced");
}

#[test]
fn a_manifest_tells_the_way_from_sources_to_its_table() {
    let project = lake();
    project.run().success();
    let reads = |table: &str| -> Vec<String> {
        let lineage = project.manifest(table).lineage;
        let reads = lineage.reads.iter();
        reads
            .map(|(reader, read)| format!("{reader} < {}", read.join(" ")))
            .collect()
    };
    assert_eq!(
        reads("sales"),
        [
            "gold.sales < silver.customers silver.paid",
            "silver.customers < source.customers",
            "silver.paid < source.orders"
        ]
    );
    assert_eq!(
        reads("best"),
        ["gold.best < gold.orders gold.sales"],
        "gold tables have manifests of their own"
    );
}

#[test]
fn the_whole_lake_is_drawn_from_its_sources() {
    let project = lake();
    project.run().success();
    let shown = stdout(&project.ingest(&["show", "--lineage"]).assert().success());
    let expected = "\
source.customers
└─ silver.customers
   ├─ gold.customers
   └─ gold.sales
      └─ gold.best
source.orders
├─ gold.orders
│  └─ gold.best
└─ silver.paid
   └─ gold.sales (above)
";
    assert_eq!(shown, expected);
}

#[test]
fn a_table_is_drawn_with_what_is_above_and_below_and_its_columns() {
    let project = lake();
    project.run().success();
    let shown = stdout(&project.ingest(&["show", "sales", "--lineage"]).assert().success());
    let expected = "\
gold.sales is made of
├─ silver.customers
│  └─ source.customers
└─ silver.paid
   └─ source.orders

gold.sales is read by
└─ gold.best

┌──────────┬────────────────────────┬────────────────────────┐
│ column   ┆ is made of             ┆ in the sources         │
╞══════════╪════════════════════════╪════════════════════════╡
│ name     ┆ source.customers.name  ┆ source.customers.name  │
│ gross    ┆ source.orders.amount   ┆ source.orders.amount   │
│ currency ┆ no column              ┆ no column              │
│ orders   ┆ no column              ┆ no column              │
│ id       ┆ source.orders.customer ┆ source.orders.customer │
└──────────┴────────────────────────┴────────────────────────┘
";
    assert_eq!(shown, expected);
    let of_a_source = stdout(
        &project
            .ingest(&["show", "source.customers", "--lineage"])
            .assert()
            .success(),
    );
    assert!(
        of_a_source
            .starts_with("source.customers is made of nothing\n\nsource.customers is read by\n└─ silver"),
        "{of_a_source}"
    );
}

#[test]
fn programs_get_nodes_with_columns_down_to_the_sources() {
    let project = lake();
    project.run().success();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let shown = stdout(&project.ingest(arguments).assert().success());
        serde_json::from_str(&shown).expect("JSON")
    };
    let lake = json(&["show", "--lineage", "--json"]);
    let tables: Vec<&str> = lake["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .filter_map(|node| node["table"].as_str())
        .collect();
    assert_eq!(
        tables,
        [
            "gold.best",
            "gold.customers",
            "gold.orders",
            "gold.sales",
            "silver.customers",
            "silver.paid",
            "source.customers",
            "source.orders"
        ]
    );
    let best = json(&["show", "best", "--lineage", "--format", "json"]);
    assert_eq!(best["reads"], serde_json::json!(["gold.orders", "gold.sales"]));
    assert_eq!(best["read_by"], serde_json::json!([]));
    assert_eq!(best["upstream"].as_array().map(Vec::len), Some(6));
    let column = |name: &str| {
        let columns = best["columns"].as_array().expect("columns").iter();
        let mut columns = columns.filter(|column| column["column"] == name);
        columns.next().cloned().expect("column")
    };
    assert_eq!(
        column("place"),
        serde_json::json!({
            "column": "place",
            "origins": [{"table": "gold.sales", "column": "gross"}],
            "sources": [{"table": "source.orders", "column": "amount"}],
        })
    );
    assert_eq!(column("max")["origins"], serde_json::Value::Null);
}

#[test]
fn lineage_is_drawn_for_documents_too() {
    let project = lake();
    project.run().success();
    let drawn = |format: &str| {
        let arguments = ["show", "customers", "--lineage", "--format", format];
        stdout(&project.ingest(&arguments).assert().success())
    };
    assert_eq!(
        drawn("mermaid"),
        "flowchart LR\n  gold_customers[[\"gold.customers\"]]\n  silver_customers[\"silver.customers\"]\n  \
         source_customers[(\"source.customers\")]\n  silver_customers --> gold_customers\n  \
         source_customers --> silver_customers\n"
    );
    assert_eq!(
        drawn("dot"),
        "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n  \"gold.customers\" [peripheries=2];\n  \
         \"silver.customers\";\n  \"source.customers\" [shape=cylinder];\n  \
         \"silver.customers\" -> \"gold.customers\";\n  \"source.customers\" -> \"silver.customers\";\n}\n"
    );
    let refused = project.ingest(&["show", "--format", "dot"]).assert().code(1);
    assert!(stderr(&refused).contains("mermaid and dot draw lineage: add --lineage"));
}

#[test]
fn lineage_is_that_of_the_snapshot() {
    let project = lake();
    project.run().success();
    project.write(
        "models/gold/customers.sql",
        "SELECT id, name FROM source.customers",
    );
    project.run().success();
    let above = |snapshot: &str| {
        let arguments = ["show", "customers", "--lineage", "--snapshot", snapshot];
        let shown = stdout(&project.ingest(&arguments).assert().success());
        shown.lines().nth(1).map(str::to_owned)
    };
    assert_eq!(above("current").as_deref(), Some("└─ source.customers"));
    assert_eq!(above("previous").as_deref(), Some("└─ silver.customers"));
}
