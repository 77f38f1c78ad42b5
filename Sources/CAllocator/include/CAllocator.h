#ifndef CALLOCATOR_H
#define CALLOCATOR_H

/// Settings of the C allocator for a process that holds large blocks for a short time. Does nothing where the C library is not glibc.
///
/// Blocks of at least `block_bytes` get pages of their own, which return to the system as soon as the block is freed. Without this,
/// glibc raises that size to the largest block freed so far (up to 32 MiB), and later blocks of that size stay in its heaps.
/// `arenas` bounds the number of heaps; `kept_bytes` is what each may keep free at its top.
void ca_configure(int block_bytes, int arenas, int kept_bytes);

/// Returns free pages of all heaps to the system. Takes milliseconds.
void ca_return_freed_memory(void);

#endif
