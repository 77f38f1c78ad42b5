internal import CPDFium
public import Extraction
import Foundation
import Synchronization

/// PDFium, a shared library that is loaded at run time.
///
/// PDFium is not thread-safe: `PDFReader` holds one lock of the process for each document it reads, so that a process reads one PDF at a
/// time.
public enum PDFLibrary {
    static let lock = Mutex(())

    /// The environment variable with the absolute path of the library.
    public static let variable = "CONTEXTD_PDFIUM"

    /// Loads the library if it is not loaded yet. A process that gives up access to files calls this first.
    ///
    /// - Parameter path: the absolute path; if `nil`, that of `CONTEXTD_PDFIUM`, else `lib/libpdfium.so` in the program's folder, in a
    ///   folder above it, up to eight.
    /// - Throws: `.readerMissing` if there is no such file or it cannot be loaded.
    public static func load(path: String? = nil) throws(ExtractError) {
        let failure = lock.withLock { _ in loadLocked(path: path) }
        if let failure { throw failure }
    }

    static func loadLocked(path: String? = nil) -> ExtractError? {
        if cp_is_loaded() { return nil }
        guard let path = path ?? find() else {
            return ExtractError(
                .readerMissing, "reading PDF needs PDFium: run scripts/pdfium.sh, or set \(variable) to the path of libpdfium.so")
        }
        var message = [CChar](repeating: 0, count: 512)
        if cp_load(path, &message, message.count) { return nil }
        let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return ExtractError(.readerMissing, "PDFium could not be loaded: \(reason)")
    }

    private static func find() -> String? {
        let files = FileManager.default
        return Self.locate(
            variable: ProcessInfo.processInfo.environment[variable],
            program: try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe"), exists: files.fileExists(atPath:))
    }

    /// Returns the path of the library, or `nil` if it is nowhere. A path that the operator set is the only one that counts. The working
    /// directory is not searched: a library there may be anyone's.
    package static func locate(variable: String?, program: String?, exists: (String) -> Bool) -> String? {
        if let variable, !variable.isEmpty { return variable.hasPrefix("/") && exists(variable) ? variable : nil }
        var folder = ((program ?? "") as NSString).deletingLastPathComponent
        for _ in 0..<8 where folder.count > 1 {
            let path = folder + "/lib/libpdfium.so"
            if exists(path) { return path }
            folder = (folder as NSString).deletingLastPathComponent
        }
        return nil
    }
}
