/// The section `storage`: free space on the catalog's file system.
enum StorageSettings {
    /// Minimum free space, in bytes, required to add data.
    static let minimumFree = Setting<Int>.bytes("storage.minimum_free", in: 0...Int.max)
    /// Space reserved for deletions, in bytes.
    static let reserve = Setting<Int>.bytes("storage.reserve", in: 0...(1 << 40))

    static let all: [any AnySetting] = [minimumFree, reserve]
}
