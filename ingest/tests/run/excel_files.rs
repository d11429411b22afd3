//! Workbooks of Excel and LibreOffice as raw files.

use std::fs::File;
use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::fixture::{Project, stderr};

/// A sheet's name and what fills it.
type Filled<'a> = (&'a str, &'a dyn Fn(&mut Worksheet));

/// Writes a workbook.
fn workbook(project: &Project, name: &str, sheets: &[Filled<'_>]) {
    let path = project.root().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    let mut book = Workbook::new();
    for (sheet, fill) in sheets {
        let sheet = book.add_worksheet().set_name(*sheet).expect("a name");
        fill(sheet);
    }
    book.save(path).expect("saved");
}

/// Rows of text.
fn texts(sheet: &mut Worksheet, first: u32, rows: &[&[&str]]) {
    for (row, cells) in (first..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            sheet.write_string(row, column, *text).expect("written");
        }
    }
}

fn orders(sheet: &mut Worksheet) {
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let names = ["Order ID", "Placed On", "Paid At", "Amount", "Note", "ok"];
    texts(sheet, 0, &[&names]);
    for (row, id) in [(1, 1_u8), (2, 2)] {
        sheet.write_number(row, 0, id).expect("written");
        sheet.write_boolean(row, 5, id == 1).expect("written");
    }
    let on = |year, month, day| ExcelDateTime::from_ymd(year, month, day).expect("a date");
    sheet
        .write_datetime_with_format(1, 1, on(2024, 1, 31), &date)
        .expect("written");
    sheet
        .write_datetime_with_format(2, 1, on(2024, 2, 1), &date)
        .expect("written");
    let at = on(2024, 1, 31).and_hms(18, 30, 0).expect("a time");
    sheet
        .write_datetime_with_format(1, 2, at, &moment)
        .expect("written");
    let at = on(2024, 2, 1).and_hms(0, 0, 1).expect("a time");
    sheet
        .write_datetime_with_format(2, 2, at, &moment)
        .expect("written");
    sheet.write_number(1, 3, 10.5).expect("written");
    sheet.write_number(2, 3, 20).expect("written");
    sheet.write_string(1, 4, "café").expect("written");
}

/// A workbook of LibreOffice with the rows of [`orders`].
fn ods(project: &Project, name: &str) {
    let cell = |kind: &str, value: &str| match kind {
        "float" => format!("<table:table-cell office:value-type='float' office:value='{value}'/>"),
        "date" => format!("<table:table-cell office:value-type='date' office:date-value='{value}'/>"),
        "boolean" => {
            format!("<table:table-cell office:value-type='boolean' office:boolean-value='{value}'/>")
        }
        _ if value.is_empty() => "<table:table-cell/>".to_owned(),
        _ => format!(
            "<table:table-cell office:value-type='string'><text:p>{value}</text:p></table:table-cell>"
        ),
    };
    let kinds = ["float", "date", "date", "float", "string", "boolean"];
    let row = |kinds: [&str; 6], values: [&str; 6]| {
        let cells: String = kinds
            .iter()
            .zip(values)
            .map(|(kind, value)| cell(kind, value))
            .collect();
        format!("<table:table-row>{cells}</table:table-row>")
    };
    let names = ["Order ID", "Placed On", "Paid At", "Amount", "Note", "ok"];
    let rows = [
        row(["string"; 6], names),
        row(
            kinds,
            ["1", "2024-01-31", "2024-01-31T18:30:00", "10.5", "café", "true"],
        ),
        row(
            kinds,
            ["2", "2024-02-01", "2024-02-01T00:00:01", "20", "", "false"],
        ),
    ];
    let content = format!(
        "<?xml version='1.0' encoding='UTF-8'?><office:document-content \
         xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
         xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
         xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><office:body><office:spreadsheet>\
         <table:table table:name='Orders'>{}</table:table></office:spreadsheet></office:body></office:document-content>",
        rows.concat()
    );
    let mut archive = zip::ZipWriter::new(File::create(project.root().join(name)).expect("file"));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (part, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>",
        ),
        ("content.xml", &content),
    ] {
        archive.start_file(part, stored).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("finished");
}

