//! What of a dbt project is refused: by name, with file and line, and keeping out only what depends on it.

use crate::dbt::shop;
use crate::fixture::{Project, stderr, stdout};

/// Runs the shop with one more file; what was told on standard error.
fn told_of(file: &str, text: &str) -> (Project, String) {
    let project = shop();
    project.write(file, text);
    let told = stderr(&project.run().failure());
    (project, told)
}

#[test]
fn what_a_model_cannot_use_is_named_with_its_line_and_other_models_go_on() {
    for (text, parts) in [
        (
            "select 1 as a,\n{{ dbt_utils.generate_surrogate_key(['a']) }} as k",
            ["line 2", "dbt_utils", "target/compiled"],
        ),
        (
            "{% set x = run_query('select 1') %} select 1 as a",
            ["line 1", "run_query", "write out"],
        ),
        (
            "select *\nfrom read_parquet(['a', 'b'])",
            ["line 2: read_parquet", "more than a path", "external_location"],
        ),
        (
            "select * from\n\n{{ ref('nothing') }}",
            ["line 3", "ref('nothing')", "stg_orders"],
        ),
        (
            "select * from {{ source('raw', 'nothing') }}",
            ["line 1", "not declared", "external_location"],
        ),
        (
            "select {{ var('nothing') }} as a",
            ["line 1", "var('nothing')", "dbt_project.yml"],
        ),
        (
            "select {{ env_var('NOTHING_SET') }} as a",
            ["line 1", "NOTHING_SET", ".env"],
        ),
        (
            "{{ config(materialized='table', pre_hook='select 1') }} select 1 as a",
            ["line 1: config pre-hook", "hooks are not run", "take it out"],
        ),
        (
            "{{ config(materialized='materialized_view') }} select 1 as a",
            [
                "line 1: materialized",
                "materialized_view",
                "incremental or external",
            ],
        ),
        (
            "{{ config(\n    materialized='incremental',\n    incremental_strategy='microbatch'\n) }} select 1 as a",
            ["line 3: incremental_strategy microbatch", "not known", "append"],
        ),
        (
            "{{ config(materialized='external',\nlocation='a.orc', format='orc') }} select 1 as a",
            ["line 2: config format orc", "not known", "parquet, csv or json"],
        ),
        (
            "{{ config(materialized='external') }} select 1 as a",
            ["line 1", "location", "is missing: write"],
        ),
        (
            "{{ config(materialized='table', contract={'enforced': true}) }} select 1 as a",
            ["line 1: config contract", "not enforced", "tests"],
        ),
        (
            "select * from {{ this }}",
            ["reads itself", "gold.odd", "take one"],
        ),
        (
            "{{ config(materialized='incremental') }} select * from {{ ref('customers') }}",
            ["reads no source", "incremental", "table"],
        ),
    ] {
        let (project, told) = told_of("models/marts/odd.sql", text);
        for part in parts.iter().chain(&["models/marts/odd.sql"]) {
            assert!(told.contains(part), "{text}: {told}");
        }
        assert_eq!(
            project.catalog().tables.len(),
            2,
            "{text}: the others are published"
        );
    }
}

#[test]
fn files_that_are_no_sql_models_are_named_and_their_readers_skipped() {
    let (project, told) = told_of(
        "models/marts/learn.py",
        "def model(dbt, session):\n    return 1\n",
    );
    assert!(
        told.contains("models/marts/learn.py") && told.contains("Python"),
        "{told}"
    );
    assert_eq!(project.catalog().tables.len(), 2);

    project.write(
        "snapshots/history.sql",
        "\n{% snapshot history %}\nselect 1\n{% endsnapshot %}",
    );
    project.write("models/marts/late.sql", "select * from {{ ref('history') }}");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("snapshots/history.sql: line 2: snapshot history")
            && told.contains("gold.late skipped because of gold.history"),
        "{told}"
    );
}

#[test]
fn tests_of_others_are_refused_by_name_and_keep_their_model_out() {
    let (project, told) = told_of(
        "models/other.yml",
        "models:\n  - name: best\n    tests:\n      - dbt_utils.expression_is_true: {expression: 'orders > 0'}\n",
    );
    assert!(
        told.contains(
            "models/marts/best.sql: in models/other.yml: line 4: best: test dbt_utils.expression_is_true"
        ) && told.contains("tests/NAME.sql"),
        "{told}"
    );
    let tables = project.catalog().tables;
    assert!(tables.len() == 1 && tables[0].name == "customers");
}

