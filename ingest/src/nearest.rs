//! The name that a person meant.

/// How alike two names are that may be meant for each other, between 0 and 1.
const ALIKE: f64 = 0.5;

/// The known name that is most like this one; none where all are far.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
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
    fn the_nearest_name_is_meant_and_none_where_all_are_far() {
        let known = ["airports", "flights", "flights_by_day"];
        assert_eq!(nearest("Fligths", &known), Some("flights"));
        assert_eq!(nearest("airport", &known), Some("airports"));
        assert_eq!(nearest("weather", &known), None);
    }
}
