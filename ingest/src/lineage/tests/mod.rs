//! Statements in DuckDB's SQL, described and run by DuckDB itself.

mod cases;

use super::*;
use crate::engine::{Resources, sql};
use cases::CASES;

/// Tables that the statements read, with a struct and a list.
const TABLES: &str = "
    CREATE TABLE source.t (k INTEGER, a INTEGER, b INTEGER, s STRUCT(x INTEGER, y INTEGER), l INTEGER[], j JSON);
    CREATE TABLE source.u (k INTEGER, c INTEGER, \"D e\" INTEGER);
    CREATE TABLE gold.v (k INTEGER, a INTEGER, z INTEGER);
    INSERT INTO source.t VALUES (1, 2, 3, {x: 4, y: 5}, [6, 7], '{\"p\": 1}');
    INSERT INTO source.u VALUES (1, 5, 6);
    INSERT INTO gold.v VALUES (1, 8, 9);
    CREATE MACRO double(x) AS x * 2;";

fn engine(folder: &std::path::Path) -> Engine {
    let engine = Engine::open(folder, &Resources::default()).expect("DuckDB opens");
    engine.execute(TABLES).expect("tables");
    engine
}

fn schemas(engine: &Engine) -> impl Fn(&Reference) -> Option<(Name, Vec<String>)> {
    |reference| {
        let schema = match (reference.schema.as_deref(), reference.table.as_str()) {
            (Some(schema), _) => schema.to_owned(),
            (None, "v") => "gold".to_owned(),
            (None, _) => "source".to_owned(),
        };
        let name = Name {
            schema,
            table: reference.table.clone(),
        };
        let described = engine
            .describe(&format!("SELECT * FROM {}", name.quoted()))
            .ok()?;
        Some((name, described.into_iter().map(|(column, _)| column).collect()))
    }
}

/// `column: origins` for each column that DuckDB describes, in its order; `?` for one that is not traced.
fn traced(engine: &Engine, text: &str) -> Vec<String> {
    let names: Vec<String> = engine
        .describe(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let origins = columns(engine, text, &names, &schemas(engine));
    for column in origins.keys() {
        assert!(names.contains(column), "{text}: DuckDB knows no column {column}");
    }
    names
        .iter()
        .map(|name| match origins.get(name) {
            None => format!("{name}: ?"),
            Some(origins) => {
                let origins: Vec<String> = origins
                    .iter()
                    .map(|origin| format!(" {}.{}", origin.table.replace("source.", ""), origin.column))
                    .collect();
                format!("{name}:{}", origins.concat())
            }
        })
        .collect()
}

#[test]
fn each_column_is_traced_to_the_columns_that_its_expression_names() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = engine(work.path());
    let mut wrong = Vec::new();
    for (text, expected) in CASES {
        let found = traced(&engine, text).join(" | ");
        if found != *expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The origins of a column decide its value: where no other column of the tables changes, nor may it. Statements that
/// choose rows by other columns, or have no fixed order, are left out.
#[test]
fn a_column_does_not_change_with_columns_that_are_none_of_its_origins() {
    let changes = [
        ("source", "t", "a", "20"),
        ("source", "t", "b", "30"),
        ("source", "t", "s", "{x: 40, y: 50}"),
        ("source", "t", "l", "[60, 70]"),
        ("source", "t", "j", "'{\"p\": 10}'"),
        ("source", "u", "c", "50"),
        ("source", "u", "D e", "60"),
        ("gold", "v", "a", "80"),
        ("gold", "v", "z", "90"),
    ];
    let work = tempfile::tempdir().expect("temporary folder");
    let mut compared = 0;
    for (schema, table, column, value) in changes {
        let engine = engine(work.path());
        let chooses = |text: &str| {
            [
                "WHERE",
                " ON ",
                "HAVING",
                "EXCEPT",
                "INTERSECT",
                "RECURSIVE",
                "UNION SELECT",
                "now()",
                "SUMMARIZE",
            ]
            .iter()
            .any(|word| text.contains(word))
        };
        let statements = || CASES.iter().map(|(text, _)| *text).filter(|text| !chooses(text));
        let before: Vec<_> = statements().map(|text| engine.rows(text).expect(text)).collect();
        engine
            .execute(&format!(
                "UPDATE {schema}.{table} SET {} = {value}",
                sql::identifier(column)
            ))
            .expect("update");
        for (text, before) in statements().zip(before) {
            let after = engine.rows(text).expect(text);
            let names: Vec<String> = engine
                .describe(text)
                .expect(text)
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            let origins = columns(&engine, text, &names, &schemas(&engine));
            for (index, name) in names.iter().enumerate() {
                let Some(origins) = origins.get(name) else {
                    continue;
                };
                let is_origin = origins
                    .iter()
                    .any(|origin| origin.table == format!("{schema}.{table}") && origin.column == column);
                if !is_origin {
                    let values = |rows: &[Vec<duckdb::types::Value>]| {
                        // In no fixed order.
                        let mut values: Vec<_> = rows.iter().map(|row| format!("{:?}", row[index])).collect();
                        values.sort();
                        values
                    };
                    assert_eq!(
                        values(&before),
                        values(&after),
                        "{text}: {name} changed with {table}.{column}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 500, "only {compared} columns were compared");
}

#[test]
fn what_does_not_parse_or_does_not_fit_is_not_traced() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = engine(work.path());
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (text, described) in [
        ("PIVOT source.t ON a", names(&["a"])),
        ("SELEC 1", names(&["a"])),
        ("SELECT a, b FROM source.t", names(&["a"])),
        ("SELECT a, b FROM source.t", names(&["a", "other"])),
    ] {
        assert!(
            columns(&engine, text, &described, &schemas(&engine)).is_empty(),
            "{text}"
        );
    }
    let of_an_unknown_table = columns(
        &engine,
        "SELECT a, 1 AS one, u.c FROM nowhere, source.u",
        &names(&["a", "one", "c"]),
        &|reference| (reference.table == "u").then(|| schemas(&engine)(reference))?,
    );
    assert_eq!(of_an_unknown_table.keys().collect::<Vec<_>>(), ["c", "one"]);
}

#[test]
fn the_functions_that_take_lambdas_are_those_of_this_duckdb() {
    let work = tempfile::tempdir().expect("temporary folder");
    let found = engine(work.path())
        .rows("SELECT DISTINCT function_name FROM duckdb_functions() WHERE list_contains(parameter_types, 'LAMBDA') ORDER BY 1")
        .expect("functions");
    let found: Vec<String> = found
        .into_iter()
        .map(|mut row| match row.pop() {
            Some(duckdb::types::Value::Text(name)) => name,
            other => panic!("{other:?} is no name"),
        })
        .collect();
    assert_eq!(found, expression::TAKE_LAMBDAS);
}

#[test]
fn a_long_expression_is_traced() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = engine(work.path());
    let sum = vec!["a"; 450].join(" + ");
    let found = traced(&engine, &format!("SELECT {sum} + b AS x FROM t"));
    assert_eq!(found, ["x: t.a t.b"]);
}

#[test]
fn silver_columns_give_way_to_what_they_are_made_of() {
    let origin = |table: &str, column: &str| ColumnOrigin {
        table: table.to_owned(),
        column: column.to_owned(),
    };
    let direct = ColumnOrigins::from([
        (
            "a".to_owned(),
            vec![origin("silver.s", "x"), origin("gold.g", "y")],
        ),
        ("b".to_owned(), vec![origin("silver.s", "lost")]),
        ("c".to_owned(), vec![]),
        (
            "d".to_owned(),
            vec![origin("silver.s", "x"), origin("source.r", "m")],
        ),
    ]);
    let name = Name {
        schema: "silver".to_owned(),
        table: "s".to_owned(),
    };
    let of_silver = ColumnOrigins::from([("x".to_owned(), vec![origin("source.r", "m")])]);
    let resolved = resolve(&direct, &BTreeMap::from([(name, of_silver)]));
    assert_eq!(
        resolved,
        ColumnOrigins::from([
            (
                "a".to_owned(),
                vec![origin("gold.g", "y"), origin("source.r", "m")]
            ),
            ("c".to_owned(), vec![]),
            ("d".to_owned(), vec![origin("source.r", "m")]),
        ]),
        "b is made of what was not traced"
    );
}
