import Foundation

/// A progress bar on standard error, shown only if that is a terminal.
struct ProgressBar {
    private let total: Int
    private let unit: String
    private let isShown = Console.current.isTerminal
    private let start = ContinuousClock.now
    private var done = 0

    private static let width = 30

    init(total: Int, unit: String) {
        (self.total, self.unit) = (total, unit)
        draw()
    }

    mutating func advance(_ count: Int) {
        done += count
        draw()
    }

    func finish() {
        if isShown { _ = Console.current.write(.errors, Array("\n".utf8)) }
    }

    private func draw() {
        guard isShown, total > 0 else { return }
        let filled = Self.width * done / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = seconds > 0 ? (Double(done) / seconds).formatted(.number.precision(.fractionLength(1))) : "–"
        _ = Console.current.write(.errors, Array("\r\(bar) \(done)/\(total) \(unit), \(rate)/s ".utf8))
    }
}
