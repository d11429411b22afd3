//! `ingest export --as postgres`: rows in a real server.

use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};
use crate::postgres_server::{Database, PASSWORD};
use crate::types::EVERY_TYPE;

/// Its address; the server's certificate is nobody's.
fn url_of(database: &Database) -> String {
    format!("{}?sslmode=disable", database.url)
}

fn export(project: &Project, database: &Database, arguments: &[&str]) -> assert_cmd::assert::Assert {
    project
        .ingest(&["export", "--as", "postgres"])
        .args(arguments)
        .env("INGEST_POSTGRES_URL", url_of(database))
        .assert()
}

#[test]
fn values_of_every_type_arrive_as_they_are() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        &format!(
            "SELECT *, DATE '0044-03-15 (BC)' AS ides, TIMESTAMP '0044-03-15 (BC) 10:00:00.5' AS hour,
                    'infinity'::TIMESTAMPTZ AS never, 'a\\b' || chr(9) || chr(10) || chr(13) || '\"N\\N' AS \"odd \"\"name\"
             FROM ({EVERY_TYPE})"
        ),
    );
    project.run().success();
    let database = Database::new();
    let assert = export(&project, &database, &["t"]).success();
    assert!(stdout(&assert).is_empty() && stderr(&assert).contains("t: 2 rows copied"));
    let types = database.texts(
        "SELECT string_agg(column_name || ' ' || data_type || coalesce(' ' || numeric_precision || ',' || numeric_scale, ''), '; '
                           ORDER BY ordinal_position)
         FROM information_schema.columns WHERE table_name = 't' AND column_name IN ('i8', 'u8', 'u16', 'u32', 'u64', 'f32',
              'd9', 'bytes', 'clock', 'local', 'instant', 'list')",
    );
    assert_eq!(
        types,
        [
            "i8 smallint 16,0; u8 smallint 16,0; u16 integer 32,0; u32 bigint 64,0; u64 numeric 20,0; f32 real; \
             d9 numeric 9,3; bytes bytea; clock time without time zone; local timestamp without time zone; \
             instant timestamp with time zone; list jsonb"
        ]
    );
    let wrong = database.texts(
        "SELECT c.name FROM t, LATERAL (VALUES
             ('ints', (flag, i8, i16, i32, i64) = (true, -7, -300, -70000, -9223372036854775808)),
             ('unsigned', (u8, u16, u32, u64) = (200, 60000, 4000000000, 18446744073709551615)),
             ('floats', (f32, f64, nan) = (0.5::real, 0.1::float8, 'NaN'::float8)),
             ('decimals', (d9, d18, d38) = (12.345, 1234567890123456.78, 12345678901234567890123456789012345678)),
             ('texts', (text, pick, id) = ('Grüße', 'b', '00000000-0000-0000-0000-00000000000a')),
             ('bytes', bytes = '\\x00ff'),
             ('times', (day, clock) = ('1969-12-31'::date, '23:59:59.25'::time)),
             ('timestamps', (local, instant) = ('2001-02-03 04:05:06.000001', '2001-02-03 02:05:06+00')),
             ('before Christ', (ides, hour) = ('0044-03-15 BC'::date, '0044-03-15 10:00:00.5 BC'::timestamp)),
             ('infinity', never = 'infinity'),
             ('nested', (list, pair) = ('[1, null, 3]'::jsonb, '{\"x\": 1, \"y\": \"z\"}'::jsonb)),
             ('odd', \"odd \"\"name\" = E'a\\\\b\\t\\n\\r\"N\\\\N')
         ) AS c(name, is_right) WHERE i8 IS NOT NULL AND is_right IS NOT true
         UNION ALL SELECT 'nulls' FROM t WHERE i8 IS NULL AND num_nonnulls(flag, i16, u64, d38, text, bytes, day, local, list) > 0
         UNION ALL SELECT 'rows' FROM t HAVING count(*) <> 2",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn data_files_are_there_before_the_transaction_begins() {
    let project = Project::shop();
    project.run().success();
    for file in project.manifest("orders").files {
        std::fs::remove_file(project.gold(&file.key)).expect("removed");
    }
    let database = Database::new();
    // A sequence goes on whatever becomes of a transaction.
    database.execute(
        "CREATE SEQUENCE made;
         CREATE FUNCTION count_tables() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('made'); END $$;
         CREATE EVENT TRIGGER each_table ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION count_tables();",
    );
    let refused = export(&project, &database, &["customers", "orders"]).failure();
    assert!(
        stderr(&refused).contains("which is not there"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(database.texts("SELECT is_called::text FROM made"), ["false"]);
    // It does count them.
    export(&project, &database, &["customers"]).success();
    assert_eq!(database.texts("SELECT is_called::text FROM made"), ["true"]);
}

#[test]
fn a_table_that_is_there_is_replaced_only_when_told_to_and_by_all_or_nothing() {
    let project = Project::shop();
    project.run().success();
    let database = Database::new();
    database.execute(
        "CREATE TABLE orders (n integer); INSERT INTO orders VALUES (7); CREATE SCHEMA lake; CREATE TABLE lake.customers ()",
    );
    let refused = export(&project, &database, &["customers", "orders"]).failure();
    assert!(
        stderr(&refused).contains("there is a table \"public\".\"orders\" in the database already"),
        "{}",
        stderr(&refused)
    );
    let public = "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables
                  WHERE table_schema = 'public'";
    assert_eq!(database.texts(public), ["orders"], "no part of it came");
    export(&project, &database, &["customers", "orders", "--replace"]).success();
    assert_eq!(database.texts(public), ["customers,orders"]);
    assert_eq!(
        database.texts("SELECT string_agg(name, ',' ORDER BY id) FROM customers"),
        ["Ada,Bob,Cy"]
    );
    assert_eq!(
        database.texts("SELECT string_agg(coalesce(amount::text, '-'), ',' ORDER BY order_id) FROM orders"),
        ["10.5,20,5.25,-"]
    );
    let in_schema = url_of(&database) + "&options=-csearch_path%3Dlake,public";
    project
        .ingest(&["export", "customers", "--as", "postgres"])
        .env("INGEST_POSTGRES_URL", in_schema)
        .assert()
        .failure()
        .stderr(contains("\"lake\".\"customers\""));
}

#[test]
fn what_the_server_refuses_changes_nothing_and_says_which_row() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT n, CASE WHEN n = 3 THEN 'a' || chr(0) END AS text FROM range(1, 5) AS r(n) ORDER BY n",
    );
    project.run().success();
    let database = Database::new();
    database.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (7)");
    let refused = export(&project, &database, &["t", "--replace"]).failure();
    let told = stderr(&refused);
    assert!(
        told.contains("nothing was changed") && told.contains("COPY t, line 3"),
        "{told}"
    );
    assert_eq!(database.texts("SELECT n::text FROM t"), ["7"]);
}

