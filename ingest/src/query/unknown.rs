//! What a table's name could have meant.

use catalog::Catalog;

use crate::engine::EngineError;

/// How alike two names are that may be meant for each other, between 0 and 1.
const ALIKE: f64 = 0.5;

/// DuckDB's message; where it misses a table, with the catalog's tables in place of DuckDB's own.
pub(super) fn explain(error: EngineError, catalog: &Catalog) -> anyhow::Error {
    let Some(name) = missing(&error.0) else {
        return error.into();
    };
    let said: Vec<&str> = error
        .0
        .lines()
        .filter(|line| !line.starts_with("Did you mean"))
        .collect();
    let known: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    let meant = nearest(name, &known).map_or_else(String::new, |table| format!("Did you mean {table}? "));
    anyhow::anyhow!(
        "{}\n\n{meant}The catalog has {}.",
        said.join("\n"),
        known.join(", ")
    )
}

/// The table that the message says does not exist, without its schema.
fn missing(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Table with name ")?;
    let (name, _) = rest.split_once(" does not exist")?;
    name.trim_matches('"').rsplit('.').next()
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .iter()
        .map(|table| {
            (
                strsim::normalized_damerau_levenshtein(&name, &table.to_lowercase()),
                *table,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, table)| table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_table_is_meant_and_none_where_all_are_far() {
        let known = ["airports", "flights", "flights_by_day"];
        assert_eq!(nearest("Fligths", &known), Some("flights"));
        assert_eq!(nearest("airport", &known), Some("airports"));
        assert_eq!(nearest("weather", &known), None);
    }

    #[test]
    fn the_missing_table_is_found_in_duckdbs_words() {
        assert_eq!(
            missing(
                "Catalog Error: Table with name order_s does not exist!\nDid you mean \"sqlite_master\"?"
            ),
            Some("order_s")
        );
        assert_eq!(
            missing(
                "Catalog Error: Table with name \"nope.t\" does not exist because schema \"nope\" does not exist."
            ),
            Some("t")
        );
        assert_eq!(
            missing("Catalog Error: Scalar Function with name f does not exist!"),
            None
        );
    }
}
