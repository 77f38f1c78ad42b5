internal import CFaiss

extension CollectionIndex {
    /// Returns the memory of closed indexes that the allocator still holds to the system. Takes milliseconds.
    public static func returnFreedMemory() { cf_return_freed_memory() }
}
