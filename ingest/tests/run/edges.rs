//! Names and values that are rare, and must not end in wrong rows.

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

/// The single cell that the SQL returns over the published tables.
fn cell(project: &Project, sql: &str) -> String {
    let shown = stdout(&project.ingest(&["query", "--sql", sql]).assert().success());
    let mut cells = shown
        .lines()
        .filter_map(|line| line.strip_prefix('│')?.strip_suffix('│'));
    cells
        .next_back()
        .unwrap_or_else(|| panic!("{shown}"))
        .trim()
        .to_owned()
}

#[test]
fn partitions_whose_values_are_encoded_in_paths_are_read_and_merged_into() {
    let project = Project::new("[sources.trips]\npath = 'raw/*.csv'\n");
    project.write(
        "models/gold/trips.sql",
        "/* @ingest\nmaterialized: incremental\nunique_key: id\npartition_by: [city, pickup]\n*/ SELECT id, city, pickup, fare FROM source.trips",
    );
    project.write(
        "raw/1.csv",
        "id,city,pickup,fare\n1,New York,2024-01-01 10:30:00,10\n2,Zürich~,2024-01-01 10:30:00.5,20\n3,a%20b,2024-01-02 00:00:00,30\n",
    );
    project.run().success();
    let key = project.manifest("trips").files[0].key.clone();
    assert!(
        key.starts_with("tables/trips/city=New%20York/pickup=2024-01-01T10%3A30%3A00/"),
        "{key}"
    );
    assert!(project.gold(&key).is_file(), "the file lies where its key says");
    let all = "SELECT string_agg(id || city || fare, ' ' ORDER BY id) AS trips FROM trips";
    assert_eq!(cell(&project, all), "1New York10 2Zürich~20 3a%20b30");
    project.write(
        "raw/2.csv",
        "id,city,pickup,fare\n1,New York,2024-01-01 10:30:00,11\n4,New York,2024-01-01 10:30:00,40\n",
    );
    project.run().success();
    assert_eq!(cell(&project, all), "1New York11 2Zürich~20 3a%20b30 4New York40");
}

#[test]
fn file_names_with_wildcards_in_them_stand_for_themselves() {
    let project = Project::new("[sources.a]\npath = 'raw/*.csv'\n[sources.b]\npath = 'raw/*.parquet'\n");
    for (name, value) in [("a1", 1), ("a[1]", 10), ("a*", 100), ("b?", 1000)] {
        project.write(&format!("raw/{name}.csv"), &format!("n\n{value}\n"));
    }
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for (name, value) in [("p1", 1), ("p[1]", 10)] {
        let file = project.root().join(format!("raw/{name}.parquet"));
        let made = work.path().join("made.parquet");
        engine
            .execute(&format!("COPY (SELECT {value} AS n) TO '{}'", made.display()))
            .expect("Parquet");
        std::fs::rename(made, file).expect("moved");
    }
    project.write(
        "models/gold/t.sql",
        "SELECT n, 'csv' AS kind FROM source.a UNION ALL SELECT n, 'parquet' FROM source.b",
    );
    let config = std::fs::read_to_string(project.root().join("ingest.toml")).expect("configuration");
    project.write(
        "ingest.toml",
        &config.replace("gold = 'gold'", "gold = 'gold [x]*'"),
    );
    let scratch = project.root().join("scratch [1]");
    std::fs::create_dir(&scratch).expect("folder");
    let told = stdout(
        &project
            .ingest(&["run"])
            .env("TMPDIR", &scratch)
            .assert()
            .success(),
    );
    let sql = "SELECT string_agg(n, '+' ORDER BY n) || '=' || kind AS s FROM t GROUP BY kind ORDER BY kind";
    let shown = stdout(
        &project
            .ingest(&["query", "--sql", sql])
            .env("TMPDIR", &scratch)
            .assert()
            .success(),
    );
    assert!(
        shown.contains("1+10+100+1000=csv") && shown.contains(" 1+10=parquet"),
        "{told}{shown}"
    );
}

#[test]
fn what_cannot_be_a_partition_is_refused_by_name_and_nothing_is_published() {
    let project = Project::new("");
    let long = "x".repeat(300);
    for (value, told) in [
        (
            "DATE '12001-01-01'",
            "partition_by names `p`, which holds +12001-01-01",
        ),
        (
            "DATE '0044-03-15 (BC)'",
            "partition_by names `p`, which holds -0043-03-15",
        ),
        ("TIMESTAMP '12001-01-01 00:00:00'", "0 to 9999"),
        (&format!("'{long}'"), "partition_by names `p`, whose value `xxxxx"),
    ] {
        project.write(
            "models/gold/t.sql",
            &format!(
                "/* @ingest\npartition_by: [p]\n*/ SELECT {value} AS p, 1 AS n UNION ALL SELECT NULL, 2"
            ),
        );
        let said = stderr(&project.run().failure());
        assert!(said.contains(told), "{value}: {said}");
    }
    assert!(!project.gold("catalog.json").exists() && !project.gold("tables").exists());
    project.write(
        "models/gold/t.sql",
        "/* @ingest\npartition_by: [p]\n*/ SELECT * FROM (VALUES (DATE 'infinity', 1), (DATE '9999-12-31', 2), (NULL, 3)) v(p, n)",
    );
    project.run().success();
    assert_eq!(project.manifest("t").files.len(), 3);
}

#[test]
fn a_negative_zero_stays_one_also_where_rows_are_sorted_by_it() {
    let project = Project::new("");
    let values = "SELECT i, x, x::FLOAT AS y, [x, NULL] AS many, {'x': x} AS part \
                  FROM (SELECT i, CASE WHEN i % 2 = 0 THEN '-0.0'::DOUBLE ELSE 0.0 END AS x FROM range(10) r(i))";
    for header in ["", "cluster_by: [x, i]", "cluster_by: [y]", "cluster_by: [i]"] {
        project.write("models/gold/t.sql", &format!("/* @ingest\n{header}\n*/ {values}"));
        project.ingest(&["run", "--full-refresh"]).assert().success();
        let negative = "SELECT count(*) FILTER (signbit(x)) || ' ' || count(*) FILTER (signbit(y)) || ' ' || \
                        count(*) FILTER (signbit(many[1])) || ' ' || count(*) FILTER (signbit(part.x)) || ' ' || \
                        count(*) FILTER (signbit(x) AND i % 2 = 0) AS c FROM t";
        assert_eq!(cell(&project, negative), "5 5 5 5 5", "{header}");
        let files = project.manifest("t").files;
        project.ingest(&["run", "--full-refresh"]).assert().success();
        assert_eq!(
            project.manifest("t").files,
            files,
            "{header}: the same rows, the same bytes"
        );
    }
}
