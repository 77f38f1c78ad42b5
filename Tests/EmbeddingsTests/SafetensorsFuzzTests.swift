import Embeddings
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsFuzzTests {
    private static let headers = [
        #"{"__metadata__": {"a": "b"}, "x": {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]}, "#
            + #""y": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]}}"#,
        #"{"x":{"dtype":"F16","shape":[16],"data_offsets":[0,32]}}"#, #"{}"#,
        #"{"a":{"dtype":"BF16","shape":[4,0],"data_offsets":[0,0]},"b":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}"#,
    ]
    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"dtype\"", "\"F32\"", "\"BF16\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "0", "-1",
        "4",
        "4611686018427387905", "1e300", "0.5", "null", "é", "e\u{301}",
    ]

    /// Headers with a correct length, so that their contents are parsed, and whole files.
    @Test func everyHeaderIsReadOrRejected() throws {
        let fuzzing = Fuzzing("safetensors")
        try fuzzing.run(corpus: Self.headers.map { Array($0.utf8) }, tokens: Self.tokens) { input, number in
            let header = String(decoding: input, as: UTF8.self)
            let file = number % 8 == 0 ? input : [UInt8](Safetensors.file(header: header, data: Data(count: number % 3 == 0 ? 0 : 32)))
            do throws(EmbeddingError) {
                let read = try SafetensorsHeader(size: file.count, file: "fuzz") { Array(file[$0]) }
                for tensor in read.tensors.values where tensor.range.upperBound > file.count - read.dataOffset || tensor.count < 0 {
                    Issue.record("\(fuzzing.note(number)): \(tensor)")
                }
            } catch {
                if error.code != .modelInvalid { Issue.record("\(fuzzing.note(number)): \(error)") }
            }
        }
    }

    @Test(arguments: [
        (#""x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#), (#""\u0301\u0323":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#),
        (#""x":{"dtype":"F32","shape":[1,1,1,1],"data_offsets":[0,0]}"#),
    ])
    func timeIsLinear(member: String) {
        let ratio = Growth.ofEightfold(
            from: 100,
            making: { count in
                let members = (0..<count).map { member.replacing(#"":{"#, with: #"\#($0)":{"#) }
                return [UInt8](Safetensors.file(header: "{\(members.joined(separator: ","))}", data: Data()))
            },
            { bytes in
                let header = try? SafetensorsHeader(size: bytes.count, file: "fuzz") { Array(bytes[$0]) }
                withExtendedLifetime(header?.tensors.count) {}
            })
        #expect(ratio < 24)
    }
}
