import Foundation

/// SQLite's write-ahead log as bytes: which of its frames hold, and which single bits were flipped.
///
/// A frame holds if its salts are the header's and its checksum, which continues that of the frame before, is right. At the start SQLite
/// takes the frames up to the last commit before the first that does not hold, and drops the rest without a word.
///
/// Source: sqlite.org/fileformat2.html, section 4.
struct LogFrames {
    /// A byte in which one bit was flipped, as it was before.
    struct Repair: Equatable {
        let offset: Int
        let byte: UInt8
    }

    let salts: [UInt8]
    /// Bytes up to the end of the last commit that holds, repaired frames included.
    private(set) var committedEnd = LogHeader.bytes
    /// The first frame that does not hold, from 1.
    private(set) var firstBadFrame: Int?
    /// Commits after the first bad frame whose frames hold by themselves. The last one may never have been acknowledged.
    private(set) var laterCommits = 0
    /// Of bytes before `committedEnd`.
    private(set) var repairs: [Repair] = []

    private let file: LogFile
    private let frameBytes: Int
    /// The catalog that the log belongs to, and its mark, which tells what frames were.
    private let catalog: CatalogFile
    private let mark: CatalogFile.Mark?

    /// - Returns: `nil` where the header does not hold, and no single bit explains it.
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

    /// Whether the first frame is one of a log with this header.
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

    /// Compares each frame with what the frame before it states.
    private mutating func countCommits(after bad: Int, isBigEndian: Bool) {
        var offset = bad + frameBytes
        var before = frame(at: bad)
        while let frame = frame(at: offset), let stated = before?.stated(isBigEndian: isBigEndian) {
            if frame.isCommit && frame.checksum(after: stated, salts: salts) != nil { laterCommits += 1 }
            before = frame
            offset += frameBytes
        }
    }

    /// Of the page of a frame as it was written; `nil` where that is not known.
    private func pageHash(at offset: Int) -> UInt64? {
        guard let mark, mark.salts == salts, offset + frameBytes <= mark.end else { return nil }
        return catalog.hashOfFrame((offset - LogHeader.bytes) / frameBytes + 1)
    }

    private func frame(at offset: Int) -> LogFrame? { file.read(at: offset, count: frameBytes).map(LogFrame.init) }
}

/// A log's file, open for reading, or for repairing it as well. SQLite holds no locks on a log, so that opening and closing it here is safe.
final class LogFile {
    private let descriptor: Int32

    /// - Returns: `nil` where there is none.
    init?(_ url: URL, isWritable: Bool = false) {
        descriptor = open(url.path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// - Returns: `nil` where the file ends before.
    func read(at offset: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let isWhole = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, offset) == count }
        return isWhole ? bytes : nil
    }

    /// - Returns: whether all of it reached the disk.
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
