/// A strict parser of Prometheus' text format, version 0.0.4, which rejects text that a scraper might accept.
///
/// Beyond the grammar it requires of each family: help and type before the samples, all samples together, no two of them equal, and the
/// same label names in each. A counter needs a name that ends in `_total` and no negative value; a histogram needs ascending buckets, none
/// below the previous one, the last one `+Inf` and equal to `_count`, and a sum.
public struct PrometheusText: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public struct Sample: Sendable {
        public let name: String
        public let labels: [String: String]
        public let value: Double
    }

    public struct Family: Sendable {
        public let name: String
        public let help: String
        public let kind: String
        public fileprivate(set) var samples: [Sample] = []
    }

    public private(set) var families: [String: Family] = [:]
    private var open: String?
    private var help: (name: String, text: String)?

    public init(_ text: String) throws {
        guard text.isEmpty || text.utf8.last == UInt8(ascii: "\n") else { throw Failure(description: "the last line is not terminated") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { try read(line) }
        guard help == nil else { throw Failure(description: "help without a type") }
        for family in families.values { try check(family) }
    }

    /// Returns the value of the only sample with exactly these labels.
    public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples(name).first { $0.labels == labels }?.value
    }

    /// Returns all samples of a name; samples of histograms have longer names.
    public func samples(_ name: String) -> [Sample] { families.values.flatMap(\.samples).filter { $0.name == name } }

    private mutating func read(_ line: Substring) throws {
        if line.hasPrefix("# HELP ") {
            let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard parts.count == 2, help == nil, Self.isName(parts[0]) else { throw Failure(description: "bad help: \(line)") }
            help = (String(parts[0]), try Self.unescaped(parts[1], quotes: false))
        } else if line.hasPrefix("# TYPE ") {
            let parts = line.dropFirst(7).split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, let help, help.name == parts[0], families[help.name] == nil,
                ["counter", "gauge", "histogram"].contains(parts[1])
            else { throw Failure(description: "bad type: \(line)") }
            families[help.name] = Family(name: help.name, help: help.text, kind: String(parts[1]))
            (open, self.help) = (help.name, nil)
        } else {
            let sample = try Self.sample(line)
            guard let open, let family = families[open], Self.names(of: family).contains(sample.name), help == nil else {
                throw Failure(description: "a sample outside its family: \(line)")
            }
            families[open]?.samples.append(sample)
        }
    }

    private static func names(of family: Family) -> [String] {
        family.kind == "histogram" ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = rest.prefix { $0 != "{" && $0 != " " }
        guard isName(name) else { throw Failure(description: "bad name: \(line)") }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            repeat {
                let label = rest.prefix { $0 != "=" }
                guard isName(label), !label.contains(":"), labels[String(label)] == nil else {
                    throw Failure(description: "bad label: \(line)")
                }
                rest = rest.dropFirst(label.count)
                guard rest.hasPrefix("=\"") else { throw Failure(description: "a label without a value: \(line)") }
                rest = rest.dropFirst(2)
                labels[String(label)] = try unescaped(takeQuoted(&rest, line), quotes: true)
            } while take(",", &rest)
            guard take("}", &rest) else { throw Failure(description: "labels are not terminated: \(line)") }
        }
        guard take(" ", &rest), let value = number(rest) else { throw Failure(description: "bad value: \(line)") }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// Reads up to and including the closing quote.
    private static func takeQuoted(_ rest: inout Substring, _ line: Substring) throws -> Substring {
        var end = rest.startIndex
        while end < rest.endIndex, rest[end] != "\"" {
            if rest[end] == "\\" { end = rest.index(after: end) }
            guard end < rest.endIndex else { break }
            end = rest.index(after: end)
        }
        guard end < rest.endIndex else { throw Failure(description: "a value is not terminated: \(line)") }
        let quoted = rest[..<end]
        rest = rest[end...].dropFirst()
        return quoted
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func unescaped(_ text: Substring, quotes: Bool) throws -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": result.append("\\")
            case "n": result.append("\n")
            case "\"" where quotes: result.append("\"")
            default: throw Failure(description: "bad escape: \(text)")
            }
        }
        return result
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.e".contains($0)) }) else { return nil }
            return Double(text)
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter || first == "_" || first == ":" else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    }

    // MARK: Rules for a family

    private func check(_ family: Family) throws {
        var seen: Set<String> = []
        for sample in family.samples {
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            guard seen.insert("\(sample.name) \(labels)").inserted else { throw Failure(description: "twice: \(sample)") }
        }
        let names = Set(family.samples.map { Set($0.labels.keys).subtracting(["le"]) })
        guard names.count <= 1 else { throw Failure(description: "different label names in one family: \(family.name) \(names)") }
        switch family.kind {
        case "counter":
            guard family.name.hasSuffix("_total"), family.samples.allSatisfy({ $0.value >= 0 }) else {
                throw Failure(description: "no counter: \(family.name)")
            }
        case "histogram": try checkHistogram(family)
        default:
            guard !family.name.hasSuffix("_total") else { throw Failure(description: "no gauge: \(family.name)") }
        }
        guard family.kind == "histogram" || !family.samples.contains(where: { $0.labels["le"] != nil }) else {
            throw Failure(description: "a bound outside a histogram: \(family.name)")
        }
    }

    private func checkHistogram(_ family: Family) throws {
        let groups = Dictionary(grouping: family.samples) { $0.labels.filter { $0.key != "le" } }
        for (labels, samples) in groups {
            let failure = Failure(description: "no histogram: \(family.name) \(labels)")
            let buckets = samples.filter { $0.name == family.name + "_bucket" }
            let bounds = buckets.map { Self.number(($0.labels["le"] ?? "")[...]) ?? .nan }
            guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else { throw failure }
            guard zip(buckets, buckets.dropFirst()).allSatisfy({ $0.value <= $1.value }) else { throw failure }
            let (sums, counts) = (samples.filter { $0.name.hasSuffix("_sum") }, samples.filter { $0.name.hasSuffix("_count") })
            guard sums.count == 1, counts.count == 1, counts[0].value == buckets.last?.value else { throw failure }
        }
    }
}
