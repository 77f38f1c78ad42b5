internal import Foundation
internal import JSON
internal import Kernels

/// A JSON file of the model folder. Errors name the file and the field.
struct ModelFile: Sendable {
    /// Maximum file size, in bytes; larger than any tokenizer.json in use. The weights are not read this way.
    static let limit = 64 << 20

    /// The path relative to the model folder, such as `1_Pooling/config.json`.
    let name: String
    let bytes: [UInt8]
    let root: JSONValue

    /// - Throws: `.modelMissing` or `.modelInvalid`.
    init(_ name: String, in folder: URL) throws(EmbeddingError) {
        self.name = name
        bytes = try Self.read(name, in: folder)
        do throws(JSONError) {
            root = try JSONValue(parsing: bytes, limits: .trusted)
        } catch {
            throw .invalid(name, "file", "not JSON: \(error)")
        }
    }

    /// Returns the file; `nil` if it does not exist.
    static func ifPresent(_ name: String, in folder: URL) throws(EmbeddingError) -> ModelFile? {
        do throws(EmbeddingError) {
            return try ModelFile(name, in: folder)
        } catch {
            if error.code == .modelMissing { return nil }
            throw error
        }
    }

    static func read(_ name: String, in folder: URL) throws(EmbeddingError) -> [UInt8] {
        do throws(EmbeddingError) {
            let url = folder.appending(path: name)
            let mapping = try FileMapping(ofModel: url, limit: limit)
            return try mapping.bytes(0..<mapping.count, of: url.lastPathComponent)
        } catch {
            throw EmbeddingError(error.code, name.contains("/") ? "\(name): \(error.detail)" : error.detail)
        }
    }

    /// Returns the value at a path of names; `nil` if it is absent or null.
    func value(_ path: String...) -> JSONValue? { value(path) }

    private func value(_ path: [String]) -> JSONValue? {
        var value: JSONValue? = root
        for key in path { value = value?[key] }
        return value == .null ? nil : value
    }

    /// - Throws: `.modelInvalid` if the value is not an integer in the range, or is missing without a default.
    func integer(_ path: String..., in range: ClosedRange<Int>, default fallback: Int? = nil) throws(EmbeddingError) -> Int {
        guard let value = value(path) else { return try orMissing(fallback, path) }
        guard let integer = value.intValue, range.contains(integer) else {
            throw .invalid(name, path.joined(separator: "."), "must be an integer between \(range.lowerBound) and \(range.upperBound)")
        }
        return integer
    }

    func number(_ path: String..., default fallback: Double? = nil) throws(EmbeddingError) -> Double {
        guard let value = value(path) else { return try orMissing(fallback, path) }
        guard let number = value.doubleValue, number.isFinite else {
            throw .invalid(name, path.joined(separator: "."), "not a number")
        }
        return number
    }

    func string(_ path: String..., default fallback: String? = nil) throws(EmbeddingError) -> String {
        guard let value = value(path) else { return try orMissing(fallback, path) }
        guard let string = value.stringValue else { throw .invalid(name, path.joined(separator: "."), "not a string") }
        return string
    }

    func flag(_ path: String..., default fallback: Bool? = nil) throws(EmbeddingError) -> Bool {
        guard let value = value(path) else { return try orMissing(fallback, path) }
        guard let flag = value.boolValue else { throw .invalid(name, path.joined(separator: "."), "not true or false") }
        return flag
    }

    private func orMissing<Value>(_ fallback: Value?, _ path: [String]) throws(EmbeddingError) -> Value {
        guard let fallback else { throw .invalid(name, path.joined(separator: "."), "missing") }
        return fallback
    }
}
