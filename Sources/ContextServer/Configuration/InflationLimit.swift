/// The limit on how much larger than its data a decoded body may be: a few kilobytes can decode to gigabytes.
package struct InflationLimit: Sendable {
    /// Maximum number of decoded bytes for each byte received, beyond `freeBytes`. Text is usually compressed 3 to 10 times.
    package var ratio = 100
    /// Decoded bytes that are allowed at any ratio.
    package var freeBytes = 4 << 20

    package init() {}

    package func allows(decoded: Int, received: Int) -> Bool {
        decoded <= freeBytes || decoded / ratio <= received
    }
}
