import Extraction

/// The entries of a ZIP file, read in memory. Names of entries are keys only; none is ever a path on disk.
///
/// Small entries are unpacked in one pass when the archive is opened; large ones when they are read.
final class ZipArchive {
    private let file: FileBytes
    private let limits: ExtractLimits
    private var places: [String: Int] = [:]
    private var foldedNames: [String: String] = [:]
    private(set) var names: [String] = []
    private var cache: [Int: [UInt8]] = [:]
    private var encrypted: Set<Int> = []
    private var cachedBytes = 0
    private var unpackedBytes = 0
    private var cursor: ArchiveCursor?
    private var openings = 0
    private var servedBytes = 0

    /// Maximum number of entries.
    static let maxEntries = 20_000
    /// Maximum length of a name, in bytes; entries with longer ones are ignored.
    private static let maxName = 1_000
    /// Maximum number of times that the archive is opened again, to read an entry before the last one.
    static let maxOpenings = 200
    /// Maximum size of a part that is read as a whole, in bytes.
    static let maxPartBytes = 64 << 20
    /// Ratio of unpacked bytes to the file's size that no real document reaches, once `ratioFreeBytes` are unpacked.
    static let maxRatio = 250
    static let ratioFreeBytes = 16 << 20
    private static let maxCachedEntry = 256 << 10
    private static let maxCachedBytes = 48 << 20

    /// - Throws: `.malformed` if the file is no complete ZIP archive, `.tooLarge` if it has too many entries.
    init(_ file: FileBytes, limits: ExtractLimits) throws(ExtractError) {
        (self.file, self.limits) = (file, limits)
        let cursor = try ArchiveCursor(file)
        while let entry = try cursor.next() {
            guard cursor.position < Self.maxEntries else {
                throw ExtractError(.tooLarge, "the archive has more than \(Self.maxEntries) entries")
            }
            try add(entry, cursor)
        }
        guard !names.isEmpty else { throw ExtractError(.malformed, "the ZIP archive has no entries") }
    }

    private func add(_ entry: ArchiveCursor.Entry, _ cursor: ArchiveCursor) throws(ExtractError) {
        let name = ArchivePath.normalized(entry.name)
        // As in other readers of ZIP files, the first of equal names counts.
        guard !name.isEmpty, name.utf8.count <= Self.maxName, places[name] == nil else { return }
        places[name] = cursor.position
        let folded = name.lowercased()
        if foldedNames[folded] == nil { foldedNames[folded] = name }
        names.append(name)
        if entry.isEncrypted {
            encrypted.insert(cursor.position)
            return
        }
        guard ArchivePath.isText(name), entry.unpackedBytes <= Self.maxCachedEntry, cachedBytes < Self.maxCachedBytes else { return }
        // The declared size may be wrong: what is larger is read again when it is needed.
        let reader = EntryReader(self, cursor)
        guard let bytes = try? reader.all(max: Self.maxCachedEntry) else { return }
        cache[cursor.position] = bytes
        cachedBytes += bytes.count
    }

    /// Returns the name of the entry at `path` as the archive writes it: exactly, or in another case.
    func name(_ path: String) -> String? {
        if places[path] != nil { return path }
        return foldedNames[path.lowercased()]
    }

    func has(_ path: String) -> Bool { name(path) != nil }

    var hasEncryptedEntries: Bool { !encrypted.isEmpty }

    /// Returns a whole entry; `nil` if there is none.
    ///
    /// - Throws: `.tooLarge`, `.encrypted`, `.malformed`.
    func contents(_ path: String) throws(ExtractError) -> [UInt8]? {
        guard let place = name(path).flatMap({ places[$0] }) else { return nil }
        if let bytes = try cached(place) { return bytes }
        return try reader(place).all(max: Self.maxPartBytes)
    }

    /// Returns a source of an entry's bytes, which is valid until the next call; `nil` if there is no such entry.
    func source(_ path: String) throws(ExtractError) -> (any ByteSource)? {
        guard let place = name(path).flatMap({ places[$0] }) else { return nil }
        if let bytes = try cached(place) { return MemorySource(bytes) }
        return try reader(place)
    }

    /// Returns an entry that is unpacked already. What reads the same entries again and again is bounded too.
    private func cached(_ place: Int) throws(ExtractError) -> [UInt8]? {
        guard let bytes = cache[place] else { return nil }
        servedBytes += bytes.count
        guard servedBytes <= limits.maxUnpackedBytes else {
            throw ExtractError(.tooLarge, "parts of the archive are used too often")
        }
        return bytes
    }

    private func reader(_ place: Int) throws(ExtractError) -> EntryReader {
        if encrypted.contains(place) { throw ExtractError(.encrypted, "the archive has encrypted entries") }
        let cursor = try self.cursor(before: place)
        while cursor.position < place {
            guard try cursor.next() != nil else { throw ExtractError(.malformed, "the ZIP archive is damaged") }
        }
        return EntryReader(self, cursor)
    }

    private func cursor(before place: Int) throws(ExtractError) -> ArchiveCursor {
        if let cursor, cursor.position < place { return cursor }
        openings += 1
        guard openings <= Self.maxOpenings else { throw ExtractError(.tooLarge, "the archive has too many large entries") }
        let opened = try ArchiveCursor(file)
        cursor = opened
        return opened
    }

    /// Counts unpacked bytes of an entry against the limits.
    fileprivate func count(_ bytes: Int) throws(ExtractError) {
        unpackedBytes += bytes
        if unpackedBytes > limits.maxUnpackedBytes {
            throw ExtractError(.tooLarge, "the archive unpacks to more than \(limits.maxUnpackedBytes) bytes")
        }
        if unpackedBytes > Self.ratioFreeBytes, unpackedBytes / max(file.count, 1) > Self.maxRatio {
            throw ExtractError(.tooLarge, "the archive unpacks to more than \(Self.maxRatio) times its size")
        }
    }
}

/// A reader of the entry at which a cursor stands.
final class EntryReader: ByteSource {
    private let archive: ZipArchive
    private let cursor: ArchiveCursor
    private let position: Int

    init(_ archive: ZipArchive, _ cursor: ArchiveCursor) {
        (self.archive, self.cursor, position) = (archive, cursor, cursor.position)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ExtractError) -> Int {
        precondition(cursor.position == position, "an entry is read after another one")
        let count = try cursor.read(into: buffer)
        try archive.count(count)
        return count
    }

    /// Returns all bytes.
    ///
    /// - Throws: `.tooLarge` if there are more than `max`.
    func all(max: Int) throws(ExtractError) -> [UInt8] {
        var bytes: [UInt8] = []
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { block.deallocate() }
        while true {
            let count = try read(into: block)
            guard count > 0 else { return bytes }
            guard bytes.count + count <= max else { throw ExtractError(.tooLarge, "a part of the document has more than \(max) bytes") }
            bytes += block[..<count]
        }
    }
}
