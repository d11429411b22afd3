//! Seeds of a dbt project, and places of its sources that hold secrets.

use crate::dbt::shop;
use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server, answer};

/// The shop with a seed of ZIP codes, a table of its rows, and what is said of the seed.
fn zips(of_seed: &str) -> Project {
    let project = shop();
    project.write("seeds/geo/zips.csv", "zip;city\n01234;Dresden\n");
    project.write(
        "models/marts/cities.sql",
        "select zip, city from {{ ref('zips') }}",
    );
    project.write("seeds/zips.yml", of_seed);
    project
}

#[test]
fn seeds_are_read_as_their_configuration_says() {
    let project = zips("seeds:\n  - name: zips\n    config:\n      column_types: {zip: varchar(5)}\n");
    let described = std::fs::read_to_string(project.root().join("dbt_project.yml")).expect("a file");
    project.write(
        "dbt_project.yml",
        &format!("{described}seeds:\n  shop:\n    geo:\n      +delimiter: ';'\n"),
    );
    project.run().success();
    assert_eq!(project.query("FROM cities"), "zip,city\n01234,Dresden\n");
}

#[test]
fn a_seed_that_is_switched_off_is_not_there() {
    let project = zips("seeds:\n  - name: zips\n    config: {enabled: false}\n");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/marts/cities.sql: line 1: ref('zips') names no model or seed")
            && !told.contains("zips.yml"),
        "{told}"
    );
}

#[test]
fn what_is_not_done_with_a_seed_is_refused_where_it_stands_and_its_readers_skipped() {
    let project = zips(
        "seeds:\n  - name: zips\n    tests: [unique: {column_name: zip}]\n    config:\n      post-hook: drop table x\n",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains(
            "seeds/geo/zips.csv: in seeds/zips.yml: line 5: config post-hook of a seed: hooks are not run"
        ) && told.contains("gold.cities skipped because of gold.zips"),
        "{told}"
    );
    assert_eq!(project.catalog().tables.len(), 2, "the others are published");
    project.write("seeds/zips.yml", "");
    let described = std::fs::read_to_string(project.root().join("dbt_project.yml")).expect("a file");
    project.write(
        "dbt_project.yml",
        &format!("{described}seeds:\n  shop:\n    zips: {{+delimiter: ';'}}\n    geo:\n      zips:\n        +alias: x\n"),
    );
    let told = stderr(&project.run().failure());
    let line = described.lines().count() + 6;
    assert!(
        told.contains(&format!(
            "seeds/geo/zips.csv: in dbt_project.yml: line {line}: config alias of a seed"
        )),
        "{told}"
    );
}

#[test]
fn secrets_in_the_place_of_a_source_are_told_nowhere() {
    let server = Server::start(|asked: &Asked| match asked.uri.path() {
        "/very-hidden/trips.csv" => answer(200, &[], "a\n1\n"),
        _ => answer(404, &[], "nothing"),
    });
    let project = shop();
    project.write(
        "models/web.yml",
        &format!(
            "sources:\n  - name: web\n    meta: {{external_location: \"{}/{{{{ env_var('TOKEN') }}}}/{{name}}.csv\"}}\n    \
             tables: [{{name: trips}}, {{name: gone}}]\n",
            server.url
        ),
    );
    project.write(
        "models/marts/trips.sql",
        "select * from {{ source('web', 'trips') }}",
    );
    project.write(
        "models/marts/gone.sql",
        "select * from {{ source('web', 'gone') }}",
    );
    project.write(".env", "TOKEN=very-hidden\n");
    let mut told = String::new();
    for verb in ["plan", "run"] {
        let assert = project.ingest(&[verb]).assert();
        told += &(stdout(&assert) + &stderr(&assert));
    }
    assert_eq!(project.query("FROM trips"), "a\n1\n");
    assert!(told.contains("/{{ env_var('TOKEN') }}/{name}.csv"), "{told}");
    told += &project.published_text();
    assert!(!told.contains("very-hidden"), "{told}");

    project.write(
        "models/web.yml",
        "sources:\n  - name: web\n    tables: [{name: trips, meta: {external_location: \"read({{ env_var('TOKEN') }})\"}}]\n",
    );
    let told = stderr(&project.ingest(&["plan"]).assert().failure());
    assert!(
        told.contains("calls a function, read({{ env_var('TOKEN') }})") && !told.contains("very-hidden"),
        "{told}"
    );
}
