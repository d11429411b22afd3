//! Answers of whole statements: the same question about the same snapshot has the same answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use protocol::{CacheKind, CacheUse, QuerySummary};

use super::outbox::EncodedBatch;
use crate::cache::Budgeted;
use crate::memory::{GivesWay, Memory};
use crate::table::Tables;

/// Larger answers are not kept.
const MAX_RESULT_BYTES: u64 = 8 * 1024 * 1024;

/// A question: the statement, the rows wanted, and the tables' versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    sql: String,
    max_rows: Option<u64>,
    versions: Vec<String>,
}

/// An answer that was given.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) batches: Vec<EncodedBatch>,
    pub(super) summary: QuerySummary,
}

/// The answers of an engine.
#[derive(Debug)]
pub struct Results {
    known: Mutex<Budgeted<Question, Arc<Answer>>>,
    memory: Arc<Memory>,
}

impl GivesWay for Results {
    fn give_way(&self, bytes: u64) {
        self.lock().evict(bytes);
    }
}

impl Results {
    /// Keeps so much, and gives way.
    pub fn new(memory: &Arc<Memory>, budget_bytes: u64) -> Arc<Self> {
        let results = Arc::new(Self {
            known: Mutex::new(Budgeted::counted(budget_bytes, memory.gauge())),
            memory: Arc::clone(memory),
        });
        let weak: Weak<Self> = Arc::downgrade(&results);
        memory.add_cache(weak);
        results
    }

    pub(super) fn get(&self, question: &Question) -> Option<Arc<Answer>> {
        self.lock().get(question).map(Arc::clone)
    }

    pub(super) fn has(&self, question: &Question) -> bool {
        self.lock().has(question)
    }

    pub(super) fn insert(&self, question: Question, kept: Kept, summary: QuerySummary) {
        if let Some(batches) = kept.batches {
            let answer = Arc::new(Answer { batches, summary });
            // An answer without rows takes room, too.
            self.lock().insert(question, answer, kept.bytes + 1_024);
            self.memory.settle();
        }
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How the cache stands.
    pub fn report(&self) -> CacheUse {
        self.lock().report(CacheKind::Results)
    }

    /// A holder that panicked may have lost answers, which are then worked out again.
    fn lock(&self) -> MutexGuard<'_, Budgeted<Question, Arc<Answer>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The batches of an answer under way, until they are too many.
#[derive(Debug)]
pub(super) struct Kept {
    batches: Option<Vec<EncodedBatch>>,
    bytes: u64,
}

impl Kept {
    /// Keeps nothing where there is no question to ask again.
    pub(super) fn new(question: Option<&Question>) -> Self {
        Self {
            batches: question.map(|_| Vec::new()),
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, batch: &EncodedBatch) {
        self.bytes += batch.payload.len() as u64;
        if self.bytes > MAX_RESULT_BYTES {
            self.batches = None;
        }
        if let Some(batches) = &mut self.batches {
            batches.push(batch.clone());
        }
    }
}

/// The question that a statement asks; none where asking again may give another answer.
pub(super) fn question(
    state: &SessionState,
    tables: &Tables,
    statement: &Statement,
    plan: &LogicalPlan,
    (sql, max_rows): (&str, Option<u64>),
) -> Option<Question> {
    let Statement::Statement(inner) = statement else {
        return None;
    };
    if !matches!(inner.as_ref(), SqlStatement::Query(_)) || !is_immutable(plan) {
        return None;
    }
    let references = state.resolve_table_references(statement).ok()?;
    let versions = references
        .iter()
        .map(|reference| {
            let version = tables.version(reference.table())?;
            Some(format!("{reference} {version}"))
        })
        .collect::<Option<_>>()?;
    Some(Question {
        sql: sql.to_owned(),
        max_rows,
        versions,
    })
}

/// Whether the plan holds no function of time or chance.
fn is_immutable(plan: &LogicalPlan) -> bool {
    let mut is_immutable = true;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                let volatility = match part {
                    Expr::ScalarFunction(call) => call.func.signature().volatility,
                    _ => Volatility::Immutable,
                };
                is_immutable &= volatility == Volatility::Immutable;
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    walked.is_ok() && is_immutable
}
