//! Cells of CSV files as people have them: spellings of numbers and of missing values.

use kitsune_data::{Header, Missing, Reading, Source, SourceOptions};
use polars::df;

use crate::folder::{Folder, assert_says, error, rows};

/// What a file holds where missing values are -1, with these options.
fn read(text: &str, options: &SourceOptions) -> Vec<Vec<f64>> {
    let folder = Folder::new().file("rows.csv", text);
    rows(&options.open(folder.path()).unwrap().with_missing(Missing::Fill(-1.0)), 0)
}

fn fails(text: &str, options: &SourceOptions) -> String {
    let folder = Folder::new().file("rows.csv", text);
    error(options.open(folder.path()))
}

#[test]
fn missing_values_have_many_spellings() {
    for gap in [
        "NA",
        "n/a",
        "n.a.",
        "NaN",
        "-nan(ind)",
        "1.#QNAN",
        "-1.#IND00",
        "NaT",
        "null",
        "nil",
        "None",
        "-",
        "--",
        "?",
        ".",
        "\\N",
        "<NA>",
        "#N/A",
        "#DIV/0!",
        "#VALUE!",
        "(empty)",
        "undefined",
        " Na ",
        "\"-\"",
        "inf",
        "-Infinity",
        "1.#INF",
        "∞",
    ] {
        let text = format!("a,b\n1,2\n{gap},4\n");
        assert_eq!(read(&text, &SourceOptions::new()), [[1.0, 2.0], [-1.0, 4.0]], "{gap:?}");
        let shown = gap.trim_matches(['"', ' ']);
        // Rust escapes a backslash in what it quotes.
        let shown = if shown == "\\N" { "\\\\N" } else { shown };
        assert_says(&fails(&text, &SourceOptions::new()), &["rows.csv, line 3, column 0 (a): ", shown]);
    }
}

#[test]
fn a_column_of_missing_words_holds_no_values_and_is_no_text() {
    let folder = Folder::new().file("rows.csv", "a,b\n1,-\n2,NA\n3,(empty)\n4,\n");
    let source = folder.open().with_missing(Missing::Fill(0.5));
    assert_eq!(rows(&source, 0)[3], [4.0, 0.5]);
    assert_says(&error(Ok(folder.open().with_missing(Missing::Mean))), &["hold no value at all", "b"]);
    assert_says(&folder.error(), &["line 2, column 1 (b)", "the value is missing (\"-\")"]);
}

#[test]
fn words_and_numbers_can_be_named_as_missing_in_every_format() {
    let options = SourceOptions::new().with_missing_values(["-9999", "n.d."]);
    assert_eq!(read("a,b\n-9999.0,N.D.\n-9999,1\n-9.999e3,2\n", &options), [[-1.0, -1.0], [-1.0, 1.0], [-1.0, 2.0]]);
    assert_eq!(read("a,b\n-9999,NA\n", &options), [[-1.0, -1.0]], "the usual words stay");
    assert_says(&fails("a,b\n1,2\n3,-9999.0\n", &options), &["line 3, column 1 (b)", "the value is missing (\"-9999.0\")"]);
    assert_says(&fails("a,b\n1,n.d.\n", &options), &["line 2, column 1 (b)", "the value is missing (\"n.d.\")"]);

    let wide = df!("a" => [1.0, -9999.0, 3.0], "b" => [4_i64, 5, -9999]).unwrap();
    let narrow = df!("a" => [1.0_f32, -9999.0, 3.0], "b" => [4_i16, 5, -9999]).unwrap();
    let json = "{\"a\": 1, \"b\": 4}\n{\"a\": -9999.0, \"b\": 5}\n{\"a\": 3, \"b\": -9999}\n";
    let folders = [
        ("Parquet", Folder::new().parquet("rows.parquet", &wide)),
        ("Parquet of f32", Folder::new().parquet("rows.parquet", &narrow)),
        ("NDJSON", Folder::new().file("rows.ndjson", json)),
    ];
    for (name, folder) in folders {
        let source = options.open(folder.path()).unwrap();
        assert_says(&error(Ok(source.clone())), &["column 0 (a)", "the value is missing (\"-9999\")"]);
        assert_eq!(rows(&source.clone().with_missing(Missing::Fill(-1.0)), 0), [[1.0, 4.0], [-1.0, 5.0], [3.0, -1.0]], "{name}");
        assert_eq!(rows(&source.clone().with_missing(Missing::Drop), 0), [[1.0, 4.0]], "{name}");
        assert_eq!(source.means().unwrap(), [2.0, 4.5], "{name}");
        assert_eq!(rows(&Source::open(folder.path()).unwrap(), 0)[1], [-9999.0, 5.0], "{name}");
    }
    let rounded = df!("a" => [1.0_f32, -9999.9]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &rounded);
    let source = SourceOptions::new().with_missing_values(["-9999.9"]).open(folder.path()).unwrap();
    assert_eq!(rows(&source.with_missing(Missing::Drop), 0), [[1.0]], "as f32 holds it");
}

