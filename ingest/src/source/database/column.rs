//! Columns of a database as they are collected before they are written.
//!
//! Entry points: [`ColumnType`], [`Value`], [`Builder`].

use std::borrow::Cow;
use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, ListArray, StringBuilder,
    Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use duckdb::arrow::buffer::{NullBuffer, OffsetBuffer};
use duckdb::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnType {
    Boolean,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    /// Digits, and how many of them are behind the point.
    Decimal(u8, i8),
    Text,
    Binary,
    /// Days since 1970.
    Date,
    /// Microseconds since midnight.
    Time,
    /// Microseconds since 1970.
    Timestamp {
        utc: bool,
    },
    List(Box<ColumnType>),
}

/// A value that fits its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    /// Also a date, a time, a timestamp.
    Int(i64),
    Float(f64),
    /// Without its point.
    Decimal(i128),
    Text(Cow<'a, str>),
    Binary(&'a [u8]),
    List(Vec<Value<'a>>),
}

/// The values of a column.
pub(super) enum Builder {
    Boolean(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder),
    Text(StringBuilder),
    Binary(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    List {
        field: FieldRef,
        elements: Box<Builder>,
        lengths: Vec<usize>,
        valid: Vec<bool>,
    },
}

impl ColumnType {
    /// The type in Arrow.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
            Self::Text => DataType::Utf8,
            Self::Binary => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp { utc } => DataType::Timestamp(TimeUnit::Microsecond, utc.then(|| "UTC".into())),
            Self::List(element) => DataType::List(element.field()),
        }
    }

    fn field(&self) -> FieldRef {
        Arc::new(Field::new("element", self.arrow(), true))
    }

    /// No values yet.
    pub fn builder(&self) -> Builder {
        match self {
            Self::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Self::Int16 => Builder::Int16(Int16Builder::new()),
            Self::Int32 => Builder::Int32(Int32Builder::new()),
            Self::Int64 => Builder::Int64(Int64Builder::new()),
            Self::Float32 => Builder::Float32(Float32Builder::new()),
            Self::Float64 => Builder::Float64(Float64Builder::new()),
            Self::Decimal(..) => Builder::Decimal(Decimal128Builder::new().with_data_type(self.arrow())),
            Self::Text => Builder::Text(StringBuilder::new()),
            Self::Binary => Builder::Binary(BinaryBuilder::new()),
            Self::Date => Builder::Date(Date32Builder::new()),
            Self::Time => Builder::Time(Time64MicrosecondBuilder::new()),
            Self::Timestamp { .. } => {
                Builder::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(self.arrow()))
            }
            Self::List(element) => Builder::List {
                field: element.field(),
                elements: Box::new(element.builder()),
                lengths: Vec::new(),
                valid: Vec::new(),
            },
        }
    }
}

impl Builder {
    /// Adds a value; false where it does not fit.
    pub fn push(&mut self, value: Value<'_>) -> bool {
        match (self, value) {
            (builder, Value::Null) => builder.push_null(),
            (Self::Boolean(builder), Value::Boolean(value)) => builder.append_value(value),
            (Self::Int16(builder), Value::Int(value)) => match i16::try_from(value) {
                Ok(value) => builder.append_value(value),
                Err(_) => return false,
            },
            (Self::Int32(builder), Value::Int(value)) => match i32::try_from(value) {
                Ok(value) => builder.append_value(value),
                Err(_) => return false,
            },
            (Self::Date(builder), Value::Int(value)) => match i32::try_from(value) {
                Ok(value) => builder.append_value(value),
                Err(_) => return false,
            },
            (Self::Int64(builder), Value::Int(value)) => builder.append_value(value),
            (Self::Time(builder), Value::Int(value)) => builder.append_value(value),
            (Self::Timestamp(builder), Value::Int(value)) => builder.append_value(value),
            // It was one before.
            (Self::Float32(builder), Value::Float(value)) => builder.append_value(value as f32),
            (Self::Float64(builder), Value::Float(value)) => builder.append_value(value),
            (Self::Decimal(builder), Value::Decimal(value)) => builder.append_value(value),
            (Self::Text(builder), Value::Text(value)) => builder.append_value(value),
            (Self::Binary(builder), Value::Binary(value)) => builder.append_value(value),
            (
                Self::List {
                    elements,
                    lengths,
                    valid,
                    ..
                },
                Value::List(values),
            ) => {
                lengths.push(values.len());
                valid.push(true);
                for value in values {
                    if !elements.push(value) {
                        return false;
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn push_null(&mut self) {
        match self {
            Self::Boolean(builder) => builder.append_null(),
            Self::Int16(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
            Self::Float32(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Decimal(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Binary(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::List { lengths, valid, .. } => {
                lengths.push(0);
                valid.push(false);
            }
        }
    }

    /// The values so far, of which none is kept.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Int16(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float32(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Binary(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::List {
                field,
                elements,
                lengths,
                valid,
            } => Arc::new(ListArray::new(
                field.clone(),
                OffsetBuffer::from_lengths(std::mem::take(lengths)),
                elements.finish(),
                Some(NullBuffer::from(std::mem::take(valid))),
            )),
        }
    }
}

impl Value<'_> {
    /// About how much memory it takes beyond a number.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::List(values) => values.iter().map(|value| 8 + value.bytes()).sum(),
            _ => 0,
        }
    }
}
