//! The compiled module, which cargo builds for this test with the features of the workspace: so that Python's tests need no further build.

use std::env;
use std::fs;

#[test]
fn the_module_has_the_function_that_python_calls() {
    // Cargo puts it beside this test.
    let name = format!("{}_kitnet{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let bytes = fs::read(env::current_exe().unwrap().with_file_name(name)).unwrap();
    let function = b"PyInit__kitnet";
    assert!(bytes.windows(function.len()).any(|part| part == function));
}
