import JSON

/// Compares contextd's usage records with what the upstream counted: very many concurrent requests, with every fault that an upstream can
/// have; the client cancels some of them before they complete.
struct BooksBenchmark {
    let contextd: Target
    let ledger: UpstreamLedger
    let requests: Int

    private static let clients = 32

    /// What a usage record says about one request.
    private struct Row {
        let usage: UpstreamLedger.Usage
        let isEstimated: Bool
        let outcome: String
    }

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        let orders = numbers.next(requests).map(Self.order)
        let before = try rows().count
        _ = try Threads.run(Self.clients) { client in
            let connection = contextd.connect()
            for place in stride(from: client, to: orders.count, by: Self.clients) { try ask(orders[place], connection) }
        }
        let rows = try settledRows(before + orders.count)
        let note = "\(orders.count) requests, \(Order.Behaviour.allCases.count) behaviours of the upstream, \(Self.clients) clients"
        report.add("books, requests", Double(orders.count), "requests", note)
        report.add("books, rows", Double(rows.count - before), "rows", note)
        report.add("books, requests whose tokens the upstream counted", Double(counted(orders).count), "requests", note)
        report.add("books, difference to the upstream's numbers", Double(difference(orders, rows)), "tokens", note)
    }

    private static func order(_ number: Int) -> Order {
        let all = Order.Behaviour.allCases
        return Order(number, all[number % all.count], words: 4 + number % 13)
    }

    /// Sends about half of the orders as streams. The client of an order on which the upstream stalls disconnects.
    private func ask(_ order: Order, _ connection: HTTPConnection) throws {
        let isStream = order.number / Order.Behaviour.allCases.count % 2 == 0 || order.behaviour == .stall
        let body = order.request(model: contextd.model, isStream: isStream)
        guard order.behaviour == .stall else {
            _ = try connection.send(body)
            return
        }
        _ = try connection.send(body) { _, reader in reader.body.isEmpty }
    }

    /// Returns the rows once there are `count` of them and none is still open.
    private func settledRows(_ count: Int) throws -> [Row] {
        let end = Clock.now() + 60_000_000_000
        while true {
            let rows = try rows()
            if rows.count >= count, !rows.contains(where: { $0.outcome == "open" }) || Clock.now() > end { return rows }
            if Clock.now() > end { return rows }
        }
    }

    private func rows() throws -> [Row] {
        var rows: [Row] = []
        var cursor: String?
        repeat {
            let path = "/v1/usage?limit=1000" + (cursor.map { "&cursor=\($0)" } ?? "")
            let answer = try HTTPConnection(port: contextd.port, path: path, key: contextd.key, method: "GET").send([])
            guard answer.status == 200 else { throw Failure("cannot read contextd's usage records: status \(answer.status)") }
            let page = try JSONValue(parsing: answer.body)
            rows += (page["data"]?.arrayValue ?? []).map { row in
                Row(
                    usage: .init(prompt: row["prompt_tokens"]?.intValue ?? 0, completion: row["completion_tokens"]?.intValue ?? 0),
                    isEstimated: row["estimated"]?.boolValue ?? true, outcome: row["outcome"]?.stringValue ?? "")
            }
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return rows
    }

    /// The usage that the upstream sent last for each order, where it sent any.
    private func counted(_ orders: [Order]) -> [UpstreamLedger.Usage] { orders.compactMap { ledger[$0.number]?.usage } }

    /// The number of tokens by which rows and upstream differ, over all orders that the upstream counted. All tokens of an order without a
    /// row count as a difference. Each order has its own number of prompt tokens, which identifies its row.
    private func difference(_ orders: [Order], _ rows: [Row]) -> Int {
        let booked = Dictionary(rows.filter { !$0.isEstimated }.map { ($0.usage.prompt, $0.usage.completion) }) { $0 + $1 }
        return counted(orders).reduce(0) { sum, usage in
            sum + (booked[usage.prompt].map { abs($0 - usage.completion) } ?? usage.prompt + usage.completion)
        }
    }
}
