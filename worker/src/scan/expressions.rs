//! Filter and projection of a scan, in terms of the columns that they need.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::prep_null_mask_filter;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, DynamicFilterPhysicalExpr, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal,
};
use datafusion::physical_expr::utils::{collect_columns, split_conjunction};
use datafusion::physical_plan::PhysicalExpr;

/// An expression, and the columns that it looks at.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    expr: Arc<dyn PhysicalExpr>,
    /// Indexes of columns of the table, ascending; the expression counts along these.
    pub(super) columns: Vec<usize>,
    schema: SchemaRef,
}

/// A part of the filter. A row has to pass all parts.
#[derive(Debug, Clone)]
pub(super) struct Conjunct {
    pub(super) expression: Expression,
    /// Whether it cannot fail, and costs so little that rows need not be picked for it.
    pub(super) is_simple: bool,
}

/// What a scan computes.
#[derive(Debug)]
pub(super) struct Expressions {
    /// The cheapest first.
    pub(super) conjuncts: Vec<Conjunct>,
    pub(super) output: Vec<Expression>,
    pub(super) output_schema: SchemaRef,
    /// Columns of the table that are needed at all, ascending.
    pub(super) columns: Vec<usize>,
    /// Those of the output.
    pub(super) output_columns: Vec<usize>,
}

impl Expressions {
    pub(super) fn new(
        table: &SchemaRef,
        filter: Option<&Arc<dyn PhysicalExpr>>,
        output: impl Iterator<Item = Arc<dyn PhysicalExpr>>,
        output_schema: SchemaRef,
    ) -> Result<Self> {
        let mut conjuncts = filter
            .into_iter()
            .flat_map(split_conjunction)
            .map(|part| Conjunct::new(part, table))
            .collect::<Result<Vec<_>>>()?;
        conjuncts.sort_by_key(|conjunct| conjunct.cost(table));
        let output = output
            .map(|expr| Expression::new(&expr, table))
            .collect::<Result<Vec<_>>>()?;
        let of = |expression: &Expression| expression.columns.clone();
        let output_columns: BTreeSet<usize> = output.iter().flat_map(of).collect();
        let filtered = conjuncts.iter().flat_map(|conjunct| of(&conjunct.expression));
        let columns: BTreeSet<usize> = filtered.chain(output_columns.iter().copied()).collect();
        Ok(Self {
            columns: columns.into_iter().collect(),
            output_columns: output_columns.into_iter().collect(),
            conjuncts,
            output,
            output_schema,
        })
    }

    /// The place of a column of the table among those needed.
    pub(super) fn place(&self, column: usize) -> Option<usize> {
        self.columns.binary_search(&column).ok()
    }
}

