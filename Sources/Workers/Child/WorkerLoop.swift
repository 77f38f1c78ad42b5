import Extraction
import Foundation
import Readers

/// The life of a worker process: it encloses itself, and then reads the documents that come over its socket, one after another, until the
/// server closes the socket or kills it.
public struct WorkerLoop {
    private let settings: ChildSettings
    private let socket = ChildSocket()

    public init(settings: ChildSettings) { self.settings = settings }

    /// Never returns. Call it on the main thread, while there is no other.
    public func run() -> Never {
        DocumentReader.prepare()
        let recogniser = settings.libraries.load()
        let protections = settings.enclose()
        socket.send(WireGreeting(protections: protections).bytes)
        while true { serve(recogniser) }
    }

    private func serve(_ recogniser: (any TextRecogniser)?) {
        let start = Self.processorMicroseconds
        let (opening, input) = socket.receive(WireFormat.requestHeaderBytes)
        guard let input, let header = try? WireRequest.Header(opening) else { _exit(1) }
        guard let request = try? WireRequest(header, body: socket.receive(header.bodyBytes).bytes) else { _exit(1) }
        errno = 0
        let content = content(of: request, input, recogniser)
        let used = Self.processorMicroseconds &- start
        let reply = WireReply(number: request.number, content: content, processorMicroseconds: used).bytes
        socket.send(settings.selfTest == .babble ? reply.map { ~$0 } : reply)
    }

    private func content(of request: WireRequest, _ input: Int32, _ recogniser: (any TextRecogniser)?) -> WireReply.Content {
        if let test = settings.selfTest { return content(of: test) }
        do throws(ExtractError) {
            let file = try Self.map(input)
            let context = ReadingContext(limits: request.limits, fileName: request.fileName, recogniser: recogniser)
            return .document(try DocumentReader.read(file, contentType: request.contentType, context))
        } catch {
            return .refusal(error)
        }
    }

    private static func map(_ input: Int32) throws(ExtractError) -> FileBytes {
        defer { close(input) }
        return try FileBytes(mapping: input)
    }

    private func content(of test: SelfTest) -> WireReply.Content {
        let code = test.perform()
        if test == .lie {
            let block = TextBlock(kind: .paragraph, range: 0..<1000)
            return .document(ExtractedDocument(title: nil, text: "text", blocks: [block], mediaType: .plainText))
        }
        return .refusal(ExtractError(.undecodable, "\(test.rawValue): \(code)"))
    }

    /// The processor time of this process.
    private static var processorMicroseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(clamping: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
    }
}
