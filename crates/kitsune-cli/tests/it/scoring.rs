//! `kitsune anomaly-scores` on good rows.

use crate::demo;
use crate::folder::Folder;
use crate::rows::{assert_close, assert_same, csv, made_up};

/// Scores the demo's test rows with the demo's model.
fn scored(options: &str) -> Vec<Vec<f32>> {
    let folder = demo::folder();
    folder.kitsune("anomaly-scores").word(demo::path("test")).word("scores").words(options).succeeds();
    folder.parts("scores")
}

#[test]
fn the_alias_does_the_same() {
    let folder = demo::folder();
    folder.kitsune("score").word(demo::path("test")).word("scores").succeeds();
    assert_same("the alias", &folder.scores("scores"), &demo::trained().parts.concat());
}

#[test]
fn options_may_stand_between_the_paths() {
    let folder = demo::folder();
    folder.kitsune("score").word(demo::path("test")).words("--batch-size 64 scores --quiet").succeeds();
    folder.kitsune("score --keep label --").word(demo::path("test")).word("-kept.csv").succeeds();
    assert_eq!(folder.scores("scores").len(), demo::trained().parts.concat().len());
    assert!(folder.exists("-kept.csv"));
}

#[test]
fn the_number_of_parts_moves_the_cuts_only() {
    let rows = demo::trained().parts.concat();
    for parts in [1, 3, 7] {
        let found = scored(&format!("--n-scores-partition {parts}"));
        assert_eq!(found.len(), parts);
        assert!(found.iter().all(|part| [rows.len() / parts, rows.len().div_ceil(parts)].contains(&part.len())), "{parts} parts");
        assert_same(&format!("{parts} parts"), &found.concat(), &rows);
    }
}

#[test]
fn the_batch_size_does_not_change_the_scores() {
    for rows in [1, 7, 4096] {
        assert_close(
            &format!("batches of {rows}"),
            &scored(&format!("--batch-size {rows}")).concat(),
            &demo::trained().parts.concat(),
            1e-6,
        );
    }
}

#[test]
fn each_part_of_the_model_has_a_score_of_its_own() {
    let combined = demo::trained().parts.concat();
    assert_same("the default", &scored("--score combined").concat(), &combined);
    for kind in ["tails", "body", "prototypes", "head"] {
        let scores = scored(&format!("--score {kind}")).concat();
        assert!(scores.iter().all(|score| *score > 0.0), "{kind}");
        let different = scores.iter().zip(&combined).filter(|(score, combined)| (*score - *combined).abs() > 1e-3).count();
        assert!(different > scores.len() / 2, "{kind}: {different} of {} rows", scores.len());
    }
}

#[test]
fn older_parts_are_replaced_as_a_set() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30))).file("scores/notes.txt", "mine");
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows scores --n-scores-partition 7").succeeds();
    assert_eq!(folder.list_below("scores").len(), 7 + 1);
    folder.kitsune("score rows scores --n-scores-partition 2").succeeds();
    assert_eq!(folder.list_below("scores"), ["notes.txt", "scores_0.json", "scores_1.json"], "five older parts are gone");
}

#[test]
fn older_parts_stay_when_a_scoring_fails() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows scores --n-scores-partition 2").succeeds();
    let older = folder.parts("scores");
    let folder = folder.file("rows/b.csv", "0.1,0.2,?,0.4\n");
    folder.kitsune("score rows scores --n-scores-partition 3").fails(&["rows/b.csv, line 1, column 2"]);
    assert_eq!(folder.parts("scores"), older);
}

#[test]
fn columns_are_found_by_name() {
    let rows = made_up(50);
    let shuffled: Vec<_> = rows.iter().map(|&[a, b, c, d]| [d, 77.0, b, a, c]).collect();
    let folder = Folder::new()
        .file("rows/a.csv", format!("a,b,c,d\n{}", csv(&rows)))
        .file("shuffled/a.csv", format!("d,more,b,a,c\n{}", csv(&shuffled)))
        .file("nameless/a.csv", csv(&rows));
    folder.kitsune("train rows --epochs 1").succeeds();
    for name in ["rows", "shuffled", "nameless"] {
        folder.kitsune("score").word(name).word(format!("{name}-scores")).succeeds();
    }
    let expected = folder.scores("rows-scores");
    assert_same("another order", &folder.scores("shuffled-scores"), &expected);
    assert_same("no names: by their order", &folder.scores("nameless-scores"), &expected);
}

#[test]
fn one_row_can_be_scored_and_so_can_none() {
    let folder = Folder::new().file("rows/a.csv", format!("a,b,c,d\n{}", csv(&made_up(30))));
    folder.kitsune("train rows --epochs 1").succeeds();
    for (lines, lengths) in [("a,b,c,d\n0.1,0.2,0.3,0.4\n", [1, 0, 0, 0]), ("a,b,c,d\n", [0; 4])] {
        let folder = Folder::new().file("rows/a.csv", lines).file("models/kitsune.safetensors", folder.read(crate::folder::MODEL));
        folder.kitsune("score rows scores").succeeds();
        assert_eq!(folder.parts("scores").iter().map(Vec::len).collect::<Vec<_>>(), lengths);
    }
}

#[test]
fn values_outside_the_range_of_the_training_are_counted() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30))).file("far/a.csv", "0.5,0.5,-3,0.5\n9,9,0.5,0.5\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score far scores").succeeds().says(&["3 values lay outside the range of the training rows"]);
}
