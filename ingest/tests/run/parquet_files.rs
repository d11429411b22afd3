use std::fs::File;

use parquet::basic::Compression;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::fixture::{Project, stderr};

fn metadata(file: &std::path::Path) -> ParquetMetaData {
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&File::open(file).expect("file"))
        .expect("a Parquet file with page indexes")
}

#[test]
fn files_are_laid_out_for_range_readers() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\ncluster_by: [k desc]\nrow_group_rows: 50000\nchecks: [{not_null: k}]\n*/\n\
         SELECT {'a': i, 'b': i} AS pair, i % 7 AS k, 'name ' || (i % 300) AS name FROM range(120000) AS t(i)",
    );
    project.run().success();
    let manifest = project.manifest("t");
    let file = &manifest.files[0];
    let path = project.gold(&file.key);
    let metadata = metadata(&path);

    let rows: Vec<i64> = metadata
        .row_groups()
        .iter()
        .map(|group| group.num_rows())
        .collect();
    assert_eq!(rows, [50_000, 50_000, 20_000]);
    assert_eq!(file.row_groups, 3);
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let sorting = group.sorting_columns().expect("sorting columns");
        assert_eq!(
            (sorting[0].column_idx, sorting[0].descending),
            (2, true),
            "k is the third leaf"
        );
        for column in group.columns() {
            assert!(matches!(column.compression(), Compression::ZSTD(_)));
        }
        let pages = metadata.offset_index().expect("offset index")[index][2].page_locations();
        let mut firsts: Vec<i64> = pages.iter().map(|page| page.first_row_index).collect();
        firsts.push(group.num_rows());
        assert!(
            firsts.windows(2).all(|pair| pair[1] - pair[0] <= 20_000),
            "{firsts:?}"
        );
    }
    let root = metadata.file_metadata().schema_descr().root_schema();
    let ids: Vec<i32> = root
        .get_fields()
        .iter()
        .map(|field| field.get_basic_info().id())
        .collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(
        root.get_fields()[1].get_basic_info().repetition(),
        parquet::basic::Repetition::REQUIRED
    );
    let arrow = parquet::arrow::parquet_to_arrow_schema(
        metadata.file_metadata().schema_descr(),
        metadata.file_metadata().key_value_metadata(),
    )
    .expect("Arrow schema");
    assert_eq!(
        arrow.field(2).data_type().to_string(),
        "Utf8",
        "plain, for all readers"
    );
}

#[test]
fn the_manifest_says_where_footer_and_indexes_lie() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT i, 'x' || i AS s FROM range(1000) AS t(i)",
    );
    project.run().success();
    let manifest = project.manifest("t");
    let file = &manifest.files[0];
    let content = std::fs::read(project.gold(&file.key)).expect("data file");
    let footer = file.footer;
    assert_eq!(footer.offset + footer.bytes, file.bytes);
    assert!(footer.index_offset < footer.offset);

    // What a browser does: one range from the indexes to the end, nothing else.
    let tail = bytes::Bytes::copy_from_slice(&content[footer.index_offset as usize..]);
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader
        .try_parse_sized(&tail, file.bytes)
        .expect("the tail is enough");
    let metadata = reader.finish().expect("metadata");
    assert!(metadata.column_index().is_some() && metadata.offset_index().is_some());
    let first = metadata
        .row_group(0)
        .columns()
        .iter()
        .filter_map(|column| column.column_index_offset())
        .min();
    assert_eq!(first, Some(footer.index_offset as i64), "not a byte earlier");
}

#[test]
fn a_higher_level_of_zstd_makes_smaller_files() {
    let project = Project::new("");
    let run = |level: &str| {
        project.write(
            "models/gold/t.sql",
            &format!("/* @ingest\nzstd_level: {level}\n*/ SELECT i, 'user ' || hash(i)::VARCHAR AS s FROM range(50000) AS t(i)"),
        );
        project.run()
    };
    run("1").success();
    let fast = project.manifest("t").bytes;
    run("19").success();
    assert!(project.manifest("t").bytes < fast, "the table is made anew");
    let refused = stderr(&run("23").failure());
    assert!(refused.contains("zstd_level is 23: write 1"), "{refused}");
}
