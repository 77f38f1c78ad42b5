import Foundation

/// What this process holds in memory.
enum ResidentMemory {
    /// Bytes, shared pages of mapped files among them; 0 where the system does not say.
    static func now() -> Int {
        let fields =
            (try? FileHandle(forReadingFrom: URL(filePath: "/proc/self/statm")).readToEnd())
            .flatMap { $0 }.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
