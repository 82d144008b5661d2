//! Memory for the raw bytes of a frame.

use std::collections::TryReserveError;

/// Size and alignment of the large pages that Linux gives on request.
const LARGE_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// Empties `buffer` and makes room for `capacity` bytes in it. Where that is a new allocation of
/// some size, it is asked for in large pages: filling many small ones for the first time takes
/// longer than decompressing what is written to them.
pub(super) fn prepare(buffer: &mut Vec<u8>, capacity: usize) -> Result<(), TryReserveError> {
    buffer.clear();
    if buffer.capacity() >= capacity {
        return Ok(());
    }
    // Nothing of what it held is to be copied.
    *buffer = Vec::new();
    buffer.try_reserve_exact(capacity)?;
    #[cfg(target_os = "linux")]
    advise_large_pages(buffer);
    Ok(())
}

/// Asks for large pages wherever a whole one fits into the buffer.
#[cfg(target_os = "linux")]
fn advise_large_pages(buffer: &mut Vec<u8>) {
    let room = buffer.spare_capacity_mut();
    let start = room.as_ptr().align_offset(LARGE_PAGE_BYTES);
    let Some(pages) = room.get_mut(start..) else {
        return;
    };
    let length = pages.len() - pages.len() % LARGE_PAGE_BYTES;
    if length == 0 {
        return;
    }
    #[expect(unsafe_code, reason = "the system is asked through a C function")]
    // SAFETY: the range is inside the buffer's allocation, and the advice leaves what it holds as
    // it is.
    // Only advice: a system that does not take it gives small pages.
    let _ = unsafe { libc::madvise(pages.as_mut_ptr().cast(), length, libc::MADV_HUGEPAGE) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_empty_and_as_large_as_asked_for() {
        let mut buffer = vec![1; 10];
        for capacity in [0, 10, 11, 3 * LARGE_PAGE_BYTES + 1, 5, 4 * LARGE_PAGE_BYTES] {
            prepare(&mut buffer, capacity).expect("there is memory");
            assert!(buffer.is_empty() && buffer.capacity() >= capacity);
            buffer.resize(capacity, 7);
            assert!(buffer.iter().all(|byte| *byte == 7));
        }
        assert!(prepare(&mut buffer, usize::MAX).is_err());
    }
}