#[test]
fn hexadecimal_numbers_are_numbers() {
    assert_eq!(read("a,b\n0x1F,-0xa\n0X00,0xffffffff\n", &SourceOptions::new()), [[31.0, -10.0], [0.0, 4_294_967_295.0]]);
    assert_eq!(read("0x1,2\n3,0x4\n", &SourceOptions::new()), [[1.0, 2.0], [3.0, 4.0]], "and no header");
}

#[test]
fn decimals_may_have_a_comma() {
    let options = SourceOptions::new().with_decimal_comma();
    assert_eq!(read("a;b\n1,5;-0,25\n2;3,5e2\n", &options), [[1.5, -0.25], [2.0, 350.0]]);
    assert_eq!(read("1,5;2\n3;4,5\n", &options), [[1.5, 2.0], [3.0, 4.5]], "without a header");
    let commas = options.clone().with_delimiter(',').unwrap();
    assert_eq!(read("a,b\n\"1,5\",2\n", &commas), [[1.5, 2.0]]);
    let tabs = options.clone().with_delimiter('\t').unwrap();
    assert_eq!(read("a\tb\n1,5\t1,#QNAN\n", &tabs), [[1.5, -1.0]]);
    assert_says(&fails("a;b\n1,5;2.5\n", &options), &["line 2, column 1 (b)", "\"2.5\" has a decimal point"]);
    assert_says(&fails("a;b\n1.234,5;2\n", &options), &["line 2, column 0 (a)", "has separators of thousands: write it as 1234,5"]);
    let mut reading = Reading::default();
    (reading.decimal_comma, reading.missing_values) = (true, vec!["-9,5".into()]);
    assert_eq!(read("a;b\n1,5;-9,5\n", &SourceOptions::new().with_reading(reading)), [[1.5, -1.0]]);
}

#[test]
fn what_people_read_as_numbers_is_shown_with_what_to_convert() {
    let plain = SourceOptions::new();
    for (cells, said) in [
        (["\"1,234.5\"", "\"2,500.0\""], "line 2, column 1 (b): \"1,234.5\" has separators of thousands: write it as 1234.5"),
        (["1 234", "2 500"], "\"1 234\" has separators of thousands: write it as 1234"),
        (["1'234", "2'500"], "write it as 1234"),
        (["45%", "50%"], "\"45%\" has a percent sign"),
        (["\"1,5\"", "\"2,5\""], "\"1,5\" has a decimal comma: say that decimals have commas"),
        // Where commas separate cells, decimals rarely have one.
        (["\"1,500\"", "\"2,500\""], "\"1,500\" has separators of thousands: write it as 1500"),
        (["12 kB", "3 kB"], "\"12 kB\" seems to have a unit"),
        (["$5", "$6"], "\"$5\" seems to have a unit"),
    ] {
        let text = format!("a,b\n1,{}\n2,{}\n", cells[0], cells[1]);
        let told = fails(&text, &plain);
        assert_says(&told, &["rows.csv, line 2, column 1 (b)", said]);
        assert!(!told.contains("must be left out"), "{told}");
    }
    let told = fails("a;b\n1;1,500\n2;2,500\n", &SourceOptions::new().with_delimiter(';').unwrap());
    assert_says(&told, &["line 2, column 1 (b): \"1,500\" has a comma: say that decimals have commas, or write it as 1500"]);
    for (cells, kind) in [
        (["2026-01-31", "2026-02-01"], "b (a date)"),
        (["31.01.2026 12:30", "01.02.2026 12:31"], "b (a date)"),
        (["12:30:05", "12:30:06"], "b (a time)"),
        (["10.0.0.1", "192.168.100.103"], "b (text)"),
        (["Graz", "2026-02-01"], "b (text)"),
    ] {
        let text = format!("a,b\n1,{}\n2,{}\n", cells[0], cells[1]);
        assert_says(&fails(&text, &plain), &[kind, "must be left out"]);
    }
    assert_says(&fails("a,b\n1,2\n2,2026-01-31\n", &plain), &["line 3, column 1 (b)", "is a date, which is no feature"]);
}

