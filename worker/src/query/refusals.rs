//! Statements that DataFusion would run and answer wrongly: they are refused by name.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, Query, SetExpr, SetOperator, SetQuantifier, Statement, TableFactor,
    Visit, Visitor,
};
use protocol::{Failure, FailureKind};

/// Looks through a statement and all its subqueries.
pub(super) fn check(statement: &Statement) -> Result<(), Failure> {
    match statement.visit(&mut Refusals) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => {
            Err(Failure::new(FailureKind::InvalidQuery, refusal.message).with_hint(refusal.hint))
        }
    }
}

struct Refusals;

struct Refusal {
    message: &'static str,
    hint: &'static str,
}

/// The merged column is taken from the left side, also where only the right side has a row.
const OUTER_USING: Refusal = Refusal {
    message: "RIGHT and FULL JOIN with USING or NATURAL are not supported.",
    hint: "Write ON l.c = r.c, and coalesce(l.c, r.c) where the merged column is wanted.",
};

/// They run as semi and anti joins, which do not count how often a row occurs.
const SET_ALL: Refusal = Refusal {
    message: "INTERSECT ALL and EXCEPT ALL are not supported.",
    hint: "Leave out ALL, or count the rows of both sides by GROUP BY and join the counts.",
};

/// The clause is ignored.
const SAMPLE: Refusal = Refusal {
    message: "TABLESAMPLE is not supported.",
    hint: "Filter by random() < 0.01 for about one row in a hundred.",
};

impl Visitor for Refusals {
    type Break = Refusal;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Refusal> {
        check_set(&query.body)
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Refusal> {
        match table {
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. } => {
                ControlFlow::Break(SAMPLE)
            }
            TableFactor::NestedJoin { table_with_joins, .. } => check_joins(&table_with_joins.joins),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn check_set(body: &SetExpr) -> ControlFlow<Refusal> {
    match body {
        SetExpr::SetOperation {
            op,
            set_quantifier,
            left,
            right,
        } => {
            let loses_count = matches!(
                op,
                SetOperator::Intersect | SetOperator::Except | SetOperator::Minus
            );
            if loses_count && matches!(set_quantifier, SetQuantifier::All | SetQuantifier::AllByName) {
                return ControlFlow::Break(SET_ALL);
            }
            check_set(left)?;
            check_set(right)
        }
        SetExpr::Select(select) => select.from.iter().try_for_each(|from| check_joins(&from.joins)),
        // Other bodies hold queries or tables, which are visited by themselves.
        _ => ControlFlow::Continue(()),
    }
}

fn check_joins(joins: &[Join]) -> ControlFlow<Refusal> {
    let is_wrong = |join: &Join| {
        matches!(
            &join.join_operator,
            JoinOperator::Right(constraint)
                | JoinOperator::RightOuter(constraint)
                | JoinOperator::FullOuter(constraint)
                if matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
        )
    };
    if joins.iter().any(is_wrong) {
        ControlFlow::Break(OUTER_USING)
    } else {
        ControlFlow::Continue(())
    }
}
