//! The columns of a file that a scan needs, and how each comes to the table's type.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::format::DEFAULT_CAST_OPTIONS;
use datafusion::common::nested_struct::cast_column;
use datafusion::common::{Result, ScalarValue};

use crate::table::{Decoding, ScanShape, TableFile};

/// Where a column of the table comes from, in one file.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// All rows have the same.
    Constant(ScalarValue),
    /// A root column of the file.
    Root(Root),
}

/// A root column of a file.
#[derive(Debug, Clone)]
pub(super) struct Root {
    /// Its index among the file's root columns.
    pub(super) index: usize,
    /// The table's type.
    pub(super) data_type: DataType,
    /// Whether the file's type is another.
    pub(super) is_cast: bool,
}

impl Root {
    /// Whether it can be kept as a dictionary.
    pub(super) fn may_be_dictionary(&self) -> bool {
        !self.is_cast && matches!(self.data_type, DataType::Utf8View | DataType::BinaryView)
    }

    /// Decoded values as the table has them.
    pub(super) fn of_table(&self, values: ArrayRef) -> Result<ArrayRef> {
        if *values.data_type() == self.data_type {
            return Ok(values);
        }
        cast_column(&values, &self.data_type, &DEFAULT_CAST_OPTIONS)
    }
}

/// The origins of these columns of the table; a column that the file lacks is NULL.
pub(super) fn origins(
    shape: &ScanShape,
    file: &TableFile,
    decoding: &Decoding,
    columns: &[usize],
) -> Result<Vec<Origin>> {
    let mut constants = shape.constants(file);
    let roots = decoding.plain.parquet_schema().root_schema().get_fields();
    columns
        .iter()
        .filter_map(|column| shape.schema.fields().get(*column))
        .map(|field| {
            if let Some(value) = constants.remove(field.name()) {
                return Ok(Origin::Constant(value));
            }
            let data_type = field.data_type().clone();
            let index = roots.iter().position(|root| root.name() == field.name());
            let (Some(index), Ok(of_file)) = (index, decoding.schema.field_with_name(field.name())) else {
                return Ok(Origin::Constant(ScalarValue::try_new_null(&data_type)?));
            };
            let is_cast = *of_file.data_type() != data_type;
            Ok(Origin::Root(Root {
                index,
                data_type,
                is_cast,
            }))
        })
        .collect()
}
