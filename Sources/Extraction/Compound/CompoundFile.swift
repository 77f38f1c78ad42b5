/// A reader of OLE compound files: the container of Word, Excel and PowerPoint before 2007, of Outlook's messages, and of encrypted Office
/// files.
///
/// The file is divided into sectors. The file allocation table (FAT) holds for each sector the number of the next one of its chain; the
/// DIFAT lists the sectors of the FAT. Streams below 4096 bytes are kept in small sectors inside one stream of their own, with a small FAT.
/// Chains that end too early or run in circles are cut: every loop is bounded by the number of sectors of the file.
///
/// - Source: MS-CFB 12.0.
package struct CompoundFile: Sendable {
    package struct Entry: Sendable {
        package enum Kind: UInt8, Sendable { case unknown = 0, storage = 1, stream = 2, root = 5 }

        package let name: String
        package let kind: Kind
        /// The size of the stream, in bytes, as the directory says.
        package let size: Int
        let left: UInt32, right: UInt32, child: UInt32, start: UInt32
    }

    static let signature: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

    /// Numbers of sectors from here on have a special meaning, such as the end of a chain.
    private static let maximumSector: UInt32 = 0xFFFF_FFFA
    private static let entryBytes = 128
    private static let smallStreamBytes = 4096

    private let file: FileBytes
    private let sectorBytes: Int
    private let smallSectorBytes: Int
    private var fat: [UInt32] = []
    private var smallFAT: [UInt32] = []
    /// The chain of the stream that holds the small sectors.
    private var smallSectors: [UInt32] = []

    /// The directory; the first entry is the root.
    package private(set) var entries: [Entry] = []

    /// - Throws: `.malformed` if the file has no signature or no directory.
    package init(_ file: FileBytes) throws(ExtractError) {
        let header = file.bytes(0..<512)
        guard header.count == 512, header.starts(with: Self.signature) else {
            throw ExtractError(.malformed, "the file has no header of a compound file")
        }
        let shift = Int(Self.u16(header, 30)), smallShift = Int(Self.u16(header, 32))
        guard (7...16).contains(shift), (2...shift).contains(smallShift) else {
            throw ExtractError(.malformed, "the compound file has sectors of an invalid size")
        }
        (self.file, sectorBytes, smallSectorBytes) = (file, 1 << shift, 1 << smallShift)
        fat = readFAT(header)
        entries = bytes(of: chain(from: Self.u32(header, 48)), limit: .max).directory(Self.entryBytes)
        guard let root = entries.first else { throw ExtractError(.malformed, "the compound file has no directory") }
        smallFAT = bytes(of: chain(from: Self.u32(header, 60)), limit: .max).numbers
        smallSectors = chain(from: root.start)
    }

    /// The kind of document by the entries of the root; `nil` if it is another one.
    package var format: DocumentFormat? {
        let names = Set(children(of: 0).map { entries[$0].name })
        if names.contains("WordDocument") { return .doc }
        if names.contains("Workbook") || names.contains("Book") { return .xls }
        if names.contains("PowerPoint Document") || names.contains("PP97_DUALSTORAGE") { return .ppt }
        return names.contains(where: { $0.hasPrefix("__properties_version1.0") || $0.hasPrefix("__substg1.0_") }) ? .msg : nil
    }

    /// Whether the file is the container of an encrypted DOCX, XLSX or PPTX.
    package var isEncryptedOffice: Bool { children(of: 0).contains { entries[$0].name == "EncryptedPackage" } }

    /// Returns the entries below a storage, in the order of the directory's tree; each one once, whatever the tree's links say.
    package func children(of storage: Int, maximum: Int = .max) -> [Int] {
        guard entries.indices.contains(storage) else { return [] }
        var children: [Int] = []
        var visited: Set<Int> = [storage]
        var waiting = [entries[storage].child]
        while children.count < maximum, let next = waiting.popLast() {
            guard let place = Int(exactly: next), entries.indices.contains(place), visited.insert(place).inserted else { continue }
            if entries[place].kind != .unknown { children.append(place) }
            waiting += [entries[place].right, entries[place].left]
        }
        return children
    }

    /// Returns the bytes of a stream; fewer than its size if the file is damaged or if `limit` is smaller.
    package func stream(_ entry: Entry, limit: Int = .max) -> [UInt8] {
        let size = min(entry.size, limit, file.count)
        guard size > 0 else { return [] }
        guard entry.size < Self.smallStreamBytes else {
            return bytes(of: chain(from: entry.start, limit: size / sectorBytes + 1), limit: size)
        }
        var result: [UInt8] = []
        var sector = entry.start
        let perSector = sectorBytes / smallSectorBytes
        while result.count < size, let place = Int(exactly: sector), place / perSector < smallSectors.count, place < smallFAT.count {
            let start = offset(of: smallSectors[place / perSector]) + place % perSector * smallSectorBytes
            let piece = file.bytes(start..<start + min(smallSectorBytes, size - result.count))
            guard !piece.isEmpty else { break }
            result += piece
            sector = smallFAT[place]
        }
        return result
    }

    // MARK: Sectors

    private var sectorCount: Int { file.count / sectorBytes + 1 }

    private func offset(of sector: UInt32) -> Int { (Int(sector) + 1) * sectorBytes }

    private func chain(from first: UInt32, limit: Int = .max) -> [UInt32] {
        var chain: [UInt32] = []
        var sector = first
        let limit = min(limit, sectorCount)
        while sector < Self.maximumSector, chain.count < limit, offset(of: sector) < file.count {
            chain.append(sector)
            guard let place = Int(exactly: sector), place < fat.count else { break }
            sector = fat[place]
        }
        return chain
    }

    private func bytes(of chain: [UInt32], limit: Int) -> [UInt8] {
        var result: [UInt8] = []
        for sector in chain where result.count < limit {
            let start = offset(of: sector)
            result += file.bytes(start..<start + min(sectorBytes, limit - result.count))
        }
        return result
    }

    private func readFAT(_ header: [UInt8]) -> [UInt32] {
        // The header lists the first 109 sectors of the FAT; the last number of each DIFAT sector is that of the next one.
        var sectors = Array(header[76...]).numbers
        var next = Self.u32(header, 68)
        var rounds = 0
        while next < Self.maximumSector, offset(of: next) < file.count, rounds < sectorCount, sectors.count < sectorCount + 109 {
            var numbers = file.bytes(offset(of: next)..<offset(of: next) + sectorBytes).numbers
            next = numbers.popLast() ?? .max
            sectors += numbers
            rounds += 1
        }
        var fat: [UInt32] = []
        for sector in sectors.prefix(sectorCount) where sector < Self.maximumSector && offset(of: sector) < file.count {
            fat += file.bytes(offset(of: sector)..<offset(of: sector) + sectorBytes).numbers
            if fat.count > sectorCount + sectorBytes { break }
        }
        return fat
    }

    private static func u16(_ bytes: [UInt8], _ i: Int) -> UInt16 { UInt16(bytes[i]) | UInt16(bytes[i + 1]) << 8 }

    fileprivate static func u32(_ bytes: [UInt8], _ i: Int) -> UInt32 { UInt32(u16(bytes, i)) | UInt32(u16(bytes, i + 2)) << 16 }
}

extension [UInt8] {
    /// The bytes as little-endian numbers of 4 bytes; a rest is dropped.
    fileprivate var numbers: [UInt32] { stride(from: 0, to: count - 3, by: 4).map { CompoundFile.u32(self, $0) } }

    /// The bytes as entries of a directory.
    fileprivate func directory(_ entryBytes: Int) -> [CompoundFile.Entry] {
        stride(from: 0, through: count - entryBytes, by: entryBytes).map { start in
            let nameBytes = Swift.min(Int(self[start + 64]) | Int(self[start + 65]) << 8, 64)
            let units = stride(from: start, to: start + Swift.max(nameBytes - 2, 0), by: 2).map {
                UInt16(self[$0]) | UInt16(self[$0 + 1]) << 8
            }
            func number(_ place: Int) -> UInt32 { CompoundFile.u32(self, start + place) }
            // The upper half of the size is junk in files of version 3; no file here has 4 GiB.
            return CompoundFile.Entry(
                name: String(decoding: units, as: UTF16.self), kind: CompoundFile.Entry.Kind(rawValue: self[start + 66]) ?? .unknown,
                size: Int(number(120)), left: number(68), right: number(72), child: number(76), start: number(116))
        }
    }
}
