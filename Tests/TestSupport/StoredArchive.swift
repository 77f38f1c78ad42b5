/// A writer of ZIP archives without compression, for tests. The checksums are zero.
public enum StoredArchive {
    public static func bytes(_ entries: [(name: String, content: String)]) -> [UInt8] {
        var archive: [UInt8] = [], directory: [UInt8] = []
        for entry in entries {
            let name = Array(entry.name.utf8), content = Array(entry.content.utf8)
            let common = number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) + number(content.count, 4) + number(content.count, 4)
            directory += [0x50, 0x4B, 1, 2] + number(20, 2) + number(20, 2) + common + number(name.count, 2) + number(0, 12)
            directory += number(archive.count, 4) + name
            archive += [0x50, 0x4B, 3, 4] + number(20, 2) + common + number(name.count, 2) + number(0, 2) + name + content
        }
        let start = archive.count
        return archive + directory + [0x50, 0x4B, 5, 6] + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
            + number(directory.count, 4) + number(start, 4) + number(0, 2)
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }
}
