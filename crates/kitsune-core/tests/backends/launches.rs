//! What is launched and compiled on a GPU, by the log of `CubeCL` itself.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use burn::tensor::{Tensor, backend::Backend};
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig, compilation::CompilationLogLevel, profiling::ProfilingLogLevel};
use tempfile::TempDir;

/// A line for each launch and each compiled kernel of the process. Every test asks for it first: what `CubeCL` has to know is known from its
/// first use on.
pub(crate) static LOG: LazyLock<Log> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("launches");
    let mut config = CubeClRuntimeConfig::default();
    config.profiling.logger.level = ProfilingLogLevel::Minimal;
    config.profiling.logger.file = Some(path.clone());
    config.compilation.logger.level = CompilationLogLevel::Basic;
    config.compilation.logger.file = Some(path.clone());
    CubeClRuntimeConfig::set(config);
    Log { path, _folder: folder }
});

/// What only lines of compiled kernels have.
pub(crate) const COMPILED: &str = "Compiling kernel";

#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    _folder: TempDir,
}

impl Log {
    /// All lines so far.
    pub(crate) fn read<B: Backend>(&self) -> Vec<String> {
        /// An operation that is used nowhere else.
        const MARK: &str = "Flip";
        let marks = |lines: &[String]| lines.iter().filter(|line| line.contains(MARK) && !line.contains(COMPILED)).count();
        let lines = || std::fs::read_to_string(&self.path).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
        let before = marks(&lines());
        drop(Tensor::<B, 1>::from_floats([0.0, 1.0], &B::Device::default()).flip([0]).into_data());
        let start = Instant::now();
        loop {
            // It is written by another thread.
            let mut lines = lines();
            if marks(&lines) > before {
                lines.retain(|line| !line.contains(MARK));
                return lines;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "CubeCL logs no launch: {lines:?}");
            sleep(Duration::from_millis(10));
        }
    }
}
