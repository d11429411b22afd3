//! What happens to each gold table, and why.
//!
//! Invariant: a decision depends on names, sizes and versions alone; no data is read for it.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{TableEntry, TableManifest};
use jiff::Timestamp;

use super::difference::Difference;
use super::{Definition, Graph, Name, PlannedModel, grow};
use crate::print;
use crate::project::{Layer, SourceConfig};
use crate::source::{KnownTypes, RawFile, SourceError};
use crate::state::{InputFile, TableState, hash_of};

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
    /// Raw files, by source, whose content is in the table already.
    pub known: BTreeMap<String, Vec<InputFile>>,
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
    /// Why a source that a model is made of cannot be told; none where all can.
    fn problem_of_sources(&self, planned: &PlannedModel) -> Option<String> {
        let made_of = self.graph.made_of(planned);
        let mut sources = made_of.iter().filter(|name| name.schema == "source");
        sources.find_map(|name| {
            let error = self.sources.get(&name.table)?.as_ref().err()?;
            Some(format!("{name}: {error}"))
        })
    }

    /// What making a table anew would lose of a version.
    fn loss(&self, state: &TableState) -> Option<String> {
        let mut inputs = state.inputs.iter();
        inputs.find_map(|(source, before)| grow::would_lose(self.files(source), before))
    }

    /// The files that a source has now.
    pub(super) fn files(&self, source: &str) -> &[RawFile] {
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
        known: BTreeMap::new(),
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
    let incremental = planned.model.header.incremental();
    let (Some(state), Some(_)) = (&published.state, &published.manifest) else {
        let missing = if published.manifest.is_none() {
            "its manifest is not there"
        } else {
            "what went into the published version is not known"
        };
        if incremental.is_some() {
            decision.action = Action::Refused(format!(
                "{missing}, so that it would have to be made anew of the files that are there now; what came of others \
                 would be lost. Accept that with --full-refresh"
            ));
            return decision;
        }
        return rebuild(decision, vec![missing.to_owned()]);
    };
    if let Some(problem) = situation.problem_of_sources(planned) {
        if incremental.is_some() {
            decision.action = Action::Refused(problem);
            return decision;
        }
        // The table cannot be made, and is told so where its source is read.
        return rebuild(decision, vec![problem]);
    }
    let changes = decision.definition.changes(&decision.table, &state.definition);
    match incremental {
        Some(incremental) => {
            let source = incremental.input.unwrap_or_default();
            grow::decide(
                situation,
                &mut decision,
                state,
                changes,
                &source,
                incremental.strategy,
            );
        }
        None if state.is_incremental && situation.loss(state).is_some() => {
            let loss = situation.loss(state).unwrap_or_default();
            decision.action = Action::Refused(format!("it is not incremental any more: {loss}"));
            return decision;
        }
        None => decide_table(situation, planned, &mut decision, state, changes, working),
    }
    if matches!(decision.action, Action::Unchanged) {
        let compared = compared(situation, planned, state, working);
        let checks = decision.definition.checks != state.checks || !compared.is_empty();
        if decision.definition.checks != state.checks {
            decision.reasons.push("its checks changed".to_owned());
        }
        decision.reasons.extend(compared);
        if decision.definition.description != state.description {
            decision.reasons.push("its description changed".to_owned());
        }
        for (source, files) in &decision.known {
            let count = print::counted(files.len() as u64, "file");
            decision
                .reasons
                .push(format!("{count} of source.{source} came again"));
        }
        if !decision.reasons.is_empty() {
            decision.action = Action::Describe { checks };
        }
    }
    decision
}

/// The tables that only checks compare with, of the model and of the silver models that it is made of, as hashes of what
/// they are made of.
pub fn compared_with(
    graph: &Graph,
    planned: &PlannedModel,
    sources: &BTreeMap<String, Listed>,
    content: impl Fn(&Name) -> Option<String>,
) -> BTreeMap<String, String> {
    let made_of = graph.made_of(planned);
    let silver = made_of
        .iter()
        .filter_map(|name| graph.model(name))
        .filter(|model| model.model.layer == Layer::Silver);
    let compares: BTreeSet<&Name> = silver
        .chain([planned])
        .flat_map(|model| &model.compares)
        .collect();
    let hash = |name: &Name| {
        let mut parts = Vec::new();
        for part in graph.made_of_table(name) {
            match (part.schema.as_str(), sources.get(&part.table)) {
                ("source", Some(Ok((_, files)))) => {
                    parts.extend(
                        files
                            .iter()
                            .map(|file| format!("{} {}", file.input.path, file.input.version)),
                    );
                }
                ("gold", _) => parts.push(content(&part).unwrap_or_default()),
                _ => parts.extend(graph.model(&part).map(|model| model.fingerprint.clone())),
            }
        }
        hash_of(parts)
    };
    compares
        .into_iter()
        .map(|name| (name.to_string(), hash(name)))
        .collect()
}

/// In words, which of the tables that checks compare with changed.
fn compared(
    situation: &Situation<'_>,
    planned: &PlannedModel,
    state: &TableState,
    working: &BTreeSet<Name>,
) -> Vec<String> {
    let content = |name: &Name| Some(situation.published.get(&name.table)?.content().to_owned());
    let now = compared_with(situation.graph, planned, situation.sources, content);
    let is_remade = |name: &String| working.iter().any(|table| table.to_string() == *name);
    now.iter()
        .filter(|(name, hash)| state.compared.get(*name) != Some(*hash) || is_remade(name))
        .map(|(name, _)| format!("{name}, with which checks compare, changed"))
        .collect()
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
