//! Tables of SQLite files as sources.

use axum::body::Body;
use axum::http::Response;
use rusqlite::Connection;

use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server};

fn project(source: &str, statements: &str) -> (Project, Connection) {
    let project = Project::new(&format!(
        "[sources.orders]\npath = 'sqlite:raw/shop.db'\n{source}\n"
    ));
    project.write("models/gold/orders.sql", "SELECT * FROM source.orders");
    std::fs::create_dir(project.root().join("raw")).expect("a folder");
    let database = Connection::open(project.root().join("raw/shop.db")).expect("a database");
    database.execute_batch(statements).expect("valid statements");
    (project, database)
}

fn types(project: &Project) -> Vec<(String, String)> {
    let columns = project.manifest("orders").columns;
    columns
        .iter()
        .map(|column| (column.name.clone(), column.column_type.to_string()))
        .collect()
}

#[test]
fn values_of_every_kind_come_as_they_are() {
    let (project, _database) = project(
        "table = 'Orders'",
        "CREATE TABLE Orders (\"Order ID\" INTEGER PRIMARY KEY, price DECIMAL(10, 2), weight REAL, note TEXT, image BLOB, gone INT);
         INSERT INTO Orders VALUES (9007199254740993, 10, 0.1, 'Größe, \"x\"' || char(10), x'00ff', NULL),
                                   (-1, 10.25, 1e300, '', x'', NULL), (3, NULL, NULL, NULL, NULL, NULL);",
    );
    let told = stderr(&project.run().success());
    assert!(!told.contains("read as text"), "{told}");
    let of = |name: &str, column_type: &str| (name.to_owned(), column_type.to_owned());
    assert_eq!(
        types(&project),
        [
            of("order_id", "int64"),
            of("price", "float64"),
            of("weight", "float64"),
            of("note", "string"),
            of("image", "binary"),
            of("gone", "int64")
        ]
    );
    let sql = "SELECT order_id, price, weight, note = 'Größe, \"x\"' || chr(10) AS same, note = '' AS empty, \
               hex(image) AS image, gone FROM orders ORDER BY order_id DESC";
    assert_eq!(
        project.query(sql),
        "order_id,price,weight,same,empty,image,gone\n9007199254740993,10.0,0.1,true,false,00FF,\n3,,,,,,\n\
         -1,10.25,1e+300,false,true,\"\",\n"
    );
}

#[test]
fn a_column_of_several_kinds_is_named_and_read_as_text() {
    let (project, _database) = project(
        "table = 'orders'",
        "CREATE TABLE orders (id, code); INSERT INTO orders VALUES (1, 7), (2, '007'), (3, 1.5), (4, x'AB');",
    );
    let told = stderr(&project.run().success());
    assert!(
        told.contains("sqlite:raw/shop.db/orders: column code has integers and reals and texts and blobs: it is read as text"),
        "{told}"
    );
    assert_eq!(
        project.query("SELECT string_agg(code, ' ' ORDER BY id) AS codes FROM orders"),
        "codes\n7 007 1.5 ab\n"
    );
}

#[test]
fn what_is_committed_is_taken_in_also_from_the_journal() {
    let (project, database) = project(
        "query = 'SELECT id, count(*) AS lines FROM lines GROUP BY id;'",
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE lines (id); INSERT INTO lines VALUES (1), (1);",
    );
    project.run().success();
    assert_eq!(project.query("SELECT * FROM orders"), "id,lines\n1,2\n");
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
    let size = std::fs::metadata(project.root().join("raw/shop.db"))
        .expect("a file")
        .len();
    database
        .execute_batch("INSERT INTO lines VALUES (2)")
        .expect("inserted");
    let now = std::fs::metadata(project.root().join("raw/shop.db"))
        .expect("a file")
        .len();
    assert_eq!(size, now, "the row is in the journal");
    project.run().success();
    assert_eq!(project.query("SELECT count(*) AS n FROM orders"), "n\n2\n");
    // Another query is another definition.
    let config = std::fs::read_to_string(project.root().join("ingest.toml")).expect("a file");
    project.write(
        "ingest.toml",
        &config.replace("GROUP BY id", "WHERE id = 2 GROUP BY id"),
    );
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(
        plan.contains("source.orders is read with other options"),
        "{plan}"
    );
    project.run().success();
    assert_eq!(project.query("SELECT * FROM orders"), "id,lines\n2,1\n");
}

