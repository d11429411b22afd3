//! Names of tables made from files.

/// What a table is called that is made of a file or an address of this name: `.../My Trips (1).parquet?sig=x` gives
/// `my_trips_1`.
pub fn of_file(name: &str) -> String {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    let file = path
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let stem = file
        .strip_suffix(".parquet")
        .or_else(|| file.strip_suffix(".parq"))
        .unwrap_or(file);
    let mut table = String::new();
    for c in stem.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            table.push(c);
        } else if !table.is_empty() && !table.ends_with('_') {
            table.push('_');
        }
    }
    let table = table.trim_end_matches('_');
    match table.chars().next() {
        None => "file".to_owned(),
        Some(first) if first.is_numeric() => format!("t_{table}"),
        Some(_) => table.to_owned(),
    }
}

/// The name itself, or with the first number that makes it unused.
pub fn unused(name: &str, is_used: impl Fn(&str) -> bool) -> String {
    let numbered = (2u32..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !is_used(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_typed_without_quotes() {
        for (file, table) in [
            ("flights-3m.parquet", "flights_3m"),
            ("My Trips (1).parquet", "my_trips_1"),
            ("2024.parquet", "t_2024"),
            ("Überfahrt.PARQUET.parquet", "überfahrt_parquet"),
            ("...", "file"),
            ("https://host/a/part-0.parquet?X-Amz-Signature=s3cret#x", "part_0"),
            ("https://host/folder/", "folder"),
        ] {
            assert_eq!(of_file(file), table, "{file}");
        }
    }

    #[test]
    fn a_table_of_the_catalog_keeps_its_name() {
        assert_eq!(
            unused("flights", |name| name == "flights" || name == "flights_2"),
            "flights_3"
        );
        assert_eq!(unused("trips", |_| false), "trips");
    }
}
