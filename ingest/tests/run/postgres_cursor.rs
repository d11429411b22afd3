//! Tables of PostgreSQL that are asked for what is beyond the largest value of a column.

use crate::fixture::{Project, stdout};
use crate::postgres_server::Database;

const ROWS: &str = "SELECT string_agg(id, ' ' ORDER BY id) AS rows FROM events";

fn events(column: &str, values: &str) -> (Project, Database) {
    let database = Database::new();
    database.execute(&format!(
        "CREATE TABLE events (id int, seen {column}); INSERT INTO events VALUES {values}"
    ));
    let project = Project::new(&format!(
        "[sources.events]\npath = '{}?sslmode=disable'\nquery = 'SELECT * FROM events'\ncursor = 'seen'\n",
        database.url
    ));
    project.write(
        "models/gold/events.sql",
        "/* @ingest\nmaterialized: incremental\nstrategy: append\n*/\nSELECT id, seen FROM source.events",
    );
    (project, database)
}

fn rows(project: &Project) -> String {
    project.query(ROWS).lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn values_of_several_types_are_asked_from_exactly() {
    let cases = [
        (
            "timestamptz",
            "2024-03-31 02:30:00.000001+02",
            "2024-03-31 02:30:00.000002+02",
        ),
        ("timestamp", "2024-01-01 00:00:00.5", "2024-01-01 00:00:00.500001"),
        ("date", "2024-12-31", "2025-01-01"),
        ("bigint", "9007199254740992", "9007199254740993"),
        ("numeric", "9.99999999999999999999", "10"),
        ("double precision", "0.1", "0.10000000000000002"),
        ("text", "it''s", "it''s so"),
    ];
    for (column, reached, later) in cases {
        let (project, database) = events(column, &format!("(1, '{reached}'), (2, '{reached}')"));
        project.run().success();
        assert_eq!(rows(&project), "1 2", "{column}");
        let again = stdout(&project.run().success());
        assert!(again.contains("nothing"), "{column}: {again}");
        database.execute(&format!(
            "INSERT INTO events VALUES (3, '{reached}'), (4, '{later}')"
        ));
        let plan = stdout(&project.ingest(&["plan"]).assert().success());
        assert!(plan.contains("or more: 2 are new"), "{column}: {plan}");
        project.run().success();
        assert_eq!(rows(&project), "1 2 3 4", "{column}");
        let again = stdout(&project.run().success());
        assert!(again.contains("nothing"), "{column}: {again}");
    }
}

#[test]
fn an_empty_table_is_read_when_it_has_rows() {
    let (project, database) = events("int", "(1, 1)");
    database.execute("DELETE FROM events");
    project.run().success();
    database.execute("INSERT INTO events VALUES (1, 1)");
    project.run().success();
    assert_eq!(rows(&project), "1");
    database.execute("INSERT INTO events VALUES (2, 2)");
    project.run().success();
    assert_eq!(rows(&project), "1 2");
}
