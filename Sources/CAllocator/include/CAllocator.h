#ifndef CALLOCATOR_H
#define CALLOCATOR_H

/// Configures the C allocator for a process that holds large blocks for a short time. Does nothing if the C library is not glibc.
///
/// Blocks of at least `block_bytes` get pages of their own, which return to the system when the block is freed. Without this,
/// glibc raises that size to the largest block freed so far (up to 32 MiB), and later blocks of that size stay in its heaps.
/// `arenas` is the maximum number of heaps, `kept_bytes` the maximum free memory at the top of each.
void ca_configure(int block_bytes, int arenas, int kept_bytes);

/// Returns free pages of all heaps to the system. Takes milliseconds.
void ca_return_freed_memory(void);

#endif