#[test]
fn an_empty_table_has_its_columns() {
    let (project, _database) = project(
        "table = 'orders'",
        "CREATE TABLE orders (id INTEGER, name VARCHAR(9));",
    );
    project.run().success();
    assert_eq!(
        project.query("SELECT count(*) AS n, count(id) AS ids FROM orders"),
        "n,ids\n0,0\n"
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_the_remedy() {
    let refused = |source: &str| {
        let (project, _database) = project(
            source,
            "CREATE TABLE items (id); CREATE TABLE customers (id); CREATE TABLE bad (name TEXT); \
             INSERT INTO bad VALUES ('fine'), (CAST(x'ff' AS TEXT));",
        );
        let failed = project.run().failure();
        stderr(&failed) + &stdout(&failed)
    };
    let told = refused("table = 'orders'");
    assert!(
        told.contains("no such table: orders; its tables are bad, customers, items"),
        "{told}"
    );
    let told = refused("query = 'DROP TABLE items'");
    assert!(told.contains("query is no SELECT"), "{told}");
    let told = refused("query = 'SELECT 1; SELECT 2'");
    assert!(told.to_lowercase().contains("multiple statements"), "{told}");
    let told = refused("table = 'bad'");
    assert!(
        told.contains("row 2, column name: its text is no UTF-8") && told.contains("CAST(x AS BLOB)"),
        "{told}"
    );
    let told = refused("");
    assert!(told.contains("say what to read: add table"), "{told}");
    let told = refused("table = 'a'\nquery = 'b'");
    assert!(told.contains("leave one of them out"), "{told}");
    let told = refused("table = 'items'\nformat = 'csv'");
    assert!(
        told.contains("format is for files that are read as they are: leave it out"),
        "{told}"
    );
}

#[test]
fn what_is_no_database_is_refused() {
    let project = Project::new(
        "[sources.a]\npath = 'sqlite:a.db'\ntable = 't'\n[sources.b]\npath = 'b.csv'\ntable = 't'\n",
    );
    project.write("models/gold/a.sql", "SELECT * FROM source.a");
    project.write("models/gold/b.sql", "SELECT * FROM source.b");
    project.write("b.csv", "a\n1\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("a.db does not exist") && told.contains("check path in ingest.toml"),
        "{told}"
    );
    assert!(told.contains("b.csv: table is for databases"), "{told}");
    project.write("a.db", &"no database ".repeat(100));
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("sqlite:a.db/t: SQLite says: file is not a database"),
        "{told}"
    );
}

#[test]
fn each_file_of_a_glob_has_the_table() {
    let project = Project::new("[sources.orders]\npath = 'sqlite:raw/*.db'\ntable = 'orders'\n");
    project.write("models/gold/orders.sql", "SELECT * FROM source.orders");
    std::fs::create_dir(project.root().join("raw")).expect("a folder");
    for (shop, id) in [("a", 1), ("b", 2)] {
        let database = Connection::open(project.root().join(format!("raw/{shop}.db"))).expect("a database");
        let statements = format!("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES ({id})");
        database.execute_batch(&statements).expect("valid statements");
    }
    project.run().success();
    assert_eq!(project.query("SELECT id FROM orders ORDER BY 1"), "id\n1\n2\n");
}

#[test]
fn a_database_at_a_url_is_fetched_when_it_changes_and_keeps_its_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.db");
    let database = Connection::open(&file).expect("a database");
    // Such a file says that it has a journal, also where that is gone.
    let statements =
        "PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7);";
    database.execute_batch(statements).expect("valid statements");
    database.close().expect("closed");
    let content = std::fs::read(&file).expect("a file");
    let server = Server::start(move |_: &Asked| {
        let mut answer = Response::new(Body::from(content.clone()));
        answer
            .headers_mut()
            .insert("etag", "\"v1\"".parse().expect("a value"));
        answer
    });
    let source = |more: &str| {
        format!(
            "[sources.orders]\npath = 'sqlite:{}/shop.db?key=hidden-key'\ntable = '{more}'\n",
            server.url
        )
    };
    let project = Project::new(&source("orders"));
    project.write("models/gold/orders.sql", "SELECT * FROM source.orders");
    project.run().success();
    assert_eq!(project.query("SELECT id FROM orders"), "id\n7\n");
    assert_eq!(server.requests().len(), 2);
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
    assert_eq!(
        server.requests(),
        ["HEAD /shop.db?key=hidden-key"],
        "nothing is fetched"
    );
    let config = std::fs::read_to_string(project.root().join("ingest.toml")).expect("a file");
    project.write("ingest.toml", &config.replace("table = 'orders'", "table = 'x'"));
    let failed = project.run().failure();
    let told = stderr(&failed) + &stdout(&failed);
    assert!(
        told.contains("no such table: x; its tables are orders") && !told.contains("hidden-key"),
        "{told}"
    );
}
