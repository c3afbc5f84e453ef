//! `--report`: a page about a run.

use crate::demo;
use crate::folder::Folder;
use crate::kitsune::assert_says;
use crate::rows::{csv, made_up};

fn page(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// The text between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split(start).nth(1).unwrap().split(end).next().unwrap()
}

#[test]
fn a_scoring_leaves_a_page_beside_its_scores() {
    let folder = demo::folder();
    let told = folder.kitsune("score").word(demo::path("test")).words("out.csv --report pages/today --keep cpu_user,label").succeeds();
    told.says(&["wrote out.csv\n", "wrote pages/today/report.html\n"]);
    assert_eq!(folder.list_below("pages/today"), ["report.html"]);
    let page = page(&folder, "pages/today/report.html");
    assert_says(&page, &["<h2 id=\"scores\">", "<h2 id=\"flagged\">", "<h2 id=\"clusters\">", "Scored by ", "score <bdi>combined</bdi>"]);
    assert_says(&page, &["models/kitsune.safetensors", "quantile, 1\u{a0}% stated", "together they make up 26\u{a0}%"]);
    assert!(!page.contains("Against the labels"), "nothing was said of labels");
    let scores = String::from_utf8(folder.read("out.csv")).unwrap();
    let flagged: Vec<_> = scores.lines().enumerate().filter(|(_, line)| line.contains(",true,")).collect();
    assert!(flagged.len() > 20);
    let rows = between(&page, "id=\"flagged-table\"", "</table>");
    assert_eq!(rows.matches("<td class=\"reasons\"").count(), flagged.len());
    let (number, first) = flagged[0];
    assert_says(
        rows,
        &[&format!("data-name=\"Row\" data-value=\"{number}\""), "data-name=\"cpu_user\"", "data-name=\"label\"", " expected "],
    );
    assert_says(rows, &[&format!("<bdi class=\"kept\">{}</bdi>", first.split(',').next().unwrap())]);
    assert_eq!(rows.matches("<li>").count(), 3 * flagged.len(), "three reasons each");
}

#[test]
fn a_page_shows_as_many_reasons_as_are_written() {
    let folder = demo::folder();
    folder.kitsune("score").word(demo::path("test")).words("out.csv --report page --explain 2 --on-missing drop").succeeds();
    let page = page(&folder, "page/report.html");
    let rows = between(&page, "id=\"flagged-table\"", "</table>");
    assert_eq!(rows.matches("<li>").count(), 2 * rows.matches("<td class=\"reasons\"").count());
    // The same run gives the same page, which replaces the older one.
    folder.kitsune("score").word(demo::path("test")).words("out.csv --report page --explain 2 --on-missing drop").succeeds();
    assert!(self::page(&folder, "page/report.html") == page);
}

#[test]
fn dropped_rows_have_their_place_on_the_page() {
    let folder = demo::folder();
    let text = std::fs::read_to_string(demo::path("test/wednesday.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let folder = folder.file("gaps.csv", format!("{header}\n{}\n{rows}{}\n", ",".repeat(20), ",".repeat(20)));
    folder.kitsune("score gaps.csv out.csv --report page --on-missing drop --with-row-numbers").succeeds();
    let page = page(&folder, "page/report.html");
    assert_says(&page, &["2,402", "2 without a score"]);
    let scores = String::from_utf8(folder.read("out.csv")).unwrap();
    let rows = between(&page, "id=\"flagged-table\"", "</table>");
    for line in scores.lines().filter(|line| line.contains(",true,")) {
        assert_says(rows, &[&format!("data-name=\"Row\" data-value=\"{}\"", line.split(',').next().unwrap())]);
    }
}

#[test]
fn an_evaluation_leaves_a_page_for_each_set() {
    let text = std::fs::read(demo::path("test/wednesday.csv")).unwrap();
    let folder = demo::folder().file("a/flows.csv", &text).file("b/flows.csv", &text);
    let told = folder.kitsune("evaluate a/flows.csv --label-column label --report page --bootstrap 20").succeeds();
    told.says(&["wrote page/report.html\n"]);
    let page = page(&folder, "page/report.html");
    assert_says(
        &page,
        &["<h2 id=\"scores\">", "<h2 id=\"quality\">Against the labels", "ROC AUC", "<h2 id=\"flagged\">", "<h2 id=\"clusters\">"],
    );
    assert_says(&page, &["data-label=\"anomaly\"", "data-label=\"normal\"", "average precision", "false alarm rate"]);
    let told = folder.kitsune("evaluate a/flows.csv b/flows.csv --label-column label --report pages --bootstrap 0").succeeds();
    told.says(&["wrote pages/flows/report.html\n", "wrote pages/flows-2/report.html\n"]);
    assert_eq!(folder.list_below("pages"), ["flows", "flows-2"]);
}

#[test]
fn without_a_threshold_a_page_flags_nothing() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows out.csv --report page --explain 1").succeeds();
    assert_says(&page(&folder, "page/report.html"), &["Without a threshold no row is flagged.", "The model has no threshold"]);
}

#[test]
fn a_run_that_fails_leaves_no_page_and_no_folder() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(30))).file("bad.csv", format!("{}0.1,0.2,?,0.4\n", csv(&made_up(9))));
    folder.kitsune("train rows --epochs 1").succeeds();
    let before = folder.list();
    folder.kitsune("score bad.csv out.csv --report new/page").fails(&["bad.csv, line 10, column 2"]);
    folder.kitsune("evaluate rows --label-column 0 --report new/page").fails(&["3 columns"]);
    assert_eq!(folder.list(), before, "something was left behind");
}
