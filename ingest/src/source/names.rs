//! Column names of raw files as snake_case names that need no quotes.
//!
//! Invariant: names of one table are distinct afterwards, and sanitising them again changes nothing.

use std::collections::HashSet;

/// One sanitised name for each name, in order, all distinct.
///
/// A name that is already clean keeps it; of several that come out alike, the later ones get `_2`, `_3`, ….
pub fn sanitise_all<S: AsRef<str>>(names: &[S]) -> Vec<String> {
    let plain: Vec<String> = names.iter().map(|name| sanitise(name.as_ref())).collect();
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

/// `Cost Total $` becomes `cost_total`, `flightNumber` becomes `flight_number`, `2001` becomes `_2001`.
fn sanitise(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::with_capacity(name.len());
    for (index, &c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
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
        words.extend(c.to_lowercase().filter(|lower| lower.is_alphanumeric()));
    }
    let clean: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    let clean = clean.join("_");
    if clean.is_empty() {
        return "column".to_owned();
    }
    if clean.starts_with(|c: char| c.is_numeric()) {
        return format!("_{clean}");
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_snake_case() {
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
            assert_eq!(sanitise(raw), clean, "{raw}");
        }
    }

    #[test]
    fn names_that_come_out_alike_are_numbered_without_taking_anothers_name() {
        assert_eq!(
            sanitise_all(&["Cost $", "cost", "COST!", "cost_2"]),
            ["cost", "cost_3", "cost_4", "cost_2"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sanitised_names_are_distinct_clean_and_stay_as_they_are(
            names in prop::collection::vec("[a-cA-C_ $0-2İßǅ]{0,6}|\\PC{0,8}", 0..12)
        ) {
            let once = sanitise_all(&names);
            prop_assert_eq!(once.len(), names.len());
            let distinct: HashSet<&String> = once.iter().collect();
            prop_assert_eq!(distinct.len(), once.len(), "{:?}", once);
            for name in &once {
                prop_assert!(!name.is_empty());
                prop_assert!(name.chars().all(|c| c.is_alphanumeric() || c == '_'), "{}", name);
                prop_assert!(!name.starts_with(char::is_numeric), "{}", name);
            }
            prop_assert_eq!(sanitise_all(&once), once);
        }
    }
}
