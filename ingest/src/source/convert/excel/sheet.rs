//! A sheet of a workbook: a row of names, values below.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, Ods, Range, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx};
use calamine::{open_workbook, open_workbook_auto};

use super::value::Value;

/// Errors of formulas, which a workbook of LibreOffice has as text.
const ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// What a sheet holds.
pub(super) struct Sheet {
    name: String,
    cells: Range<Data>,
    /// The row of names.
    header: usize,
    errors_are_text: bool,
}

impl Sheet {
    /// Reads the sheet of that name, else the first one that is shown. Names are in the row of that number, else in the
    /// first row that holds something.
    pub fn read(workbook: &Path, wanted: Option<&str>, header_row: Option<usize>) -> Result<Self, String> {
        let mut sheets = open(workbook)?;
        let tables = || {
            let all = sheets.sheets_metadata().iter();
            all.filter(|sheet| sheet.typ == SheetType::WorkSheet)
        };
        let name = match wanted {
            Some(wanted) => tables().find(|sheet| sheet.name == wanted).ok_or_else(|| {
                let names: Vec<String> = tables().map(|sheet| format!("\"{}\"", sheet.name)).collect();
                format!(
                    "it has no sheet \"{wanted}\", but {}: say which by options = {{ sheet = \"…\" }}",
                    names.join(", ")
                )
            })?,
            None => tables()
                .find(|sheet| sheet.visible == SheetVisible::Visible)
                .ok_or("it has no sheet that is shown")?,
        };
        let name = name.name.clone();
        let cells = sheets
            .worksheet_range(&name)
            .map_err(|error| format!("sheet \"{name}\" cannot be read: {error}"))?;
        if cells.is_empty() {
            return Err(format!(
                "sheet \"{name}\" is empty: its first row has to hold the names of columns"
            ));
        }
        let above = cells.start().map_or(0, |(row, _)| row as usize);
        let header = match header_row {
            None => 0,
            Some(row) => row
                .checked_sub(above + 1)
                .filter(|index| *index < cells.height())
                .ok_or_else(|| {
                    format!(
                        "sheet \"{name}\" has cells in the rows {} to {}, and none in row {row}: correct header_row",
                        above + 1,
                        above + cells.height()
                    )
                })?,
        };
        Ok(Self {
            name,
            cells,
            header,
            errors_are_text: matches!(sheets, Sheets::Ods(_)),
        })
    }

    /// Names of columns, distinct, by their place; of a column that has neither a name nor values none.
    pub fn columns(&self) -> Vec<(usize, String)> {
        let mut names: Vec<(usize, String)> = Vec::new();
        for place in 0..self.cells.width() {
            let header = self
                .value(self.header, place)
                .text()
                .map(|text| text.trim().to_owned());
            let name = match header.filter(|text| !text.is_empty()) {
                Some(name) => name,
                None if self.rows().any(|row| self.value(row, place) != Value::Empty) => {
                    format!("column {}", self.letters(place))
                }
                None => continue,
            };
            let mut distinct = name.clone();
            let mut suffix = 1;
            while names
                .iter()
                .any(|(_, known)| known.eq_ignore_ascii_case(&distinct))
            {
                distinct = format!("{name}_{suffix}");
                suffix += 1;
            }
            names.push((place, distinct));
        }
        names
    }

    /// Rows below the names that hold something.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        let width = self.cells.width();
        (self.header + 1..self.cells.height())
            .filter(move |row| (0..width).any(|place| self.value(*row, place) != Value::Empty))
    }

    /// What a cell holds.
    pub fn value(&self, row: usize, place: usize) -> Value<'_> {
        match self.cells.get((row, place)).map_or(Value::Empty, Value::of) {
            Value::Text(text)
                if self.errors_are_text && (ERRORS.contains(&text) || text.starts_with("Err:")) =>
            {
                Value::Error(text.to_owned())
            }
            value => value,
        }
    }

    /// `Sheet1!C5`.
    pub fn cell_name(&self, row: usize, place: usize) -> String {
        let (first, _) = self.cells.start().unwrap_or_default();
        format!(
            "{}!{}{}",
            self.name,
            self.letters(place),
            first as usize + row + 1
        )
    }

    /// `A`, `Z`, `AA`.
    fn letters(&self, place: usize) -> String {
        let (_, first) = self.cells.start().unwrap_or_default();
        let mut rest = first as usize + place + 1;
        let mut letters = Vec::new();
        while rest > 0 {
            rest -= 1;
            letters.push(char::from(b'A' + (rest % 26) as u8));
            rest /= 26;
        }
        letters.iter().rev().collect()
    }
}

/// Opens a workbook by its extension, else by what it holds.
fn open(path: &Path) -> Result<Sheets<BufReader<File>>, String> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let opened = match extension.as_str() {
        "xlsx" | "xlsm" => open_workbook::<Xlsx<_>, _>(path)
            .map(Sheets::Xlsx)
            .map_err(|error| error.to_string()),
        "xlsb" => open_workbook::<Xlsb<_>, _>(path)
            .map(Sheets::Xlsb)
            .map_err(|error| error.to_string()),
        "xls" => open_workbook::<Xls<_>, _>(path)
            .map(Sheets::Xls)
            .map_err(|error| error.to_string()),
        "ods" => open_workbook::<Ods<_>, _>(path)
            .map(Sheets::Ods)
            .map_err(|error| error.to_string()),
        _ => open_workbook_auto(path).map_err(|error| error.to_string()),
    };
    opened.map_err(|error| format!("it is no workbook of Excel or LibreOffice that can be read: {error}"))
}
