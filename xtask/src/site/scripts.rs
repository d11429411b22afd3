//! Inline scripts become files.
//!
//! The site's Content-Security-Policy has no `unsafe-inline`, and Trunk starts the page with an inline module. Each
//! inline script moves into a file named by its content, in place, so that order and attributes stay.
//!
//! Invariant: a page that [`externalise`] has written has no inline script; a second pass changes nothing.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

use super::content_hash;

/// A page without inline scripts, and the files that it now refers to.
#[derive(Debug, PartialEq, Eq)]
struct Externalised {
    page: String,
    files: Vec<(String, String)>,
}

/// Rewrites `index.html` below `site`, whose files are served from `base`.
pub fn externalise(site: &Path, base: &str) -> Result<()> {
    let path = site.join("index.html");
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let Externalised { page, files } = rewrite(&page, base)?;
    for (name, script) in files {
        let file = site.join(name);
        fs::write(&file, script).with_context(|| format!("cannot write {}", file.display()))?;
    }
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn rewrite(page: &str, base: &str) -> Result<Externalised> {
    let mut output = Externalised {
        page: String::with_capacity(page.len()),
        files: Vec::new(),
    };
    let mut rest = page;
    while let Some(start) = next_tag(rest) {
        let (before, tail) = rest.split_at(start);
        output.page.push_str(before);
        if tail.starts_with("<!--") {
            let end = tail.find("-->").context("a comment of the page has no end")? + "-->".len();
            output.page.push_str(&tail[..end]);
            rest = &tail[end..];
            continue;
        }
        let open = tail.find('>').context("a <script> tag of the page has no end")? + 1;
        let close =
            find_ignoring_case(tail, "</script>").context("a <script> of the page has no </script>")?;
        let (tag, body) = (&tail[..open], &tail[open..close]);
        rest = &tail[close..];
        match kind(tag)? {
            Kind::External => output.page.push_str(&tail[..close]),
            Kind::Inline => {
                let name = format!("script-{}.js", content_hash(body.trim().as_bytes()));
                output
                    .page
                    .push_str(&format!("{} src=\"{base}{name}\">", &tag[..tag.len() - 1]));
                output.files.push((name, format!("{}\n", body.trim())));
            }
        }
    }
    output.page.push_str(rest);
    Ok(output)
}

enum Kind {
    /// It has a `src`, or holds data that no browser executes.
    External,
    Inline,
}

fn kind(tag: &str) -> Result<Kind> {
    let attribute = |name: &str| {
        tag.split_whitespace()
            .skip(1)
            .any(|word| word.trim_end_matches('>').starts_with(name))
    };
    if attribute("src=")
        || attribute("type=\"application/json\"")
        || attribute("type=\"application/ld+json\"")
    {
        return Ok(Kind::External);
    }
    if attribute("type=\"importmap\"") {
        bail!(
            "index.html has an import map, which must be inline and which the site's policy forbids; bundle instead"
        );
    }
    Ok(Kind::Inline)
}

/// Where the next comment or script begins.
fn next_tag(html: &str) -> Option<usize> {
    let script = ["<script>", "<script "]
        .iter()
        .filter_map(|tag| find_ignoring_case(html, tag))
        .min();
    script.into_iter().chain(html.find("<!--")).min()
}

fn find_ignoring_case(html: &str, needle: &str) -> Option<usize> {
    let matches = |window: &[u8]| window.eq_ignore_ascii_case(needle.as_bytes());
    html.as_bytes().windows(needle.len()).position(matches)
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    const TRUNK_PAGE: &str = include_str!("scripts_sample.html");

    fn has_inline_script(page: &str) -> bool {
        page.split("<script")
            .skip(1)
            .any(|tag| !tag.split('>').next().unwrap_or_default().contains("src="))
    }

    #[test]
    fn the_sample_has_what_this_is_about() {
        assert!(has_inline_script(TRUNK_PAGE));
    }

    #[test]
    fn a_page_of_trunk_loses_its_inline_module_and_nothing_else() {
        let output = rewrite(TRUNK_PAGE, "/").unwrap();
        assert!(!has_inline_script(&output.page), "{}", output.page);
        let [(name, script)] = output.files.as_slice() else {
            panic!("one script, not {:?}", output.files)
        };
        assert!(script.starts_with("import init from '/app-"), "{script}");
        assert!(script.contains("TrunkApplicationStarted"), "{script}");
        let expected = format!("<script type=\"module\" src=\"/{name}\"></script>");
        assert!(output.page.contains(&expected), "{}", output.page);
        assert_eq!(
            output.page.matches("<link").count(),
            TRUNK_PAGE.matches("<link").count()
        );
    }

    #[test]
    fn a_second_pass_changes_nothing() {
        let once = rewrite(TRUNK_PAGE, "/").unwrap().page;
        let twice = rewrite(&once, "/").unwrap();
        assert_eq!((twice.page, twice.files.len()), (once, 0));
    }

    #[test]
    fn the_name_follows_the_content() {
        let name = |body: &str| {
            rewrite(&format!("<script>{body}</script>"), "/").unwrap().files[0]
                .0
                .clone()
        };
        assert_eq!(name("a()"), name(" a() "));
        assert_ne!(name("a()"), name("b()"));
    }

    #[test]
    fn data_and_comments_stay() {
        let page = "<!-- <script>x</script> --><script type=\"application/json\">{}</script><SCRIPT SRC=\"/a.js\"></SCRIPT>";
        let page = page.replace("SRC", "src");
        let output = rewrite(&page, "/").unwrap();
        assert_eq!((output.page, output.files.len()), (page, 0));
    }

    #[test]
    fn an_import_map_is_refused() {
        let error = rewrite("<script type=\"importmap\">{}</script>", "/")
            .unwrap_err()
            .to_string();
        assert!(error.contains("import map"), "{error}");
    }

    #[test]
    fn a_script_without_an_end_is_refused() {
        assert!(rewrite("<script>a()", "/").is_err());
    }
}
