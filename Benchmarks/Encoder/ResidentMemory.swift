import Foundation

/// The resident memory of this process.
enum ResidentMemory {
    /// Resident bytes, including shared pages of mapped files; 0 if the system does not report it.
    static func now() -> Int {
        let fields =
            (try? FileHandle(forReadingFrom: URL(filePath: "/proc/self/statm")).readToEnd())
            .flatMap { $0 }.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
