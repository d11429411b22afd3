use std::collections::BTreeSet;

use super::*;
use crate::engine::{Engine, Resources};
use crate::project::{Layer, Model, ModelError, ModelHeader};

fn model(name: &str, sql: &str) -> Result<Model, ModelError> {
    let (schema, table) = name.split_once('.').expect("schema.table");
    let layer = if schema == "gold" {
        Layer::Gold
    } else {
        Layer::Silver
    };
    Ok(Model {
        layer,
        name: table.to_owned(),
        file: format!("models/{schema}/{table}.sql").into(),
        sql: sql.to_owned(),
        increment_sql: None,
        header: ModelHeader::default(),
    })
}

fn plan(models: Vec<Result<Model, ModelError>>) -> Graph {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let sources = BTreeSet::from(["flights".to_owned(), "airports".to_owned()]);
    Graph::of(&engine, Names::new(&sources, &models), models, Vec::new())
}

fn order(plan: &Graph) -> Vec<String> {
    plan.models
        .iter()
        .map(|model| model.table().to_string())
        .collect()
}

fn refusals(plan: &Graph) -> Vec<String> {
    plan.refused.iter().map(ModelError::to_string).collect()
}

#[test]
fn models_run_after_what_they_read() {
    let plan = plan(vec![
        model("gold.a", "SELECT * FROM gold.b JOIN silver.c USING (x)"),
        model("gold.b", "SELECT * FROM silver.c"),
        model("silver.c", "SELECT * FROM source.flights"),
    ]);
    assert_eq!(order(&plan), ["silver.c", "gold.b", "gold.a"]);
    assert!(plan.refused.is_empty());
}

#[test]
fn a_name_without_schema_is_looked_for_in_all_layers_and_must_be_the_only_one() {
    let plan = plan(vec![
        model("silver.airports", "SELECT * FROM airports"),
        model("gold.b", "SELECT *\nFROM flights"),
    ]);
    assert_eq!(order(&plan), ["gold.b"]);
    assert_eq!(
        refusals(&plan),
        [
            "models/silver/airports.sql: line 1: `airports` could be silver.airports or source.airports: write which"
        ]
    );
}

#[test]
fn an_unknown_table_is_named_with_file_and_line_and_others_go_on() {
    let plan = plan(vec![
        model("silver.a", "SELECT 1 AS x,\n(SELECT max(y) FROM fligths)"),
        model("silver.b", "SELECT * FROM silver.flights"),
        model("gold.c", "SELECT 1 AS x"),
    ]);
    assert_eq!(order(&plan), ["gold.c"]);
    let refusals = refusals(&plan);
    assert!(
        refusals[0].starts_with(
            "models/silver/a.sql: line 2: table `fligths` is not known: declare [sources.fligths]"
        ),
        "{refusals:?}"
    );
    assert!(
        refusals[1].ends_with("did you mean source.flights?"),
        "{refusals:?}"
    );
}

#[test]
fn a_cycle_is_named_once_for_each_of_its_models() {
    let plan = plan(vec![
        model("gold.a", "SELECT * FROM gold.b"),
        model("gold.b", "SELECT * FROM silver.c"),
        model("silver.c", "SELECT * FROM gold.b"),
        model("silver.d", "SELECT 1 AS x"),
    ]);
    assert_eq!(
        order(&plan),
        ["silver.d", "gold.a"],
        "gold.a is no part of the cycle: the run skips it"
    );
    assert_eq!(
        refusals(&plan),
        [
            "models/gold/b.sql: it reads itself through gold.b -> silver.c -> gold.b: take one of these references out",
            "models/silver/c.sql: it reads itself through gold.b -> silver.c -> gold.b: take one of these references out",
        ]
    );
}
