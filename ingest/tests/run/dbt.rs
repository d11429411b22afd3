//! `ingest plan` and `run` on a dbt project as it is.

use catalog::{CheckStatus, Severity};

use crate::fixture::{Project, stderr, stdout};

/// A dbt project: a seed, a source of two CSV files, a staging view of each, two tables.
pub fn shop() -> Project {
    let project = Project::empty();
    project.write(
        "dbt_project.yml",
        "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\nmodel-paths: ['models']\nvars:\n  methods: [card, cash]\n  goldpan:\n    \
         targets: {dev: {gold: gold}}\nmodels:\n  shop:\n    staging: {+materialized: view}\n    marts:\n      +materialized: table\n      +tags: daily\n",
    );
    project.write("seeds/raw_customers.csv", "id,name\n7,Ada\n8,Bob\n9,Cy\n");
    project.write(
        "raw/orders-1.csv",
        "orderID,Customer,method,amount\n1,7,card,10\n2,8,cash,20\n",
    );
    project.write("raw/orders-2.csv", "orderID,Customer,method,amount\n3,7,cash,5\n");
    project.write(
        "models/sources.yml",
        "version: 2\nsources:\n  - name: raw\n    meta: {external_location: \"{{ env_var('RAW', 'raw') }}/{name}-*.csv\"}\n    tables:\n      - name: orders\n        \
         columns:\n          - name: orderID\n            data_tests: [unique, not_null]\n",
    );
    project.write(
        "models/staging/stg_orders.sql",
        "with source as (\n  select * from {{ source('raw', 'orders') }}\n)\nselect \"orderID\" as order_id, customer, method, amount from source\n",
    );
    project.write(
        "models/staging/stg_customers.sql",
        "{#- seeds are tables too -#}\nselect id as customer_id, name from {{ ref('raw_customers') }}",
    );
    project.write(
        "models/marts/customers.sql",
        "{% set methods = var('methods') %}\nwith orders as (select * from {{ ref('stg_orders') }})\nselect\n  c.customer_id,\n  {% for m in methods -%}\n  \
         sum(amount) filter (method = '{{ m }}') as {{ m }}_amount,\n  {% endfor -%}\n  count(order_id) as orders\nfrom {{ ref('stg_customers') }} c \
         left join orders on customer = c.customer_id\ngroup by 1",
    );
    project.write(
        "models/marts/best.sql",
        "{{ config(materialized='table', cluster_by=['customer_id']) }}\nselect * from {{ ref('customers') }} where orders > {{ var('least', 0) }}",
    );
    project.write(
        "models/schema.yml",
        "version: 2\nmodels:\n  - name: customers\n    description: One row a customer.\n    columns:\n      - name: customer_id\n        description: Who.\n        \
         tests: [unique, not_null]\n      - name: gone_long_ago\n        description: Documented, but not returned.\n      - name: orders\n        tests:\n          \
         - accepted_values: {values: [0, 1, 2]}\n  - name: stg_orders\n    columns:\n      - name: customer\n        tests:\n          - relationships:\n              \
         to: ref('stg_customers')\n              field: customer_id\n              config: {severity: warn}\n      - name: amount\n        data_tests:\n          \
         - not_null: {config: {where: \"method = 'card'\"}}\n",
    );
    project.write(
        "tests/no_negative_amount.sql",
        "{{ config(severity='warn') }}\nselect * from {{ ref('customers') }} where cash_amount < 0",
    );
    project
}

#[test]
fn a_project_runs_as_it_is_and_only_once() {
    let project = shop();
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(
        plan.contains("gold.customers") && plan.contains("gold.best"),
        "{plan}"
    );
    project.run().success();
    assert_eq!(
        project.query("SELECT * FROM customers ORDER BY 1"),
        "customer_id,card_amount,cash_amount,orders\n7,10,5,2\n8,,20,1\n9,,,0\n"
    );
    assert_eq!(
        project.query("SELECT customer_id FROM best ORDER BY 1"),
        "customer_id\n7\n8\n"
    );
    let catalog = project.catalog();
    let tables: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(tables, ["best", "customers"], "views are not published");

    let again = stdout(&project.run().success());
    assert!(
        again.contains("nothing to do") && again.contains("2 tables up to date"),
        "{again}"
    );
    project.write("raw/orders-3.csv", "orderID,Customer,method,amount\n4,9,card,1\n");
    project.run().success();
    assert_eq!(project.query("SELECT count(*) AS n FROM best"), "n\n3\n");
}

#[test]
fn what_yml_files_say_becomes_descriptions_and_checks() {
    let project = shop();
    project.run().success();
    let manifest = project.manifest("customers");
    assert_eq!(manifest.description.as_deref(), Some("One row a customer."));
    let key = manifest.column("customer_id").expect("column");
    assert_eq!(key.description.as_deref(), Some("Who."));
    assert!(!key.nullable);
    let mut checks: Vec<(&str, Severity, CheckStatus)> = manifest
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.severity, check.status))
        .collect();
    checks.sort_by_key(|check| check.0);
    let passed = |name, severity| (name, severity, CheckStatus::Passed);
    assert_eq!(
        checks,
        [
            passed("accepted_values(orders)", Severity::Error),
            passed("no_negative_amount", Severity::Warn),
            passed("not_null(customer_id)", Severity::Error),
            passed("not_null(silver.stg_orders.amount)", Severity::Error),
            passed("not_null(source.raw_orders.orderID)", Severity::Error),
            passed("unique(customer_id)", Severity::Error),
            passed("unique(source.raw_orders.orderID)", Severity::Error),
        ]
    );
    let lineage = stdout(&project.ingest(&["show", "best", "--lineage"]).assert().success());
    for name in ["source.raw_orders", "source.raw_customers", "silver.stg_orders"] {
        assert!(lineage.contains(name), "{name}: {lineage}");
    }
}