#[test]
fn what_is_wrong_with_the_project_stops_it() {
    let project = shop();
    let refused = |file: &str, text: &str, parts: &[&str]| {
        let before = std::fs::read_to_string(project.root().join(file)).ok();
        project.write(file, text);
        let told = stderr(&project.ingest(&["plan"]).assert().failure());
        for part in parts {
            assert!(told.contains(part), "{text}: {told}");
        }
        match before {
            Some(before) => project.write(file, &before),
            None => std::fs::remove_file(project.root().join(file)).expect("removed"),
        }
    };
    refused(
        "dbt_project.yml",
        "name: shop\non-run-end: ['x']\n",
        &["dbt_project.yml", "line 2", "on-run-end", "hook"],
    );
    refused("dbt_project.yml", "version: 2\n", &["dbt_project.yml", "name"]);
    refused(
        "dbt_project.yml",
        "name: shop\nmodel-paths: [elsewhere]\n",
        &["no model below elsewhere"],
    );
    refused(
        "dbt_project.yml",
        "name: shop\nvars: {goldpan: {targets: {a: {gold: g, theads: 2}}}}\n",
        &["theads", "threads"],
    );
    refused("dbt_project.yml", "name: [\n", &["dbt_project.yml"]);
    refused("models/bad.yml", "models: 7\n", &["models/bad.yml"]);
    refused(
        "models/bad.yml",
        "models: [{name: customers}]\n",
        &["customers is described in models/", "write it once"],
    );
    refused(
        "models/bad.yml",
        "sources: [{name: x, tables: [{name: y, meta: {external_location: 'a/{what}.csv'}}]}]",
        &["x.y", "{what}", "{identifier}"],
    );
    project.run().success();
}

#[test]
fn what_is_said_of_what_has_no_file_is_told() {
    let project = shop();
    project.write("models/marts/off.sql", "{{ config(enabled=false) }} select 1");
    project.write(
        "models/other.yml",
        "models:\n  - name: costumers_\n    tests: [unique]\n  - name: off\n    tests: [unique]\n  - name: raw_customers\nseeds:\n  - name: zzz\n    \
         columns: [{name: a, tests: [not_null]}]\n",
    );
    let told = stderr(&project.run().success());
    let warnings: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("models/other.yml"))
        .collect();
    assert_eq!(warnings.len(), 3, "{told}");
    for (warning, parts) in warnings.iter().zip([
        [
            "line 2: no file is the model costumers_",
            "tests too: did you mean customers?",
        ],
        [
            "line 6: no file is the model raw_customers",
            "move it below seeds:",
        ],
        ["line 8: no file is the seed zzz", "write a file's name"],
    ]) {
        assert!(parts.iter().all(|part| warning.contains(part)), "{warning}");
    }
}

#[test]
fn a_severity_that_is_not_known_is_refused_wherever_it_stands() {
    let (_, told) = told_of(
        "tests/odd.sql",
        "{{ config(\n  severity='wran') }}\nselect * from {{ ref('customers') }} where false",
    );
    assert!(
        told.contains("tests/odd.sql: line 2: config severity is \"wran\": write error or warn"),
        "{told}"
    );
}

#[test]
fn two_models_of_one_name_are_refused() {
    let (_, told) = told_of("models/staging/customers.sql", "select 1 as a");
    assert!(told.contains("has the same name: rename"), "{told}");
}

#[test]
fn what_is_switched_off_is_not_there() {
    let project = shop();
    project.write(
        "models/marts/off.sql",
        "{{ config(enabled=false) }} select nonsense",
    );
    project.write("tests/off.sql", "{{ config(enabled=false) }} select 1");
    let run = stdout(&project.run().success());
    assert!(!run.contains("off"), "{run}");
}

#[test]
fn what_yml_files_say_of_a_model_is_refused_where_it_stands() {
    let (project, told) = told_of(
        "models/other.yml",
        "models:\n  - name: best\n    config:\n      post-hook: drop table x\n",
    );
    assert!(
        told.contains("models/marts/best.sql: in models/other.yml: line 4: config post-hook"),
        "{told}"
    );
    std::fs::remove_file(project.root().join("models/other.yml")).expect("removed");
    project.write(
        "dbt_project.yml",
        "name: shop\nvars: {methods: [card]}\nmodels:\n  shop:\n    marts:\n      +materialized: dynamic_table\n",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/marts/customers.sql: in dbt_project.yml: line 6: materialized: dynamic_table"),
        "{told}"
    );
}