#[test]
fn each_kind_of_workbook_gives_the_same_rows_and_types() {
    let project = Project::new(
        "[sources.x]\npath = 'raw/orders.xlsx'\n[sources.old]\npath = 'raw/*.xls'\n[sources.libre]\npath = 'raw/*.ods'\n",
    );
    workbook(&project, "raw/orders.xlsx", &[("Orders", &orders)]);
    std::fs::write(
        project.root().join("raw/orders.xls"),
        include_bytes!("orders.xls"),
    )
    .expect("written");
    ods(&project, "raw/orders.ods");
    for (table, source) in [("a", "x"), ("b", "old"), ("c", "libre")] {
        project.write(
            &format!("models/gold/{table}.sql"),
            &format!("SELECT * FROM source.{source}"),
        );
    }
    project.run().success();
    for table in ["a", "b", "c"] {
        assert_eq!(
            project.types(table),
            [
                "order_id int64",
                "placed_on date",
                "paid_at timestamp",
                "amount float64",
                "note string",
                "ok boolean"
            ],
            "{table}"
        );
        assert_eq!(
            project.query(&format!("SELECT * FROM {table} ORDER BY order_id")),
            "order_id,placed_on,paid_at,amount,note,ok\n\
             1,2024-01-31,2024-01-31 18:30:00,10.5,café,true\n\
             2,2024-02-01,2024-02-01 00:00:01,20.0,,false\n",
            "{table}"
        );
    }
}

#[test]
fn sheet_and_row_of_names_are_chosen_by_options() {
    let project = Project::new(
        "[sources.first]\npath = 'raw/a.xlsx'\n\
         [sources.chosen]\npath = 'raw/a.xlsx'\noptions = { sheet = 'Report', header_row = 4, all_varchar = true }\n\
         [sources.gone]\npath = 'raw/a.xlsx'\noptions = { sheet = 'report' }\n\
         [sources.low]\npath = 'raw/a.xlsx'\noptions = { sheet = 'Report', header_row = 9 }\n\
         [sources.nil]\npath = 'raw/a.xlsx'\noptions = { header_row = 0 }\n\
         [sources.empty]\npath = 'raw/a.xlsx'\noptions = { sheet = 'Empty' }\n",
    );
    let report = |sheet: &mut Worksheet| {
        texts(
            sheet,
            1,
            &[&["Sales of the year"], &[], &["city", "sum"], &["Bonn", "7"]],
        );
        sheet.write_number(4, 1, 7).expect("written");
    };
    let first = |sheet: &mut Worksheet| texts(sheet, 0, &[&["n", "", "n"], &["a", "b", "c"]]);
    workbook(
        &project,
        "raw/a.xlsx",
        &[("Main", &first), ("Report", &report), ("Empty", &|_| ())],
    );
    for source in ["first", "chosen", "gone", "low", "nil", "empty"] {
        project.write(
            &format!("models/gold/{source}.sql"),
            &format!("SELECT * FROM source.{source}"),
        );
    }
    let told = stderr(&project.run().failure());
    for part in [
        "raw/a.xlsx: it has no sheet \"report\", but \"Main\", \"Report\", \"Empty\": say which by options = { sheet = \"…\" }",
        "raw/a.xlsx: sheet \"Report\" has cells in the rows 2 to 5, and none in row 9: correct header_row",
        "[sources.nil]: the option header_row is to be the number of a row, from 1",
        "raw/a.xlsx: sheet \"Empty\" is empty: its first row has to hold the names of columns",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.query("SELECT * FROM first"), "n,column_b,n_1\na,b,c\n");
    assert_eq!(project.query("SELECT * FROM chosen"), "city,sum\nBonn,7\n");
    assert_eq!(project.types("chosen"), ["city string", "sum string"]);
}

