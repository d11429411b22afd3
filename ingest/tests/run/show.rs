use predicates::str::contains;

use crate::fixture::{Project, stdout};

/// A lake whose customers changed once, and to which a table came.
fn two_snapshots() -> Project {
    let project = Project::shop();
    project.run().success();
    project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bob\n9,Cy\n10,Di\n");
    project.write("models/gold/names.sql", "SELECT name FROM silver.customers");
    project.run().success();
    project
}

#[test]
fn snapshots_are_listed_with_what_they_changed() {
    let project = two_snapshots();
    let catalog = project.catalog();
    let shown = stdout(&project.ingest(&["show"]).assert().success());
    let line = |id: &str| {
        let lines = shown.lines().filter(|line| line.starts_with(&format!("│ {id}")));
        let lines: Vec<&str> = lines.collect();
        assert_eq!(lines.len(), 1, "{shown}");
        lines[0].to_owned()
    };
    assert!(line(&catalog.snapshot_id).contains("adds names; changes customers"));
    assert!(line(&catalog.history[0].snapshot_id).contains("the first one remembered"));
}

#[test]
fn a_former_snapshot_is_shown_by_its_id_the_beginning_of_it_or_its_place() {
    let project = two_snapshots();
    let former = &project.catalog().history[0].snapshot_id;
    for name in [former.as_str(), &former[..6], "previous"] {
        let shown = |arguments: &[&str]| {
            let arguments = [arguments, &["--snapshot", name]].concat();
            stdout(&project.ingest(&arguments).assert().success())
        };
        let tables = shown(&["show"]);
        assert!(tables.contains(&format!("snapshot {former} of ")), "{tables}");
        assert!(!tables.contains("names"), "it came later: {tables}");
        assert!(shown(&["show", "customers"]).starts_with("customers: 3 rows, "));
        let entry: catalog::SnapshotEntry =
            serde_json::from_str(&shown(&["show", "--json"])).expect("an entry of the history");
        assert_eq!(entry, project.catalog().history[0]);
    }
    project
        .ingest(&["show", "names", "--snapshot", "previous"])
        .assert()
        .code(1)
        .stderr(contains("target local has no table `names`"));
}

#[test]
fn what_does_not_exist_is_answered_with_what_does() {
    let project = two_snapshots();
    let told = |arguments: &[&str], message: &str| {
        project
            .ingest(arguments)
            .assert()
            .code(1)
            .stderr(contains(message));
    };
    told(
        &["show", "costumers"],
        "target local has no table `costumers`. Did you mean customers? It has customers, names, orders",
    );
    told(
        &["show", "silver.customer", "--lineage"],
        "has no table `silver.customer`. Did you mean silver.customers?",
    );
    told(
        &["show", "--snapshot", "zz"],
        "target local remembers no snapshot `zz`: it has ",
    );
    told(
        &["show", "--target", "loca"],
        "declares no target `loca`: use one of local",
    );
}

#[test]
fn a_table_is_shown_with_its_version() {
    let project = two_snapshots();
    let shown = stdout(&project.ingest(&["show", "gold.customers"]).assert().success());
    let catalog = project.catalog();
    let entry = catalog.table("customers").expect("table");
    for part in [
        "customers: 4 rows, ",
        &format!("manifest: {}", entry.manifest),
        &format!("updated: {}", entry.updated_at),
        "models read: silver.customers",
        "not_null(id)",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn owner_tags_and_partitions_are_shown_where_the_manifest_has_them() {
    let project = Project::shop();
    project.run().success();
    let mut manifest = project.manifest("orders");
    manifest.owner = Some("sales@example.org".to_owned());
    manifest.tags = vec!["daily".to_owned(), "money".to_owned()];
    manifest.partition_by = vec!["customer".to_owned()];
    manifest.files[0]
        .partition
        .insert("customer".to_owned(), catalog::Scalar::Integer(7007));
    let key = project.catalog().table("orders").expect("table").manifest.clone();
    let json = serde_json::to_vec(&manifest).expect("serialises");
    std::fs::write(project.gold(&key), json).expect("manifest");
    let shown = stdout(&project.ingest(&["show", "orders"]).assert().success());
    for part in [
        "owner: sales@example.org",
        "tags: daily, money",
        "partitioned by customer",
        "7007",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}
