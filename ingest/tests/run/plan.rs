use crate::fixture::{Project, stderr, stdout};

fn plan(project: &Project, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["plan", "--json"];
    all.extend(arguments);
    serde_json::from_str(&stdout(&project.ingest(&all).assert().success())).expect("JSON")
}

/// `table: action` of each table that is not unchanged.
fn actions(plan: &serde_json::Value) -> Vec<String> {
    let tables = plan["tables"].as_array().expect("tables");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    tables
        .iter()
        .filter(|table| table["action"] != "unchanged")
        .map(|table| format!("{}: {}", text(&table["table"]), text(&table["action"])))
        .collect()
}

#[test]
fn a_plan_says_what_a_run_does_and_after_it_there_is_nothing_to_do() {
    let project = Project::shop();
    let first = plan(&project, &[]);
    assert_eq!(actions(&first), ["gold.customers: build", "gold.orders: build"]);
    assert_eq!(first["tables"][1]["because"][0], "it is new");
    assert_eq!(first["tables"][1]["input_files"], 2);
    assert!(!project.gold("catalog.json").exists(), "a plan writes nothing");
    project.run().success();
    assert_eq!(actions(&plan(&project, &[])), Vec::<String>::new());
    let before = std::fs::read(project.gold("catalog.json")).expect("catalog");
    let shown = stdout(&project.run().success());
    assert!(
        shown.contains("nothing to do") && shown.contains("2 tables up to date"),
        "{shown}"
    );
    assert_eq!(
        std::fs::read(project.gold("catalog.json")).expect("catalog"),
        before
    );
}

#[test]
fn only_what_depends_on_a_change_is_made_anew() {
    let project = Project::shop();
    project.run().success();
    project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bob\n9,Cy\n10,Di\n");
    let changed = plan(&project, &[]);
    assert_eq!(
        actions(&changed),
        ["gold.customers: rebuild", "gold.orders: describe"]
    );
    assert_eq!(
        changed["tables"][1]["because"][0],
        "silver.customers, with which checks compare, changed"
    );
    assert_eq!(changed["tables"][0]["because"][0], "raw/customers.csv changed");
    project.run().success();
    project.write(
        "raw/orders-3.csv",
        "Order ID,Customer,Amount $,Placed At\n9,10,1,2024-03-01 00:00:00\n",
    );
    let grown = plan(&project, &[]);
    assert_eq!(actions(&grown), ["gold.orders: rebuild"]);
    assert_eq!(grown["tables"][1]["because"][0], "raw/orders-3.csv is new");
    project.run().success();
    project.write(
        "models/silver/customers.sql",
        "SELECT id, upper(name) AS name FROM source.customers",
    );
    let silver = plan(&project, &[]);
    assert_eq!(
        actions(&silver),
        ["gold.customers: rebuild", "gold.orders: describe"]
    );
    assert_eq!(
        silver["tables"][0]["because"][0],
        "the SQL of silver.customers changed"
    );
}

#[test]
fn comments_and_layout_of_the_sql_are_no_change_and_descriptions_do_not_make_rows() {
    let project = Project::new("");
    project.write("models/gold/t.sql", "SELECT 1 AS a");
    project.run().success();
    let file = project.manifest("t").files[0].key.clone();
    project.write("models/gold/t.sql", "-- The one.\nselect\n  1 as a;\n");
    assert_eq!(actions(&plan(&project, &[])), Vec::<String>::new());
    project.write(
        "models/gold/t.sql",
        "/* @ingest\ndescription: The one.\nowner: ada\ntags: [daily]\ncolumns:\n  a: {role: dimension, description: One.}\nchecks:\n  - not_null: a\n*/ SELECT 1 AS a",
    );
    let described = plan(&project, &[]);
    assert_eq!(actions(&described), ["gold.t: describe"]);
    project.run().success();
    let manifest = project.manifest("t");
    assert_eq!(manifest.files[0].key, file, "rows are not written again");
    assert_eq!(
        (manifest.owner.as_deref(), manifest.tags.as_slice()),
        (Some("ada"), &["daily".to_owned()][..])
    );
    assert!(!manifest.columns[0].nullable && manifest.checks[0].name == "not_null(a)");
    assert_eq!(
        manifest.columns[0].statistics.top_values.len(),
        1,
        "a dimension has its values"
    );
    project.write(
        "models/gold/t.sql",
        "/* @ingest\nchecks:\n  - accepted_values: {column: a, values: [2]}\n*/ SELECT 1 AS a",
    );
    let told = stderr(&project.run().failure());
    assert!(told.contains("accepted_values(a): 1 row breaks it"), "{told}");
    assert_eq!(project.manifest("t").checks[0].name, "not_null(a)");
}

