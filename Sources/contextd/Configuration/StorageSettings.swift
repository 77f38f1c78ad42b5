/// The section `storage`: room on the file system of the catalog.
enum StorageSettings {
    /// Bytes that must be free for anything to be added.
    static let minimumFree = Setting<Int>.bytes("storage.minimum_free", in: 0...Int.max)
    /// Bytes that are kept for deletions.
    static let reserve = Setting<Int>.bytes("storage.reserve", in: 0...(1 << 40))

    static let all: [any AnySetting] = [minimumFree, reserve]
}
