/// The section `usage`.
enum UsageSettings {
    /// Days that rows of usage are kept.
    static let retentionDays = Setting<Int>.integer("usage.retention_days", in: 1...36_500)

    static let all: [any AnySetting] = [retentionDays]
}
