//! `kitsune inspect`.

use serde_json::{Value, json};

use crate::demo;
use crate::folder::{Folder, MODEL};
use crate::kitsune::assert_says;
use crate::rows::{csv, made_up};

fn json(folder: &Folder) -> Value {
    let told = folder.kitsune("inspect --json").word(MODEL).succeeds();
    assert_eq!(told.stderr, "");
    serde_json::from_str(&told.stdout).unwrap()
}

#[test]
fn json_has_each_feature_in_one_cluster_under_its_name() {
    let model = json(&demo::folder());
    let columns = model["columns"].as_array().unwrap();
    assert_eq!((columns.len(), &model["features"], &columns[0]), (20, &json!(20), &json!("requests_per_s")));
    let mut seen = Vec::new();
    for cluster in model["clusters"].as_array().unwrap() {
        let features = cluster["features"].as_array().unwrap();
        let names: Vec<_> = features.iter().map(|feature| columns[feature.as_u64().unwrap() as usize].clone()).collect();
        assert_eq!(cluster["names"], json!(names));
        assert!((1..features.len() as u64).contains(&cluster["hidden_units"].as_u64().unwrap()), "{cluster}");
        seen.extend(features.iter().map(|feature| feature.as_u64().unwrap()));
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..20));
}

#[test]
fn json_tells_how_the_model_was_trained() {
    let model = json(&demo::folder());
    let summary = &model["summary"];
    let (rows, epochs) = (4_800, summary["epochs"].as_u64().unwrap());
    assert_eq!(summary["rows"], rows);
    let held_out = summary["held_out"].as_u64().unwrap();
    // A tenth, within four deviations of the binomial distribution.
    assert!((397..=563).contains(&held_out), "{held_out}");
    let trained = rows - held_out;
    assert_eq!(summary["rows_seen"], trained * epochs);
    assert_eq!(summary["steps"], trained.div_ceil(32) * epochs);
    let threshold = &model["threshold"];
    assert_eq!((&threshold["kind"], &threshold["alert_rate"]), (&json!("quantile"), &json!(0.01)));
    assert_eq!(threshold["normal_rows"], held_out);
    assert!(threshold["score"].as_f64().unwrap() > 0.7);
    assert!(summary["tail_loss"].as_f64().unwrap() > 0.0);
    assert_eq!(model["config"]["batch_size"], Value::Null, "as many as the number of rows asks for");
}

#[test]
fn json_tells_the_ranges_and_the_means() {
    let folder = Folder::new().file("rows/a.csv", "a,b\n1,-5\n2,0.5\n6,1.5\n");
    folder.kitsune("train rows --epochs 1").succeeds();
    let model = json(&folder);
    assert_eq!(model["ranges"], json!([[1.0, 6.0], [-5.0, 1.5]]));
    assert_eq!(model["training_ranges"], model["ranges"]);
    assert_eq!(model["reading"], Value::Null);
    folder.kitsune("train rows --epochs 1 --no-excess").succeeds();
    assert_eq!(json(&folder)["training_ranges"], Value::Null);
    assert_says(&folder.kitsune("inspect").word(MODEL).succeeds().stdout, &["values beyond those in training add nothing to the score"]);
    assert_eq!(model["means"], json!([3.0, -1.0]));
}

#[test]
fn text_is_for_people() {
    let told = demo::folder().kitsune("inspect").word(MODEL).succeeds();
    assert_says(
        &told.stdout,
        &[
            "features          20",
            "training          4,800 rows",
            "default score     combined",
            "body              10 hidden units",
            "prototypes        128 at most",
            "trimmed           ",
            "held out          ",
            ", quantile at an alert rate of 0.01, by ",
            "optimizer         adam",
            "requests_per_s",
        ],
    );
    assert_eq!(told.stderr, "");
}

#[test]
fn a_model_of_few_rows_has_no_threshold() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    assert_says(&folder.kitsune("inspect").word(MODEL).succeeds().stdout, &["held out          0 rows", "threshold         none"]);
    assert_eq!(json(&folder)["threshold"], Value::Null);
}

#[test]
fn features_without_names_have_numbers() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    assert_says(
        &folder.kitsune("inspect").word(MODEL).succeeds().stdout,
        &["0:  4 features,  1 hidden: column 0, column 1, column 2, column 3"],
    );
    let model = json(&folder);
    assert_eq!(model["columns"], Value::Null);
    assert_eq!(model["clusters"][0]["names"], json!(["column 0", "column 1", "column 2", "column 3"]));
}

#[test]
fn a_damaged_number_of_rows_is_shown_as_it_is() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(5)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let mut model = folder.read(MODEL);
    let field = br#"\"held_out\":0"#;
    let at = model.windows(field.len()).rposition(|part| part == field).unwrap();
    model[at + field.len() - 1] = b'9';
    let folder = folder.file("damaged.safetensors", model);
    let told = folder.kitsune("inspect damaged.safetensors").succeeds();
    assert_says(&told.stdout, &["batch size 32", "5 rows", "held out          9 rows"]);
}
