//! Files that replace others as a whole, and keep their permissions and links.
//!
//! The one way in which results are written to files that may replace older ones. `write` does it for bytes, and `NewFile` for what is written bit by bit.
//!
//! - **As a whole.** A reader sees the older file or the complete new one. The new one is synced before it gets its name.
//! - **Nothing stays behind.** On Linux the new file has no name until it is complete, so that a killed process leaves nothing. Elsewhere it has a hidden
//!   name and a lock, and the next run that writes there removes hidden files that nobody has locked.
//! - **Access stays.** The new file has the mode of the older one before its first byte, and its owner and group where the system allows that. Access control
//!   lists and extended attributes are not carried over.
//! - **Links stay.** What is replaced is the file behind a link, even if the link leads to nothing yet.
//! - **Only files are replaced.** Pipes and character devices are written to as they are (`Destination`). Folders, sockets and block devices are refused.
//!
//! ```rust
//! # let folder = std::env::temp_dir().join(format!("kitsune-files-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let path = folder.join("figures.txt");
//! kitsune_data::files::write(&path, b"1 2 3")?;
//! assert_eq!(std::fs::read(&path)?, b"1 2 3");
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```

pub(crate) mod access;
pub(crate) mod destination;
pub(crate) mod folder_lock;
pub(crate) mod leavings;
pub(crate) mod memory_system;
pub(crate) mod new_file;

pub use destination::{Destination, folder_of};
pub use memory_system::is_in_memory;
pub use new_file::{NewFile, write};
