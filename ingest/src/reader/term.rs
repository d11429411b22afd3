//! A condition on one column: what statistics say of it, and which values fulfil it.

use duckdb::arrow::array::{Array, ArrayRef, BooleanArray, Scalar};
use duckdb::arrow::compute::kernels::cmp::{eq, gt, gt_eq, lt, lt_eq};
use duckdb::arrow::compute::{and, or, prep_null_mask_filter};
use duckdb::arrow::error::ArrowError;

/// A condition on a column.
#[derive(Debug, Clone)]
pub struct Term {
    /// A top-level column.
    pub column: String,
    /// What its value is compared with.
    pub kind: Kind,
}

/// What a column's value is compared with. Arrays are of the column's type and hold no NULL.
#[derive(Debug, Clone)]
pub enum Kind {
    /// It is one of these.
    Among(ArrayRef),
    /// It is above this one, or this one.
    From {
        /// One value.
        value: ArrayRef,
        /// Whether it may be the value itself.
        inclusive: bool,
    },
    /// It is below this one, or this one.
    To {
        /// One value.
        value: ArrayRef,
        /// Whether it may be the value itself.
        inclusive: bool,
    },
}

impl Term {
    /// Which values fulfil it; NULL does not.
    pub(super) fn fulfilled(&self, values: &ArrayRef) -> Result<BooleanArray, ArrowError> {
        let mask = match &self.kind {
            Kind::Among(wanted) => {
                let mut mask: Option<BooleanArray> = None;
                for index in 0..wanted.len() {
                    let equal = eq(values, &Scalar::new(wanted.slice(index, 1)))?;
                    mask = Some(match mask {
                        Some(mask) => or(&mask, &equal)?,
                        None => equal,
                    });
                }
                mask.unwrap_or_else(|| BooleanArray::from(vec![false; values.len()]))
            }
            Kind::From { value, inclusive } => above(values, value, *inclusive)?,
            Kind::To { value, inclusive } => below(values, value, *inclusive)?,
        };
        Ok(if mask.null_count() > 0 {
            prep_null_mask_filter(&mask)
        } else {
            mask
        })
    }

    /// For pairs of a smallest and a largest value, whether a value that fulfils it may lie between them. What is not
    /// known, NULL, may.
    pub(super) fn may_hold(&self, least: &ArrayRef, most: &ArrayRef) -> Result<Vec<bool>, ArrowError> {
        let mask = match &self.kind {
            Kind::Among(wanted) => {
                let mut mask = vec![false; least.len()];
                for index in 0..wanted.len() {
                    let wanted = wanted.slice(index, 1);
                    let within = and(&below(least, &wanted, true)?, &above(most, &wanted, true)?)?;
                    for (may, within) in mask.iter_mut().zip(&within) {
                        *may |= within.unwrap_or(true);
                    }
                }
                return Ok(mask);
            }
            Kind::From { value, inclusive } => above(most, value, *inclusive)?,
            Kind::To { value, inclusive } => below(least, value, *inclusive)?,
        };
        Ok(mask.iter().map(|may| may.unwrap_or(true)).collect())
    }

    /// Whether a value that fulfils it may lie between the smallest of all these values and the largest: what is known of
    /// a file before its row groups are.
    pub(super) fn may_hold_between(&self, least: &ArrayRef, most: &ArrayRef) -> Result<bool, ArrowError> {
        let any = |mask: &BooleanArray| mask.iter().any(|may| may.unwrap_or(true));
        match &self.kind {
            Kind::Among(wanted) => {
                for index in 0..wanted.len() {
                    let wanted = wanted.slice(index, 1);
                    if any(&below(least, &wanted, true)?) && any(&above(most, &wanted, true)?) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Kind::From { value, inclusive } => Ok(any(&above(most, value, *inclusive)?)),
            Kind::To { value, inclusive } => Ok(any(&below(least, value, *inclusive)?)),
        }
    }
}

fn above(values: &ArrayRef, value: &ArrayRef, inclusive: bool) -> Result<BooleanArray, ArrowError> {
    let value = Scalar::new(value.clone());
    if inclusive {
        gt_eq(values, &value)
    } else {
        gt(values, &value)
    }
}

fn below(values: &ArrayRef, value: &ArrayRef, inclusive: bool) -> Result<BooleanArray, ArrowError> {
    let value = Scalar::new(value.clone());
    if inclusive {
        lt_eq(values, &value)
    } else {
        lt(values, &value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::Int64Array;

    use super::*;

    fn array(values: &[Option<i64>]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    #[test]
    fn values_fulfil_and_statistics_rule_out() {
        let (least, most) = (
            array(&[Some(0), Some(10), None]),
            array(&[Some(9), Some(19), None]),
        );
        let values = array(&[Some(5), Some(10), None]);
        for (kind, fulfilled, may_hold) in [
            (
                Kind::Among(array(&[Some(5), Some(30)])),
                [true, false, false],
                [true, false, true],
            ),
            (
                Kind::From {
                    value: array(&[Some(9)]),
                    inclusive: false,
                },
                [false, true, false],
                [false, true, true],
            ),
            (
                Kind::From {
                    value: array(&[Some(9)]),
                    inclusive: true,
                },
                [false, true, false],
                [true, true, true],
            ),
            (
                Kind::To {
                    value: array(&[Some(10)]),
                    inclusive: false,
                },
                [true, false, false],
                [true, false, true],
            ),
        ] {
            let term = Term {
                column: "a".to_owned(),
                kind,
            };
            let mask = term.fulfilled(&values).expect("compared");
            assert_eq!(mask, BooleanArray::from(fulfilled.to_vec()), "{term:?}");
            assert_eq!(
                term.may_hold(&least, &most).expect("compared"),
                may_hold,
                "{term:?}"
            );
        }
    }

    #[test]
    fn a_file_may_hold_what_lies_between_its_row_groups() {
        let (least, most) = (array(&[Some(0), Some(10)]), array(&[Some(3), Some(19)]));
        let may_hold = |kind: Kind| {
            let column = "a".to_owned();
            let term = Term { column, kind };
            term.may_hold_between(&least, &most).expect("compared")
        };
        let value = |value: i64| array(&[Some(value)]);
        assert!(
            may_hold(Kind::Among(value(5))),
            "its row groups are not known yet"
        );
        assert!(!may_hold(Kind::Among(value(20))));
        let from = |at: i64, inclusive| Kind::From {
            value: value(at),
            inclusive,
        };
        assert!(may_hold(from(19, true)) && !may_hold(from(19, false)));
        let inclusive = true;
        let value = value(-1);
        assert!(!may_hold(Kind::To { value, inclusive }));
    }
}
