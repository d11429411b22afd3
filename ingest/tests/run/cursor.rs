//! Sources that are asked for what is beyond the largest value of a column.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server, json};

const ROWS: &str = "SELECT string_agg(id || ':' || name, ' ' ORDER BY id, name) AS rows FROM events";

/// Events that are added to, or replaced by their id.
fn model(project: &Project, header: &str) {
    project.write(
        "models/gold/events.sql",
        &format!(
            "/* @ingest\nmaterialized: incremental\n{header}\n*/\nSELECT id, name, seen FROM source.events"
        ),
    );
}

fn shop(header: &str) -> (Project, Connection) {
    let project =
        Project::new("[sources.events]\npath = 'sqlite:shop.db'\ntable = 'events'\ncursor = 'seen'\n");
    model(&project, header);
    let database = Connection::open(project.root().join("shop.db")).expect("a database");
    let statements = "CREATE TABLE events (id INTEGER, name TEXT, seen INTEGER);
                      INSERT INTO events VALUES (1, 'a', 9), (2, 'b', 10), (2, 'b', 10);";
    database.execute_batch(statements).expect("valid statements");
    (project, database)
}

fn rows(project: &Project) -> String {
    project.query(ROWS).lines().nth(1).unwrap_or_default().to_owned()
}

fn plan(project: &Project) -> String {
    stdout(&project.ingest(&["plan"]).assert().success())
}

#[test]
fn rows_with_the_value_that_was_reached_are_neither_lost_nor_doubled() {
    let (project, database) = shop("strategy: append");
    let insert = |rows: &str| {
        let statement = format!("INSERT INTO events VALUES {rows}");
        database.execute_batch(&statement).expect("inserted");
    };
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b");
    let idle = plan(&project);
    assert!(
        idle.contains("is asked for rows whose seen is 10 or more: none is new")
            && idle.contains("nothing to do"),
        "{idle}"
    );
    // As late as the last, one of them quite like two that are there; and one that is older, which is never asked for.
    insert("(3, 'c', 10), (2, 'b', 10), (4, 'd', 8), (5, 'e', 11)");
    let ahead = plan(&project);
    assert!(
        ahead.contains("sqlite:shop.db/events is asked for rows whose seen is 10 or more: 3 are new"),
        "{ahead}"
    );
    assert_eq!(rows(&project), "1:a 2:b 2:b", "a plan moves nothing");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 2:b 3:c 5:e");
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 2:b 3:c 4:d 5:e");
    assert!(plan(&project).contains("nothing to do"));
}

#[test]
fn rows_that_changed_replace_those_of_their_key() {
    let (project, database) = shop("strategy: merge\nunique_key: [id]");
    database
        .execute_batch("DELETE FROM events WHERE rowid = 3")
        .expect("deleted");
    project.run().success();
    database
        .execute_batch(
            "UPDATE events SET name = 'x', seen = 12 WHERE id = 1; INSERT INTO events VALUES (3, 'c', 12);",
        )
        .expect("changed");
    project.run().success();
    assert_eq!(rows(&project), "1:x 2:b 3:c");
    // A row that changes within the value that was reached is a new one.
    database
        .execute_batch("UPDATE events SET name = 'y' WHERE id = 3")
        .expect("changed");
    project.run().success();
    assert_eq!(rows(&project), "1:x 2:b 3:y");
    database.execute_batch("DELETE FROM events").expect("deleted");
    assert!(
        plan(&project).contains("nothing to do"),
        "rows that go are not seen"
    );
}

#[test]
fn a_run_that_fails_moves_nothing() {
    let (project, database) =
        shop("strategy: append\nchecks:\n  - accepted_values: {column: name, values: [a, b, c]}");
    project.run().success();
    database
        .execute_batch("INSERT INTO events VALUES (3, 'bad', 11)")
        .expect("inserted");
    project.run().failure();
    assert_eq!(rows(&project), "1:a 2:b 2:b");
    database
        .execute_batch("UPDATE events SET name = 'c' WHERE id = 3")
        .expect("changed");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 3:c");
}

#[test]
fn each_table_is_asked_from_where_it_is() {
    let (project, database) = shop("strategy: append");
    project.run().success();
    project.write("models/gold/all_events.sql", "SELECT id FROM source.events");
    database
        .execute_batch("INSERT INTO events VALUES (3, 'c', 11)")
        .expect("inserted");
    project
        .ingest(&["run", "--select", "all_events"])
        .assert()
        .success();
    assert_eq!(rows(&project), "1:a 2:b 2:b");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 3:c");
    assert_eq!(project.manifest("all_events").rows, 4);
    database
        .execute_batch("INSERT INTO events VALUES (4, 'd', 12)")
        .expect("inserted");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 3:c 4:d");
    assert_eq!(
        project.manifest("all_events").rows,
        5,
        "a table that does not grow has all rows"
    );
}

#[test]
fn a_column_that_comes_does_not_make_rows_come_twice() {
    let (project, database) = shop("strategy: append");
    project.run().success();
    database
        .execute_batch("ALTER TABLE events ADD COLUMN more TEXT; INSERT INTO events VALUES (3, 'c', 10, 'm')")
        .expect("changed");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 3:c");
    database
        .execute_batch("ALTER TABLE events DROP COLUMN more")
        .expect("changed");
    let failed = project.run().failure();
    let told = stderr(&failed) + &stdout(&failed);
    assert!(
        told.contains("there is no column more") && told.contains("--full-refresh"),
        "{told}"
    );
    project.ingest(&["run", "--full-refresh"]).assert().success();
    assert_eq!(rows(&project), "1:a 2:b 2:b 3:c");
}

