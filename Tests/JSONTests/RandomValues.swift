import JSON
import TestSupport

/// Returns a value of any kind, at most `depth` levels deep.
func randomValue(depth: Int, _ rng: inout SplitMix64) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &rng) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &rng))
    case 2: return .integer(Int64(truncatingIfNeeded: rng.next()) >> Int64.random(in: 0..<64, using: &rng))
    case 3:
        let double = Double(bitPattern: rng.next())
        return .number(double.isFinite ? double : 0.5)
    case 4, 5: return .string(randomString(&rng))
    case 6: return .bigInteger(BigInteger(randomDigits(&rng)))
    case 7: return .array((0..<Int.random(in: 0...6, using: &rng)).map { _ in randomValue(depth: depth - 1, &rng) })
    default:
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...24, using: &rng) {
            object.append(randomString(&rng), randomValue(depth: depth - 2, &rng))
        }
        return .object(object)
    }
}

/// Returns an integer of 20 to 300 digits.
private func randomDigits(_ rng: inout SplitMix64) -> String {
    let rest = (0..<Int.random(in: 19..<300, using: &rng)).map { _ in String(Int.random(in: 0...9, using: &rng)) }
    return (Bool.random(using: &rng) ? "-" : "") + String(Int.random(in: 1...9, using: &rng)) + rest.joined()
}

private func randomString(_ rng: inout SplitMix64) -> String {
    let ceilings: [UInt32] = [0x20, 0x80, 0x800, 0x10000, 0x11_0000]
    var view = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &rng) {
        let ceiling = ceilings[Int.random(in: 0..<ceilings.count, using: &rng)]
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<ceiling, using: &rng)) { view.append(scalar) }
    }
    return String(view)
}
