//! Tables of PostgreSQL as sources.

use crate::fixture::{Project, stderr, stdout};
use crate::postgres_server::{Database, PASSWORD};

/// A project that reads from a database, whose address is in the environment.
struct Shop {
    project: Project,
    database: Database,
    /// What follows the address.
    options: String,
}

impl Shop {
    fn new(source: &str, statements: &str) -> Self {
        let project = Project::new(&format!("[sources.orders]\npath = '${{SHOP}}'\n{source}\n"));
        project.write("models/gold/orders.sql", "SELECT * FROM source.orders");
        let database = Database::new();
        database.execute(statements);
        Self {
            project,
            database,
            options: "?sslmode=disable".to_owned(),
        }
    }

    fn ingest(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let address = format!("{}{}", self.database.url, self.options);
        let assert = self
            .project
            .ingest(arguments)
            .env("SHOP", address)
            .env("INGEST_RETRY_TIMEOUT", "0s")
            .assert();
        let told = stderr(&assert) + &stdout(&assert);
        assert!(!told.contains("hidden-pass"), "{told}");
        assert
    }

    fn rows(&self, sql: &str) -> String {
        stdout(&self.ingest(&["query", "--sql", sql, "--format", "csv"]).success())
    }

    /// What a run that fails tells.
    fn refused(&self) -> String {
        let failed = self.ingest(&["run"]).failure();
        stderr(&failed) + &stdout(&failed)
    }
}

