//! Small made-up crates and what the checker finds in them.

use super::tokens::tokens;
use super::{Files, faults};

const FLOORS: &[&[&str]] = &[&["shop"], &["kitchen", "cellar"], &["error"]];

/// Checks a crate of the floors above whose `kitchen.rs` is `text`.
fn kitchen(text: &str) -> Vec<String> {
    let files = [
        ("lib.rs", "mod cellar; mod error; mod kitchen; mod shop; pub use error::Error; pub use shop::till::Till;"),
        (
            "shop/mod.rs",
            "pub mod till; use crate::kitchen::Stove; use self::till::Till; fn open() { super::error::Error::new(); till::ring() }",
        ),
        ("shop/till.rs", "use super::open; use crate::{cellar, error::Error};"),
        ("cellar.rs", "use crate::error::Error;"),
        ("error.rs", "pub struct Error;"),
        ("kitchen.rs", text),
    ];
    check(&files, FLOORS)
}

fn check(files: &[(&str, &str)], floors: &[&[&str]]) -> Vec<String> {
    let files: Files = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    faults(&files, floors)
}

#[track_caller]
fn allowed(text: &str) {
    assert_eq!(kitchen(text), [""; 0], "{text}");
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    assert_eq!(kitchen(text), expected, "{text}");
}

#[test]
fn what_is_below_may_be_imported() {
    allowed("use crate::error::Error; fn f() -> Result<(), crate::error::Error> { super::error::f() }");
    allowed("use std::shop::Till; use shop::Till; use ::crate_of_others::shop; fn f() { Shop::crate_like(x.shop) }");
}

#[test]
fn an_import_that_runs_up_is_refused() {
    refused("\nuse crate::shop::till::Till;", &["src/kitchen.rs:2: `crate::shop::till::Till` runs up, from kitchen to shop"]);
    refused("use crate::shop;", &["src/kitchen.rs:1: `crate::shop` runs up, from kitchen to shop"]);
    refused("pub(crate) use super::shop::*;", &["src/kitchen.rs:1: `super::shop::*` runs up, from kitchen to shop"]);
}

#[test]
fn an_import_that_runs_sideways_is_refused() {
    refused("use crate::cellar::Wine as Drink;", &["src/kitchen.rs:1: `crate::cellar::Wine` runs sideways, from kitchen to cellar"]);
}

#[test]
fn each_leaf_of_nested_braces_is_checked() {
    let text = "use crate::{\n    cellar::{self, Wine},\n    error::{Error, Kind},\n    shop::{till::{Till, ring}},\n};";
    refused(
        text,
        &[
            "src/kitchen.rs:2: `crate::cellar::self` runs sideways, from kitchen to cellar",
            "src/kitchen.rs:2: `crate::cellar::Wine` runs sideways, from kitchen to cellar",
            "src/kitchen.rs:4: `crate::shop::till::Till` runs up, from kitchen to shop",
            "src/kitchen.rs:4: `crate::shop::till::ring` runs up, from kitchen to shop",
        ],
    );
}

#[test]
fn an_inline_path_is_checked() {
    refused("fn f() { Vec::<crate::shop::Till>::new() }", &["src/kitchen.rs:1: `crate::shop::Till` runs up, from kitchen to shop"]);
    refused("impl super::shop::Sell for Stove {}", &["src/kitchen.rs:1: `super::shop::Sell` runs up, from kitchen to shop"]);
    refused(
        "#[error(\"{}\", crate::cellar::name(x))] A",
        &["src/kitchen.rs:1: `crate::cellar::name` runs sideways, from kitchen to cellar"],
    );
    refused("macro_rules! m { () => { $crate::shop::f() } }", &["src/kitchen.rs:1: `crate::shop::f` runs up, from kitchen to shop"]);
}

#[test]
fn super_is_counted_from_the_inline_module() {
    allowed("mod oven { use super::Stove; use super::super::error::Error; use self::super::Stove; }");
    refused(
        "mod oven { fn f() { super::super::shop::f() } }",
        &["src/kitchen.rs:1: `super::super::shop::f` runs up, from kitchen to shop"],
    );
    refused("mod oven { fn f() {} } use super::shop;", &["src/kitchen.rs:1: `super::shop` runs up, from kitchen to shop"]);
}

#[test]
fn an_import_through_the_root_is_refused() {
    let around = "runs around: import from the file that defines the item, not through the crate's root";
    refused("use crate::Error;", &[&format!("src/kitchen.rs:1: `crate::Error` {around}")]);
    refused("use crate::{Error as E, error};", &[&format!("src/kitchen.rs:1: `crate::Error` {around}")]);
    refused(
        "fn f() -> super::Till { crate::Till }",
        &[&format!("src/kitchen.rs:1: `super::Till` {around}"), &format!("src/kitchen.rs:1: `crate::Till` {around}")],
    );
    refused("use super::*;", &[&format!("src/kitchen.rs:1: `super::*` {around}")]);
    refused("use crate as all;", &[&format!("src/kitchen.rs:1: `crate` {around}")]);
}

