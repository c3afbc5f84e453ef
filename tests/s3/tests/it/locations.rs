//! Rows that are read from a store are those that are read from files.

use crate::world::{World, demo, gzipped, json_lines, rows, writes_files};

#[track_caller]
fn same_model(world: &World, stored: &[&str], local: &[&str]) {
    let (stored_model, local_model) = (world.model(stored), world.model(local));
    assert!(stored_model == local_model, "{stored:?} makes another model than {local:?}");
}

/// The demo, among objects and files of every kind that a folder can hold.
fn demo_world() -> World {
    World::new()
        .object("train/2026/06/monday.csv", demo("train/monday.csv"))
        .object("train/2026/07/tuesday.csv.gz", gzipped(&demo("train/tuesday.csv")))
        .object("train/2026/07/_SUCCESS", "")
        .object("train/_old/broken.csv", "no,numbers\n")
        .object("training/broken.csv", "no,numbers\n")
        .object("test/wednesday.csv", demo("test/wednesday.csv"))
}

#[test]
fn a_prefix_makes_the_model_that_the_folder_makes() {
    let world = demo_world();
    same_model(&world, &["s3://bucket/train/"], &["train"]);
    same_model(&world, &["s3://bucket/train"], &["train"]);
}

#[test]
fn an_object_has_the_scores_that_the_file_has() {
    let world = demo_world();
    world.model(&["train"]);
    let local = world.scores(&["test/wednesday.csv"]);
    assert_eq!(local.lines().count(), 2400);
    for location in ["s3://bucket/test/wednesday.csv", "s3a://bucket/test/wednesday.csv", "s3://bucket/test", "s3://bucket/t*t/w*.csv"] {
        assert!(world.scores(&[location]) == local, "{location} has other scores");
    }
}

/// The command itself makes the files, with numbers that are numbers.
#[test]
fn every_format_is_read() {
    let mut world = World::new().object("rows.ndjson", json_lines(0..40));
    let model = world.model(&["s3://bucket/rows.ndjson"]);
    let names = ["rows.parquet", "rows.arrow", "rows.csv", "rows.ndjson"];
    for name in names {
        writes_files(world.kitsune("score").word(world.path("local/rows.ndjson")).word(name).words("--keep a,b,c,d"));
    }
    for name in names {
        let (key, bytes) = (format!("again/{name}"), world.read(&format!("work/{name}")));
        world = world.object(&key, bytes);
        same_model(&world, &[&format!("s3://bucket/{key}")], &[&key]);
        // The scores beside the rows are one more feature.
        assert!(world.model(&[&key]) != model, "{name} has the scores too");
    }
}

/// The objects are larger than one request reads.
#[test]
fn large_objects_are_read_piece_by_piece() {
    let world = World::new().object("few.ndjson", json_lines(0..40)).object("many.ndjson", json_lines(0..400_000));
    world.model(&["few.ndjson"]);
    writes_files(world.kitsune("score").word(world.path("local/many.ndjson")).word("many.parquet").words("--keep a,b,c,d"));
    let bytes = world.read("work/many.parquet");
    let world = world.object("many.parquet", bytes);
    for name in ["many.ndjson", "many.parquet"] {
        let bytes = world.read(&format!("local/{name}")).len();
        assert!(bytes > 9 << 20, "the {bytes} bytes of {name} may be one piece");
        let (stored, local) = (world.scores(&[&format!("s3://bucket/{name}")]), world.scores(&[name]));
        assert_eq!(local.lines().count(), 400_000);
        assert!(stored == local, "{name} has other scores");
    }
}

#[test]
fn locations_are_named_in_many_ways() {
    let world = World::new()
        .object("rows/1.csv", rows(0..40))
        .object("rows/2.csv", rows(100..140))
        .object("rows/3.csv", rows(200..240))
        .object("rows/notes.txt", "no rows")
        .object("rows/more/4.csv", rows(300..340))
        .object("more.csv", rows(400..440));
    for (stored, local) in [
        (&["s3://bucket"][..], &[""][..]),
        (&["s3://bucket/"], &[""]),
        (&["s3://bucket/rows"], &["rows"]),
        (&["s3://bucket/rows/*.csv"], &["rows/1.csv", "rows/2.csv", "rows/3.csv"]),
        (&["s3://bucket/rows/[13].csv"], &["rows/1.csv", "rows/3.csv"]),
        (&["s3://bucket/**/*.csv"], &["more.csv", "rows"]),
        (&["s3://bucket/r*s"], &["rows"]),
        (&["s3://bucket/rows/3.csv", "s3://bucket/rows/more/", "s3://bucket/rows/3.csv"], &["rows/3.csv", "rows/more"]),
        (&["rows/2.csv", "s3://bucket/more.csv"], &["rows/2.csv", "more.csv"]),
    ] {
        same_model(&world, stored, local);
    }
}

#[test]
fn keys_may_have_odd_characters() {
    let keys = ["odd/a b.csv", "odd/a+b%20c&d='e'.csv", "odd/day=1/é, ü;日.csv", "odd/day=1/(#1) @$!~.csv"];
    let world =
        keys.into_iter().zip(1..).fold(World::new(), |world, (key, number)| world.object(key, rows(number * 100..number * 100 + 40)));
    for key in keys {
        same_model(&world, &[&format!("s3://bucket/{key}")], &[key]);
    }
    same_model(&world, &["s3://bucket/odd/day=1"], &["odd/day=1"]);
    same_model(&world, &["s3://bucket/odd/a b*", "s3://bucket/odd/*&*"], &["odd/a b.csv", "odd/a+b%20c&d='e'.csv"]);

    // A folder finds keys that would be patterns on the command line.
    let world = world.object("odd/what? [1]*.csv", rows(0..40));
    same_model(&world, &["s3://bucket/odd/"], &["odd"]);
    same_model(&world, &["s3://bucket/odd/what[?] *"], &["odd/what? [1]*.csv"]);
}
