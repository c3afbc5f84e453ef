//! What CSV files hold.

use super::*;

fn read(text: &str) -> DataFrame {
    CsvReader::new(io::Cursor::new(text.as_bytes().to_vec())).finish().unwrap()
}

#[test]
fn a_file_looks_like_this() {
    let kept = |from: i64| df!("id" => [from, from + 1], "a, \"note\"" => [Some("x, \"y\"\nz"), None]).unwrap();
    let found = text(Format::Csv, [records(kept(17), 0, &[1]), records(kept(19), 2, &[])]).unwrap();
    let expected = "id,\"a, \"\"note\"\"\",row,score,errors[0],errors[1]\n\
                    17,\"x, \"\"y\"\"\nz\",1,0.0,0.5,1.5\n\
                    18,,2,,,\n\
                    19,\"x, \"\"y\"\"\nz\",3,0.0,0.5,1.5\n\
                    20,,4,0.142857149,2.5,3.5\n";
    assert_eq!(found.replace("0.14285715,", "0.142857149,"), expected);
    let frame = read(&found);
    assert_eq!(frame.shape(), (4, 6));
    assert_eq!(frame.column("score").unwrap().null_count(), 1);
}

#[test]
fn columns_that_are_left_out_are_not_written() {
    let kept = df!("id" => [1, 2], "time" => ["a", "b"], "note" => ["x", "y"]).unwrap();
    let written = |left_out: &[&str]| {
        let records = Records::new(kept.clone(), 2, after(0), &[]).without(left_out).with_numbers("time", vec![0.5; 2]);
        records.and_then(|records| text(Format::Csv, [records]))
    };
    assert_eq!(written(&["time", "id", "other"]).unwrap(), "note,time\nx,0.5\ny,0.5\n");
    assert!(written(&[]).unwrap_err().to_string().contains("time"));
}

#[test]
fn numbers_read_back() {
    let values: Vec<_> = (0..20_000_u32).map(|n| f32::from_bits(n.wrapping_mul(2_654_435_761))).filter(|n| n.is_finite()).collect();
    let rows = values.len();
    let records = Records::new(DataFrame::empty(), rows, after(0), &[])
        .with_row_numbers("row")
        .unwrap()
        .with_numbers("score", values.clone())
        .unwrap();
    let found = text(Format::Csv, [records]).unwrap();
    let found = found.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse::<f32>().unwrap().to_bits());
    assert!(found.eq(values.iter().map(|value| value.to_bits())));
}

#[test]
fn a_line_is_never_empty() {
    assert_eq!(text(Format::Csv, [scores(3, &[1])]).unwrap(), "score\n0.5\n\"\"\n0.5\n");
}

#[test]
fn every_flat_type_has_a_notation() {
    let found = text(Format::Csv, [Records::new(flat(), 3, after(0), &[])]).unwrap();
    let lines: Vec<_> = found.split_inclusive('\n').collect();
    assert!(lines[0].ends_with("category,enum,list[0],list[1],times[0],times[1],array[0],array[1],null\n"), "{}", lines[0]);
    assert!(found.contains(
        ",00ff,1970-01-01,1970-01-01 00:00:00.000,1970-01-01 01:00:00.000000+01:00,00:00:00,PT0S,1.50,x,x,1,2,PT0.001S,PT0.002S,1.0,2.0,\n"
    ));
    assert_eq!(lines[lines.len() - 1], format!("{}\n", ",".repeat(flat().width() - 1 + 3)));
}

#[test]
fn without_rows_there_is_a_header() {
    let empty = |frame: DataFrame| Records::new(frame.clear(), 0, after(0), &[]);
    assert_eq!(text(Format::Csv, [scores(0, &[])]).unwrap(), "score\n");
    let kept = df!("a" => [1]).unwrap();
    assert_eq!(text(Format::Csv, [records(kept.clear(), 0, &[])]).unwrap(), "a,row,score,errors[0],errors[1]\n");
    assert_eq!(text(Format::Csv, [empty(sliced(1, 0))]).unwrap(), "n,t,l\n");
    let found = text(Format::Csv, [empty(sliced(1, 0)), Records::new(sliced(1, 7), 1, after(0), &[])]).unwrap();
    assert_eq!(found, "n,t,l[0],l[1]\n7,text 7 of some length,7,8\n");
}

#[test]
fn what_has_no_cells_is_told_by_its_column() {
    let refused = |frames: Vec<DataFrame>| {
        let records = frames.into_iter().map(|frame| Records::new(frame.clone(), frame.height(), after(0), &[]));
        text(Format::Csv, records).unwrap_err().to_string()
    };
    let lists = |lists: &[&[i64]]| {
        let lists: ListChunked = lists.iter().map(|list| Some(Series::new("".into(), list))).collect();
        DataFrame::new(lists.len(), vec![lists.with_name("l".into()).into_column()]).unwrap()
    };
    assert!(refused(vec![every_type()]).starts_with("CSV has no cells for column struct: it holds structs; leave it out"));
    let unlike = "CSV has no cells for column l: row 2 holds a list of length 1 after one of 2";
    assert!(refused(vec![lists(&[&[1, 2], &[3]])]).starts_with(unlike));
    assert!(refused(vec![lists(&[&[1, 2]]), lists(&[&[3]])]).starts_with(unlike));
    let nested = lists(&[&[1]]).column("l").unwrap().as_materialized_series().implode().unwrap().into_series();
    assert!(refused(vec![DataFrame::new(1, vec![nested.into()]).unwrap()]).contains("column l: its lists hold more than plain values"));
    let missing = Column::full_null("l".into(), 2, &DataType::List(DataType::Int64.into()));
    assert!(refused(vec![DataFrame::new(2, vec![missing]).unwrap()]).contains("column l: all of its first lists are missing"));
    let mut twice = lists(&[&[1, 2]]);
    twice.with_column(Column::new("l[1]".into(), [1])).unwrap();
    assert_eq!(refused(vec![twice]), "there are two columns l[1]: of the columns that are carried over, leave out or rename this one");
}
