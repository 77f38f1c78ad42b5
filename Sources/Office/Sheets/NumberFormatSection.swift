/// One of the up to four sections of a number format.
struct NumberFormatSection {
    enum Kind { case general, number, date, text }

    enum Token: Equatable {
        case literal(String)
        /// `0`, `#` or `?`.
        case digit(Character)
        case point, comma, percent, slash, value
        case general
        case exponent(showsPlus: Bool)
        /// A letter of a date and how many times it stands there: `y`, `m`, `d`, `h`, `s`; `n` for minutes.
        case date(Character, Int)
        /// Hours, minutes or seconds that are not limited to a day, an hour or a minute.
        case elapsed(Character, Int)
        /// Digits of fractions of a second.
        case fraction(Int)
        case dayHalf(short: Bool)
    }

    struct Condition {
        let comparison: String
        let bound: Double

        func holds(_ value: Double) -> Bool {
            switch comparison {
            case "<": value < bound
            case ">": value > bound
            case "<=": value <= bound
            case ">=": value >= bound
            case "<>": value != bound
            default: value == bound
            }
        }
    }

    private(set) var tokens: [Token] = []
    private(set) var condition: Condition?
    private(set) var kind = Kind.number

    /// Maximum length of a format, in characters; a longer one shows numbers as they are.
    private static let maxLength = 1_000

    static func sections(_ code: String) -> [NumberFormatSection] {
        guard code.utf8.count <= maxLength else { return [NumberFormatSection("General")] }
        var sections: [NumberFormatSection] = []
        var current = ""
        var (isQuoted, isEscaped) = (false, false)
        for character in code {
            if character == ";", !isQuoted, !isEscaped {
                sections.append(NumberFormatSection(current))
                current = ""
                continue
            }
            current.append(character)
            if isEscaped {
                isEscaped = false
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted {
                isEscaped = character == "\\" || character == "_" || character == "*"
            }
        }
        sections.append(NumberFormatSection(current))
        return sections
    }

    private init(_ code: String) {
        scan(Array(code))
        let isDate = tokens.contains {
            switch $0 {
            case .date, .elapsed, .dayHalf: true
            default: false
            }
        }
        if isDate {
            kind = .date
            markMinutes()
        } else if tokens.contains(.value) {
            kind = .text
        } else if tokens.contains(.general) {
            kind = .general
        }
    }

    var hasOnlyValue: Bool { tokens == [.general] }

    // MARK: Scanning

    private mutating func scan(_ code: [Character]) {
        var i = 0
        while i < code.count {
            let character = code[i]
            i += 1
            switch character {
            case "\"":
                let end = code[i...].firstIndex(of: "\"") ?? code.count
                tokens.append(.literal(String(code[i..<end])))
                i = min(end + 1, code.count)
            case "\\":
                if i < code.count { tokens.append(.literal(String(code[i]))) }
                i += 1
            // The width of a character, and a character that fills the cell.
            case "_":
                tokens.append(.literal(" "))
                i += 1
            case "*": i += 1
            case "[":
                let end = code[i...].firstIndex(of: "]") ?? code.count
                bracket(String(code[i..<end]))
                i = min(end + 1, code.count)
            case "0", "#", "?": tokens.append(.digit(character))
            case ".": i += point(code, i)
            case ",": tokens.append(.comma)
            case "%": tokens.append(.percent)
            case "/": tokens.append(.slash)
            case "@": tokens.append(.value)
            case "E", "e":
                if i < code.count, code[i] == "+" || code[i] == "-" {
                    tokens.append(.exponent(showsPlus: code[i] == "+"))
                    i += 1
                } else {
                    // The era's year, as calendars of East Asia count it.
                    tokens.append(.date("y", 4))
                }
            case "G", "g":
                if String(code[(i - 1)...].prefix(7)).lowercased() == "general" {
                    tokens.append(.general)
                    i += 6
                }
            case "A", "a":
                let rest = String(code[(i - 1)...].prefix(5)).lowercased()
                if rest == "am/pm" {
                    tokens.append(.dayHalf(short: false))
                    i += 4
                } else if rest.hasPrefix("a/p") {
                    tokens.append(.dayHalf(short: true))
                    i += 2
                } else {
                    tokens.append(.literal(String(character)))
                }
            case "y", "Y", "m", "M", "d", "D", "h", "H", "s", "S":
                let letter = Character(character.lowercased())
                var count = 1
                while i < code.count, Character(code[i].lowercased()) == letter { (count, i) = (count + 1, i + 1) }
                tokens.append(.date(letter, count))
            default: tokens.append(.literal(String(character)))
            }
        }
    }

    /// Reads a point, which after seconds begins their fraction.
    ///
    /// - Returns: the number of further characters.
    private mutating func point(_ code: [Character], _ start: Int) -> Int {
        let isSeconds =
            switch tokens.last {
            case .date("s", _), .elapsed("s", _): true
            default: false
            }
        let zeros = code[start...].prefix { $0 == "0" }.count
        guard isSeconds, zeros > 0 else {
            tokens.append(.point)
            return 0
        }
        tokens.append(.fraction(min(zeros, 3)))
        return zeros
    }

    private mutating func bracket(_ content: String) {
        let folded = content.lowercased()
        if content.hasPrefix("$") {
            let symbol = content.dropFirst().prefix { $0 != "-" }
            if !symbol.isEmpty { tokens.append(.literal(String(symbol))) }
        } else if let first = folded.first, "hms".contains(first), folded.allSatisfy({ $0 == first }) {
            tokens.append(.elapsed(first, folded.count))
        } else if let first = content.first, "<>=".contains(first) {
            let comparison = String(content.prefix { "<>=".contains($0) })
            if let bound = Double(content.dropFirst(comparison.count)) { condition = Condition(comparison: comparison, bound: bound) }
        }
    }

    /// Tells minutes from months: they follow hours or precede seconds.
    private mutating func markMinutes() {
        var last: Character?
        for (place, token) in tokens.enumerated() {
            switch token {
            case .date("m", let count) where count <= 2:
                if last == "h" || next(after: place) == "s" { tokens[place] = .date("n", count) }
                last = "m"
            case .date(let letter, _), .elapsed(let letter, _): last = letter
            default: break
            }
        }
    }

    private func next(after place: Int) -> Character? {
        for token in tokens[(place + 1)...] {
            switch token {
            case .date(let letter, _), .elapsed(let letter, _): return letter
            default: continue
            }
        }
        return nil
    }

    // MARK: Showing

    func general(_ value: Double) -> String { literals { $0 == .general ? NumberText.general(value) : nil } }

    func text(_ text: String) -> String { literals { $0 == .value ? text : nil } }

    private func literals(_ shown: (Token) -> String?) -> String {
        tokens.map { token in
            if case .literal(let literal) = token { return literal }
            return shown(token) ?? ""
        }.joined().trimmed
    }

    func number(_ value: Double) -> String { NumberRendering(tokens).text(value) }
}
