/// The showing of numbers by the placeholders of a format.
struct NumberRendering {
    typealias Token = NumberFormatSection.Token

    private let tokens: [Token]

    init(_ tokens: [Token]) { self.tokens = tokens }

    func text(_ value: Double) -> String {
        let text: String
        if tokens.contains(.slash), let fraction = fraction(abs(value)) {
            text = fraction
        } else if let place = tokens.firstIndex(where: { if case .exponent = $0 { true } else { false } }) {
            text = scientific(abs(value), place)
        } else {
            text = decimal(abs(value))
        }
        let shown = text.trimmed
        // Nothing is negative that is shown as zero.
        let isNegative = value < 0 && shown.contains { ("1"..."9").contains($0) }
        return isNegative ? "-" + shown : shown
    }

    // MARK: Decimals

    private var pointPlace: Int? { tokens.firstIndex(of: .point) }

    /// The number of thousands, by commas after the last digit, by which the value is divided.
    private var scale: Int {
        guard let last = tokens.lastIndex(where: isDigit) else { return 0 }
        return tokens[(last + 1)...].prefix { $0 == .comma }.count
    }

    private func isDigit(_ token: Token) -> Bool { if case .digit = token { true } else { false } }

    private func decimal(_ value: Double) -> String {
        guard tokens.contains(where: isDigit) else {
            return tokens.map { if case .literal(let text) = $0 { text } else { $0 == .percent ? "%" : "" } }.joined()
        }
        var scaled = value
        for token in tokens where token == .percent { scaled *= token == .percent ? 100 : 1 }
        for _ in 0..<scale { scaled /= 1000 }
        let point = pointPlace ?? tokens.count
        let decimals = tokens[min(point + 1, tokens.count)...].filter(isDigit)
        let digits = NumberText.fixed(scaled, decimals: min(decimals.count, 30)).split(separator: ".")
        let whole = Array(digits.first ?? "0")
        let fraction = digits.count > 1 ? Array(digits[1]) : []
        return integer(whole == ["0"] ? [] : whole, tokens[..<point]) + decimalPart(fraction, tokens[point...])
    }

    /// Places digits on placeholders from the right; the first placeholder takes all that are left.
    private func integer(_ digits: [Character], _ tokens: ArraySlice<Token>) -> String {
        var rest = digits[...]
        var parts: [String] = []
        let first = tokens.firstIndex(where: isDigit)
        for place in tokens.indices.reversed() {
            switch tokens[place] {
            case .digit(let placeholder):
                if place == first {
                    parts.append(rest.isEmpty ? (placeholder == "0" ? "0" : "") : String(rest))
                    rest = []
                } else if let digit = rest.popLast() {
                    parts.append(String(digit))
                } else if placeholder == "0" {
                    parts.append("0")
                }
            case .literal(let text): parts.append(text)
            case .percent: parts.append("%")
            case .slash: parts.append("/")
            default: break
            }
        }
        return parts.reversed().joined()
    }

    private func decimalPart(_ digits: [Character], _ tokens: ArraySlice<Token>) -> String {
        var shown = ""
        var tail = ""
        var number = 0
        // Digits that are zero are shown only up to the last mandatory placeholder.
        let mandatory = tokens.filter(isDigit).lastIndex { $0 == .digit("0") }.map { $0 + 1 } ?? 0
        let significant = digits.lastIndex { $0 != "0" }.map { $0 + 1 } ?? 0
        let count = max(mandatory, significant)
        for token in tokens {
            switch token {
            case .digit:
                if number < count, number < digits.count { shown.append(digits[number]) }
                number += 1
            case .literal(let text): tail += text
            case .percent: tail += "%"
            case .slash: tail += "/"
            default: break
            }
            if !tail.isEmpty {
                shown += tail
                tail = ""
            }
        }
        return (count > 0 ? "." : "") + shown
    }

    // MARK: Exponents and fractions

    private func scientific(_ value: Double, _ place: Int) -> String {
        let mantissa = Array(tokens[..<place])
        let point = mantissa.firstIndex(of: .point) ?? mantissa.count
        let decimals = mantissa[min(point + 1, mantissa.count)...].filter(isDigit).count
        // With several digits before the point, the exponent is a multiple of their number.
        let step = max(1, mantissa[..<point].filter(isDigit).count)
        var (shown, exponent) = (value, 0)
        if value > 0 {
            while shown >= 10 && exponent < 400 { (shown, exponent) = (shown / 10, exponent + 1) }
            while shown < 1 && exponent > -400 { (shown, exponent) = (shown * 10, exponent - 1) }
            let excess = ((exponent % step) + step) % step
            for _ in 0..<excess { shown *= 10 }
            exponent -= excess
        }
        let width = tokens[(place + 1)...].filter(isDigit).count
        var digits = String(abs(exponent))
        while digits.count < width { digits = "0" + digits }
        let sign = exponent < 0 ? "-" : tokens[place] == .exponent(showsPlus: true) ? "+" : ""
        return NumberText.fixed(shown, decimals: decimals) + "E" + sign + digits
    }

    private func fraction(_ value: Double) -> String? {
        guard let slash = tokens.firstIndex(of: .slash), value < 1e9 else { return nil }
        let width = tokens[(slash + 1)...].prefix(while: isDigit).count
        let fixed = Int(
            String(tokens[(slash + 1)...].compactMap { if case .literal(let text) = $0 { text } else { nil } }.joined().prefix(4)))
        let before = tokens[..<slash].lastIndex(where: { !isDigit($0) })
        let hasWhole = before.map { tokens[..<$0].contains(where: isDigit) } ?? false
        let whole = hasWhole ? value.rounded(.down) : 0
        var (numerator, denominator) = (0, 1)
        if let fixed, width == 0, fixed > 0 {
            (numerator, denominator) = (Int(((value - whole) * Double(fixed)).rounded()), fixed)
        } else {
            (numerator, denominator) = Self.nearest(value - whole, maxDenominator: width >= 3 ? 999 : width == 2 ? 99 : 9)
        }
        if hasWhole {
            let total = Int(whole) + numerator / denominator
            let rest = numerator % denominator
            return rest == 0 ? "\(total)" : total == 0 ? "\(rest)/\(denominator)" : "\(total) \(rest)/\(denominator)"
        }
        return "\(numerator)/\(denominator)"
    }

    private static func nearest(_ value: Double, maxDenominator: Int) -> (Int, Int) {
        var best = (numerator: 0, denominator: 1, error: Double.infinity)
        for denominator in 1...maxDenominator {
            let numerator = (value * Double(denominator)).rounded()
            let error = abs(value - numerator / Double(denominator))
            if error < best.error - 1e-12 { best = (Int(numerator), denominator, error) }
        }
        return (best.numerator, best.denominator)
    }
}