#[test]
fn the_address_is_needed_and_its_password_is_in_no_message() {
    let project = Project::shop();
    project.run().success();
    let export = |url: Option<String>| {
        let mut command = project.ingest(&["export", "orders", "--as", "postgres"]);
        command.env_remove("INGEST_POSTGRES_URL");
        if let Some(url) = url {
            command.env("INGEST_POSTGRES_URL", url);
        }
        stderr(&command.assert().failure())
    };
    let told = export(None);
    assert!(told.contains("set INGEST_POSTGRES_URL"), "{told}");
    let database = Database::new();
    let right = url_of(&database);
    for (url, said) in [
        (
            right.replace("goldpan:", "nobody:"),
            "password authentication failed",
        ),
        (right.replace("?", "x?"), "does not exist"),
        (right.replace("postgres://", "mysql://"), "INGEST_POSTGRES_URL"),
        (right.replace("@127", "@@127"), "INGEST_POSTGRES_URL"),
    ] {
        let told = export(Some(url));
        assert!(told.contains(said), "{said} is not in {told}");
        assert!(!told.contains(PASSWORD) && !told.contains("hidden"), "{told}");
    }
    project
        .ingest(&["export", "orders", "--as", "csv", "--replace"])
        .assert()
        .failure()
        .stderr(contains("--replace is for --as postgres"));
}
