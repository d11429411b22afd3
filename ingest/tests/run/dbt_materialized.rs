//! Models of a dbt project that grow, and those that are files too.

use crate::dbt::shop;
use crate::fixture::{Project, stderr, stdout};

/// An incremental model of the shop's orders.
fn write_log(project: &Project, config: &str, filter: &str) {
    project.write(
        "models/marts/log.sql",
        &format!(
            "{{{{ config(materialized='incremental'{config}) }}}}\nselect \"orderID\" as order_id, amount from {{{{ source('raw', 'orders') }}}}\n\
             {{% if is_incremental() %}}\n{filter}\n{{% endif %}}"
        ),
    );
    // Keys come again on purpose; the source's own test would keep them out.
    project.write(
        "models/sources.yml",
        "sources: [{name: raw, tables: [{name: orders, meta: {external_location: 'raw/orders-*.csv'}}]}]",
    );
}

const NEWER: &str = "where \"orderID\" > (select max(order_id) from {{ this }})";

#[test]
fn an_increment_sees_new_files_and_the_table_itself() {
    let project = shop();
    write_log(&project, "", NEWER);
    project.run().success();
    let orders = "SELECT * FROM log ORDER BY 1, 2";
    assert_eq!(
        project.query(orders),
        "order_id,amount\n1,10\n2,20\n3,5\n",
        "not filtered"
    );
    project.write(
        "raw/orders-3.csv",
        "orderID,Customer,method,amount\n2,8,cash,21\n4,9,card,1\n",
    );
    let plan = stdout(&project.ingest(&["plan", "--select", "log"]).assert().success());
    assert!(plan.contains("increment"), "{plan}");
    let run = stdout(&project.ingest(&["run", "--select", "log"]).assert().success());
    assert!(run.contains("increment"), "{run}");
    let filtered = "order_id,amount\n1,10\n2,20\n3,5\n4,1\n";
    assert_eq!(
        project.query(orders),
        filtered,
        "what is there already is not added"
    );
    // What is filtered out of an increment is taken in where the table is made anew.
    project
        .ingest(&["run", "--select", "log", "--full-refresh"])
        .assert()
        .success();
    assert_eq!(
        project.query(orders),
        "order_id,amount\n1,10\n2,20\n2,21\n3,5\n4,1\n"
    );
}

#[test]
fn a_key_that_comes_again_replaces_its_row() {
    let project = shop();
    write_log(&project, ", unique_key='order_id'", "where amount > 0");
    project.run().success();
    project.write(
        "raw/orders-3.csv",
        "orderID,Customer,method,amount\n2,8,cash,21\n4,9,card,0\n",
    );
    project.ingest(&["run", "--select", "log"]).assert().success();
    assert_eq!(
        project.query("SELECT * FROM log ORDER BY 1"),
        "order_id,amount\n1,10\n2,21\n3,5\n"
    );
    let best = "select count(*) as n, sum(amount) as total from {{ ref('log') }}";
    project.write("models/marts/best.sql", best);
    project.write("raw/orders-4.csv", "orderID,Customer,method,amount\n5,9,cash,4\n");
    project.run().success();
    assert_eq!(
        project.query("SELECT * FROM best"),
        "n,total\n4,40\n",
        "its readers see all rows"
    );
}

#[test]
fn an_external_model_is_a_file_too() {
    let project = shop();
    let write = |config: &str, sql: &str| {
        let config = format!("{{{{ config(materialized='external', {config}) }}}} {sql}");
        project.write("models/marts/totals.sql", &config);
    };
    let read = |file: &str| std::fs::read_to_string(project.root().join(file)).expect("written");
    write(
        "location='totals.csv'",
        "select customer_id, orders from {{ ref('customers') }} order by orders desc, customer_id",
    );
    project.write(
        "models/marts/best.sql",
        "select sum(orders) as n from {{ ref('totals') }}",
    );
    let told = stderr(&project.run().success());
    assert!(told.contains("totals.csv written"), "{told}");
    assert_eq!(read("totals.csv"), "customer_id,orders\n7,2\n8,1\n9,0\n");
    assert_eq!(
        project.query("SELECT n FROM best"),
        "n\n3\n",
        "others read its table"
    );

    std::fs::remove_file(project.root().join("totals.csv")).expect("removed");
    project.run().success();
    assert!(!project.root().join("totals.csv").exists(), "nothing changed");
    write(
        "location='totals.json'",
        "select customer_id, orders from {{ ref('customers') }} order by orders desc, customer_id",
    );
    project.run().success();
    assert_eq!(
        read("totals.json"),
        "{\"customer_id\":7,\"orders\":2}\n{\"customer_id\":8,\"orders\":1}\n{\"customer_id\":9,\"orders\":0}\n"
    );
    write("location='nowhere/totals.csv'", "select 1 as a");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/marts/totals.sql: location") && told.contains("there is no folder"),
        "{told}"
    );
    write("location='gs://bucket/totals.csv'", "select 1 as a");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/marts/totals.sql: location is no address"),
        "{told}"
    );
    project.write(
        "models/marts/twin.sql",
        "{{ config(materialized='external', location='twin.csv') }} select 1 as a",
    );
    write("location='./twin.csv'", "select 1 as a");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/marts/twin.sql") && told.contains("models/marts/totals.sql"),
        "{told}"
    );
}

#[test]
fn a_large_external_file_keeps_the_order_of_its_model() {
    let project = Project::empty();
    project.write(
        "dbt_project.yml",
        "name: large\nmodels: {large: {+materialized: external}}\n",
    );
    project.write(
        "models/numbers.sql",
        "{{ config(location='numbers.parquet') }} select i * 7919 % 500009 as n, 'n' || i as t from range(500000) as r(i) order by n desc",
    );
    project.run().success();
    let out_of_order = format!(
        "SELECT count(*) AS n, count(*) FILTER (n >= before) AS wrong FROM (SELECT n, lag(n) OVER (ORDER BY file_row_number) AS before FROM \
         read_parquet('{}', file_row_number = true))",
        project.root().join("numbers.parquet").display()
    );
    let engine = duckdb::Connection::open_in_memory().expect("DuckDB opens");
    let counts: (i64, i64) = engine
        .query_row(&out_of_order, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("counted");
    assert_eq!(counts, (500_000, 0));
}
