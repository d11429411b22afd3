//! Which crate may depend on which: the map of ARCHITECTURE.md as code.
//!
//! Entry point: [`check`].

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;

/// Each crate of the workspace and the crates of the workspace that it may use.
const ARROWS: [(&str, &[&str]); 6] = [
    ("catalog", &[]),
    ("protocol", &["catalog"]),
    ("worker", &["catalog", "protocol"]),
    ("app", &["catalog", "protocol"]),
    ("ingest", &["catalog"]),
    ("xtask", &[]),
];

/// Dependencies that are one crate's concern: a name, or a family by its prefix, and the crate that has it.
const OWNED: [(&str, &str); 3] = [("datafusion", "worker"), ("duckdb", "ingest"), ("leptos", "app")];

/// Checks what `cargo metadata` says.
pub fn check(metadata: &str) -> Result<Vec<Finding>> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata printed no JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata names no packages")?;
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package has no name")?;
        let finding = |rule: String, fix| Finding {
            place: format!("{name}/Cargo.toml"),
            rule,
            fix,
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(member, _)| *member == name) else {
            findings.push(finding(
                format!("the crate `{name}` is not on the map"),
                "add it to ARCHITECTURE.md and to ARROWS in xtask/src/tidy/arrows.rs",
            ));
            continue;
        };
        let dependencies = package["dependencies"]
            .as_array()
            .context("a package has no dependencies")?;
        for dependency in dependencies
            .iter()
            .filter_map(|dependency| dependency["name"].as_str())
        {
            let is_member = ARROWS.iter().any(|(member, _)| *member == dependency);
            if is_member && !allowed.contains(&dependency) {
                findings.push(finding(
                    format!("`{name}` must not depend on `{dependency}`"),
                    "the arrows of ARCHITECTURE.md are all there are: move what is shared to `catalog` or `protocol`",
                ));
            }
            if let Some((_, owner)) = OWNED
                .iter()
                .find(|(owned, owner)| is_of(dependency, owned) && *owner != name)
            {
                findings.push(finding(
                    format!("`{dependency}` belongs to `{owner}` alone"),
                    "reach it through that crate's interface, or move the code there",
                ));
            }
        }
    }
    Ok(findings)
}

/// Whether a package is `family` itself or one of its parts, such as `datafusion-sql` or `leptos_router`.
fn is_of(package: &str, family: &str) -> bool {
    package
        .strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::check;

    fn rules(name: &str, dependencies: &[&str]) -> Vec<String> {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|name| serde_json::json!({ "name": name }))
            .collect();
        let packages = serde_json::json!({ "packages": [{ "name": name, "dependencies": dependencies }] });
        check(&packages.to_string())
            .unwrap()
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn drawn_arrows_are_fine() {
        assert!(rules("worker", &["catalog", "protocol", "datafusion", "serde"]).is_empty());
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_found() {
        assert_eq!(rules("app", &["worker"]), ["`app` must not depend on `worker`"]);
        assert_eq!(
            rules("ingest", &["protocol"]),
            ["`ingest` must not depend on `protocol`"]
        );
    }

    #[test]
    fn an_engine_in_the_wrong_crate_is_found_by_family() {
        assert_eq!(
            rules("protocol", &["datafusion-sql"]),
            ["`datafusion-sql` belongs to `worker` alone"]
        );
        assert_eq!(
            rules("worker", &["duckdb"]),
            ["`duckdb` belongs to `ingest` alone"]
        );
        assert_eq!(
            rules("worker", &["leptos_router"]),
            ["`leptos_router` belongs to `app` alone"]
        );
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_found() {
        assert_eq!(rules("helpers", &[]), ["the crate `helpers` is not on the map"]);
    }
}
