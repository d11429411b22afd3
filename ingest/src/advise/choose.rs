//! Which layouts are tried, and which is advised.
//!
//! One thing is changed after the other, and what saves enough is kept: bloom filters, then the order of rows, then the size
//! of row groups, then the level of zstd. Each order is tried with bloom filters and without, because an order that suits
//! one filter spoils another; at the end each bloom filter has to earn its place.
//!
//! Entry point: [`choose`].

use super::candidate::Candidate;
use super::measure::{Measured, measure};
use super::question::Question;
use super::subject::Subject;
use crate::progress::Progress;

/// What a change has to leave of bytes, and of bytes and requests, to be advised, in hundredths: less is not worth writing a
/// table anew.
const AT_MOST_PERCENT: u64 = 90;

/// A layout that was tried.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub candidate: Candidate,
    pub measured: Measured,
}

/// Layouts in the order in which they were tried, the present one first.
#[derive(Debug)]
pub(super) struct Choice {
    pub trials: Vec<Trial>,
    /// The one that is advised.
    pub best: usize,
}

/// Tries layouts.
pub(super) fn choose(
    subject: &Subject,
    questions: &[Question],
    progress: &Progress,
) -> anyhow::Result<Choice> {
    let mut bench = Bench {
        subject,
        questions,
        progress,
        trials: Vec::new(),
    };
    let mut best = bench.index_of(subject.base.clone())?;
    let with_blooms = |candidate: Candidate| candidate.with_blooms(questions, &subject.columns);
    for column in with_blooms(subject.base.clone()).bloom {
        let mut with = bench.trials[best].candidate.clone();
        if !with.bloom.contains(&column) {
            with.bloom.push(column);
            best = bench.better(best, vec![with])?;
        }
    }
    let sorts = subject.base.sorts(questions);
    let sorts = sorts
        .into_iter()
        .flat_map(|sort| [with_blooms(sort.clone()), sort])
        .collect();
    best = bench.better(best, sorts)?;
    for column in bench.trials[best].candidate.bloom.clone() {
        if !subject.base.bloom.contains(&column) {
            let mut without = bench.trials[best].candidate.clone();
            without.bloom.retain(|other| *other != column);
            let without = bench.index_of(without)?;
            if !bench.saves(best, without) {
                best = without;
            }
        }
    }
    let row_groups = bench.trials[best].candidate.row_groups(subject.rows);
    best = bench.better(best, row_groups)?;
    let levels = bench.trials[best].candidate.levels();
    best = bench.better(best, levels)?;
    // What was kept may have earned its place beside something that is gone.
    if !bench.saves(best, 0) {
        best = 0;
    }
    Ok(Choice {
        trials: bench.trials,
        best,
    })
}

struct Bench<'a> {
    subject: &'a Subject,
    questions: &'a [Question],
    progress: &'a Progress,
    trials: Vec<Trial>,
}

impl Bench<'_> {
    /// The trial of a layout, which is measured where it was not yet.
    fn index_of(&mut self, candidate: Candidate) -> anyhow::Result<usize> {
        if let Some(index) = self.trials.iter().position(|trial| trial.candidate == candidate) {
            return Ok(index);
        }
        self.progress
            .say(format!("writing and reading layout {}", self.trials.len() + 1));
        let measured = measure(self.subject, &candidate, self.questions)?;
        self.trials.push(Trial { candidate, measured });
        Ok(self.trials.len() - 1)
    }

    /// The cheapest of the candidates, where it saves enough; else the best until now.
    fn better(&mut self, best: usize, candidates: Vec<Candidate>) -> anyhow::Result<usize> {
        let mut cheapest = best;
        for candidate in candidates {
            let index = self.index_of(candidate)?;
            if self.trials[index].measured.cost() < self.trials[cheapest].measured.cost() {
                cheapest = index;
            }
        }
        Ok(if self.saves(cheapest, best) {
            cheapest
        } else {
            best
        })
    }

    /// Whether the one is worth to be written in place of the other.
    fn saves(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.trials[one].measured, &self.trials[other].measured);
        let is_less = |one: u64, other: u64| one * 100 <= other * AT_MOST_PERCENT && one < other;
        is_less(one.bytes(), other.bytes()) && is_less(one.cost(), other.cost())
    }
}
