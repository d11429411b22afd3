//! The stylesheets become one file.
//!
//! Each component has a stylesheet of its own in the source, and each `<link>` holds up the first paint: over HTTP/1.1
//! a dozen of them cost several round trips.
//!
//! Invariant: rules keep their order; the joined file is named by its content; sheets that are not ours stay.
//!
//! Entry point: [`join`].

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

use super::content_hash;

/// Joins the stylesheets that `index.html` below `site` links, served from `base`.
pub fn join(site: &Path, base: &str) -> Result<()> {
    let path = site.join("index.html");
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let sheets = stylesheets(&page, base);
    if sheets.len() < 2 {
        return Ok(());
    }
    let mut rules = String::new();
    for sheet in &sheets {
        let file = site.join(sheet.name);
        rules += &fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        rules += "\n";
        fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    let name = format!("style-{}.css", content_hash(rules.as_bytes()));
    fs::write(site.join(&name), rules).with_context(|| format!("cannot write {name}"))?;
    let page = replace(
        &page,
        &sheets,
        &format!("<link rel=\"stylesheet\" href=\"{base}{name}\"/>"),
    );
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

#[derive(Debug, PartialEq, Eq)]
struct Stylesheet<'page> {
    tag: &'page str,
    name: &'page str,
}

/// The links as Trunk writes them, to files of this site.
fn stylesheets<'page>(page: &'page str, base: &str) -> Vec<Stylesheet<'page>> {
    let opening = format!("<link rel=\"stylesheet\" href=\"{base}");
    let found = page.match_indices(&opening).filter_map(|(start, _)| {
        let tag = &page[start..];
        let tag = &tag[..=tag.find('>')?];
        let name = tag[opening.len()..].split('"').next()?;
        (tag.ends_with("\"/>") && tag.len() == opening.len() + name.len() + 3)
            .then_some(Stylesheet { tag, name })
    });
    found.collect()
}

/// The page with one link in the place of the first sheet, and the others gone.
fn replace(page: &str, sheets: &[Stylesheet<'_>], joined: &str) -> String {
    let page = page.replacen(sheets[0].tag, joined, 1);
    sheets[1..].iter().fold(page, |page, sheet| {
        let (before, after) = page.split_once(sheet.tag).unwrap_or((&page, ""));
        format!("{}{}", before.trim_end(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::{join, stylesheets};
    use std::fs;

    const PAGE: &str = "<head>\n  <link rel=\"stylesheet\" href=\"/a-1.css\"/>\n  <link rel=\"stylesheet\" href=\"/b-2.css\"/>\n  \
                        <link rel=\"stylesheet\" href=\"/print-3.css\" media=\"print\"/>\n  <title>x</title>\n</head>\n";

    #[test]
    fn only_plain_links_of_this_site_count() {
        let names: Vec<&str> = stylesheets(PAGE, "/").iter().map(|sheet| sheet.name).collect();
        assert_eq!(names, ["a-1.css", "b-2.css"]);
    }

    #[test]
    fn sheets_are_joined_in_order_and_linked_once() {
        let shell = xshell::Shell::new().unwrap();
        let folder = shell.create_temp_dir().unwrap();
        for (name, content) in [
            ("index.html", PAGE),
            ("a-1.css", "a{}"),
            ("b-2.css", "b{}"),
            ("print-3.css", "p{}"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        join(folder.path(), "/").unwrap();
        let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
        let sheets = stylesheets(&page, "/");
        let [joined] = sheets.as_slice() else {
            panic!("one sheet, not {sheets:?}")
        };
        assert_eq!(
            fs::read_to_string(folder.path().join(joined.name)).unwrap(),
            "a{}\nb{}\n"
        );
        assert!(!folder.path().join("a-1.css").exists() && !folder.path().join("b-2.css").exists());
        assert!(
            page.contains("media=\"print\"") && page.contains("<title>x</title>"),
            "{page}"
        );
    }
}
