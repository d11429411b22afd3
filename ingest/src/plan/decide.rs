//! What happens to each gold table, and why.
//!
//! Invariant: a decision depends on names, sizes and versions alone; no data is read for it.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{TableEntry, TableManifest};
use jiff::Timestamp;

use super::{Definition, Graph, Name, PlannedModel};
use crate::print;
use crate::project::{SourceConfig, Strategy};
use crate::source::{KnownTypes, RawFile, SourceError};
use crate::state::{InputFile, TableState};

/// The published version of a table.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its entry in the catalog.
    pub entry: TableEntry,
    /// What went into it; none where that is not known.
    pub state: Option<TableState>,
    /// Its manifest; none where the catalog names one that is not there.
    pub manifest: Option<TableManifest>,
}

impl Published {
    /// What readers of its rows can tell, as a hash.
    pub fn content(&self) -> &str {
        match &self.state {
            Some(state) => &state.content,
            None => &self.entry.manifest,
        }
    }
}

/// A source and the files that it has now, or why they cannot be told.
pub type Listed = Result<(SourceConfig, Vec<RawFile>), SourceError>;

/// What a person asks for beyond what changed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Tables are made anew.
    pub full_refresh: bool,
    /// Incremental models take files in again that changed at or after this time.
    pub since: Option<Timestamp>,
}

/// What decisions are made of.
#[derive(Debug)]
pub struct Situation<'a> {
    /// Models and checks.
    pub graph: &'a Graph,
    /// Sources by name.
    pub sources: &'a BTreeMap<String, Listed>,
    /// Published tables by name.
    pub published: &'a BTreeMap<String, Published>,
    /// What a person asks for.
    pub options: &'a Options,
    /// Models that are wanted.
    pub selected: &'a BTreeSet<Name>,
}

/// What happens to a table, and why.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The table.
    pub table: Name,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reasons: Vec<String>,
    /// What a person should know although nothing follows from it.
    pub notes: Vec<String>,
    /// What defines it now.
    pub definition: Definition,
}

/// What happens to a table.
#[derive(Debug, Clone)]
pub enum Action {
    /// Nothing: it is what it would be.
    Unchanged,
    /// Its rows stay; checks run on them where `checks` is set, and the manifest says what is declared now.
    Describe {
        /// Whether the checks changed.
        checks: bool,
    },
    /// It is made anew as a whole; where `if_changed` is set, only if a table that it reads comes out changed.
    Rebuild {
        /// Whether nothing but tables that are made in this run is the reason.
        if_changed: bool,
    },
    /// New files are taken in.
    Increment(Increment),
    /// It cannot be brought up to date without a decision.
    Refused(String),
}

/// What an incremental model takes in.
#[derive(Debug, Clone)]
pub struct Increment {
    /// The source that grows.
    pub source: String,
    /// Its files that are new.
    pub files: Vec<RawFile>,
    /// How those before were read.
    pub types: KnownTypes,
}

impl Action {
    /// Whether something happens.
    pub fn is_work(&self) -> bool {
        !matches!(self, Self::Unchanged)
    }
}

impl Situation<'_> {
    fn files(&self, source: &str) -> &[RawFile] {
        match self.sources.get(source) {
            Some(Ok((_, files))) => files,
            _ => &[],
        }
    }
}

/// Decides for each selected gold model, in the order in which they run.
pub fn decide(situation: &Situation<'_>) -> Vec<Decision> {
    let configs: BTreeMap<String, SourceConfig> = situation
        .sources
        .iter()
        .filter_map(|(name, listed)| Some((name.clone(), listed.as_ref().ok()?.0.clone())))
        .collect();
    let mut working = BTreeSet::new();
    let mut decisions = Vec::new();
    for planned in situation.graph.gold() {
        if !situation.selected.contains(&planned.table()) {
            continue;
        }
        let definition = Definition::of(situation.graph, planned, &configs);
        let decision = decide_one(situation, planned, definition, &working);
        if matches!(decision.action, Action::Rebuild { .. } | Action::Increment(_)) {
            working.insert(decision.table.clone());
        }
        decisions.push(decision);
    }
    decisions
}