#[test]
fn a_header_that_comes_again_is_skipped_and_counted() {
    for (text, expected, headers) in [
        ("a,b\n1,2\na,b\n3,4\n", vec![[1.0, 2.0], [3.0, 4.0]], 1),
        ("a,b\na,b\n1,2\n", vec![[1.0, 2.0]], 1),
        ("a,b\n1,2\n\u{feff}\"a\", b\r\na,b\n", vec![[1.0, 2.0]], 2),
        ("a,b\na,b\n", vec![], 1),
        ("NA,0,x\n1,2,3\nNA,0,x\n", vec![[1.0, 2.0]], 1),
    ] {
        let folder = Folder::new().file("rows.csv", text);
        let source = SourceOptions::new().with_header(Header::Present).open(folder.path()).unwrap();
        let source = source.with_missing(Missing::Fill(-1.0)).select(["0-1"]).unwrap();
        let mut pass = source.pass(0).unwrap();
        let found: Vec<f64> = pass.by_ref().flat_map(|batch| batch.unwrap().data().iter::<f64>().collect::<Vec<_>>()).collect();
        assert_eq!((found, pass.progress().repeated_headers()), (expected.concat(), headers), "{text:?}");
    }
    // Another header is no row, and the lines are counted as an editor counts them.
    for (text, said) in [
        ("a,b\n1,2\na,b\n3,x\n", "line 4, column 1 (b)"),
        ("a,b\n1,2\nb,a\n3,4\n", "line 3, column 0 (a): \"b\" is not a number"),
        ("a,b\n1,2\na,b,c\n3,4\n", "line 3: the row has 3 cells instead of 2"),
        ("1,2\n3,4\na,b\n5,6\n", "line 3, column 0: \"a\" is not a number"),
    ] {
        assert_says(&fails(text, &SourceOptions::new()), &[said]);
    }
    let numbers = SourceOptions::new().with_header(Header::Present);
    assert_eq!(read("1,2\n1,2\n3,4\n", &numbers), [[1.0, 2.0], [3.0, 4.0]], "a row may be equal to names that are numbers");
}

#[test]
fn a_header_that_comes_again_has_no_line_in_records() {
    let folder = Folder::new().file("rows.csv", "id,a,label\nx,1,0\nid,a,label\n# no row\ny,2,1\nid,a,label\nz,3,0\n");
    let open = || SourceOptions::new().with_comment('#').unwrap().open(folder.path()).unwrap();
    let source = open().with_label("label").unwrap().select(["a"]).unwrap().keep(["id"]).unwrap();
    for (source, expected) in [(source.clone(), &["x", "y", "z"][..]), (source.normal_only(), &["x", "z"])] {
        let mut pass = source.pass(0).unwrap();
        let batch = pass.next().unwrap().unwrap();
        let kept: Vec<_> = batch.kept(&(0..batch.rows()).collect::<Vec<_>>()).unwrap().concat();
        assert_eq!(kept.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>(), expected);
        assert_eq!((batch.records().rows(), batch.row_numbers().len()), (expected.len(), expected.len()));
        assert_eq!((pass.progress().repeated_headers(), pass.progress().comments()), (2, 1));
    }
}

#[test]
fn a_delimiter_at_the_end_of_each_row_makes_no_feature() {
    for text in ["a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n", "a,b,\r\n1,2, \r\n3,4,\r\n"] {
        let folder = Folder::new().file("rows.csv", text);
        let source = folder.open();
        assert_eq!(source.names().unwrap(), ["a", "b"], "{text:?}");
        assert_eq!(rows(&source, 0), [[1.0, 2.0], [3.0, 4.0]], "{text:?}");
        let is_there = !text.contains("\n1,2\n");
        assert_eq!(source.notes().len(), usize::from(is_there), "{text:?}");
        if is_there {
            assert_says(&source.notes()[0].to_string(), &["the last column has neither a name nor a value", "column 2"]);
            let chosen = source.clone().select(["a", "column 2"]).unwrap();
            assert_eq!((chosen.features(), chosen.notes().len()), (2, 0), "it is chosen by its own name");
            assert_eq!(source.select(["*"]).unwrap().features(), 2, "and not by a pattern");
        }
    }
    let nameless = Folder::new().file("rows.csv", "1,2,\n3,4,\n");
    assert_eq!(rows(&nameless.open(), 0), [[1.0, 2.0], [3.0, 4.0]]);
    assert_says(&nameless.open().notes()[0].to_string(), &["unless it is chosen by name: 2"]);
    for (text, said) in
        [("a,b,\n1,2,\n3,4\n", "line 2, column 2 (column 2): the cell is empty"), ("a,b\n1,2,\n3,4\n", "line 2: the row has 3 cells")]
    {
        assert_says(&fails(text, &SourceOptions::new()), &[said]);
    }
    let full = Folder::new().file("rows.csv", "a,b,\n1,2,3\n4,5,6\n");
    assert_eq!((full.open().features(), full.open().notes().len()), (3, 0), "an unnamed column that holds values is a column");
}
