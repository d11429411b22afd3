//! Which models a command is about: names, tags and the graph around them, written as in dbt.

use std::collections::BTreeSet;

use glob::Pattern;

use super::{Graph, Name};

/// What `--select` says; everything where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    terms: Vec<String>,
}

/// `[n]+pattern+[n]`
struct Term<'a> {
    ancestors: Option<usize>,
    pattern: &'a str,
    descendants: Option<usize>,
}

impl Selection {
    /// Terms of the command line, each of which may hold several, separated by commas or blanks.
    pub fn new<S: AsRef<str>>(terms: &[S]) -> Self {
        let terms = terms
            .iter()
            .flat_map(|term| term.as_ref().split([',', ' ']))
            .filter(|term| !term.is_empty())
            .map(str::to_owned)
            .collect();
        Self { terms }
    }

    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// The models that are selected; a term that selects none is an error that names it.
    pub fn of(&self, graph: &Graph) -> Result<BTreeSet<Name>, String> {
        let all: BTreeSet<Name> = graph.models.iter().map(|model| model.table()).collect();
        if self.is_all() {
            return Ok(all);
        }
        let mut selected = BTreeSet::new();
        for text in &self.terms {
            let term = Term::parse(text).ok_or_else(|| wrong(text))?;
            let mut found = term.matches(graph).ok_or_else(|| wrong(text))?;
            let is_source_alone = term.descendants.is_none() && found.is_disjoint(&all);
            if found.is_empty() || is_source_alone {
                let known: Vec<String> = all.iter().map(Name::to_string).collect();
                return Err(format!(
                    "--select {text} selects no model: there are {}",
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                ));
            }
            let start = found.clone();
            if let Some(depth) = term.ancestors {
                found.extend(reach(&start, depth, |name| {
                    graph
                        .model(name)
                        .map(|model| model.reads.clone())
                        .unwrap_or_default()
                }));
            }
            if let Some(depth) = term.descendants {
                found.extend(reach(&start, depth, |name| readers(graph, name)));
            }
            selected.extend(found.into_iter().filter(|name| all.contains(name)));
        }
        Ok(selected)
    }
}

fn wrong(text: &str) -> String {
    format!(
        "--select {text} is no selector: write a model (gold.trips, trips, gold.t*), source:NAME or tag:NAME, with + in \
         front for what it reads, behind for what reads it, and perhaps a depth, as in 1+trips+2"
    )
}

impl<'a> Term<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let depth = |digits: &str| {
            if digits.is_empty() {
                return Some(usize::MAX);
            }
            digits.parse().ok()
        };
        let (ancestors, rest) = match text.split_once('+') {
            Some((digits, rest)) if digits.chars().all(|c| c.is_ascii_digit()) && !rest.is_empty() => {
                (Some(depth(digits)?), rest)
            }
            _ => (None, text),
        };
        let (pattern, descendants) = match rest.split_once('+') {
            Some((pattern, digits)) => (pattern, Some(depth(digits)?)),
            None => (rest, None),
        };
        (!pattern.is_empty()).then_some(Self {
            ancestors,
            pattern,
            descendants,
        })
    }

    /// Tables that the pattern names, before the graph is followed; sources among them.
    fn matches(&self, graph: &Graph) -> Option<BTreeSet<Name>> {
        if let Some(tag) = self.pattern.strip_prefix("tag:") {
            let tagged = graph
                .models
                .iter()
                .filter(|model| model.model.header.tags.iter().any(|each| each == tag));
            return Some(tagged.map(|model| model.table()).collect());
        }
        if let Some(source) = self.pattern.strip_prefix("source:") {
            let source = Name::of_source(source);
            let is_read = graph.models.iter().any(|model| model.reads.contains(&source));
            return Some(is_read.then_some(source).into_iter().collect());
        }
        let pattern = Pattern::new(self.pattern).ok()?;
        let is_meant = |name: &Name| pattern.matches(&name.to_string()) || pattern.matches(&name.table);
        Some(
            graph
                .models
                .iter()
                .map(|model| model.table())
                .filter(is_meant)
                .collect(),
        )
    }
}

fn readers(graph: &Graph, name: &Name) -> BTreeSet<Name> {
    let reading = graph.models.iter().filter(|model| model.reads.contains(name));
    reading.map(|model| model.table()).collect()
}

fn reach(start: &BTreeSet<Name>, depth: usize, next: impl Fn(&Name) -> BTreeSet<Name>) -> BTreeSet<Name> {
    let mut found = start.clone();
    let mut edge = start.clone();
    for _ in 0..depth {
        edge = edge
            .iter()
            .flat_map(&next)
            .filter(|name| !found.contains(name))
            .collect();
        if edge.is_empty() {
            break;
        }
        found.extend(edge.iter().cloned());
    }
    found
}