#[test]
fn a_table_is_made_anew_after_one_that_it_reads_only_if_that_came_out_changed() {
    let project = Project::new("[sources.s]\npath = 's.csv'\n");
    project.write("s.csv", "a,b\n1,1\n2,2\n");
    project.write("models/gold/base.sql", "SELECT a FROM source.s");
    project.write("models/gold/top.sql", "SELECT max(a) AS a FROM gold.base");
    project.run().success();
    project.write("s.csv", "a,b\n1,5\n2,6\n");
    assert_eq!(
        actions(&plan(&project, &[])),
        ["gold.base: rebuild", "gold.top: rebuild_if_changed"]
    );
    let shown = stdout(&project.run().success());
    assert!(shown.contains("unchanged"), "{shown}");
    assert_eq!(
        actions(&plan(&project, &[])),
        Vec::<String>::new(),
        "what was taken in is noted"
    );
    let again = plan(&project, &["--full-refresh"]);
    assert_eq!(again["tables"][1]["rows"], 1, "about as many as there are");
    project.write("s.csv", "a,b\n1,5\n3,6\n");
    project.run().success();
    let shown = stdout(
        &project
            .ingest(&["query", "--sql", "SELECT a + 1000 AS a FROM top"])
            .assert()
            .success(),
    );
    assert!(shown.contains("1003"), "{shown}");
}

#[test]
fn models_are_selected_by_name_tag_and_graph() {
    let project = Project::new("[sources.s]\npath = 's.csv'\n");
    project.write("s.csv", "a\n1\n");
    project.write("models/silver/clean.sql", "SELECT * FROM source.s");
    project.write(
        "models/gold/base.sql",
        "/* @ingest\ntags: [daily]\n*/ SELECT a FROM silver.clean",
    );
    project.write("models/gold/top.sql", "SELECT a FROM gold.base");
    project.write(
        "models/gold/apart.sql",
        "/* @ingest\ntags: [daily, slow]\n*/ SELECT 1 AS a",
    );
    let selected = |terms: &str| {
        let names: Vec<String> = actions(&plan(&project, &["--select", terms]))
            .iter()
            .filter_map(|line| Some(line.split_once(": ")?.0.trim_start_matches("gold.").to_owned()))
            .collect();
        names.join(" ")
    };
    for (terms, expected) in [
        ("base", "base"),
        ("base+", "base top"),
        ("+top", "base top"),
        ("1+gold.top", "base top"),
        ("silver.clean+1", "base"),
        ("source:s+", "base top"),
        ("tag:daily", "apart base"),
        ("tag:daily+", "apart base top"),
        ("apart,base", "apart base"),
        ("gold.*", "apart base top"),
    ] {
        assert_eq!(selected(terms), expected, "{terms}");
    }
    for wrong in ["nothing", "tag:none", "+"] {
        let told = stderr(&project.ingest(&["plan", "--select", wrong]).assert().failure());
        assert!(told.contains(&format!("--select {wrong}")), "{told}");
    }
    let told = stderr(&project.ingest(&["run", "--select", "top"]).assert().failure());
    assert!(
        told.contains("not published yet and not selected") && told.contains("--select base"),
        "{told}"
    );
    project.ingest(&["run", "--select", "+top"]).assert().success();
    let tables: Vec<String> = project
        .catalog()
        .tables
        .into_iter()
        .map(|table| table.name)
        .collect();
    assert_eq!(tables, ["base", "top"]);
}

#[test]
fn a_silver_model_that_is_selected_is_made_and_checked() {
    let project = Project::new("");
    project.write(
        "models/silver/s.sql",
        "/* @ingest\nchecks:\n  - not_null: a\n*/ SELECT NULL::INTEGER AS a",
    );
    project.write("models/gold/g.sql", "SELECT 1 AS b");
    let told = stderr(
        &project
            .ingest(&["run", "--select", "silver.s"])
            .assert()
            .failure(),
    );
    assert!(told.contains("not_null(a): 1 row breaks it"), "{told}");
    assert!(!project.gold("catalog.json").exists());
}
