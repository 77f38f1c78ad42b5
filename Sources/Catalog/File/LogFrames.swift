import Foundation

/// The frames of SQLite's write-ahead log: which of them are valid, and which single bits were flipped.
///
/// A frame is valid if its salts equal the header's and its checksum, which continues that of the previous frame, is correct. When it opens
/// a log, SQLite uses the frames up to the last commit before the first invalid one, and silently drops the rest.
///
/// Source: sqlite.org/fileformat2.html, section 4.
struct LogFrames {
    /// The original value of a byte in which one bit was flipped.
    struct Repair: Equatable {
        let offset: Int
        let byte: UInt8
    }

    let salts: [UInt8]
    /// Offset of the end of the last valid commit, counting repaired frames.
    private(set) var committedEnd = LogHeader.bytes
    /// The number of the first invalid frame, from 1.
    private(set) var firstBadFrame: Int?
    /// Number of commits after the first invalid frame that are valid by themselves. The last one may never have been acknowledged.
    private(set) var laterCommits = 0
    /// Repairs of bytes before `committedEnd`.
    private(set) var repairs: [Repair] = []

    private let file: LogFile
    private let frameBytes: Int
    /// The catalog of the log, and the log's mark, which has the hashes of the written frames.
    private let catalog: CatalogFile
    private let mark: CatalogFile.Mark?

    /// - Returns: `nil` if the header is invalid and no single bit flip explains it.
    init?(_ file: LogFile, of catalog: CatalogFile, _ mark: CatalogFile.Mark?) {
        guard let bytes = file.read(at: 0, count: LogHeader.bytes) else { return nil }
        let header: LogHeader
        if let sound = LogHeader(bytes) {
            header = sound
        } else if let repaired = LogHeader.repaired(bytes).first(where: { Self.begins(file, with: $0.header) }) {
            header = repaired.header
            repairs.append(Repair(offset: repaired.index, byte: repaired.byte))
        } else {
            return nil
        }
        (self.file, self.catalog, self.mark) = (file, catalog, mark)
        salts = header.salts
        frameBytes = LogFrame.headerBytes + header.pageBytes
        follow(from: header.checksum)
    }

    /// Returns whether the first frame belongs to a log with this header.
    private static func begins(_ file: LogFile, with header: LogHeader) -> Bool {
        file.read(at: LogHeader.bytes, count: LogFrame.headerBytes + header.pageBytes)
            .flatMap { LogFrame(bytes: $0).checksum(after: header.checksum, salts: header.salts) } != nil
    }

    private mutating func follow(from start: LogChecksum) {
        var (checksum, offset) = (start, LogHeader.bytes)
        var uncommitted: [Repair] = []
        while var frame = frame(at: offset) {
            if let next = frame.checksum(after: checksum, salts: salts) {
                checksum = next
            } else if let (sound, index) = frame.repaired(after: checksum, salts: salts, pageHash: pageHash(at: offset)),
                let next = sound.checksum(after: checksum, salts: salts)
            {
                (checksum, frame) = (next, sound)
                uncommitted.append(Repair(offset: offset + index, byte: sound.bytes[index]))
            } else {
                firstBadFrame = (offset - LogHeader.bytes) / frameBytes + 1
                return countCommits(after: offset, isBigEndian: start.isBigEndian)
            }
            offset += frameBytes
            if frame.isCommit {
                committedEnd = offset
                repairs += uncommitted
                uncommitted = []
            }
        }
    }

    /// Counts later commits, checking each frame against the checksum stored in the previous one.
    private mutating func countCommits(after bad: Int, isBigEndian: Bool) {
        var offset = bad + frameBytes
        var before = frame(at: bad)
        while let frame = frame(at: offset), let stated = before?.stated(isBigEndian: isBigEndian) {
            if frame.isCommit && frame.checksum(after: stated, salts: salts) != nil { laterCommits += 1 }
            before = frame
            offset += frameBytes
        }
    }

    /// Returns the hash of a frame's page as written; `nil` if unknown.
    private func pageHash(at offset: Int) -> UInt64? {
        guard let mark, mark.salts == salts, offset + frameBytes <= mark.end else { return nil }
        return catalog.hashOfFrame((offset - LogHeader.bytes) / frameBytes + 1)
    }

    private func frame(at offset: Int) -> LogFrame? { file.read(at: offset, count: frameBytes).map(LogFrame.init) }
}

/// A log file, open for reading or also for repair. SQLite holds no locks on a log, so opening and closing it here is safe.
final class LogFile {
    private let descriptor: Int32

    /// - Returns: `nil` if the file cannot be opened.
    init?(_ url: URL, isWritable: Bool = false) {
        descriptor = open(url.path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// - Returns: `nil` if the file ends before that.
    func read(at offset: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let isWhole = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, offset) == count }
        return isWhole ? bytes : nil
    }

    /// - Returns: whether all repairs were written and flushed to disk.
    func write(_ repairs: [LogFrames.Repair]) -> Bool {
        let isWritten = repairs.allSatisfy { repair in
            withUnsafeBytes(of: repair.byte) { pwrite(descriptor, $0.baseAddress, 1, repair.offset) == 1 }
        }
        return isWritten && fsync(descriptor) == 0
    }

    var length: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }
}
