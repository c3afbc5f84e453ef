//! The allocator, which reports a lack of memory instead of aborting.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Write};

use super::limits::Limit;

#[global_allocator]
static ALLOCATOR: Reporting = Reporting;

/// The allocator of the system. Without memory it ends the process with a message and exit code 1. Unfinished files have no name yet.
struct Reporting;

#[expect(unsafe_code, reason = "an allocator is unsafe")]
// SAFETY: each call has the contract of the system's allocator and is passed on to it. A missing answer ends the process.
unsafe impl GlobalAlloc for Reporting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[inline]
fn given(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        end(size);
    }
    memory
}

/// Reports the lack without an allocation, and ends the process.
#[cold]
fn end(size: usize) -> ! {
    let mut stderr = io::stderr();
    write!(stderr, "error: there is no memory for {size} more bytes").ok();
    if let Some(limit) = Limit::Memory.now() {
        write!(stderr, ", the limit is {limit} bytes (ulimit -v)").ok();
    }
    writeln!(stderr, ": fewer columns (--exclude) or threads (--threads) need less").ok();
    signal_hook::low_level::exit(1)
}
