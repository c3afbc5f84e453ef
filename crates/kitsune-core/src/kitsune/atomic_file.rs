//! A file that gets its name when it is complete.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a temporary file in the same folder, syncs it, and renames it.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kitsune-").suffix(".tmp");
    #[cfg(unix)]
    {
        // The temporary file becomes the model, so it must be readable like any other new file and not by its owner only.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
