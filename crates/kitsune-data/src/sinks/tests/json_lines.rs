//! What NDJSON files hold.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_line_looks_like_this() {
    let kept = df!("id" => [17, 18], "note" => [Some("a \"quoted\" one"), None]).unwrap();
    let found = text(Format::JsonLines, [records(kept, 4, &[1])]).unwrap();
    let expected = "{\"id\": 17, \"note\": \"a \\\"quoted\\\" one\", \"row\": 5, \"score\": 0.0, \"errors\": [0.5, 1.5]}\n\
                    {\"id\": 18, \"note\": null, \"row\": 6, \"score\": null, \"errors\": null}\n";
    assert_eq!(found, expected);
    assert_eq!(stream(Format::JsonLines, [scores(2, &[0])]).unwrap(), b"{\"score\": null}\n{\"score\": 0.5}\n");
    assert_eq!(text(Format::JsonLines, [scores(0, &[])]).unwrap(), "");
    assert_eq!(text(Format::JsonLines, [Records::new(DataFrame::empty(), 2, after(0), &[])]).unwrap(), "{}\n{}\n");
}

#[test]
fn every_type_has_a_notation() {
    let found = text(Format::JsonLines, [Records::new(every_type(), 3, after(0), &[])]).unwrap();
    let lines: Vec<Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let common = |sign: i64| json!({"i8": sign, "i16": sign, "i32": sign, "i128": sign});
    let mut first = json!({
        "bool": true, "i64": i64::MIN, "u8": 0, "u16": 0, "u32": 0, "u64": 0, "u128": 0, "f16": -1.0, "f32": 0.1, "f64": 0.1,
        "text": "a \"b\", c\n", "bytes": "00ff", "date": "1970-01-01", "ms": "1970-01-01 00:00:00.000",
        "us": "1970-01-01 01:00:00.000000+01:00", "time": "00:00:00", "duration": "PT0S", "decimal": "1.50", "category": "x",
        "enum": "x", "list": [1, 2], "times": ["PT0.001S", "PT0.002S"], "array": [1.0, 2.0], "struct": {"n": 1, "t": "p"}, "null": null,
    });
    let mut second = json!({
        "bool": false, "i64": i64::MAX, "u8": 200, "u16": 200, "u32": 200, "u64": 200, "u128": 200, "f16": 7.0, "f32": 3.402_823_5e38,
        "f64": -1e-300, "text": "ünï\\\t", "bytes": "", "date": "2024-10-04", "ms": "2023-11-14 22:13:20.123",
        "us": "2023-11-14 23:13:20.123456+01:00", "time": "01:00:00.500", "duration": "P1DT1H1M1.5S", "decimal": "-0.01", "category": "y",
        "enum": "y", "list": [3, 4], "times": ["PT0.003S", "PT0.004S"], "array": [3.0, 4.0], "struct": {"n": 2, "t": null}, "null": null,
    });
    for (line, common) in [(&mut first, common(-1)), (&mut second, common(7))] {
        line.as_object_mut().unwrap().extend(common.as_object().unwrap().clone());
    }
    assert_eq!(lines[0], first);
    assert_eq!(lines[1], second);
    assert_eq!(lines.len(), 3);
    assert!(lines[2].as_object().unwrap().values().all(Value::is_null), "{}", lines[2]);
    let names: Vec<_> = every_type().get_column_names_owned();
    let offsets: Vec<_> = names.iter().map(|name| found.find(&format!("\"{name}\": ")).unwrap()).collect();
    assert!(offsets.is_sorted(), "the fields come in the order of the columns");
}

#[test]
fn numbers_read_back_bit_for_bit() {
    let singles: Vec<_> = (0..20_000_u32).map(|n| f32::from_bits(n.wrapping_mul(2_654_435_761))).collect();
    let doubles: Vec<_> = (0..20_000_u64).map(|n| f64::from_bits(n.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    let frame = df!("single" => &singles, "double" => &doubles).unwrap();
    let found = text(Format::JsonLines, [Records::new(frame, singles.len(), after(0), &[])]).unwrap();
    for ((line, single), double) in found.lines().zip(&singles).zip(&doubles) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["single"].as_f64().map(|value| (value as f32).to_bits()), single.is_finite().then_some(single.to_bits()), "{line}");
        assert_eq!(line["double"].as_f64().map(f64::to_bits), double.is_finite().then_some(double.to_bits()), "{line}");
    }
    assert_eq!(found.lines().count(), 20_000);
}

#[test]
fn names_are_escaped_and_batches_follow_each_other() {
    let kept = |value: i64| df!("a\"b" => [value]).unwrap();
    let found = text(Format::JsonLines, [Records::new(kept(1), 1, after(0), &[]), Records::new(kept(2), 1, after(1), &[])]).unwrap();
    assert_eq!(found, "{\"a\\\"b\": 1}\n{\"a\\\"b\": 2}\n");
    let found = text(Format::JsonLines, [Records::new(sliced(2, 500), 2, after(0), &[])]).unwrap();
    assert_eq!(
        found,
        "{\"n\": 500, \"t\": \"text 500 of some length\", \"l\": [500, 501]}\n{\"n\": 501, \"t\": \"text 501 of some length\", \"l\": [501, 502]}\n"
    );
}
