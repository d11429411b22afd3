//! Filter and projection of a scan, in terms of the columns that they need.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::kernels::cmp;
use datafusion::arrow::compute::prep_null_mask_filter;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, DynamicFilterPhysicalExpr, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal,
    NotExpr,
};
use datafusion::physical_expr::utils::{collect_columns, split_conjunction};
use datafusion::physical_plan::PhysicalExpr;

use super::codes::Codes;

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
    /// Whether it cannot fail, whatever it costs.
    is_harmless: bool,
}

/// A column that is given out.
#[derive(Debug, Clone)]
pub(super) enum Output {
    Values(Expression),
    /// Codes of the values of a column of the table.
    Codes {
        column: usize,
        codes: Arc<Codes>,
    },
}

/// What a scan computes.
#[derive(Debug, Clone)]
pub(super) struct Expressions {
    /// The cheapest first.
    pub(super) conjuncts: Vec<Conjunct>,
    pub(super) output: Vec<Output>,
    pub(super) output_schema: SchemaRef,
    /// Columns of the table that are needed at all, ascending.
    pub(super) columns: Vec<usize>,
    /// Those of the output.
    pub(super) output_columns: Vec<usize>,
    /// Those of which the output needs values.
    pub(super) value_columns: Vec<usize>,
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
        let output_columns: Vec<usize> = output_columns.into_iter().collect();
        Ok(Self {
            columns: columns.into_iter().collect(),
            value_columns: output_columns.clone(),
            output_columns,
            conjuncts,
            output: output.into_iter().map(Output::Values).collect(),
            output_schema,
        })
    }

    /// The column of the table that an output column is, if it is nothing but that.
    pub(super) fn plain_column(&self, output: usize) -> Option<usize> {
        match self.output.get(output)? {
            Output::Values(expression) => expression.plain_column(),
            Output::Codes { .. } => None,
        }
    }

    /// The same with codes in the place of these output columns, which are columns of the table.
    pub(super) fn with_codes(&self, coded: &[(usize, Arc<Codes>)]) -> Self {
        let mut with_codes = self.clone();
        let mut fields: Vec<FieldRef> = self.output_schema.fields().iter().cloned().collect();
        for (output, codes) in coded {
            if let Some(column) = self.plain_column(*output) {
                let codes = Arc::clone(codes);
                with_codes.output[*output] = Output::Codes { column, codes };
                let field = fields[*output].as_ref().clone();
                fields[*output] = Arc::new(field.with_data_type(DataType::UInt32));
            }
        }
        let of_values = with_codes.output.iter().filter_map(|output| match output {
            Output::Values(expression) => Some(&expression.columns),
            Output::Codes { .. } => None,
        });
        let value_columns: BTreeSet<usize> = of_values.flatten().copied().collect();
        with_codes.value_columns = value_columns.into_iter().collect();
        with_codes.output_schema = Arc::new(Schema::new(fields));
        with_codes
    }

    /// The codes that are given out.
    pub(super) fn codes(&self) -> impl Iterator<Item = (usize, &Arc<Codes>)> {
        let outputs = self.output.iter().enumerate();
        outputs.filter_map(|(place, output)| match output {
            Output::Codes { codes, .. } => Some((place, codes)),
            Output::Values(_) => None,
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

    /// The column that this is, if it is nothing else.
    fn plain_column(&self) -> Option<usize> {
        let is_plain = self.expr.is::<Column>();
        self.columns.first().copied().filter(|_| is_plain)
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
        if let Some(mask) = compared(&self.expr, &columns)? {
            return Ok(Some(without_nulls(&mask)));
        }
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
        Ok(Some(without_nulls(mask)))
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

fn without_nulls(mask: &BooleanArray) -> BooleanArray {
    match mask.null_count() {
        0 => BooleanArray::new(mask.values().clone(), None),
        _ => prep_null_mask_filter(mask),
    }
}

/// A column of floats compared with a number other than zero. DataFusion first copies the column, so that -0 equals 0; here
/// that makes no difference.
fn compared(expr: &Arc<dyn PhysicalExpr>, columns: &[ArrayRef]) -> Result<Option<BooleanArray>> {
    let ([values], Some(binary)) = (columns, expr.downcast_ref::<BinaryExpr>()) else {
        return Ok(None);
    };
    let (Some(_), Some(literal)) = (
        binary.left().downcast_ref::<Column>(),
        binary.right().downcast_ref::<Literal>(),
    ) else {
        return Ok(None);
    };
    let is_usual = match literal.value() {
        ScalarValue::Float64(Some(number)) => *number != 0.0 && !number.is_nan(),
        ScalarValue::Float32(Some(number)) => *number != 0.0 && !number.is_nan(),
        _ => false,
    };
    if !is_usual || *values.data_type() != literal.value().data_type() {
        return Ok(None);
    }
    let number = literal.value().to_scalar()?;
    Ok(Some(match binary.op() {
        Operator::Lt => cmp::lt(values, &number)?,
        Operator::LtEq => cmp::lt_eq(values, &number)?,
        Operator::Gt => cmp::gt(values, &number)?,
        Operator::GtEq => cmp::gt_eq(values, &number)?,
        Operator::Eq => cmp::eq(values, &number)?,
        Operator::NotEq => cmp::neq(values, &number)?,
        _ => return Ok(None),
    }))
}

impl Conjunct {
    fn new(part: &Arc<dyn PhysicalExpr>, table: &Schema) -> Result<Self> {
        Ok(Self {
            expression: Expression::new(part, table)?,
            is_simple: is_simple(part),
            is_harmless: is_harmless(part),
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

    /// Whether the values of a dictionary may be looked at instead of the rows, also values that no row has.
    pub(super) fn is_decided_by_values(&self) -> bool {
        self.is_harmless && self.expression.columns.len() == 1
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

/// Comparisons with literals, patterns and what connects them: they cannot fail for any value.
fn is_harmless(part: &Arc<dyn PhysicalExpr>) -> bool {
    let mut is_harmless = true;
    let walked = part.apply(|part| {
        if part.is::<DynamicFilterPhysicalExpr>() {
            // A join's or a top-k's bounds.
            return Ok(TreeNodeRecursion::Jump);
        }
        let is_known = part.is::<Column>()
            || part.is::<Literal>()
            || part.is::<IsNullExpr>()
            || part.is::<IsNotNullExpr>()
            || part.is::<InListExpr>()
            || part.is::<LikeExpr>()
            || part.is::<NotExpr>()
            || part.downcast_ref::<BinaryExpr>().is_some_and(|binary| {
                is_comparison(*binary.op()) || matches!(binary.op(), Operator::And | Operator::Or)
            });
        is_harmless &= is_known;
        Ok(match is_known {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    });
    walked.is_ok() && is_harmless
}

fn is_comparison(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
    )
}