impl Expression {
    fn new(expr: &Arc<dyn PhysicalExpr>, table: &Schema) -> Result<Self> {
        let columns: BTreeSet<usize> = collect_columns(expr).iter().map(Column::index).collect();
        let columns: Vec<usize> = columns.into_iter().collect();
        let place = |column: &Column| match columns.binary_search(&column.index()) {
            Ok(place) => Ok(Arc::new(Column::new(column.name(), place)) as Arc<dyn PhysicalExpr>),
            Err(_) => internal_err!("{column} is not among the columns of its expression"),
        };
        let expr = Arc::clone(expr)
            .transform_down(|part| match part.downcast_ref::<Column>() {
                Some(column) => Ok(Transformed::yes(place(column)?)),
                None => Ok(Transformed::no(part)),
            })
            .data()?;
        let fields: Vec<FieldRef> = columns
            .iter()
            .filter_map(|column| table.fields().get(*column).cloned())
            .collect();
        Ok(Self {
            expr,
            columns,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// Evaluates to rows that are given as the expression's columns.
    pub(super) fn evaluate(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<ColumnarValue> {
        if let (Some(column), [values]) = (self.expr.downcast_ref::<Column>(), columns.as_slice())
            && column.index() == 0
        {
            return Ok(ColumnarValue::Array(Arc::clone(values)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.expr.evaluate(&batch)
    }

    /// As above, as a mask: NULL does not pass. None where all rows pass.
    pub(super) fn passing(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<Option<BooleanArray>> {
        let value = match self.evaluate(columns, rows)? {
            ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))) => return Ok(None),
            ColumnarValue::Scalar(ScalarValue::Boolean(_)) => {
                return Ok(Some(BooleanArray::from(vec![false; rows])));
            }
            value => value.into_array(rows)?,
        };
        let Some(mask) = value.as_boolean_opt() else {
            return internal_err!("a filter gives {}", value.data_type());
        };
        Ok(Some(match mask.null_count() {
            0 => BooleanArray::new(mask.values().clone(), None),
            _ => prep_null_mask_filter(mask),
        }))
    }

    /// The expression over a column that has values of another array: those of its dictionary.
    pub(super) fn over_values(&self, values: &ArrayRef) -> Result<BooleanArray> {
        let field = Field::new("value", values.data_type().clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema, vec![Arc::clone(values)])?;
        let mask = self.expr.evaluate(&batch)?.into_array(values.len())?;
        match mask.as_boolean_opt() {
            Some(mask) => Ok(mask.clone()),
            None => internal_err!("a filter gives {}", mask.data_type()),
        }
    }
}

impl Conjunct {
    fn new(part: &Arc<dyn PhysicalExpr>, table: &Schema) -> Result<Self> {
        Ok(Self {
            expression: Expression::new(part, table)?,
            is_simple: is_simple(part),
        })
    }

    /// Whether it lets all rows pass, as a dynamic filter does at first.
    pub(super) fn is_open(&self) -> bool {
        let Some(filter) = self.expression.expr.downcast_ref::<DynamicFilterPhysicalExpr>() else {
            return false;
        };
        filter.current().is_ok_and(|current| {
            current
                .downcast_ref::<Literal>()
                .is_some_and(|literal| *literal.value() == ScalarValue::Boolean(Some(true)))
        })
    }

    /// Whether a NULL cannot pass, so that the values of a dictionary decide.
    pub(super) fn is_decided_by_values(&self) -> bool {
        let is_column = |expr: &Arc<dyn PhysicalExpr>| expr.is::<Column>();
        let is_literal = |expr: &Arc<dyn PhysicalExpr>| expr.is::<Literal>();
        let expr = &self.expression.expr;
        if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
            let (left, right) = (binary.left(), binary.right());
            let is_plain = is_column(left) && is_literal(right) || is_literal(left) && is_column(right);
            return is_plain && is_comparison(*binary.op());
        }
        if let Some(list) = expr.downcast_ref::<InListExpr>() {
            return is_column(list.expr()) && list.list().iter().all(is_literal);
        }
        let like = expr.downcast_ref::<LikeExpr>();
        like.is_some_and(|like| is_column(like.expr()) && is_literal(like.pattern()))
    }

    fn cost(&self, table: &Schema) -> (bool, usize) {
        let width = |column: &usize| {
            table
                .fields()
                .get(*column)
                .map_or(0, |field| width(field.data_type()))
        };
        (!self.is_simple, self.expression.columns.iter().map(width).sum())
    }
}

/// Bytes of a value, roughly.
pub(super) fn width(data_type: &DataType) -> usize {
    match data_type {
        DataType::Boolean => 1,
        DataType::Null => 0,
        other => other.primitive_width().unwrap_or(32),
    }
}

/// A comparison of a column with literals: it cannot fail for any value.
fn is_simple(part: &Arc<dyn PhysicalExpr>) -> bool {
    let mut is_simple = true;
    let walked = part.apply(|part| {
        let is_known = part.is::<Column>()
            || part.is::<Literal>()
            || part.is::<IsNullExpr>()
            || part.is::<IsNotNullExpr>()
            || part.is::<InListExpr>()
            || part
                .downcast_ref::<BinaryExpr>()
                .is_some_and(|binary| is_comparison(*binary.op()));
        is_simple &= is_known;
        Ok(match is_known {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    });
    walked.is_ok() && is_simple
}

fn is_comparison(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
    )
}
