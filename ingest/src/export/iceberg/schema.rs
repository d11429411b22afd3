//! A table's columns as a schema of Iceberg.
//!
//! Invariant: a column's id is that of the catalog, which gold files have too; what is nested has ids beyond these. A type
//! is one that holds all values, or the column is refused.
//!
//! Entry point: [`Schema::of`].

use catalog::{Column, ColumnType, TableManifest};
use duckdb::arrow::datatypes::{DataType, Field as ArrowField};
use serde_json::{Value, json};

use super::super::refusal::{infinite, no_type, said, scattered};
use crate::gold;

/// A schema, in the columns' order.
#[derive(Debug)]
pub(super) struct Schema {
    pub fields: Vec<Field>,
    last_id: u32,
}

/// A column, or what is in one.
#[derive(Debug)]
pub(super) struct Field {
    pub id: u32,
    pub name: String,
    pub kind: Kind,
    description: Option<String>,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Kind {
    Single(ColumnType),
    Struct(Vec<Field>),
    List(Box<Field>),
    Map(Box<[Field; 2]>),
}

impl Schema {
    /// The schema, or why there is none: a line for each column.
    pub fn of(manifest: &TableManifest) -> Result<Self, Vec<String>> {
        let last_id = manifest.columns.iter().map(|column| column.field_id).max();
        let mut schema = Self {
            fields: Vec::new(),
            last_id: last_id.unwrap_or_default(),
        };
        let mut refusals: Vec<String> = scattered(manifest).collect();
        for column in &manifest.columns {
            match schema.column(column) {
                Ok(field) => schema.fields.push(field),
                Err(refused) => refusals.push(refused),
            }
        }
        if refusals.is_empty() {
            Ok(schema)
        } else {
            Err(refusals)
        }
    }

    /// The highest id.
    pub fn last_id(&self) -> u32 {
        self.last_id
    }

    /// The document.
    pub fn json(&self) -> Value {
        json!({ "type": "struct", "schema-id": 0, "fields": members(&self.fields) })
    }

    /// Which names files have that know no ids.
    pub fn name_mapping(&self) -> Value {
        mapping(&self.fields)
    }

    fn column(&mut self, column: &Column) -> Result<Field, String> {
        if let Some(end) = infinite(column) {
            return Err(said(
                &column.name,
                format!("holds {end}, which Iceberg does not know"),
                "make it NULL, as in CASE WHEN isfinite(x) THEN x END",
            ));
        }
        let kind = match &column.column_type {
            ColumnType::Other(name) => match name.parse::<DataType>() {
                Ok(arrow) => self.nested(&arrow),
                Err(_) => Err("CAST it to JSON in the model"),
            },
            single => check(single).map(|()| Kind::Single(single.clone())),
        };
        let kind = kind.map_err(|remedy| no_type(column, "Iceberg", remedy))?;
        Ok(Field {
            id: column.field_id,
            name: column.name.clone(),
            kind,
            description: column.description.clone(),
        })
    }

    fn nested(&mut self, arrow: &DataType) -> Result<Kind, &'static str> {
        Ok(match arrow {
            DataType::List(item) | DataType::LargeList(item) => {
                Kind::List(Box::new(self.member("element", item)?))
            }
            DataType::Struct(fields) => {
                let members = fields.iter().map(|field| self.member(field.name(), field));
                Kind::Struct(members.collect::<Result<_, _>>()?)
            }
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) if fields.len() == 2 => {
                    let key = self.member("key", &fields[0])?;
                    Kind::Map(Box::new([key, self.member("value", &fields[1])?]))
                }
                _ => return Err("CAST it to JSON in the model"),
            },
            leaf => match gold::column_type(leaf)? {
                ColumnType::Other(_) => return Err("CAST it to JSON in the model"),
                single => {
                    check(&single)?;
                    Kind::Single(single)
                }
            },
        })
    }

    fn member(&mut self, name: &str, field: &ArrowField) -> Result<Field, &'static str> {
        self.last_id += 1;
        Ok(Field {
            id: self.last_id,
            name: name.to_owned(),
            kind: self.nested(field.data_type())?,
            description: None,
        })
    }
}

impl Field {
    /// The type of a column that is not nested.
    pub fn single(&self) -> Option<&ColumnType> {
        match &self.kind {
            Kind::Single(single) => Some(single),
            _ => None,
        }
    }

    fn type_json(&self) -> Value {
        match &self.kind {
            Kind::Single(single) => json!(type_name(single)),
            Kind::Struct(fields) => json!({ "type": "struct", "fields": members(fields) }),
            Kind::List(element) => json!({
                "type": "list",
                "element-id": element.id,
                "element": element.type_json(),
                "element-required": false,
            }),
            Kind::Map(entry) => json!({
                "type": "map",
                "key-id": entry[0].id,
                "key": entry[0].type_json(),
                "value-id": entry[1].id,
                "value": entry[1].type_json(),
                "value-required": false,
            }),
        }
    }
}

fn members(fields: &[Field]) -> Value {
    let members = fields.iter().map(|field| {
        let mut member = json!({
            "id": field.id,
            "name": field.name,
            "required": false,
            "type": field.type_json(),
        });
        if let Some(description) = &field.description {
            member["doc"] = json!(description);
        }
        member
    });
    members.collect()
}

fn mapping(fields: &[Field]) -> Value {
    let names = fields.iter().map(|field| {
        let mut named = json!({ "field-id": field.id, "names": [field.name] });
        let nested = match &field.kind {
            Kind::Single(_) => return named,
            Kind::Struct(fields) => mapping(fields),
            Kind::List(element) => mapping(std::slice::from_ref(element)),
            Kind::Map(entry) => mapping(&entry[..]),
        };
        named["fields"] = nested;
        named
    });
    names.collect()
}

/// What to write instead of a type that Iceberg has not.
fn check(single: &ColumnType) -> Result<(), &'static str> {
    match single {
        ColumnType::UInt { bits: 64 } => Err("CAST it to DECIMAL(20, 0) in the model"),
        // It lies in 32 bits of Parquet, which readers of a long take for a number with a sign.
        ColumnType::UInt { bits: 32 } => Err("CAST it to BIGINT in the model"),
        ColumnType::Decimal { scale, .. } if *scale < 0 => {
            Err("CAST it to a DECIMAL with a scale of at least 0")
        }
        ColumnType::Float { bits: 16 } => Err("CAST it to FLOAT"),
        _ => Ok(()),
    }
}

/// The type's name; that of short unsigned numbers is one that holds them.
pub(super) fn type_name(single: &ColumnType) -> String {
    match single {
        ColumnType::Boolean => "boolean",
        ColumnType::Int { bits: 64 } => "long",
        ColumnType::Int { .. } | ColumnType::UInt { .. } => "int",
        ColumnType::Float { bits: 32 } => "float",
        ColumnType::Float { .. } => "double",
        ColumnType::Decimal { precision, scale } => return format!("decimal({precision}, {scale})"),
        ColumnType::String => "string",
        ColumnType::Binary | ColumnType::Other(_) => "binary",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Timestamp { utc: false } => "timestamp",
        ColumnType::Timestamp { utc: true } => "timestamptz",
    }
    .to_owned()
}
