//! What columns are called in raw files, whatever that is, stays in the manifest.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::fixture::Project;

/// Names that no two columns of a file have, whatever their case.
fn header() -> impl Strategy<Value = Vec<String>> {
    let name = "[A-Ca-c_$0-2é\"]( ?[A-Ca-c_$0-2é\"]){0,4}";
    prop::collection::vec(name, 1..8).prop_map(|names| {
        let distinct: BTreeMap<String, String> = names
            .into_iter()
            .map(|name| (name.to_lowercase(), name))
            .collect();
        distinct.into_values().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn originals_are_kept_beside_names_that_are_distinct(headers in prop::collection::vec(header(), 10)) {
        let sources: String = (0..headers.len())
            .map(|number| {
                format!(
                    "[sources.s{number}]\npath = 's{number}.csv'\n\
                     options = {{ header = true, delim = ',', quote = '\"', escape = '\"' }}\n"
                )
            })
            .collect();
        let project = Project::new(&sources);
        for (number, header) in headers.iter().enumerate() {
            let names: Vec<String> =
                header.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
            let values = vec!["1"; header.len()];
            project.write(&format!("s{number}.csv"), &format!("{}\n{}\n", names.join(","), values.join(",")));
            project.write(&format!("models/gold/t{number}.sql"), &format!("SELECT * FROM source.s{number}"));
        }
        project.run().success();
        for (number, header) in headers.iter().enumerate() {
            let columns = project.manifest(&format!("t{number}")).columns;
            let originals: Vec<&String> = columns
                .iter()
                .map(|column| column.original_name.as_ref().unwrap_or(&column.name))
                .collect();
            prop_assert_eq!(originals, header.iter().collect::<Vec<_>>());
        }
    }
}