#[test]
fn values_of_every_kind_come_as_they_are() {
    let shop = Shop::new(
        "table = 'sales.orders'",
        "CREATE SCHEMA sales; CREATE TYPE mood AS ENUM ('ok', 'so so'); CREATE DOMAIN price AS numeric(12, 3);
         CREATE TABLE sales.orders (\"Order ID\" bigint PRIMARY KEY, small smallint, num integer, single real, weight double precision,
           amount numeric(10, 2), huge numeric, cost price, is_paid boolean, note text, code char(3), tag varchar(9), image bytea,
           day date, at_time time, placed timestamp, paid timestamptz, ref uuid, doc json, docb jsonb, feeling mood, numbers int[], words text[]);
         INSERT INTO sales.orders VALUES (9007199254740993, -32768, 2147483647, 0.1, 1e300, -12345678.90, 1e-40, 1.5, true,
           'Größe, \"x\"' || chr(10), 'ab', '', '\\x00ff', '1582-10-15', '23:59:59.999999', '0044-03-15 12:00:00.000001 BC', '2024-03-31 02:30:00.5+02',
           'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{\"a\": 1.0}', '{\"b\":  [1]}', 'so so', '{1,NULL,3}', '{}');
         INSERT INTO sales.orders (\"Order ID\", amount, huge, numbers) VALUES (1, 0, 'NaN', '[5:6]={7,8}');",
    );
    let told = stderr(&shop.ingest(&["run"]).success());
    let warned = "${SHOP}/sales.orders: column huge is numeric without a number of digits";
    assert!(told.contains(warned) && !told.contains("column cost"), "{told}");
    let manifest = shop.project.manifest("orders");
    let types: Vec<String> = manifest
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.column_type))
        .collect();
    assert_eq!(
        types,
        [
            "order_id int64",
            "small int16",
            "num int32",
            "single float32",
            "weight float64",
            "amount decimal(10,2)",
            "huge string",
            "cost decimal(12,3)",
            "is_paid boolean",
            "note string",
            "code string",
            "tag string",
            "image binary",
            "day date",
            "at_time time",
            "placed timestamp",
            "paid timestamptz",
            "ref string",
            "doc string",
            "docb string",
            "feeling string",
            "numbers List(Int32, field: 'l')",
            "words List(Utf8, field: 'l')"
        ]
    );
    let one = |columns: &str| {
        let rows = shop.rows(&format!("SELECT {columns} FROM orders WHERE order_id > 1"));
        rows.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(
        one("order_id, small, num, single, weight, amount"),
        "9007199254740993,-32768,2147483647,0.1,1e+300,-12345678.90"
    );
    let tiny = format!("0.{}1", "0".repeat(39));
    assert_eq!(one("huge, cost, is_paid"), format!("{tiny},1.500,true"));
    assert_eq!(
        one("note = 'Größe, \"x\"' || chr(10) AS n, code, tag = '' AS t, hex(image) AS i"),
        "true,ab ,true,00FF"
    );
    assert_eq!(
        one("day, at_time, year(placed) AS y, microsecond(placed) AS m, epoch_ms(paid) AS e"),
        "1582-10-15,23:59:59.999999,-43,1,1711845000500"
    );
    assert_eq!(
        one("ref, doc->>'a' AS a, docb->>'b' AS b, feeling, numbers::VARCHAR AS n, len(words) AS w"),
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,1.0,[1],so so,\"[1, NULL, 3]\",0"
    );
    assert_eq!(
        shop.rows("SELECT huge, note, is_paid, numbers::VARCHAR AS n FROM orders WHERE order_id = 1"),
        "huge,note,is_paid,n\nNaN,,,\"[7, 8]\"\n"
    );
    // Nothing that stays has the password.
    let mut folders = vec![shop.project.root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            assert!(
                !text.contains(PASSWORD) && !text.contains("hidden-pass"),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn rows_in_another_order_are_the_same_rows() {
    let shop = Shop::new(
        // A comment at the end of a query hides nothing that follows it.
        "query = 'SELECT id, sum(n)::bigint AS n FROM lines GROUP BY id -- each'",
        "CREATE TABLE lines (id int, n int); INSERT INTO lines SELECT i, 1 FROM generate_series(1, 300000) AS i;",
    );
    shop.ingest(&["run"]).success();
    assert_eq!(
        shop.rows("SELECT count(*) AS n, sum(id)::BIGINT AS ids, sum(n)::BIGINT AS lines FROM orders"),
        "n,ids,lines\n300000,45000150000,300000\n"
    );
    shop.database
        .execute("CREATE TABLE other AS SELECT * FROM lines ORDER BY id DESC; DROP TABLE lines; ALTER TABLE other RENAME TO lines;");
    let again = stdout(&shop.ingest(&["run"]).success());
    assert!(again.contains("nothing"), "{again}");
    shop.database.execute("UPDATE lines SET n = 2 WHERE id = 7");
    let plan = stdout(&shop.ingest(&["plan"]).success());
    assert!(plan.contains("${SHOP}/query changed"), "{plan}");
    shop.ingest(&["run"]).success();
    assert_eq!(
        shop.rows("SELECT sum(n)::BIGINT AS lines FROM orders"),
        "lines\n300001\n"
    );
}

#[test]
fn what_has_no_exact_form_is_refused_by_its_name() {
    let shop = Shop::new(
        "table = 'orders'",
        "CREATE TABLE orders (id int, spent interval, grid int[]); INSERT INTO orders VALUES (1, '1 day', '{{1,2},{3,4}}')",
    );
    let told = shop.refused();
    assert!(
        told.contains("${SHOP}/orders: column spent is of type interval") && told.contains("spent::text"),
        "{told}"
    );
    let query = |query: &str| {
        let config = std::fs::read_to_string(shop.project.root().join("ingest.toml")).expect("a file");
        let (before, _) = config.split_once("path = '${SHOP}'").expect("a path");
        shop.project.write(
            "ingest.toml",
            &format!("{before}path = '${{SHOP}}'\nquery = \"{query}\"\n"),
        );
    };
    query("SELECT id, spent::text AS spent FROM orders");
    shop.ingest(&["run"]).success();
    assert_eq!(shop.rows("SELECT * FROM orders"), "id,spent\n1,1 day\n");
    for (select, expected) in [
        (
            "SELECT grid FROM orders",
            "row 1, column grid: it is an array of 2 dimensions",
        ),
        (
            "SELECT 'infinity'::date AS day",
            "column day: its date is infinite",
        ),
        (
            "SELECT '-infinity'::timestamptz AS at",
            "column at: its timestamp is infinite",
        ),
        (
            "SELECT 'NaN'::numeric(5, 1) AS x",
            "column x: it is NaN, which decimals do not have",
        ),
        (
            "DELETE FROM orders RETURNING id",
            "cannot execute DELETE in a read-only transaction",
        ),
        ("SELECT 1; SELECT 2", "cannot insert multiple commands"),
        ("BEGIN", "it has no columns: is it a SELECT?"),
        ("SELECT 1/0 AS x", "division by zero"),
        ("SELECT * FROM order", "syntax error"),
        (
            "SELECT * FROM items",
            "relation \"items\" does not exist; its tables are orders",
        ),
    ] {
        query(select);
        let told = shop.refused();
        assert!(told.contains(expected), "{select}: {told}");
    }
}

#[test]
fn an_empty_table_has_its_columns() {
    let shop = Shop::new(
        "table = 'orders'",
        "CREATE TABLE orders (id int, price numeric(9, 2), tags text[])",
    );
    shop.ingest(&["run"]).success();
    assert_eq!(
        shop.rows("SELECT count(*) AS n, count(price) AS p FROM orders"),
        "n,p\n0,0\n"
    );
}

#[test]
fn a_connection_is_encrypted_where_the_server_can_and_verified() {
    let mut shop = Shop::new(
        "query = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'",
        "",
    );
    shop.options = String::new();
    let told = shop.refused();
    assert!(
        told.contains("certificate") && told.contains("?sslrootcert=ca.pem"),
        "{told}"
    );
    let certificate = Database::certificate();
    shop.options = format!("?sslmode=verify-full&sslrootcert={}", certificate.display());
    shop.ingest(&["run"]).success();
    assert_eq!(shop.rows("SELECT * FROM orders"), "ssl\ntrue\n");
    shop.options = "?sslrootcert=missing.pem".to_owned();
    let told = shop.refused();
    assert!(
        told.contains("missing.pem: ") && told.contains("check sslrootcert"),
        "{told}"
    );
}

#[test]
fn what_is_wrong_with_an_address_is_told_without_its_password() {
    let shop = Shop::new("table = 'orders'", "CREATE TABLE orders (id int)");
    let told = |address: &str| {
        let failed = shop
            .project
            .ingest(&["run"])
            .env("SHOP", address)
            .env("INGEST_RETRY_TIMEOUT", "0s")
            .assert()
            .failure();
        let told = stderr(&failed) + &stdout(&failed);
        assert!(!told.contains("secret-word"), "{told}");
        told
    };
    let wrong = shop.database.url.replace("hidden-pass%25word", "secret-word") + "?sslmode=disable";
    let said = told(&wrong);
    assert!(
        said.contains("password authentication failed") && said.contains("check user and password"),
        "{said}"
    );
    let said = told("host=127.0.0.1 password=secret-word");
    assert!(said.contains("write the address as postgres://"), "{said}");
    let said = told("postgres://user:secret-word@127.0.0.1:nonsense/x");
    assert!(said.contains("invalid"), "{said}");
    let said = told("postgres://user:secret-word@127.0.0.1:1/x?sslmode=disable");
    assert!(said.contains("whether the server can be reached"), "{said}");
    let (base, _) = shop.database.url.rsplit_once('/').expect("a path");
    let said = told(&format!("{base}/missing?sslmode=disable"));
    assert!(said.contains("database \"missing\" does not exist"), "{said}");
}

#[test]
fn the_password_may_be_in_a_variable_of_its_own() {
    let shop = Shop::new("table = 'orders'", "CREATE TABLE orders (id int)");
    let address = shop.database.url.replace(":hidden-pass%25word@", "@") + "?sslmode=disable";
    shop.project
        .ingest(&["run"])
        .env("SHOP", address)
        .env("PGPASSWORD", PASSWORD)
        .assert()
        .success();
}