#[test]
fn code_for_tests_may_import_anything() {
    allowed("#[cfg(test)]\nmod tests { use crate::shop::Till; mod inner { use crate::Error; } }");
    allowed("#[cfg(test)] #[expect(unused, reason = \"]\")] pub(crate) use crate::shop::{Till, till};");
    allowed("#[cfg(all(test, unix))] fn f() -> [u8; 3] { crate::shop::f() }");
    allowed("#[cfg(test)] const TILL: Till = Till { a: crate::shop::A };");
    allowed("struct Stove { #[cfg(test)] till: crate::shop::Till, b: u8 }");
    allowed("#![cfg(test)]\nuse crate::shop::Till;");
    let after = &["src/kitchen.rs:1: `crate::shop::f` runs up, from kitchen to shop"];
    refused("#[cfg(test)] use crate::shop::{Till}; fn f() { crate::shop::f() }", after);
    refused("struct Stove { #[cfg(test)] a: u8, till: crate::shop::f }", after);
    refused("#[cfg(test)] fn f() {} fn g() { crate::shop::f() }", after);
    refused("#[cfg(any(test, unix))] fn f() { crate::shop::f() }", after);
    refused("#[cfg(not(test))] fn f() { crate::shop::f() }", after);
}

#[test]
fn a_file_for_tests_may_import_anything() {
    let files = [
        ("main.rs", "mod error; mod shop;"),
        ("shop.rs", ""),
        ("error.rs", "#[cfg(test)] mod tests; #[cfg(test)] #[path = \"odd/name.rs\"] mod named;"),
        ("error/tests.rs", "mod more; use crate::shop::Till;"),
        ("error/tests/more.rs", "use crate::shop::Till;"),
        ("odd/name.rs", "use crate::shop::Till;"),
    ];
    assert_eq!(check(&files, &[&["shop", "odd"], &["error"]]), [""; 0]);
}

#[test]
fn comments_strings_and_visibilities_are_no_imports() {
    allowed("// use crate::shop::Till;\n/* use /* nested */ crate::shop::Till; */\n/// [`crate::shop`]\nfn f() {}");
    allowed("const A: &str = \"\\\"use crate::shop::Till;\"; const B: &str = r#\"\" use crate::shop::Till;\"#;");
    allowed("const A: &[u8] = b\"crate::shop\"; const B: char = '\"'; const C: char = '\\''; const D: &[u8] = br\"crate::shop\\\";");
    allowed("pub(in crate::shop) fn f<'a>() -> impl Sized + use<'a> { r#crate_like::f() }");
    let text = "fn f<'a>(c: char) -> &'a str { \"\n\\\n\"; crate::shop::f() }";
    refused(text, &["src/kitchen.rs:3: `crate::shop::f` runs up, from kitchen to shop"]);
}

#[test]
fn a_path_inside_a_room_can_be_a_room_of_its_own() {
    let files = [
        ("lib.rs", "mod compute;"),
        ("compute/mod.rs", "mod cpu; mod gpu; mod step; fn f() { cpu::step() }"),
        ("compute/step.rs", ""),
        ("compute/cpu.rs", "use super::step::Step; use super::gpu::Card;"),
        ("compute/gpu/mod.rs", "mod card; use super::f;"),
        ("compute/gpu/card.rs", "use super::x; use crate::compute::cpu::y;"),
    ];
    let floors: &[&[&str]] = &[&["compute/mod"], &["compute/cpu", "compute/gpu"], &["compute"]];
    assert_eq!(
        check(&files, floors),
        [
            "src/compute/cpu.rs:1: `super::gpu::Card` runs sideways, from compute/cpu to compute/gpu",
            "src/compute/gpu/card.rs:1: `crate::compute::cpu::y` runs sideways, from compute/gpu to compute/cpu",
            "src/compute/gpu/mod.rs:1: `super::f` runs up, from compute/gpu to compute/mod",
        ]
    );
}

#[test]
fn the_list_and_the_files_agree() {
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", ""), ("b/mod.rs", ""), ("b/lost.rs", "")];
    assert_eq!(
        check(&files, &[&["a", "c"], &["a"]]),
        [
            "the floors list c, which does not exist",
            "the floors list a twice",
            "src/b/lost.rs: the floors do not list this file or its folder",
            "src/b/mod.rs: the floors do not list this file or its folder",
            "src/b/lost.rs: no `mod` declares this file",
        ]
    );
}

#[test]
fn a_line_and_a_word_are_found_after_any_literal() {
    let text = "a 'b' '\\u{41}' 'l \"two\nlines\" r##\"\"# \"## b'\\'' 1.5e3 r#type // c\nx::y";
    let words: Vec<_> = tokens(text).into_iter().map(|token| (token.text, token.line, token.is_string)).collect();
    let words: Vec<_> = words.iter().map(|(text, line, is_string)| (text.as_str(), *line, *is_string)).collect();
    let expected = [("a", 1, false), ("two\nlines", 1, true), ("\"# ", 2, true), ("1", 2, false), (".", 2, false), ("5e3", 2, false)];
    assert_eq!(words[..6], expected);
    assert_eq!(words[6..], [("type", 2, false), ("x", 3, false), ("::", 3, false), ("y", 3, false)]);
}
