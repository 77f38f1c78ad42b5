internal import Kernels

/// The format of the row file: float32 rows in a file next to the snapshot. Version 1; all numbers little-endian; floats IEEE 754.
///
/// ```
/// header, 64 bytes
///   0   8  "CTXROWS" and a zero byte
///   8   4  u32  format version
///  12   4  u32  number of components of a row, d
///  16   8  u64  number of the file, which the snapshot stores; the file name is "rows." and 16 hexadecimal digits
///  24  32  zero
///  56   8  u64  XXH64 of bytes 0 ..< 56, seed 0
/// records of 4 d + 8 bytes, row i at 64 + i · (4 d + 8)
///   0  4 d  d f32
/// 4 d    8  u64  XXH64 of the floats, seed = number of the file + i, modulo 2⁶⁴
/// ```
/// The file is append-only. A snapshot stores how many rows belong to it; later rows are truncated when the snapshot is
/// opened, because the catalog has them. A compaction writes the live rows to a file with a new number; the old file is
/// removed after the new snapshot is in place. A row's checksum is verified when the row is first read.
package enum RowFormat {
    package static let prefix = "rows."
    static let magic: [UInt8] = Array("CTXROWS\0".utf8)
    static let version: UInt32 = 1
    package static let headerBytes = 64

    package static func fileName(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return prefix + String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func recordBytes(dimension: Int) -> Int { dimension * MemoryLayout<Float>.size + MemoryLayout<UInt64>.size }

    static func header(number: UInt64, dimension: Int) -> [UInt8] {
        var header = ByteBuilder()
        header.append(magic)
        header.append(version)
        header.append(UInt32(dimension))
        header.append(number)
        header.append([UInt8](repeating: 0, count: 32))
        header.append(Checksum.of(unsafe header.bytes.span.bytes))
        return header.bytes
    }

    static func check(_ file: FileMapping, number: UInt64, dimension: Int) throws(SnapshotDefect) {
        guard let bytes = file.bytes(at: 0, count: headerBytes) else { throw .truncated("a header") }
        guard bytes == header(number: number, dimension: dimension) else { throw .inconsistent("wrong header of the row file") }
    }

    static func checksum(_ row: RawSpan, at index: Int, number: UInt64) -> UInt64 {
        Checksum.of(row, seed: number &+ UInt64(index))
    }
}
