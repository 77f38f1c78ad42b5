import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1

/// A download of one file, which resumes an earlier partial download and rejects a file with a wrong checksum.
///
/// A hub sends a file's checksum in `X-Linked-ETag` (SHA-256 of a large file) or `ETag` (SHA-256, or a git blob's SHA-1). For other
/// servers only the length is checked. The partial file is `NAME.partial`, next to the final file, and its tag is in
/// `NAME.partial.etag`, so that a download resumes only with the same version.
struct ModelDownload {
    let client: HTTPClient
    let url: String
    let file: URL
    /// The progress callback: receives the number of bytes downloaded, and the total if the server reports it.
    let onProgress: (_ done: Int, _ total: Int?) -> Void

    private static let maximumRedirects = 5

    private var partial: URL { file.appendingPathExtension("partial") }
    private var tagFile: URL { file.appendingPathExtension("partial.etag") }

    /// - Returns: `false` if the server does not have the file.
    /// - Throws: `CommandFailure` if the download or its checksum fails; errors of the HTTP client and the file system.
    func run() async throws -> Bool {
        if try await attempt(resuming: true) == .restart {
            try? FileManager.default.removeItem(at: partial)
            return try await attempt(resuming: false) == .done
        }
        return FileManager.default.fileExists(atPath: file.path)
    }

    private enum Outcome { case done, missing, restart }

    private func attempt(resuming: Bool) async throws -> Outcome {
        let have = resuming ? Self.size(of: partial) : 0
        let (response, tag) = try await answer(from: have)
        switch response.status {
        case .notFound: return .missing
        case .rangeNotSatisfiable: return .restart
        case .ok: try Data().write(to: partial)
        case .partialContent where have > 0: break
        default: throw CommandFailure("\(url): the server returned status \(response.status.code)")
        }
        try (tag ?? "").write(to: tagFile, atomically: true, encoding: .utf8)
        let start = response.status == .partialContent ? have : 0
        let total = response.headers.first(name: "Content-Length").flatMap(Int.init).map { $0 + start }
        try await receive(response, from: start, total: total)
        return try finish(tag: tag, total: total, wasResumed: start > 0)
    }

    /// Sends the request and follows redirects itself, because the first response has the checksum and the last one the file.
    private func answer(from have: Int) async throws -> (HTTPClientResponse, tag: String?) {
        var location = url
        var tag: String?
        for _ in 0...Self.maximumRedirects {
            var request = HTTPClientRequest(url: location)
            let known = try? String(contentsOf: tagFile, encoding: .utf8)
            if have > 0, let known, !known.isEmpty {
                request.headers.add(name: "Range", value: "bytes=\(have)-")
            }
            let response = try await client.execute(request, timeout: .hours(2))
            tag = tag ?? Self.tag(response.headers)
            guard (300...399).contains(response.status.code), let next = response.headers.first(name: "Location") else {
                if response.status == .partialContent && tag != known {
                    // The partial file is of another version: restart the download.
                    try FileManager.default.removeItem(at: partial)
                    return try await answer(from: 0)
                }
                return (response, tag)
            }
            location = URL(string: next, relativeTo: URL(string: location))?.absoluteString ?? next
        }
        throw CommandFailure("\(url): more than \(Self.maximumRedirects) redirects")
    }

    private func receive(_ response: HTTPClientResponse, from start: Int, total: Int?) async throws {
        let handle = try FileHandle(forWritingTo: partial)
        defer { try? handle.close() }
        try handle.seekToEnd()
        var done = start
        onProgress(done, total)
        do {
            for try await buffer in response.body {
                try handle.write(contentsOf: Data(buffer.readableBytesView))
                done += buffer.readableBytes
                onProgress(done, total)
            }
        } catch let error as CocoaError {
            throw CommandFailure("\(partial.path) cannot be written: \(error.localizedDescription)")
        } catch {
            throw CommandFailure("\(url): download interrupted after \(done) bytes; run the same command to resume")
        }
        if let total, done < total {
            throw CommandFailure("\(url): download interrupted after \(done) of \(total) bytes; run the same command to resume")
        }
    }

    private func finish(tag: String?, total: Int?, wasResumed: Bool) throws -> Outcome {
        guard try Checksum.matches(partial, tag: tag) else {
            try? FileManager.default.removeItem(at: partial)
            if wasResumed { return .restart }
            throw CommandFailure("\(url): the downloaded file does not match the server's checksum")
        }
        try? FileManager.default.removeItem(at: file)
        try FileManager.default.moveItem(at: partial, to: file)
        try? FileManager.default.removeItem(at: tagFile)
        return .done
    }

    private static func tag(_ headers: HTTPHeaders) -> String? {
        (headers.first(name: "X-Linked-ETag") ?? headers.first(name: "ETag"))
            .map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 }
            .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
    }

    private static func size(of file: URL) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
    }
}

/// Checksums in the formats that model hubs use.
enum Checksum {
    /// Returns whether the file matches `tag`, or `true` if the tag is not a known kind of checksum.
    static func matches(_ file: URL, tag: String?) throws -> Bool {
        guard let tag, tag.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return true }
        switch tag.utf8.count {
        case 64: return try digest(of: file, with: SHA256()) == tag.lowercased()
        case 40:
            var git = Insecure.SHA1()
            let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
            git.update(data: Data("blob \(size)\0".utf8))
            return try digest(of: file, with: git) == tag.lowercased()
        default: return true
        }
    }

    private static func digest<Function: HashFunction>(of file: URL, with function: Function) throws -> String {
        var function = function
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty { function.update(data: part) }
        return function.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
