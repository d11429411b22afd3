//! What a table's name could have meant, and what DuckDB cannot reach.

use catalog::Catalog;

use crate::engine::EngineError;
use crate::nearest::nearest;

/// What DuckDB says where something is not on this machine.
const ELSEWHERE: &str = "requires the extension httpfs";

/// DuckDB's message; where it misses a table, with the catalog's tables in place of DuckDB's own.
pub(super) fn explain(error: EngineError, catalog: Option<&Catalog>) -> anyhow::Error {
    if error.0.contains(ELSEWHERE) {
        let place = error.0.split_once("\nLINE ").map_or("", |(_, place)| place);
        return anyhow::anyhow!(
            "functions such as read_parquet and read_csv read files of this machine only: name an object as a table, \
             FROM 's3://bucket/key.parquet'; what is at a URL is a source of a project\n\nLINE {place}"
        );
    }
    let (Some(name), Some(catalog)) = (missing(&error.0), catalog) else {
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

#[cfg(test)]
mod tests {
    use super::*;

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
