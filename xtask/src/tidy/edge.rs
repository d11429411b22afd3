//! Browser interfaces are used only at the edge, so that all else is tested natively.
//!
//! Entry point: [`check`].

use super::Finding;
use super::tree::SourceFile;

/// Where the crate web-sys may be named: folders end with `/`.
const EDGE: [&str; 5] = [
    "worker/src/edge/",
    "app/src/browser/",
    "app/src/console/",
    "app/src/engine/link.rs",
    "app/src/widgets/",
];

/// The crate web-sys is named only in [`EDGE`].
pub fn check(file: &SourceFile) -> Option<Finding> {
    if file.extension() != "rs" || EDGE.iter().any(|place| file.path.starts_with(place)) {
        return None;
    }
    let name = concat!("web", "_sys");
    let (index, _) = file
        .text
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains(name))?;
    Some(Finding {
        place: format!("{}:{}", file.path, index + 1),
        rule: format!("`{name}` outside the browser's edge"),
        fix: "move the call to worker/src/edge/ or app/src/browser/ and pass in plain Rust; EDGE in xtask/src/tidy/edge.rs \
              lists the places",
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::SourceFile;

    fn rule_at(path: &str) -> Option<String> {
        let text = concat!("//! A module.\nuse web", "_sys::Window;\n").to_owned();
        check(&SourceFile {
            path: path.to_owned(),
            text,
        })
        .map(|finding| finding.place)
    }

    #[test]
    fn the_edge_may_name_it() {
        assert_eq!(rule_at("worker/src/edge/fetch.rs"), None);
        assert_eq!(rule_at("app/src/engine/link.rs"), None);
    }

    #[test]
    fn what_is_tested_natively_may_not() {
        assert_eq!(
            rule_at("worker/src/plan.rs").as_deref(),
            Some("worker/src/plan.rs:2")
        );
    }
}