#[test]
fn a_test_that_fails_keeps_the_table_out_unless_it_only_warns() {
    let project = shop();
    // A customer that nobody knows only warns; a key that comes twice does not.
    project.write(
        "raw/orders-2.csv",
        "orderID,Customer,method,amount\n3,99,cash,-5\n",
    );
    let run = project.run().success();
    assert!(
        stderr(&run).contains("relationships(customer") && !stderr(&run).contains("not published"),
        "{}",
        stderr(&run)
    );
    project.write("raw/orders-2.csv", "orderID,Customer,method,amount\n1,7,cash,5\n");
    let run = project.run().failure();
    let told = stderr(&run);
    assert!(
        told.contains("models/sources.yml: unique(source.raw_orders.orderID)")
            && told.contains("not published: gold."),
        "{told}"
    );
    assert_eq!(
        project.query("SELECT count(*) AS n FROM customers"),
        "n\n3\n",
        "the former version is still there"
    );
    project.write("raw/orders-2.csv", "orderID,Customer,method,amount\n3,7,card,\n");
    let told = stderr(&project.run().failure());
    assert!(told.contains("not_null(silver.stg_orders.amount)"), "{told}");
}

#[test]
fn each_of_the_four_tests_fails_the_run() {
    for (test, told) in [
        ("{name: cash_amount, tests: [not_null]}", "not_null(cash_amount)"),
        ("{name: orders, tests: [unique]}", "unique(orders)"),
        (
            "{name: orders, data_tests: [accepted_values: {arguments: {values: [0, 1]}}]}",
            "accepted_values(orders)",
        ),
        (
            "{name: orders, tests: [relationships: {to: ref('raw_customers'), field: id}]}",
            "relationships(orders",
        ),
    ] {
        let project = shop();
        project.write(
            "models/schema.yml",
            &format!("version: 2\nmodels: [{{name: customers, columns: [{test}]}}]\n"),
        );
        project.write(
            "raw/orders-2.csv",
            "orderID,Customer,method,amount\n3,7,cash,5\n4,8,card,1\n",
        );
        let stopped = stderr(&project.run().failure());
        assert!(
            stopped.contains(told) && stopped.contains("gold.best"),
            "{test}: {stopped}"
        );
        assert!(!project.root().join("gold/catalog.json").exists(), "{test}");
        // Where it only warns, the same rows are published.
        let warns = test
            .replace("[not_null]", "[not_null: {config: {severity: warn}}]")
            .replace("[unique]", "[unique: {config: {severity: warn}}]")
            .replace("[0, 1]}}", "[0, 1]}, config: {severity: warn}}")
            .replace("field: id}", "field: id, config: {severity: warn}}");
        project.write(
            "models/schema.yml",
            &format!("version: 2\nmodels: [{{name: customers, columns: [{warns}]}}]\n"),
        );
        let warned = stderr(&project.run().success());
        assert!(warned.contains(told), "{warns}: {warned}");
    }
}

#[test]
fn variables_of_the_environment_and_targets_are_seen() {
    let project = shop();
    project.write(
        "other/orders-1.csv",
        "orderID,Customer,method,amount\n1,9,card,1\n",
    );
    project.write(
        "models/marts/best.sql",
        "select '{{ target.name }}' as target, '{{ env_var('WHO') }}' as who, count(*) as orders from {{ ref('stg_orders') }}",
    );
    project
        .ingest(&["run"])
        .env("RAW", "other")
        .env("WHO", "me")
        .assert()
        .success();
    assert_eq!(
        stdout(
            &project
                .ingest(&["query", "--sql", "SELECT * FROM best", "--format", "csv"])
                .env("WHO", "x")
                .assert()
                .success()
        ),
        "target,who,orders\ndev,me,1\n"
    );
}

#[test]
fn gold_goes_below_the_project_where_nothing_is_said() {
    let project = Project::empty();
    project.write("dbt_project.yml", "name: least\n");
    project.write("models/a.sql", "{{ config(materialized='table') }} select 1 as a");
    project.run().success();
    assert!(project.root().join(".goldpan/gold/catalog.json").is_file());
    let settings = stdout(&project.ingest(&["settings"]).assert().success());
    assert!(settings.contains("local"), "{settings}");
}

#[test]
fn files_that_sql_names_itself_are_sources() {
    let project = shop();
    project.write(
        "models/marts/best.sql",
        "select method, count(*) as n from read_csv('raw/orders-*.csv') join 'raw/methods.csv' using (method) group by 1",
    );
    project.write("raw/methods.csv", "method\ncard\ncash\n");
    project.run().success();
    let of_best = "SELECT * FROM best ORDER BY 1";
    assert_eq!(project.query(of_best), "method,n\ncard,1\ncash,2\n");
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing to do"), "{again}");
    project.write("raw/methods.csv", "method\ncash\n");
    project.run().success();
    assert_eq!(project.query(of_best), "method,n\ncash,2\n", "a change is seen");
}