#[test]
fn mixed_cells_are_text_in_all_files_and_told_with_their_cells() {
    let project = Project::new("[sources.a]\npath = 'raw/*.xlsx'\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    let mixed = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["code", "n"], &["", ""], &["X7", ""]]);
        sheet.write_number(1, 0, 7).expect("written");
        sheet.write_number(1, 1, 1).expect("written");
        sheet.write_number(2, 1, 2.5).expect("written");
    };
    let numbers = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["code", "n"]]);
        sheet.write_number(1, 0, 8).expect("written");
        sheet.write_number(1, 1, 3).expect("written");
    };
    workbook(&project, "raw/1.xlsx", &[("S", &mixed)]);
    workbook(&project, "raw/2.xlsx", &[("S", &numbers)]);
    let told = stderr(&project.run().success());
    for part in [
        "raw/1.xlsx: column `code` holds numbers (S!A2) and text (S!A3): it is read as text",
        "raw/2.xlsx: column `code` holds numbers here and other things in other files: it is read as text",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.types("t"), ["code string", "n float64"]);
    assert_eq!(
        project.query("SELECT * FROM t ORDER BY n"),
        "code,n\n7,1.0\nX7,2.5\n8,3.0\n"
    );
}

#[test]
fn a_cell_that_is_an_error_is_named_and_the_file_left_out() {
    let project = Project::new(
        "[sources.a]\npath = 'raw/*.xlsx'\n[sources.lax]\npath = 'raw/*.xlsx'\noptions = { ignore_errors = true }\n",
    );
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    let good = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["share"]]);
        sheet.write_number(1, 0, 0.5).expect("written");
    };
    let bad = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["share"]]);
        for row in 1..6 {
            let formula = Formula::new("=1/0").set_result("#DIV/0!");
            sheet.write_formula(row, 0, formula).expect("written");
        }
    };
    workbook(&project, "raw/1.xlsx", &[("S", &good)]);
    workbook(&project, "raw/2.xlsx", &[("My sums", &bad)]);
    project.write("raw/3.xlsx", "no workbook");
    let told = stderr(&project.run().failure());
    for part in [
        "raw/2.xlsx: My sums!A2 is #DIV/0!, My sums!A3 is #DIV/0!, My sums!A4 is #DIV/0!, and so on in 2 more: mend the \
         formula, or take such cells for empty with options = { ignore_errors = true }",
        "raw/3.xlsx: it is no workbook of Excel or LibreOffice that can be read: ",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.manifest("t").rows, 1);
    std::fs::remove_file(project.root().join("raw/3.xlsx")).expect("removed");
    project.write("models/gold/t.sql", "SELECT * FROM source.lax");
    project.run().success();
    let counts = "SELECT count(*) AS all, count(share) AS some FROM t";
    assert_eq!(project.query(counts), "all,some\n6,1\n");
}

#[test]
fn a_column_of_a_table_that_grows_keeps_its_type() {
    let project = Project::new("[sources.a]\npath = 'raw/*.xlsx'\n");
    let header = "/* @ingest\nmaterialized: incremental\n*/";
    project.write("models/gold/t.sql", &format!("{header} SELECT n FROM source.a"));
    let number = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["n"]]);
        sheet.write_number(1, 0, 1.5).expect("written");
    };
    workbook(&project, "raw/1.xlsx", &[("S", &number)]);
    project.run().success();
    let whole = |sheet: &mut Worksheet| {
        texts(sheet, 0, &[&["n"]]);
        sheet.write_number(1, 0, 2).expect("written");
    };
    workbook(&project, "raw/2.xlsx", &[("S", &whole)]);
    project.run().success();
    assert_eq!(project.types("t"), ["n float64"]);
    workbook(
        &project,
        "raw/3.xlsx",
        &[("S", &|sheet| texts(sheet, 0, &[&["n"], &["two"]]))],
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("raw/3.xlsx: S!A2 holds two, and column `n` was read as DOUBLE before: correct it, or run with --full-refresh"),
        "{told}"
    );
    assert_eq!(project.query("SELECT sum(n) AS n FROM t"), "n\n3.5\n");
}