#[test]
fn what_cannot_be_a_cursor_is_refused() {
    let (project, database) = shop("strategy: append");
    let refused = || {
        let failed = project.run().failure();
        stderr(&failed) + &stdout(&failed)
    };
    let cursor = |cursor: &str| {
        let source = "name = 'lake'\n[targets.local]\ngold = 'gold'\n[sources.events]\npath = 'sqlite:shop.db'\ntable = 'events'";
        project.write("ingest.toml", &format!("{source}\ncursor = {cursor}\n"));
    };
    cursor("'missing'");
    let told = refused();
    assert!(
        told.contains("there is no column missing (there are id, name, seen)"),
        "{told}"
    );
    cursor("{ column = 'seen', parameter = 'since' }");
    let told = refused();
    assert!(told.contains("parameter is for APIs"), "{told}");
    cursor("1");
    let told = refused();
    assert!(told.contains("cursor is the name of a column"), "{told}");
    cursor("'seen'");
    database
        .execute_batch("INSERT INTO events VALUES (3, 'c', NULL)")
        .expect("inserted");
    let told = refused();
    assert!(told.contains("there are rows without a value in seen"), "{told}");
    project.write(
        "ingest.toml",
        "name = 'lake'\n[targets.local]\ngold = 'gold'\n[sources.events]\npath = 'raw/*.csv'\ncursor = 'seen'\n",
    );
    let told = refused();
    assert!(told.contains("cursor is for databases and APIs"), "{told}");
}

/// Id, name, and when it was seen.
type Records = Arc<Mutex<Vec<(u32, &'static str, &'static str)>>>;

/// An API that gives what is as late as `since`, or later, two records a page.
fn api(records: &Records) -> Server {
    let records = records.clone();
    Server::start(move |asked: &Asked| {
        let since = asked.parameter("since").unwrap_or_default();
        let page: usize = asked
            .parameter("page")
            .map_or(1, |page| page.parse().expect("a number"));
        let records = records.lock().expect("no panic");
        let found = records.iter().filter(|(_, _, seen)| *seen >= since.as_str());
        let found: Vec<String> = found
            .skip((page - 1) * 2)
            .take(2)
            .map(|(id, name, seen)| format!("{{\"id\": {id}, \"name\": \"{name}\", \"seen\": \"{seen}\"}}"))
            .collect();
        json(&format!("[{}]", found.join(", ")))
    })
}

#[test]
fn an_api_is_asked_by_its_parameter() {
    let records = Arc::new(Mutex::new(vec![
        (1, "a", "2024-01-01T00:00:00Z"),
        (2, "b", "2024-01-02T00:00:00Z"),
    ]));
    let server = api(&records);
    let project = Project::new(&format!(
        "[sources.events]\npath = '{}/events?kind=all'\npagination = {{ kind = 'page' }}\n\
         cursor = {{ column = 'seen', parameter = 'since' }}\n",
        server.url
    ));
    model(&project, "strategy: append");
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b");
    let asked = ["GET /events?kind=all&page=1", "GET /events?kind=all&page=2"];
    assert_eq!(server.requests(), asked);
    let idle = plan(&project);
    assert!(
        idle.contains("is asked for rows whose seen is \"2024-01-02T00:00:00Z\" or more: none is new")
            && idle.contains("nothing to do"),
        "{idle}"
    );
    let asked = [
        "GET /events?kind=all&since=2024-01-02T00%3A00%3A00Z&page=1",
        "GET /events?kind=all&since=2024-01-02T00%3A00%3A00Z&page=2",
    ];
    assert_eq!(server.requests(), asked);
    records.lock().expect("no panic").extend([
        (3, "c", "2024-01-02T00:00:00Z"),
        (4, "d", "2024-01-03T00:00:00Z"),
        (5, "e", "2023-01-01T00:00:00Z"),
    ]);
    project.run().success();
    assert_eq!(rows(&project), "1:a 2:b 3:c 4:d");
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
}

#[test]
fn an_api_that_cannot_be_asked_is_told() {
    let server = Server::start(|_: &Asked| {
        json("[{\"id\": 1, \"seen\": 5}, {\"id\": 2, \"seen\": \"x\"}, {\"id\": 3}]")
    });
    let refused = |cursor: &str| {
        let project = Project::new(&format!(
            "[sources.events]\npath = '{}/events'\nrecords = ''\ncursor = {cursor}\n",
            server.url
        ));
        model(&project, "strategy: append");
        let failed = project.run().failure();
        stderr(&failed) + &stdout(&failed)
    };
    let told = refused("{ column = 'seen', parameter = 'since' }");
    assert!(
        told.contains("seen is \"x\" in one record and 5 in another"),
        "{told}"
    );
    let told = refused("{ column = 'when', parameter = 'since' }");
    assert!(told.contains("there is a record without when"), "{told}");
    let told = refused("'seen'");
    assert!(
        told.contains("write cursor = { column = \"updated_at\""),
        "{told}"
    );
}