fn decide_one(
    situation: &Situation<'_>,
    planned: &PlannedModel,
    definition: Definition,
    working: &BTreeSet<Name>,
) -> Decision {
    let table = planned.table();
    let mut decision = Decision {
        action: Action::Unchanged,
        reasons: Vec::new(),
        notes: Vec::new(),
        definition,
        table,
    };
    let rebuild = |mut decision: Decision, reasons: Vec<String>| {
        decision.action = Action::Rebuild { if_changed: false };
        decision.reasons = reasons;
        decision
    };
    let published = situation.published.get(&decision.table.table);
    let Some(published) = published else {
        return rebuild(decision, vec!["it is new".to_owned()]);
    };
    if situation.options.full_refresh {
        return rebuild(decision, vec!["--full-refresh".to_owned()]);
    }
    let (Some(state), Some(_)) = (&published.state, &published.manifest) else {
        let missing = if published.manifest.is_none() {
            "its manifest is not there"
        } else {
            "what went into the published version is not known"
        };
        return rebuild(decision, vec![missing.to_owned()]);
    };
    let changes = decision.definition.changes(&decision.table, &state.definition);
    match planned.model.header.incremental() {
        Some(incremental) => {
            let source = incremental.input.unwrap_or_default();
            decide_increment(
                situation,
                &mut decision,
                state,
                changes,
                &source,
                incremental.strategy,
            );
        }
        None => decide_table(situation, planned, &mut decision, state, changes, working),
    }
    if matches!(decision.action, Action::Unchanged) {
        let checks = decision.definition.checks != state.checks;
        if checks {
            decision.reasons.push("its checks changed".to_owned());
        }
        if decision.definition.description != state.description {
            decision.reasons.push("its description changed".to_owned());
        }
        if !decision.reasons.is_empty() {
            decision.action = Action::Describe { checks };
        }
    }
    decision
}

fn decide_table(
    situation: &Situation<'_>,
    planned: &PlannedModel,
    decision: &mut Decision,
    state: &TableState,
    changes: Vec<String>,
    working: &BTreeSet<Name>,
) {
    decision.reasons = changes;
    let mut upstream = Vec::new();
    for name in situation.graph.made_of(planned) {
        match name.schema.as_str() {
            "source" => {
                let before = state.inputs.get(&name.table).map_or(&[][..], Vec::as_slice);
                decision
                    .reasons
                    .extend(Difference::of(situation.files(&name.table), before).words(&name.table));
            }
            "gold" if working.contains(&name) => upstream.push(format!("{name} is made anew")),
            "gold" => {
                let now = situation.published.get(&name.table).map(Published::content);
                if now != state.upstream.get(&name.to_string()).map(String::as_str) {
                    decision.reasons.push(format!("{name} changed"));
                }
            }
            _ => {}
        }
    }
    if !decision.reasons.is_empty() || !upstream.is_empty() {
        decision.action = Action::Rebuild {
            if_changed: decision.reasons.is_empty(),
        };
        decision.reasons.extend(upstream);
    }
}

