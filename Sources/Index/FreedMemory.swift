internal import CFaiss

extension CollectionIndex {
    /// Gives the memory of closed indexes back to the system, where the allocator keeps it. Takes milliseconds.
    public static func returnFreedMemory() { cf_return_freed_memory() }
}
