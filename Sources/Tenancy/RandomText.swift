/// `length` characters of `a-z 0-9`, about 5.17 bits each, from `generator`.
public func randomText(length: Int, using generator: inout some RandomNumberGenerator) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    return String(decoding: (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? alphabet[0] }, as: UTF8.self)
}
