use crate::fixture::{Project, stderr, stdout};

fn model(project: &Project, header: &str, select: &str) {
    project.write("models/gold/t.sql", &format!("/* @ingest\n{header}\n*/ {select}"));
}

#[test]
fn new_columns_are_taken_in_and_destructive_changes_stop_with_the_way_to_allow_them() {
    let project = Project::new("");
    model(&project, "", "SELECT 1 AS a, 'x' AS b");
    project.run().success();
    model(&project, "", "SELECT 1 AS a, 'x' AS b, 2 AS c");
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(plan.contains("its SQL changed") && plan.contains('c'), "{plan}");
    project.run().success();
    let ids: Vec<u32> = project
        .manifest("t")
        .columns
        .iter()
        .map(|column| column.field_id)
        .collect();
    assert_eq!(ids, [1, 2, 3]);
    for select in ["SELECT 1 AS a, 2 AS c", "SELECT 'one' AS a, 'x' AS b, 2 AS c"] {
        model(&project, "", select);
        for verb in ["plan", "run"] {
            let told = stderr(&project.ingest(&[verb]).assert().failure());
            assert!(
                told.contains("on_schema_change: sync_all_columns") && told.contains("--full-refresh"),
                "{verb} {select}: {told}"
            );
        }
    }
    assert_eq!(
        project.manifest("t").columns.len(),
        3,
        "readers keep what they had"
    );
    model(
        &project,
        "on_schema_change: sync_all_columns",
        "SELECT 1 AS a, 2 AS c",
    );
    project.run().success();
    let ids: Vec<u32> = project
        .manifest("t")
        .columns
        .iter()
        .map(|column| column.field_id)
        .collect();
    assert_eq!(ids, [1, 3], "columns keep their ids");
    model(&project, "", "SELECT 1 AS a");
    project.ingest(&["run", "--full-refresh"]).assert().success();
    model(&project, "on_schema_change: fail", "SELECT 1 AS a, 2 AS d");
    project.run().failure();
}

#[test]
fn an_increment_may_bring_columns_that_rows_before_it_do_not_have() {
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\noptions = { union_by_name = true }\n");
    project.write("raw/1.csv", "id,fare\n1,10\n2,20\n");
    let header = "materialized: incremental\nunique_key: id";
    model(&project, header, "SELECT * FROM source.trips");
    project.run().success();
    project.write("raw/2.csv", "id,fare,tip\n2,21,3\n3,30,4\n");
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(plan.contains("tip"), "{plan}");
    project.run().success();
    let shown = stdout(
        &project
            .ingest(&[
                "query",
                "--sql",
                "SELECT id || ':' || fare || ':' || coalesce(tip, -1) AS row FROM t ORDER BY id",
            ])
            .assert()
            .success(),
    );
    for row in ["1:10:-1", "2:21:3", "3:30:4"] {
        assert!(shown.contains(row), "{shown}");
    }
    let manifest = project.manifest("t");
    assert_eq!(
        manifest.column("tip").expect("column").statistics.null_count,
        Some(1)
    );
}
