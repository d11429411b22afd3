//! Names of raw files, columns and folders as snake_case names that need no quotes.
//!
//! Invariant: names of columns are distinct afterwards; sanitising a name again changes nothing.
//!
//! Entry points: [`columns`], [`table`].

use std::collections::HashSet;

/// One name for each column, in order, all distinct.
///
/// Of several that come out alike the first has the name, and the later ones get `_2`, `_3`, …, as far as no other has that.
pub fn columns<S: AsRef<str>>(names: &[S]) -> Vec<String> {
    let plain: Vec<String> = names.iter().map(|name| column(name.as_ref())).collect();
    let reserved: HashSet<&str> = plain.iter().map(String::as_str).collect();
    let mut used: HashSet<String> = HashSet::new();
    plain
        .iter()
        .map(|name| {
            let mut chosen = name.clone();
            let mut suffix = 2_u32;
            while used.contains(&chosen) || (chosen != *name && reserved.contains(chosen.as_str())) {
                chosen = format!("{name}_{suffix}");
                suffix += 1;
            }
            used.insert(chosen.clone());
            chosen
        })
        .collect()
}

/// `Cost Total $` becomes `cost_total`, `flightNumber` becomes `flight_number`, `2001` becomes `_2001`. Letters of any script
/// stay.
fn column(name: &str) -> String {
    let clean = snake_case(name, char::is_alphanumeric);
    if clean.is_empty() {
        return "column".to_owned();
    }
    match clean.starts_with(char::is_numeric) {
        true => format!("_{clean}"),
        false => clean,
    }
}

/// The table of a folder, or of one that lies in others: `Sales EU/2024` becomes `sales_eu_2024`, `2024` becomes `t_2024`.
/// Names of tables stand in keys and addresses, so that only letters from a to z stay.
pub fn table(folder: &str) -> String {
    let clean = snake_case(folder, |c| c.is_ascii_alphanumeric());
    if clean.is_empty() {
        return "t".to_owned();
    }
    match clean.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => clean,
        false => format!("t_{clean}"),
    }
}

/// Words in small letters with `_` between them. What does not stay separates words, and so does a capital that begins one.
fn snake_case(name: &str, stays: impl Fn(char) -> bool) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::with_capacity(name.len());
    for (index, &c) in characters.iter().enumerate() {
        if !stays(c) {
            words.push('_');
            continue;
        }
        let previous = index.checked_sub(1).map(|before| characters[before]);
        let next = characters.get(index + 1);
        // Some capitals have no small form and stay: they begin no word, or sanitising again would split there.
        let begins_word = c.is_uppercase()
            && c.to_lowercase().ne([c])
            && previous.is_some_and(|previous| {
                previous.is_lowercase()
                    || (previous.is_uppercase() && next.is_some_and(|next| next.is_lowercase()))
            });
        if begins_word {
            words.push('_');
        }
        // Lower-casing can give a mark that is no letter, as for the Turkish dotted capital I.
        words.extend(c.to_lowercase().filter(|lower| stays(*lower)));
    }
    let clean: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    clean.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::is_identifier;
    use proptest::prelude::*;

    #[test]
    fn columns_become_snake_case() {
        for (raw, clean) in [
            ("Cost Total $", "cost_total"),
            ("Speed IAS in knots", "speed_ias_in_knots"),
            ("flightNumber", "flight_number"),
            ("IATACode", "iata_code"),
            ("2001 (est.)", "_2001_est"),
            ("  ", "column"),
            ("Größe", "größe"),
            ("Ę𝕀", "ę𝕀"),
            ("already_clean_2", "already_clean_2"),
        ] {
            assert_eq!(column(raw), clean, "{raw}");
        }
    }

    #[test]
    fn folders_become_names_that_stand_anywhere() {
        for (folder, name) in [
            ("Sales EU/2024", "sales_eu_2024"),
            ("salesEU", "sales_eu"),
            ("2024", "t_2024"),
            ("über", "ber"),
            ("..", "t"),
        ] {
            assert_eq!(table(folder), name);
        }
    }

    #[test]
    fn columns_that_come_out_alike_are_numbered_without_taking_anothers_name() {
        assert_eq!(
            columns(&["Cost $", "cost", "COST!", "cost_2"]),
            ["cost", "cost_3", "cost_4", "cost_2"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn names_of_columns_are_distinct_clean_and_stay_as_they_are(
            names in prop::collection::vec("[a-cA-C_ $0-2İßǅ]{0,6}|\\PC{0,8}", 0..12)
        ) {
            let once = columns(&names);
            prop_assert_eq!(once.len(), names.len());
            let distinct: HashSet<String> = once.iter().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(distinct.len(), once.len(), "{:?}", once);
            for name in &once {
                prop_assert!(!name.is_empty());
                prop_assert!(name.chars().all(|c| c.is_alphanumeric() || c == '_'), "{}", name);
                prop_assert!(!name.starts_with(char::is_numeric), "{}", name);
            }
            prop_assert_eq!(columns(&once), once);
        }

        #[test]
        fn names_that_are_clean_are_kept_by_all_of_them(
            names in prop::collection::btree_set("[a-c][a-c0-2]{0,2}(_[a-c0-2]{1,2}){0,2}", 0..12)
        ) {
            let names: Vec<String> = names.into_iter().collect();
            prop_assert_eq!(columns(&names), names);
        }

        #[test]
        fn names_of_tables_stand_anywhere_and_stay_as_they_are(folder in "[a-cA-C_ /0-2İ]{0,9}|\\PC{0,9}") {
            let once = table(&folder);
            prop_assert!(is_identifier(&once), "{}", once);
            prop_assert_eq!(table(&once), once);
        }
    }
}