fn decide_increment(
    situation: &Situation<'_>,
    decision: &mut Decision,
    state: &TableState,
    changes: Vec<String>,
    source: &str,
    strategy: Strategy,
) {
    let listed = situation.files(source);
    let before = state.inputs.get(source).map_or(&[][..], Vec::as_slice);
    let difference = Difference::of(listed, before);
    let is_listed = situation.sources.get(source).is_some_and(Result::is_ok);
    if !changes.is_empty() {
        let gone = if is_listed {
            difference.gone.len()
        } else {
            before.len()
        };
        if gone > 0 {
            decision.action = Action::Refused(format!(
                "{}, so that it would have to be made anew, but {} that {} in it {} not there any more: their rows would \
                 be lost. Bring the files back, or accept the loss with --full-refresh",
                changes.join(", "),
                print::counted(gone as u64, "file"),
                if gone == 1 { "is" } else { "are" },
                if gone == 1 { "is" } else { "are" },
            ));
            return;
        }
        decision.action = Action::Rebuild { if_changed: false };
        decision.reasons = changes;
        return;
    }
    let since = |file: &&RawFile| {
        situation
            .options
            .since
            .is_some_and(|since| file.modified >= since)
    };
    let again: BTreeSet<&InputFile> = listed.iter().filter(since).map(|file| &file.input).collect();
    let known_again = before.iter().any(|file| again.contains(file));
    if strategy == Strategy::Append && (!difference.changed.is_empty() || known_again) {
        let what = match difference.changed.first() {
            Some(path) => format!("{path} changed after it was taken in"),
            None => "--since names files that were taken in".to_owned(),
        };
        decision.action = Action::Refused(format!(
            "{what}, and strategy append would add their rows a second time: use strategy merge, delete+insert or \
             partition_overwrite, or make the table anew with --full-refresh"
        ));
        return;
    }
    let known: BTreeSet<&InputFile> = before.iter().collect();
    let files: Vec<RawFile> = listed
        .iter()
        .filter(|file| !known.contains(&file.input) || again.contains(&file.input))
        .cloned()
        .collect();
    if !difference.gone.is_empty() {
        decision.notes.push(format!(
            "{} of source.{source} that {} taken in {} gone; the rows stay",
            print::counted(difference.gone.len() as u64, "file"),
            if difference.gone.len() == 1 { "was" } else { "were" },
            if difference.gone.len() == 1 { "is" } else { "are" },
        ));
    }
    for (other, before) in state.inputs.iter().filter(|(name, _)| *name != source) {
        let words = Difference::of(situation.files(other), before).words(other);
        if situation.sources.get(other).is_some_and(Result::is_ok) && !words.is_empty() {
            decision.notes.push(format!(
                "{}; rows that are there keep what they were made of (--full-refresh makes them anew)",
                words.join(", ")
            ));
        }
    }
    if files.is_empty() {
        return;
    }
    decision.reasons = Difference {
        gone: Vec::new(),
        ..difference
    }
    .words(source);
    if known_again {
        decision.reasons.push("--since".to_owned());
    }
    decision.action = Action::Increment(Increment {
        source: source.to_owned(),
        files,
        types: state.input_types.clone(),
    });
}

/// How the files of a source differ from those that were taken in.
struct Difference {
    new: Vec<String>,
    changed: Vec<String>,
    gone: Vec<String>,
}

impl Difference {
    fn of(now: &[RawFile], before: &[InputFile]) -> Self {
        let known: BTreeMap<&str, &InputFile> =
            before.iter().map(|file| (file.path.as_str(), file)).collect();
        let present: BTreeSet<&str> = now.iter().map(|file| file.input.path.as_str()).collect();
        let path = |file: &RawFile| file.input.path.clone();
        let is_changed = |file: &&RawFile| {
            known
                .get(file.input.path.as_str())
                .is_some_and(|old| **old != file.input)
        };
        Self {
            new: now
                .iter()
                .filter(|file| !known.contains_key(file.input.path.as_str()))
                .map(path)
                .collect(),
            changed: now.iter().filter(is_changed).map(path).collect(),
            gone: before
                .iter()
                .filter(|file| !present.contains(file.path.as_str()))
                .map(|file| file.path.clone())
                .collect(),
        }
    }

    fn words(&self, source: &str) -> Vec<String> {
        let count = |files: &[String], what: &str| match files {
            [] => None,
            [one] => Some(format!("{one} {}", if what == "new" { "is new" } else { what })),
            several => Some(format!(
                "{} of source.{source} {}",
                print::counted(several.len() as u64, "file"),
                match what {
                    "new" => "are new",
                    what => what,
                }
            )),
        };
        [
            count(&self.new, "new"),
            count(&self.changed, "changed"),
            count(
                &self.gone,
                if self.gone.len() == 1 {
                    "is gone"
                } else {
                    "are gone"
                },
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
